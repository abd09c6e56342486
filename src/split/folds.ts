/** Dealing samples, or groups that stay whole, out to folds. */
import type { EncodedLabels } from '../estimator.ts';
import type { RandomState } from '../random.ts';
import { membersOf, shuffled } from './parts.ts';

/** The fold of each sample: class after class in random order, dealt round like cards. */
export function dealSamples(encoded: EncodedLabels, nSplits: number, random: RandomState): Int32Array {
  const foldOf = new Int32Array(encoded.indices.length);
  const order = membersOf(encoded).flatMap((members) => shuffled(random, members));
  order.forEach((sample, i) => {
    foldOf[sample] = i % nSplits;
  });
  return foldOf;
}

/**
 * How unevenly the classes lie over the folds: standard deviation over folds of each class's share, summed over classes.
 * From whole numbers, so that equal spreads are equal to the bit and ties are ties.
 */
function unevenness(perFold: readonly Int32Array[], totals: Int32Array): number {
  let sum = 0;
  totals.forEach((total, c) => {
    const squares = perFold.reduce((acc, counts) => acc + counts[c] * counts[c], 0);
    const all = perFold.reduce((acc, counts) => acc + counts[c], 0);
    sum += Math.sqrt(perFold.length * squares - all * all) / total;
  });
  return sum;
}

/** The fold of each sample when groups stay whole (greedy, as scikit-learn). */
export function dealGroups(
  { classes_, indices }: EncodedLabels,
  groups: readonly number[],
  nGroups: number,
  nSplits: number,
  random: RandomState,
): Int32Array {
  const totals = new Int32Array(classes_.length);
  const counts = Array.from({ length: nGroups }, () => new Int32Array(classes_.length));
  groups.forEach((group, i) => {
    totals[indices[i]]++;
    counts[group][indices[i]]++;
  });
  // n^2 times the variance of a group's counts over the classes: whole numbers, as above.
  const spread = counts.map((own) => {
    const sum = own.reduce((acc, value) => acc + value, 0);
    return classes_.length * own.reduce((acc, value) => acc + value * value, 0) - sum * sum;
  });
  // The sort is stable, so groups of equal spread stay in random order.
  const order = Array.from(random.permutation(nGroups)).sort((a, b) => spread[b] - spread[a]);
  const perFold = Array.from({ length: nSplits }, () => new Int32Array(classes_.length));
  const sizes = new Int32Array(nSplits);
  const foldOfGroup = new Int32Array(nGroups);
  for (const group of order) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let fold = 0; fold < nSplits; fold++) {
      addTo(perFold[fold], counts[group], 1);
      const value = unevenness(perFold, totals);
      addTo(perFold[fold], counts[group], -1);
      if (value < least || (value === least && sizes[fold] < sizes[best])) {
        best = fold;
        least = value;
      }
    }
    addTo(perFold[best], counts[group], 1);
    sizes[best] += counts[group].reduce((acc, value) => acc + value, 0);
    foldOfGroup[group] = best;
  }
  return Int32Array.from(groups, (group) => foldOfGroup[group]);
}

function addTo(sums: Int32Array, values: Int32Array, sign: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] += sign * values[i];
}
