/**
 * Seeded splits into training and test parts, under scikit-learn's names. The same seed gives the same split everywhere;
 * use one split for every feature set that is compared.
 */
import { ParameterError } from './errors.ts';
import { encodeLabels } from './estimator.ts';
import { checkNumber, checkOptions, describe } from './options.ts';
import { dealGroups, dealSamples } from './split/folds.ts';
import {
  ascending,
  checkShare,
  encodeGroups,
  firstOf,
  generator,
  membersOf,
  type Split,
  scarcest,
  shuffled,
  splitsOf,
  testCount,
} from './split/parts.ts';

export type { Split } from './split/parts.ts';

/** Options of `stratifiedKFold`. */
export interface StratifiedKFoldOptions {
  /** Number of folds, 2 or more; 10 by default, as in the paper (section 6.2). */
  nSplits?: number;
  /** Seed; 0 by default. */
  randomState?: number;
  /** The group of each sample (its artist); no fold then splits a group. */
  groups?: readonly (string | number)[];
}

/** Options of `stratifiedShuffleSplit`. */
export interface StratifiedShuffleSplitOptions {
  /** Number of independent splits, 1 or more; 10 by default. */
  nSplits?: number;
  /** Share of each class that is tested, above 0 and below 1; 0.1 by default. */
  testSize?: number;
  /** Training samples of each class; all that are not tested by default. */
  trainPerClass?: number;
  /** Whether a class with fewer than `trainPerClass` left may give all of them; an error by default. */
  allowFewer?: boolean;
  /** Seed; 0 by default. */
  randomState?: number;
}

/** Options of `groupShuffleSplit`. */
export interface GroupShuffleSplitOptions {
  /** Number of independent splits, 1 or more; 10 by default. */
  nSplits?: number;
  /** Share of the groups that is tested, above 0 and below 1; 0.2 by default. */
  testSize?: number;
  /** Seed; 0 by default. */
  randomState?: number;
}

/** Options of `samplePerClass`. */
export interface SamplePerClassOptions {
  /** Samples of each class, 1 or more. */
  perClass: number;
  /** Whether a class with fewer may give all of them; an error by default. */
  allowFewer?: boolean;
  /** Seed; 0 by default. */
  randomState?: number;
}

/**
 * The largest number of folds that `stratifiedKFold` takes: the size of the smallest class, and with groups also the
 * number of groups.
 *
 * @returns 0 or 1 where no split is possible
 */
export function maxSplits(labels: readonly string[], options?: { groups?: readonly (string | number)[] }): number {
  const { groups } = checkOptions<{ groups: readonly (string | number)[] | undefined }>('maxSplits', options, {
    groups: undefined,
  });
  const encoded = encodeLabels('maxSplits', labels);
  if (labels.length === 0) return 0;
  const { count } = scarcest(encoded);
  return groups ? Math.min(count, new Set(encodeGroups('maxSplits', groups, labels.length)).size) : count;
}

/**
 * Folds in which every class has its share. Each sample is tested exactly once.
 *
 * Without groups, the folds' sizes differ by at most 1, and so do their counts of each class. With groups (grouped by
 * artist, say) no group is in two folds, and groups are dealt out greedily, those of the most uneven make-up first, to
 * where the classes stay most even: scikit-learn's `StratifiedGroupKFold`. A class of fewer groups than folds is then
 * missing from some test parts, and a class of one group from the training part of its fold.
 *
 * @param labels the class of each sample
 * @throws ParameterError for more folds than samples of a class (naming the class, its count and the largest number of
 *   folds) or than groups
 */
export function stratifiedKFold(labels: readonly string[], options?: StratifiedKFoldOptions): Split[] {
  const where = 'stratifiedKFold';
  const checked = checkOptions<
    Required<Omit<StratifiedKFoldOptions, 'groups'>> & Pick<StratifiedKFoldOptions, 'groups'>
  >(where, options, { nSplits: 10, randomState: 0, groups: undefined });
  const nSplits = checkNumber(where, 'nSplits', checked.nSplits, { min: 2, integer: true });
  const random = generator(where, checked.randomState);
  const encoded = encodeLabels(where, labels);
  if (labels.length === 0)
    throw new ParameterError(`${where}: labels must hold at least ${nSplits} samples, got 0`, 'y');
  const { label, count } = scarcest(encoded);
  if (count < nSplits) {
    const remedy =
      count < 2 ? 'leave that class out or add samples' : `use at most nSplits = ${count}, leave that class out`;
    throw new ParameterError(
      `${where}: nSplits must be at most the samples of each class; class ${describe(label)} has ${count}, got nSplits = ` +
        `${nSplits}; ${remedy}${count < 2 ? '' : ' or add samples'}`,
      'nSplits',
    );
  }
  if (checked.groups === undefined) return splitsOf(dealSamples(encoded, nSplits, random), nSplits);
  const groups = encodeGroups(where, checked.groups, labels.length);
  const nGroups = new Set(groups).size;
  if (nGroups < nSplits) {
    throw new ParameterError(
      `${where}: nSplits must be at most the number of groups, ${nGroups}, got ${nSplits}; use fewer folds or split without ` +
        'groups',
      'nSplits',
    );
  }
  return splitsOf(dealGroups(encoded, groups, nGroups, nSplits, random), nSplits);
}

