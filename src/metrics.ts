/**
 * How good is it: accuracy, similarity, tagging and hubness, under scikit-learn's names where it has them.
 *
 * All are plain float64 sums in the order of their input, so that they are the same everywhere.
 */
import { ParameterError } from './errors.ts';
import { checkSamples, sortedClasses } from './estimator.ts';
import { Matrix } from './matrix.ts';
import type { Neighbors } from './neighbors.ts';
import { checkNumber, checkOptions, describe } from './options.ts';

type Labels = readonly string[];

function checkPairs(where: string, yTrue: Labels, yPred: Labels): void {
  if (!Array.isArray(yTrue) || yTrue.length === 0) {
    throw new ParameterError(`${where}: yTrue must hold at least one label, got ${describe(yTrue)}`, 'yTrue');
  }
  if (!Array.isArray(yPred) || yPred.length !== yTrue.length) {
    throw new ParameterError(
      `${where}: yPred must hold as many labels as yTrue = ${yTrue.length}, got ${yPred?.length}`,
      'yPred',
    );
  }
}

/** Share of labels that are right, 0 to 1. @throws ParameterError when empty or of two lengths */
export function accuracyScore(yTrue: Labels, yPred: Labels): number {
  checkPairs('accuracyScore', yTrue, yPred);
  return yTrue.filter((label, i) => label === yPred[i]).length / yTrue.length;
}

/** Which class was taken for which. */
export interface ConfusionMatrix {
  /** All labels of either list, sorted by code unit; the order of rows and columns. */
  readonly classes: readonly string[];
  /** `counts[i][j]`: samples of class `i` that were said to be class `j`. */
  readonly counts: readonly (readonly number[])[];
}

/** Counts of (true, predicted) pairs; rows are true classes, as in scikit-learn. */
export function confusionMatrix(yTrue: Labels, yPred: Labels): ConfusionMatrix {
  checkPairs('confusionMatrix', yTrue, yPred);
  const classes = sortedClasses([...yTrue, ...yPred]);
  const place = new Map(classes.map((label, i) => [label, i]));
  const counts = classes.map(() => classes.map(() => 0));
  yTrue.forEach((label, i) => {
    counts[place.get(label) as number][place.get(yPred[i]) as number]++;
  });
  return { classes, counts };
}

/** What `precisionAtK` may be told. */
export interface PrecisionAtKOptions {
  /** How many of the neighbours count, nearest first; all of them by default. */
  k?: number;
  /** The label of each query; by default those of the rows, which are then their own queries. */
  queryLabels?: Labels;
}

/**
 * For each query, the share of its k nearest neighbours that carry its label (the paper's similarity measure, section 3.2).
 *
 * The sum of hits is divided by k, also where the artist filter left fewer than k rows: a missing neighbour (-1) is a miss,
 * as usual in MIR, so that no query gains by having few candidates.
 *
 * @param neighbors from `kNeighbors`
 * @param labels the label of each fitted row
 * @returns one value per query, 0 to 1
 */
export function precisionsAtK(neighbors: Neighbors, labels: Labels, options?: PrecisionAtKOptions): Float64Array {
  const where = 'precisionAtK';
  checkNeighbors(where, neighbors);
  checkList(where, 'labels', labels);
  const { indices, nNeighbors } = neighbors;
  const checked = checkOptions(where, options, { k: nNeighbors, queryLabels: labels });
  checkList(where, 'queryLabels', checked.queryLabels);
  const k = checkNumber(where, 'k', checked.k, { min: 1, max: nNeighbors, integer: true });
  const nQueries = indices.length / nNeighbors;
  if (checked.queryLabels.length !== nQueries) {
    const [name, remedy] =
      options?.queryLabels === undefined
        ? ['labels', '; give queryLabels where the rows are not the queries']
        : ['queryLabels', ''];
    throw new ParameterError(
      `${where}: ${name} must hold one label per query = ${nQueries}, got ${checked.queryLabels.length}${remedy}`,
      name,
    );
  }
  return Float64Array.from({ length: nQueries }, (_, query) => {
    let hits = 0;
    for (const index of indices.subarray(query * nNeighbors, query * nNeighbors + k)) {
      if (index >= labels.length) {
        throw new ParameterError(`${where}: labels must cover row ${index}, got ${labels.length} labels`, 'labels');
      }
      if (index >= 0 && labels[index] === checked.queryLabels[query]) hits++;
    }
    return hits / k;
  });
}

