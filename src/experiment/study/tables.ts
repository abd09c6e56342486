/** The tables of a study's report. Each is absent where there is nothing to show. */
import { cell, type TableBlock, type Cell as TableCell } from '../report/document.ts';
import { RECIPES } from './cells.ts';
import { defaultRecipe } from './plan.ts';
import { type Recipe, SWITCHES } from './recipe.ts';
import {
  type CellResult,
  type Difference,
  MEAN,
  type RobustnessResult,
  type Row,
  type StudyResults,
} from './results.ts';
import { meanRowOf, verdictOf } from './summary.ts';

export const three = (value: number): string => value.toFixed(3);
/** A number with its sign, a true minus. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
const none = cell('–');

/** A difference with its error over seeds. */
export const withError = ({ mean, standardError }: Difference): string => `${signed(mean)} ± ${three(standardError)}`;

/** A value of a switch in words. */
function shown(value: unknown): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(' + ') : String(value);
}

/** What a recipe says beyond the paper's. */
export function recipeText(recipe: Recipe): string {
  const plain = defaultRecipe();
  const parts = SWITCHES.filter((name) => JSON.stringify(recipe[name]) !== JSON.stringify(plain[name]));
  return parts.map((name) => `${name} ${shown(recipe[name])}`).join(', ') || 'the paper’s';
}

export function collectionsTable({ collections }: StudyResults): TableBlock {
  return {
    kind: 'table',
    id: 'collections',
    caption:
      'The collections. Cells are judged on half A of the targets, where there are halves; half B is for the confirmation.',
    header: ['Collection', 'Use', 'Tracks', 'Labels', 'Artists', 'Half A', 'Half B', 'Skipped'],
    words: 2,
    rows: collections.map(({ name, use, tracks, labels, artists, parts, skipped }) => {
      const half = (wanted: string) => parts.find(({ part }) => part === wanted)?.tracks ?? '–';
      return [name, use, tracks, labels, artists ?? '–', half('A'), half('B'), skipped.length].map((v) => cell(v));
    }),
  };
}

export function recipesTable({ cells }: StudyResults): TableBlock {
  return {
    kind: 'table',
    id: 'recipes',
    caption: 'The recipes that cells are compared with, by what they say beyond the paper’s.',
    header: ['Recipe', 'Settings'],
    words: 2,
    rows: cells
      .filter(({ axis }) => axis === RECIPES)
      .map(({ name, recipe }) => [cell(name), cell(recipeText(recipe))]),
  };
}

const rowOf = ({ rows }: CellResult, target: string, measure: string): Row | undefined =>
  rows.find((row) => row.target === target && row.measure === measure);

/** The measures that a cell has. */
export const measuresIn = (cells: readonly CellResult[]): string[] => [
  ...new Set(cells.flatMap(({ rows }) => rows.map(({ measure }) => measure))),
];

/** `"fewShot 2"` as people say it. */
export const measureName = (measure: string): string =>
  measure.startsWith('fewShot') ? `accuracy from ${measure.split(' ')[1]} a class` : measure;

/**
 * Cells beside one another by one measure.
 *
 * @param from which difference is shown: from the frames themselves, or from the recipe that the cell is compared with
 */
export function measureTable(
  cells: readonly CellResult[],
  measure: string,
  { id, caption, from }: { id: string; caption: string; from: 'fromBase' | 'fromReference' },
): TableBlock | undefined {
  const shownCells = cells.filter((one) => meanRowOf(one, measure));
  if (shownCells.length === 0) return undefined;
  const targets = [...new Set(shownCells.flatMap(({ rows }) => rows.map(({ target }) => target)))].filter(
    (t) => t !== MEAN,
  );
  const title = (target: string) => {
    const k = rowOf(shownCells[0], target, measure)?.k;
    return k === null || k === undefined ? target : `${target} @${k}`;
  };
  return {
    kind: 'table',
    id,
    caption,
    header: ['Cell', ...targets.map(title), 'mean', 'difference', 'over tracks', 'says'],
    words: 1,
    rows: shownCells.map((one) => {
      const values = [...targets, MEAN].map((target) => rowOf(one, target, measure));
      const difference = values.at(-1)?.[from];
      return [
        cell(one.name),
        ...values.map((row) => (row ? cell(three(row.value)) : none)),
        ...differenceCells(difference),
      ];
    }),
  };
}

function differenceCells(difference: Difference | null | undefined): TableCell[] {
  if (!difference) return [none, none, none];
  const { overTracks } = difference;
  return [
    cell(withError(difference)),
    overTracks === null ? none : cell(`± ${three(overTracks)}`),
    cell(verdictOf(difference), verdictOf(difference) === 'helps'),
  ];
}

/** Every cell by the means of the measures that are not the first, from the frames themselves. */
export function otherMeasuresTable(cells: readonly CellResult[], measures: readonly string[]): TableBlock | undefined {
  if (measures.length === 0) return undefined;
  return {
    kind: 'table',
    id: 'other-measures',
    caption:
      'The other measures: difference from the frames themselves (base), mean over targets, ± one standard error over seeds and ' +
      'folds or draws. Bold: more than two standard errors above base.',
    header: ['Cell', ...measures.map(measureName)],
    words: 1,
    rows: cells.map((one) => [
      cell(one.name),
      ...measures.map((measure) => {
        const difference = meanRowOf(one, measure)?.fromBase;
        return difference ? cell(withError(difference), difference.mean > 2 * difference.standardError) : none;
      }),
    ]),
  };
}

/** One table of robustness: variants by cells. */
export function robustnessTable({ part, variants }: RobustnessResult): TableBlock {
  const names = [...new Set(variants.flatMap(({ cells }) => cells.map(({ name }) => name)))];
  return {
    kind: 'table',
    id: `robustness-${part}`,
    caption:
      `Precision, mean over targets${part === 'all' ? '' : ` (half ${part})`}, when the targets are other files of the same music, and ` +
      'the gain over base on the same files. Kept: that gain by the gain on the tracks as they are.',
    header: ['Targets', 'base', ...names.flatMap((name) => [name, 'gain', 'kept'])],
    words: 1,
    rows: variants.map(({ name, base, cells }) => [
      cell(name),
      cell(three(base)),
      ...names.flatMap((wanted) => {
        const found = cells.find((one) => one.name === wanted);
        if (!found) return [none, none, none];
        const { precision, gain, kept } = found;
        return [
          cell(three(precision)),
          cell(withError(gain)),
          kept === null ? none : cell(`${Math.round(kept * 100)} %`),
        ];
      }),
    ]),
  };
}
