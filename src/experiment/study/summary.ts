/** From the outcomes of cells to means, standard errors and paired differences. */
import { meanAndStandardError } from '../../metrics.ts';
import type { Cell } from './cells.ts';
import type { Measures } from './measure.ts';
import type { CheckedPlan } from './plan.ts';
import { isControl } from './recipe.ts';
import { type CellResult, type Difference, MEAN, type Row } from './results.ts';
import type { Outcomes } from './store.ts';

/** What the rows of a plan measure, in order. */
export function measuresOf({ measure: { what, fewShot } }: Pick<CheckedPlan, 'measure'>): string[] {
  return what.flatMap((name) => (name === 'fewShot' ? fewShot.map((n) => `fewShot ${n}`) : [name]));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and its standard error; one value has none to tell. */
function spread(values: readonly number[]): { mean: number; standardError: number } {
  if (values.length < 2) return { mean: values[0], standardError: 0 };
  const { mean: centre, standardError } = meanAndStandardError(values);
  return { mean: centre, standardError };
}

/** The values of one seed that are paired with those of another cell at the same seed. */
function valuesOf(measures: Measures, name: string): number[] {
  if (name === 'precision') return measures.precisions ? [mean(measures.precisions)] : [];
  if (name === 'accuracy') return measures.foldAccuracies ?? [];
  return measures.fewShot?.find(({ perClass }) => `fewShot ${perClass}` === name)?.accuracies ?? [];
}

/** One value a track, where the measure has one. */
function trackValues(measures: Measures, name: string): number[] | undefined {
  return name === 'precision' ? measures.precisions : name === 'accuracy' ? measures.correct : undefined;
}

const measuresAt = (outcome: Outcomes[number], target: string): Measures =>
  outcome.targets.find(({ name }) => name === target)?.measures ?? {};

/** The values of all seeds, in the order of the seeds. */
const samples = (outcomes: Outcomes, target: string, name: string): number[] =>
  outcomes.flatMap((outcome) => valuesOf(measuresAt(outcome, target), name));

/** Each track's mean over seeds. */
function trackMeans(outcomes: Outcomes, target: string, name: string): number[] | undefined {
  const all = outcomes.map((outcome) => trackValues(measuresAt(outcome, target), name));
  if (!all.every((values) => values !== undefined)) return undefined;
  return all[0].map((_, track) => mean(all.map((values) => values[track])));
}

/** The paired difference of two cells on one target. @returns `undefined` where one was not measured */
export function difference(a: Outcomes, b: Outcomes, target: string, name: string): Difference | undefined {
  const [left, right] = [samples(a, target, name), samples(b, target, name)];
  if (left.length === 0 || left.length !== right.length) return undefined;
  const over = spread(left.map((value, i) => value - right[i]));
  const tracks = [trackMeans(a, target, name), trackMeans(b, target, name)];
  const [mine, other] = tracks;
  const overTracks = mine && other ? spread(mine.map((value, i) => value - other[i])).standardError : null;
  return { ...over, overTracks };
}

/** The mean over targets of independent estimates; seeds are shared, so precision is averaged seed by seed. */
function pooled(parts: readonly Difference[], perSeed: readonly number[] | undefined): Difference {
  const together = (errors: readonly number[]) =>
    Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0)) / errors.length;
  const overTracks = parts.some((part) => part.overTracks === null)
    ? null
    : together(parts.map((part) => part.overTracks as number));
  return {
    mean: mean(parts.map((part) => part.mean)),
    standardError: perSeed ? spread(perSeed).standardError : together(parts.map((part) => part.standardError)),
    overTracks,
  };
}

/** The mean over targets at each seed, where each has one value a seed. */
function seedMeans(lists: readonly (readonly number[])[], nSeeds: number): number[] | undefined {
  if (!lists.every(({ length }) => length === nSeeds)) return undefined;
  return Array.from({ length: nSeeds }, (_, seed) => mean(lists.map((list) => list[seed])));
}

