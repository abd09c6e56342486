/**
 * Cross-validation as the paper does it (section 6.2): least squares on windows, averaged over a track's windows, the largest
 * output wins; folds hold tracks, never parts of one.
 */
import { ParameterError } from './errors.ts';
import { LinearClassifier, type LinearClassifierOptions } from './linear.ts';
import { Matrix } from './matrix.ts';
import { accuracyScore, type ConfusionMatrix, confusionMatrix, meanAndStandardError } from './metrics.ts';
import { checkHooks, checkOptions, describe } from './options.ts';
import { Turns } from './pause.ts';
import type { Split } from './split.ts';

/** How a fold is learned from. */
export interface FoldOptions extends LinearClassifierOptions {
  /**
   * Columns of each of the feature sets that stand side by side in X (`Matrix.hstack`): a classifier learns from each alone, and
   * their scores are averaged (`LinearClassifier.hstack`). All columns are one set by default.
   */
  blocks?: readonly number[];
}

/** Options of `crossValidate`. */
export interface CrossValidateOptions extends FoldOptions {
  /** The folds, e.g. of `stratifiedKFold`: which tracks are learned from and which are predicted. Required, at least two. */
  splits: readonly Split[];
  /** Ends the work with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each fold. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** How well a classifier does on tracks that it has not heard. */
export interface CrossValidation {
  /** Mean over the folds of the share of tracks that got their label. */
  readonly accuracy: number;
  /** Standard error of that mean; see `meanAndStandardError`. */
  readonly standardError: number;
  readonly foldAccuracies: readonly number[];
  /** For each fold the label predicted for each of its test tracks, in the order of `split.test`. */
  readonly predictions: readonly (readonly string[])[];
  /** Of the test tracks of all folds. */
  readonly confusion: ConfusionMatrix;
}

/** Squared columns times rows that go into the sums in one step: about 10 ms. */
const PORTION = 5e7;

/** Learns from the windows of tracks, with pauses. */
async function learn(
  X: readonly Matrix[],
  y: readonly string[],
  options: LinearClassifierOptions,
  turns: Turns,
): Promise<LinearClassifier> {
  const classifier = new LinearClassifier(options);
  const classes = [...new Set(y)];
  try {
    for (const [i, windows] of X.entries()) {
      const rows = Math.max(1, Math.floor(PORTION / (windows.columns * windows.columns)));
      for (let at = 0; at < windows.rows; at += rows) {
        const part = windows.slice(at, at + rows);
        classifier.partialFit(part, Array<string>(part.rows).fill(y[i]), { classes });
        await turns.take();
      }
    }
    // Solves, so that the sums can go.
    classifier.intercept_;
    return classifier;
  } finally {
    classifier.dispose();
  }
}

/**
 * Learns from some tracks and predicts others.
 *
 * @param X windows `(nWindows, nFeatures)` of each track
 * @param y the label of each track
 * @param options as of `LinearClassifier`, and `blocks`
 * @returns the label of each track of `split.test`
 * @throws as `LinearClassifier`
 */
export async function predictSplit(
  X: readonly Matrix[],
  y: readonly string[],
  { train, test }: Split,
  { signal, blocks, ...options }: FoldOptions & { signal?: AbortSignal },
): Promise<string[]> {
  const turns = new Turns(signal);
  const windows = Array.from(train, (i) => X[i]);
  const labels = Array.from(train, (i) => y[i]);
  const classifier = blocks
    ? await learnBlocks(windows, labels, blocks, options, turns)
    : await learn(windows, labels, options, turns);
  const predicted: string[] = [];
  for (const i of test) {
    predicted.push(classifier.predictTrack(X[i]).label);
    await turns.take();
  }
  return predicted;
}

async function learnBlocks(
  X: readonly Matrix[],
  y: readonly string[],
  blocks: readonly number[],
  options: LinearClassifierOptions,
  turns: Turns,
): Promise<LinearClassifier> {
  const parts: LinearClassifier[] = [];
  let start = 0;
  for (const width of blocks) {
    // The record of all columns stands for any of them: what is checked is that tracks were made alike.
    const part = X.map((windows) => windows.takeColumns(start, start + width).withFrontEnd(windows.frontEnd));
    parts.push(await learn(part, y, options, turns));
    start += width;
  }
  return LinearClassifier.hstack(parts, X[0]?.frontEnd);
}

/** Checks the data of a cross-validation. */
export function checkCrossValidation(
  where: string,
  X: readonly Matrix[],
  y: readonly string[],
  options: CrossValidateOptions,
) {
  const merged = checkOptions<{ [K in keyof Required<CrossValidateOptions>]: CrossValidateOptions[K] }>(
    where,
    options,
    {
      splits: [],
      blocks: undefined,
      alpha: undefined,
      penalty: undefined,
      signal: undefined,
      onProgress: undefined,
    },
  );
  const { splits, signal, onProgress, alpha, penalty, blocks } = merged;
  new LinearClassifier({ alpha, penalty });
  checkHooks(where, { signal, onProgress });
  if (!Array.isArray(X) || !X.every((windows) => windows instanceof Matrix)) {
    throw new ParameterError(`${where}: X must be an array of Matrix, the windows of each track`, 'X');
  }
  if (blocks !== undefined) checkBlocks(where, blocks, X);
  if (!Array.isArray(y) || y.length !== X.length) {
    throw new ParameterError(
      `${where}: y must be an array of ${X.length} labels, one a track, got ${describe(y)}`,
      'y',
    );
  }
  if (!Array.isArray(splits) || splits.length < 2) {
    throw new ParameterError(
      `${where}: splits must be an array of two folds or more, e.g. of stratifiedKFold(y)`,
      'splits',
    );
  }
  splits.forEach(({ train, test }, fold) => {
    const isKnown = (i: number) => i in X;
    if (train.length > 0 && test.length > 0 && train.every(isKnown) && test.every(isKnown)) return;
    throw new ParameterError(
      `${where}: fold ${fold} of splits must name tracks from 0 to ${X.length - 1} to learn from and to test`,
      'splits',
    );
  });
  return { splits, signal, onProgress, classifier: { alpha, penalty, ...(blocks && { blocks: [...blocks] }) } };
}

function checkBlocks(where: string, blocks: readonly number[], X: readonly Matrix[]): void {
  const columns = X[0]?.columns ?? 0;
  const isWidth = (width: unknown) => Number.isInteger(width) && (width as number) > 0;
  const isWhole = Array.isArray(blocks) && blocks.every(isWidth) && blocks.reduce((sum, n) => sum + n, 0) === columns;
  if (isWhole || X.length === 0) return;
  throw new ParameterError(
    `${where}: blocks must be whole numbers whose sum is ${columns}, the columns of X, got ${describe(blocks)}`,
    'blocks',
  );
}

/** What the folds' predictions say. */
export function judgeFolds(
  y: readonly string[],
  splits: readonly Split[],
  predictions: readonly (readonly string[])[],
): CrossValidation {
  const truth = splits.map(({ test }) => Array.from(test, (i) => y[i]));
  const foldAccuracies = truth.map((labels, fold) => accuracyScore(labels, predictions[fold]));
  const { mean: accuracy, standardError } = meanAndStandardError(foldAccuracies);
  const confusion = confusionMatrix(truth.flat(), predictions.flat());
  return { accuracy, standardError, foldAccuracies, predictions, confusion };
}

/**
 * Accuracy of `LinearClassifier` on held-out tracks, fold by fold.
 *
 * Pauses for the event loop every few milliseconds, but for the solution of a fold, one step of about `nFeatures^3 / 6`
 * multiply-adds. A pool's `crossValidate` spreads the folds over workers and gives the same result.
 *
 * @param X windows `(nWindows, nFeatures)` of each track, all of one width and front end
 * @param y the label of each track
 * @throws ParameterError on data, folds or options that will not do; as `LinearClassifier`; the signal's reason
 *
 * @example
 * const { accuracy, standardError } = await crossValidate(windows, genres, { splits: stratifiedKFold(genres) });
 */
export async function crossValidate(
  X: readonly Matrix[],
  y: readonly string[],
  options: CrossValidateOptions,
): Promise<CrossValidation> {
  const { splits, signal, onProgress, classifier } = checkCrossValidation('crossValidate', X, y, options);
  const predictions: string[][] = [];
  for (const split of splits) {
    predictions.push(await predictSplit(X, y, split, { ...classifier, signal }));
    onProgress?.({ done: predictions.length, total: splits.length });
  }
  return judgeFolds(y, splits, predictions);
}