/** The mean of `precisionsAtK` over all queries. @throws ParameterError when there is no query */
export function precisionAtK(neighbors: Neighbors, labels: Labels, options?: PrecisionAtKOptions): number {
  return mean('precisionAtK', 'neighbors', precisionsAtK(neighbors, labels, options));
}

/** Refuses what is no list. */
function checkList(where: string, name: string, values: unknown): void {
  if (typeof values === 'object' && values !== null && 'length' in values) return;
  throw new ParameterError(`${where}: ${name} must be an array, got ${describe(values)}`, name);
}

/** Refuses what is not from `kNeighbors`. */
function checkNeighbors(where: string, neighbors: Neighbors): void {
  if (neighbors?.indices instanceof Int32Array && neighbors.nNeighbors >= 1) return;
  throw new ParameterError(
    `${where}: neighbors must be what kNeighbors gives, { distances, indices, nNeighbors }, got ${describe(neighbors)}`,
    'neighbors',
  );
}

/** Values of yes and no: true or false, 1 or 0. */
type Truth = ArrayLike<number | boolean>;

/** Checks a binary problem and counts its positives. */
function checkBinary(where: string, yTrue: Truth, scores: ArrayLike<number>): number {
  checkList(where, 'yTrue', yTrue);
  checkList(where, 'scores', scores);
  if (scores.length !== yTrue.length) {
    throw new ParameterError(
      `${where}: scores must hold one value per entry of yTrue = ${yTrue.length}, got ${scores.length}`,
      'scores',
    );
  }
  let positives = 0;
  for (let i = 0; i < yTrue.length; i++) {
    if (!Number.isFinite(scores[i])) {
      throw new ParameterError(`${where}: scores must be finite, got ${scores[i]} at ${i}`, 'scores');
    }
    if (Number(yTrue[i]) === 1) positives++;
    else if (Number(yTrue[i]) !== 0) {
      throw new ParameterError(`${where}: yTrue must be 0 or 1, got ${describe(yTrue[i])} at ${i}`, 'yTrue');
    }
  }
  return positives;
}

/** The places of the values, largest value first; equal ones in order. */
function descending(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
}

/** Runs of equal scores from the largest down: how many positives and how many entries each holds. */
function* runs(yTrue: Truth, scores: ArrayLike<number>): Generator<{ positives: number; size: number }> {
  const order = descending(scores);
  for (let start = 0; start < order.length; ) {
    let end = start;
    let positives = 0;
    for (; end < order.length && scores[order[end]] === scores[order[start]]; end++)
      positives += Number(yTrue[order[end]]);
    yield { positives, size: end - start };
    start = end;
  }
}

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties as half (midranks).
 *
 * @param yTrue 0 or 1 (or booleans)
 * @param scores larger for likelier positives
 * @throws ParameterError when there is no positive or no negative, since the area is then undefined
 */
export function rocAucScore(yTrue: Truth, scores: ArrayLike<number>): number {
  const positives = checkBinary('rocAucScore', yTrue, scores);
  const negatives = yTrue.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new ParameterError(
      `rocAucScore: yTrue must hold both 0 and 1, got ${positives} of 1 and ${negatives} of 0; leave this tag out`,
      'yTrue',
    );
  }
  let above = 0;
  let wins = 0;
  for (const run of runs(yTrue, scores)) {
    wins += (run.size - run.positives) * (above + run.positives / 2);
    above += run.positives;
  }
  return wins / (positives * negatives);
}

/**
 * Area under the precision-recall curve as a sum of steps: sum over thresholds of (recall gained) * precision, as
 * scikit-learn's `average_precision_score`. Equal scores are one threshold.
 *
 * @throws ParameterError when there is no positive
 */
export function averagePrecisionScore(yTrue: Truth, scores: ArrayLike<number>): number {
  const positives = checkBinary('averagePrecisionScore', yTrue, scores);
  if (positives === 0) {
    throw new ParameterError('averagePrecisionScore: yTrue must hold at least one 1; leave this tag out', 'yTrue');
  }
  let found = 0;
  let seen = 0;
  let sum = 0;
  for (const run of runs(yTrue, scores)) {
    found += run.positives;
    seen += run.size;
    sum += (run.positives * found) / seen;
  }
  return sum / positives;
}

