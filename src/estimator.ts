/**
 * The contract of everything that is learned: parameters to the constructor, data to `fit`, `fit` returns itself, what was
 * learned ends in `_`, and a fitted thing is one safetensors file (`toBytes`, `fromBytes`).
 *
 * Here is what all estimators share: the checks of what comes in, and the encoding of labels.
 */
import { NotFittedError, ParameterError } from './errors.ts';
import { checkFrontEnd, type FrontEnd } from './frontend.ts';
import { Matrix } from './matrix.ts';
import { checkAttached, describe, findNonFinite } from './options.ts';

/** What `checkSamples` holds a matrix against; each part is optional. */
export interface SampleBounds {
  /** Columns that the samples must have. */
  nFeatures?: number;
  /** Record of the front end that the samples must come from. */
  frontEnd?: FrontEnd;
  /** Least number of rows; 0 unless told otherwise. */
  minSamples?: number;
}

/**
 * Checks samples `(nSamples, nFeatures)` and returns them.
 *
 * @param where class and method, the first words of every message
 * @param X the samples; every value must be finite
 * @throws ParameterError on another type, too few rows, other columns, NaN or infinity (naming row and column)
 * @throws FrontEndError on features of another front end
 */
export function checkSamples(where: string, X: unknown, bounds: SampleBounds = {}): Matrix {
  if (!(X instanceof Matrix)) {
    throw new ParameterError(
      `${where}: X must be a Matrix (use new Matrix(data, rows, columns)), got ${describe(X)}`,
      'X',
    );
  }
  checkAttached(where, 'X', X.data);
  const { nFeatures, frontEnd, minSamples = 0 } = bounds;
  checkFrontEnd(where, frontEnd, X.frontEnd);
  if (nFeatures !== undefined && X.columns !== nFeatures) {
    throw new ParameterError(`${where}: X must have ${nFeatures} columns, as at fit, got ${X.columns}`, 'X');
  }
  if (X.rows < minSamples) {
    throw new ParameterError(`${where}: X must have at least ${minSamples} rows, got ${X.rows}`, 'X');
  }
  const bad = findNonFinite(X.data);
  if (bad >= 0) {
    const row = Math.floor(bad / X.columns);
    throw new ParameterError(
      `${where}: X must be finite, got ${X.data[bad]} in row ${row}, column ${bad % X.columns}; drop or repair that row`,
      'X',
    );
  }
  return X;
}

/** Labels of one class per sample, encoded: `classes_[indices[i]]` is the label of sample `i`. */
export interface EncodedLabels {
  /** The distinct labels, sorted by code unit, so that the order is the same everywhere. */
  readonly classes_: readonly string[];
  readonly indices: Int32Array;
}

/** The distinct words of a list, sorted by code unit (not by locale, which differs between machines). */
export function sortedClasses(labels: Iterable<string>): string[] {
  return [...new Set(labels)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Encodes one label per sample.
 *
 * @param nSamples how many there must be, or `undefined`
 * @throws ParameterError when the count differs, or a label is not a word
 */
export function encodeLabels(where: string, y: readonly string[], nSamples?: number): EncodedLabels {
  if (!Array.isArray(y)) throw new ParameterError(`${where}: y must be an array of strings, got ${describe(y)}`, 'y');
  if (nSamples !== undefined && y.length !== nSamples) {
    throw new ParameterError(`${where}: y must have one label per row of X = ${nSamples}, got ${y.length}`, 'y');
  }
  const bad = y.findIndex((label) => typeof label !== 'string' || label === '');
  if (bad >= 0) {
    throw new ParameterError(`${where}: y[${bad}] must be a non-empty string, got ${describe(y[bad])}`, 'y');
  }
  const classes_ = sortedClasses(y);
  const position = new Map(classes_.map((label, i) => [label, i]));
  return { classes_, indices: Int32Array.from(y, (label) => position.get(label) as number) };
}

/**
 * Gives back what `fit` has set.
 *
 * @throws NotFittedError while it is `undefined`
 */
export function checkFitted<T>(where: string, learned: T | undefined): T {
  if (learned === undefined)
    throw new NotFittedError(`${where}: not fitted yet; call fit first, or load a fitted file`);
  return learned;
}