/** The paired difference on the mean over targets. */
export function meanDifference(
  a: Outcomes,
  b: Outcomes,
  targets: readonly string[],
  name: string,
): Difference | undefined {
  const parts = targets.map((target) => difference(a, b, target, name));
  const known = parts.filter((part) => part !== undefined);
  if (known.length === 0 || known.length < parts.length) return undefined;
  const lists = targets.map((target) => {
    const other = samples(b, target, name);
    return samples(a, target, name).map((value, i) => value - other[i]);
  });
  return pooled(known, name === 'precision' ? seedMeans(lists, a.length) : undefined);
}

/** The mean over targets, with its error. */
export function meanValue(outcomes: Outcomes, targets: readonly string[], name: string) {
  const lists = targets.map((target) => samples(outcomes, target, name));
  if (lists.some(({ length }) => length === 0)) return undefined;
  const parts = lists.map((list) => ({ ...spread(list), overTracks: null }));
  return pooled(parts, name === 'precision' ? seedMeans(lists, outcomes.length) : undefined);
}

function rowsOf(
  outcomes: Outcomes,
  base: Outcomes,
  reference: Outcomes | undefined,
  targets: readonly string[],
  name: string,
): Row[] {
  const rows = targets.flatMap((target): Row[] => {
    const values = samples(outcomes, target, name);
    const fromBase = difference(outcomes, base, target, name);
    if (values.length === 0 || !fromBase) return [];
    const { mean: value, standardError } = spread(values);
    const k = name === 'precision' ? (measuresAt(outcomes[0], target).k ?? null) : null;
    const fromReference = (reference && difference(outcomes, reference, target, name)) ?? null;
    return [{ target, measure: name, k, value, standardError, fromBase, fromReference }];
  });
  const all = meanValue(outcomes, targets, name);
  const fromBase = meanDifference(outcomes, base, targets, name);
  if (!all || !fromBase) return rows;
  const fromReference = (reference && meanDifference(outcomes, reference, targets, name)) ?? null;
  const { mean: value, standardError } = all;
  return [...rows, { target: MEAN, measure: name, k: null, value, standardError, fromBase, fromReference }];
}

/** A cell with all its numbers. */
export function cellResult(
  cell: Cell,
  plan: CheckedPlan,
  { outcomes, base, reference }: { outcomes: Outcomes; base: Outcomes; reference: Outcomes | undefined },
): CellResult {
  const targets = plan.targets.map(({ name }) => name);
  return {
    name: cell.name,
    axis: cell.axis,
    reference: cell.reference ?? null,
    recipe: cell.recipe,
    control: isControl(cell.recipe),
    batches: mean(outcomes.flatMap((outcome) => outcome.targets.map(({ batches }) => batches))),
    rows: measuresOf(plan).flatMap((name) => rowsOf(outcomes, base, reference, targets, name)),
  };
}

/** A cell's row on the mean over targets. */
export const meanRowOf = ({ rows }: CellResult, measure: string): Row | undefined =>
  rows.find((row) => row.target === MEAN && row.measure === measure);

/** The mean over targets by which cells are ranked; few examples count as the mean over their numbers. */
export function score(cell: CellResult, by: string): number {
  const rows = cell.rows.filter(({ target, measure }) => target === MEAN && measure.split(' ')[0] === by);
  return rows.length === 0 ? Number.NEGATIVE_INFINITY : mean(rows.map(({ value }) => value));
}

/** Whether a cell is its reference to the last bit by a measure, as by precision where only the classifier is another. */
export function isSame(cell: CellResult, measure: string): boolean {
  const difference = meanRowOf(cell, measure)?.fromReference;
  return difference?.mean === 0 && difference.standardError === 0 && !difference.overTracks;
}

/** What a cell's difference says. */
export type Verdict = 'helps' | 'helps here' | 'no effect' | 'hurts here' | 'hurts';

/**
 * `"helps"` and `"hurts"`: more than two standard errors above or below, over seeds and over tracks; `"helps here"` and `"hurts
 * here"`: over seeds only, so that other tracks may say otherwise; `"no effect"`: within two standard errors over seeds.
 */
export function verdictOf({ mean: value, standardError, overTracks }: Difference): Verdict {
  const size = Math.abs(value);
  if (size === 0 || size <= 2 * standardError) return 'no effect';
  const word = value > 0 ? 'helps' : 'hurts';
  return size > 2 * (overTracks ?? standardError) ? word : `${word} here`;
}
