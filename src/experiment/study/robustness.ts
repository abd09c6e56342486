/** How much of a gain is kept when the targets are the same music in other files. */

import type { Song } from '../material.ts';
import type { Course } from '../target.ts';
import { Alterer, alterationName, variantSongs } from './alter.ts';
import type { Cell } from './cells.ts';
import type { Judge, JudgedSong, SongsOf } from './judge.ts';
import type { Material, Part, StudyTarget } from './material.ts';
import type { CheckedPlan } from './plan.ts';
import { baseOf } from './recipe.ts';
import type { RobustnessResult } from './results.ts';
import type { Outcome, Outcomes } from './store.ts';
import { meanDifference, meanValue } from './summary.ts';

/** One way in which all targets are other files. */
interface Variant {
  readonly name: string;
  /** Whether samples are altered here; else the files are other ones. */
  readonly altered: boolean;
  songs(target: StudyTarget): Promise<readonly JudgedSong[]>;
}

/** What the tracks as they are, are called among the variants. */
export const UNALTERED = 'as they are';

/** The variants that every target has, and the alterations. A variant that some target lacks is left out, with a warning. */
function variantsOf(plan: CheckedPlan, part: Part, { targets, store }: Material, course: Course): Variant[] {
  const songsOf = ({ parts }: StudyTarget) => parts.get(part) as readonly Song[];
  const alterer = new Alterer(store, course);
  const names = [...new Set(plan.targets.flatMap(({ variants }) => variants.map(({ name }) => name)))];
  const encoded = names.flatMap((name): Variant[] => {
    const entries = new Map(targets.map((target) => [target, target.entry.variants.find((v) => v.name === name)]));
    const lacking = targets.find((target) => !entries.get(target));
    if (lacking) {
      course.warn(`variant "${name}" is left out: target "${lacking.name}" has none of that name`);
      return [];
    }
    return [
      {
        name,
        altered: false,
        songs: (target) =>
          variantSongs(songsOf(target), entries.get(target) as { name: string; path: string }, target, store, course),
      },
    ];
  });
  const altered = (plan.robustness?.alterations ?? []).map(
    (alteration): Variant => ({
      name: alterationName(alteration),
      altered: true,
      songs: (target) => alterer.songs(target, songsOf(target), alteration),
    }),
  );
  return [{ name: UNALTERED, altered: false, songs: async (target) => songsOf(target) }, ...encoded, ...altered];
}

/** Reads each target's songs once, and names them. */
async function gather(
  { targets }: Material,
  variant: Variant,
): Promise<{ songs: SongsOf; identity: unknown; tracks: number }> {
  const all = new Map<StudyTarget, readonly JudgedSong[]>();
  for (const target of targets) all.set(target, await variant.songs(target));
  const lists = [...all.values()];
  return {
    songs: async (target) => all.get(target) as readonly JudgedSong[],
    identity: [
      variant.name,
      targets.map(({ name }, t) => [
        name,
        lists[t].map(({ hash, labels, artist }) => [hash, labels[0], artist ?? null]),
      ]),
    ],
    tracks: lists.reduce((sum, { length }) => sum + length, 0),
  };
}

/**
 * Judges cells on every variant of the targets' part.
 *
 * @returns `undefined` where the plan names no variants
 */
export async function robustness(
  cells: readonly Cell[],
  part: Part,
  plan: CheckedPlan,
  material: Material,
  judge: Judge,
  course: Course,
): Promise<RobustnessResult | undefined> {
  const variants = variantsOf(plan, part, material, course);
  if (!plan.robustness || variants.length < 2) return undefined;
  const targets = plan.targets.map(({ name }) => name);
  const stage = 'robustness';
  const total = variants.length * cells.length * 2 * plan.seeds.length;
  let done = 0;
  const judged = async (recipe: Cell['recipe'], place: string, given: Awaited<ReturnType<typeof gather>>) => {
    const outcomes: Outcome[] = [];
    for (const seed of plan.seeds) {
      course.progress(stage, done++, total);
      const { songs, identity } = given;
      outcomes.push(await judge.judge({ recipe, seed, place, songs, identity, what: ['precision'] }));
    }
    return outcomes;
  };
  // Of the cells that have a gain to keep.
  const originalGains = new Map<string, number>();
  const results: RobustnessResult['variants'] = [];
  for (const variant of variants) {
    const given = await gather(material, variant);
    const place = `${part} ${variant.name}`;
    const outcomesOf = new Map<Cell, { outcomes: Outcomes; base: Outcomes }>();
    let base: Outcomes = [];
    for (const cell of cells) {
      base = await judged(baseOf(cell.recipe), place, given);
      outcomesOf.set(cell, { outcomes: await judged(cell.recipe, place, given), base });
    }
    results.push({
      name: variant.name,
      altered: variant.altered,
      tracks: given.tracks,
      base: meanValue(base, targets, 'precision')?.mean ?? 0,
      cells: cells.flatMap((cell) => {
        const { outcomes, base: own } = outcomesOf.get(cell) as { outcomes: Outcomes; base: Outcomes };
        const value = meanValue(outcomes, targets, 'precision');
        const gain = meanDifference(outcomes, own, targets, 'precision');
        if (!value || !gain) return [];
        if (variant.name === UNALTERED && gain.mean > 2 * gain.standardError) originalGains.set(cell.name, gain.mean);
        const original = originalGains.get(cell.name);
        const kept = original === undefined ? null : gain.mean / original;
        return [{ name: cell.name, precision: value.mean, standardError: value.standardError, gain, kept }];
      }),
    });
  }
  course.progress(stage, total, total);
  return { part, variants: results };
}