/** What `taggingScores` measures. */
export interface TaggingScores {
  /** For each k asked for: share of the k best tags of a track that are true, mean over tracks. */
  readonly precisionAtK: readonly { readonly k: number; readonly precision: number }[];
  /** Area under the ROC curve of a tag over all tracks, mean over tags (macro). */
  readonly rocAuc: number;
  /** Average precision of a tag over all tracks, mean over tags (macro). */
  readonly prAuc: number;
  /** Average precision of a track over all tags, mean over tracks (`labelRankingAveragePrecision`). */
  readonly map: number;
  /** Tags with both true and false tracks, over which `rocAuc` and `prAuc` are means. */
  readonly nTags: number;
  /** Tags left out of those, since all their tracks say the same. */
  readonly nTagsLeftOut: number;
  /** Tracks with a true tag, over which `precisionAtK` and `map` are means. */
  readonly nTracks: number;
  /** Tracks left out of those, since they have no true tag. */
  readonly nTracksLeftOut: number;
}

/** Checks scores and truth `(tracks, tags)` against each other. */
function checkTagging(where: string, scores: Matrix, truth: Matrix): void {
  checkSamples(where, scores, { minSamples: 1 });
  if (!(truth instanceof Matrix) || truth.rows !== scores.rows || truth.columns !== scores.columns) {
    throw new ParameterError(
      `${where}: truth must be a Matrix of the shape of scores, ${scores.rows} x ${scores.columns}, got ` +
        `${truth?.rows} x ${truth?.columns}`,
      'truth',
    );
  }
  const bad = truth.data.findIndex((value) => value !== 0 && value !== 1);
  if (bad >= 0) {
    const row = Math.floor(bad / truth.columns);
    throw new ParameterError(
      `${where}: truth must be 0 or 1, got ${truth.data[bad]} in row ${row}, column ${bad % truth.columns}`,
      'truth',
    );
  }
}

const rowsWithTags = (truth: Matrix) =>
  Array.from({ length: truth.rows }, (_, i) => i).filter((i) => truth.row(i).includes(1));

/**
 * Label-ranking average precision, the tagging literature's MAP per track: for each true tag of a track, the share of true
 * tags among those scored at least as high, averaged over its true tags, then over tracks. As scikit-learn's
 * `label_ranking_average_precision_score`, but tracks without a true tag are left out instead of counted as 1.
 *
 * @param scores `(tracks, tags)`
 * @param truth `(tracks, tags)`, 0 or 1
 * @throws ParameterError when no track has a true tag
 */
export function labelRankingAveragePrecision(scores: Matrix, truth: Matrix): number {
  const where = 'labelRankingAveragePrecision';
  checkTagging(where, scores, truth);
  const perTrack = rowsWithTags(truth).map((i) => averagePrecisionScore(truth.row(i), scores.row(i)));
  return mean(where, 'truth', perTrack);
}

/** Share of the k best-scored tags that are true, per track with a true tag; equal scores in the order of the tags. */
function tagPrecision(scores: Matrix, truth: Matrix, k: number): number[] {
  return rowsWithTags(truth).map((i) => {
    const best = descending(scores.row(i)).slice(0, k);
    return best.filter((tag) => truth.row(i)[tag] === 1).length / k;
  });
}

/**
 * Everything that is usual in music tagging, from scores of all tags for all tracks.
 *
 * @param scores `(tracks, tags)`, larger for likelier tags
 * @param truth `(tracks, tags)`, 0 or 1
 * @param options `k`: lengths of the lists of tags that are judged, each at most the number of tags; 1 and 3 by default
 * @throws ParameterError when no track has a true tag, or no tag has both true and false tracks
 */
