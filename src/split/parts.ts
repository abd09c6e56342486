/** What every split is made of: samples by class, groups by number, and the parts that result. */
import { ParameterError } from '../errors.ts';
import type { EncodedLabels } from '../estimator.ts';
import { checkNumber, describe } from '../options.ts';
import { RandomState } from '../random.ts';

/** Indices of samples, ascending. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/** The generator of a call. @throws ParameterError naming `randomState` */
export function generator(where: string, randomState: number): RandomState {
  return new RandomState(
    checkNumber(where, 'randomState', randomState, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
  );
}

/** Throws unless it is a share above 0 and below 1. @throws ParameterError naming `testSize` */
export function checkShare(where: string, testSize: number): void {
  checkNumber(where, 'testSize', testSize, { above: 0 });
  if (testSize >= 1) {
    throw new ParameterError(
      `${where}: testSize must be a share below 1, got ${testSize}; 0.1 tests a tenth`,
      'testSize',
    );
  }
}

/** The groups as numbers, in order of appearance. @throws ParameterError on another count or type */
export function encodeGroups(where: string, groups: readonly (string | number)[], nSamples?: number): number[] {
  if (!Array.isArray(groups) || groups.length === 0 || (nSamples !== undefined && groups.length !== nSamples)) {
    const wanted = nSamples === undefined ? 'at least one group' : `one group per label = ${nSamples}`;
    throw new ParameterError(
      `${where}: groups must be an array of ${wanted}, got ${Array.isArray(groups) ? groups.length : describe(groups)}`,
      'groups',
    );
  }
  const places = new Map<string | number, number>();
  return groups.map((group, i) => {
    if (typeof group !== 'string' && !Number.isFinite(group)) {
      throw new ParameterError(
        `${where}: groups[${i}] must be a string or a finite number, got ${describe(group)}`,
        'groups',
      );
    }
    if (!places.has(group)) places.set(group, places.size);
    return places.get(group) as number;
  });
}

/** The class with the fewest samples; of equal ones the first. */
export function scarcest({ classes_, indices }: EncodedLabels): { label: string; count: number } {
  const counts = classes_.map(() => 0);
  for (const c of indices) counts[c]++;
  const count = counts.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return { label: classes_[counts.indexOf(count)], count };
}

/** The samples of each class, in order. */
export function membersOf({ classes_, indices }: EncodedLabels): number[][] {
  const members: number[][] = classes_.map(() => []);
  indices.forEach((c, i) => {
    members[c].push(i);
  });
  return members;
}

/** The same values in random order. */
export function shuffled<T>(random: RandomState, values: readonly T[]): T[] {
  return Array.from(random.permutation(values.length), (i) => values[i]);
}

/** Indices in order. */
export const ascending = (indices: readonly number[]) => Uint32Array.from(indices).sort();

/** One split for each fold: the fold is tested, the others train. */
export function splitsOf(foldOf: ArrayLike<number>, nSplits: number): Split[] {
  const all = Array.from({ length: foldOf.length }, (_, i) => i);
  return Array.from({ length: nSplits }, (_, fold) => ({
    train: Uint32Array.from(all.filter((i) => foldOf[i] !== fold)),
    test: Uint32Array.from(all.filter((i) => foldOf[i] === fold)),
  }));
}

/** How many of n are tested: the nearest whole number, but at least one, and at least one is left. */
export function testCount(n: number, testSize: number): number {
  return Math.min(n - 1, Math.max(1, Math.floor(n * testSize + 0.5)));
}

/** The first `perClass` of a class in its random order. @throws ParameterError when there are fewer, unless that is allowed */
export function firstOf(
  where: string,
  name: string,
  label: string,
  members: number[],
  perClass: number,
  allowFewer: boolean,
) {
  if (members.length < perClass && !allowFewer) {
    throw new ParameterError(
      `${where}: ${name} must be at most the samples that each class has to train on; class ${describe(label)} has ` +
        `${members.length}, got ${perClass}; use fewer, or set allowFewer: true to take all there are`,
      name,
    );
  }
  return members.slice(0, perClass);
}