/**
 * Independent splits in which every class is tested by the same share, for learning curves: `trainPerClass` samples of
 * each class train.
 *
 * At one seed the test parts do not depend on `trainPerClass`, and the training part of a smaller value lies within that
 * of a larger one, so a curve is not shaken by other draws.
 *
 * @param labels the class of each sample
 * @throws ParameterError for a class of one sample, or of fewer than `trainPerClass` training samples (naming it)
 */
export function stratifiedShuffleSplit(labels: readonly string[], options?: StratifiedShuffleSplitOptions): Split[] {
  const where = 'stratifiedShuffleSplit';
  const checked = checkOptions<Required<StratifiedShuffleSplitOptions>>(where, options, {
    nSplits: 10,
    testSize: 0.1,
    trainPerClass: Number.POSITIVE_INFINITY,
    allowFewer: false,
    randomState: 0,
  });
  const { testSize, trainPerClass, allowFewer } = checked;
  const nSplits = checkNumber(where, 'nSplits', checked.nSplits, { min: 1, integer: true });
  checkShare(where, testSize);
  const perClass = options?.trainPerClass !== undefined;
  if (perClass) checkNumber(where, 'trainPerClass', trainPerClass, { min: 1, integer: true });
  const random = generator(where, checked.randomState);
  const encoded = encodeLabels(where, labels);
  const members = membersOf(encoded);
  if (labels.length === 0) throw new ParameterError(`${where}: labels must hold at least 2 samples, got 0`, 'y');
  const { label, count } = scarcest(encoded);
  if (count < 2) {
    throw new ParameterError(
      `${where}: each class needs 2 samples, one to train on and one to test; class ${describe(label)} has ${count}; leave ` +
        'that class out or add samples',
      'y',
    );
  }
  return Array.from({ length: nSplits }, (_, split) => {
    const own = random.split(split);
    const parts = members.map((samples, c) => {
      const order = shuffled(own, samples);
      const nTest = testCount(order.length, testSize);
      const rest = order.slice(nTest);
      const train = perClass
        ? firstOf(where, 'trainPerClass', encoded.classes_[c], rest, trainPerClass, allowFewer)
        : rest;
      return { train, test: order.slice(0, nTest) };
    });
    return {
      train: ascending(parts.flatMap((part) => part.train)),
      test: ascending(parts.flatMap((part) => part.test)),
    };
  });
}

/**
 * A random sample of a training part with the same number of every class: a point of a learning curve over any split,
 * also a grouped one. At one seed, the sample of a smaller `perClass` lies within that of a larger one.
 *
 * @param indices samples to choose from (a split's `train`)
 * @param labels the class of every sample, at its index
 * @returns indices, ascending
 * @throws ParameterError for a class with fewer samples, naming it, unless `allowFewer`
 */
export function samplePerClass(
  indices: ArrayLike<number>,
  labels: readonly string[],
  options: SamplePerClassOptions,
): Uint32Array {
  const where = 'samplePerClass';
  const checked = checkOptions<Required<SamplePerClassOptions>>(where, options, {
    perClass: Number.NaN,
    allowFewer: false,
    randomState: 0,
  });
  const perClass = checkNumber(where, 'perClass', checked.perClass, { min: 1, integer: true });
  const random = generator(where, checked.randomState);
  if (!(typeof indices === 'object' && indices !== null && 'length' in indices)) {
    throw new ParameterError(`${where}: indices must be an array of numbers, got ${describe(indices)}`, 'indices');
  }
  if (!Array.isArray(labels)) {
    throw new ParameterError(`${where}: labels must be an array of strings, got ${describe(labels)}`, 'labels');
  }
  const samples = Array.from(indices);
  const bad = samples.find((i) => labels[i] === undefined);
  if (bad !== undefined) {
    throw new ParameterError(
      `${where}: indices must be below the number of labels = ${labels.length}, got ${bad}`,
      'indices',
    );
  }
  const encoded = encodeLabels(
    where,
    samples.map((i) => labels[i]),
  );
  const chosen = membersOf(encoded).flatMap((members, c) =>
    firstOf(where, 'perClass', encoded.classes_[c], shuffled(random, members), perClass, checked.allowFewer),
  );
  return ascending(chosen.map((place) => samples[place]));
}

/**
 * Independent splits in which no group is on both sides, without regard to classes: for multi-label sets.
 *
 * @param groups the group of each sample (its artist; or its own number, for a plain shuffle)
 * @throws ParameterError for fewer than two groups
 */
export function groupShuffleSplit(groups: readonly (string | number)[], options?: GroupShuffleSplitOptions): Split[] {
  const where = 'groupShuffleSplit';
  const checked = checkOptions<Required<GroupShuffleSplitOptions>>(where, options, {
    nSplits: 10,
    testSize: 0.2,
    randomState: 0,
  });
  const nSplits = checkNumber(where, 'nSplits', checked.nSplits, { min: 1, integer: true });
  checkShare(where, checked.testSize);
  const random = generator(where, checked.randomState);
  const encoded = encodeGroups(where, groups);
  const nGroups = new Set(encoded).size;
  if (nGroups < 2) {
    throw new ParameterError(
      `${where}: groups must hold at least two groups, got ${nGroups}; give each sample its own`,
      'groups',
    );
  }
  return Array.from({ length: nSplits }, (_, split) => {
    const tested = new Set(random.split(split).permutation(nGroups).subarray(0, testCount(nGroups, checked.testSize)));
    return splitsOf(
      encoded.map((group) => (tested.has(group) ? 0 : 1)),
      1,
    )[0];
  });
}