export function taggingScores(scores: Matrix, truth: Matrix, options?: { k?: readonly number[] }): TaggingScores {
  const where = 'taggingScores';
  checkTagging(where, scores, truth);
  const { k: lengths } = checkOptions<{ k: readonly number[] }>(where, options, { k: [1, 3] });
  checkList(where, 'k', lengths);
  for (const k of lengths) checkNumber(where, 'k', k, { min: 1, max: truth.columns, integer: true });
  const column = (matrix: Matrix, tag: number) =>
    Float32Array.from({ length: matrix.rows }, (_, i) => matrix.data[i * matrix.columns + tag]);
  const rocs: number[] = [];
  const precisions: number[] = [];
  for (let tag = 0; tag < truth.columns; tag++) {
    const yTrue = column(truth, tag);
    if (!yTrue.includes(0) || !yTrue.includes(1)) continue;
    rocs.push(rocAucScore(yTrue, column(scores, tag)));
    precisions.push(averagePrecisionScore(yTrue, column(scores, tag)));
  }
  const nTracks = rowsWithTags(truth).length;
  return {
    precisionAtK: lengths.map((k) => ({ k, precision: mean(where, 'truth', tagPrecision(scores, truth, k)) })),
    rocAuc: mean(where, 'truth', rocs),
    prAuc: mean(where, 'truth', precisions),
    map: labelRankingAveragePrecision(scores, truth),
    nTags: rocs.length,
    nTagsLeftOut: truth.columns - rocs.length,
    nTracks,
    nTracksLeftOut: truth.rows - nTracks,
  };
}

/**
 * In how many lists of neighbours each row appears: N_k of Radovanovic, Nanopoulos and Ivanovic, "Hubs in space" (JMLR
 * 2010). Its mean is k; rows far above are hubs, rows at 0 anti-hubs.
 *
 * @param neighbors from `kNeighbors`
 * @param nSamples number of fitted rows
 */
export function kOccurrence(neighbors: Neighbors, nSamples: number): Int32Array {
  checkNeighbors('kOccurrence', neighbors);
  checkNumber('kOccurrence', 'nSamples', nSamples, { min: 1, integer: true });
  const counts = new Int32Array(nSamples);
  for (const index of neighbors.indices) {
    if (index >= nSamples) {
      throw new ParameterError(
        `kOccurrence: nSamples must be above every index, got ${nSamples} for ${index}`,
        'nSamples',
      );
    }
    if (index >= 0) counts[index]++;
  }
  return counts;
}

/**
 * Skewness: third central moment over the standard deviation cubed, both divided by n (as `scipy.stats.skew`). Of
 * k-occurrences it is the usual measure of hubness (Radovanovic 2010; Schnitzer et al., JMLR 2012).
 *
 * @returns 0 for equal values, which lean to neither side (SciPy gives NaN)
 */
export function skewness(values: ArrayLike<number>): number {
  const centre = mean('skewness', 'values', values);
  let second = 0;
  let third = 0;
  for (let i = 0; i < values.length; i++) {
    const deviation = values[i] - centre;
    second += deviation * deviation;
    third += deviation * deviation * deviation;
  }
  const variance = second / values.length;
  // Of equal values the mean may be a rounding error beside them.
  const negligible = Math.abs(centre) * Number.EPSILON;
  if (variance <= negligible * negligible) return 0;
  return third / values.length / (variance * Math.sqrt(variance));
}

/** The mean of some measurements and how sure it is. */
export interface MeanAndStandardError {
  readonly mean: number;
  /** Sample standard deviation (divisor n - 1) over sqrt(n). */
  readonly standardError: number;
  readonly n: number;
}

/**
 * The mean of the folds' values and its standard error, the paper's error bars (section 6.2).
 *
 * @throws ParameterError for fewer than two values, from which no error can be told
 */
export function meanAndStandardError(values: ArrayLike<number>): MeanAndStandardError {
  const centre = mean('meanAndStandardError', 'values', values);
  const n = values.length;
  if (n < 2) {
    throw new ParameterError(`meanAndStandardError: values must hold at least two values, got ${n}`, 'values');
  }
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - centre) * (values[i] - centre);
  return { mean: centre, standardError: Math.sqrt(squares / (n - 1) / n), n };
}

/** The mean; refuses no values and those that are not finite. */
function mean(where: string, name: string, values: ArrayLike<number>): number {
  checkList(where, name, values);
  if (values.length === 0) {
    throw new ParameterError(`${where}: ${name} leaves nothing to take the mean of; give at least one case`, name);
  }
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new ParameterError(`${where}: ${name} must be finite, got ${values[i]} at ${i}`, name);
    }
    sum += values[i];
  }
  return sum / values.length;
}
