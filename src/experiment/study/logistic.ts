/** A head: multinomial logistic regression with a ridge, on standardised windows. */
import { ParameterError } from '../../errors.ts';
import { checkFitted, checkSamples, encodeLabels } from '../../estimator.ts';
import { Matrix } from '../../matrix.ts';
import { checkNumber, checkOptions } from '../../options.ts';
import { ColumnScale } from './columnscale.ts';
import { minimise } from './lbfgs.ts';
import { softmaxLoss } from './softmax.ts';

/** Options of `LogisticHead`. */
export interface LogisticOptions {
  /**
   * Strength of the ridge: the mean loss plus `alpha / 2` times the sum of squared weights of standardised columns, the intercept
   * free; 0.01. It is scikit-learn's `LogisticRegression(C=1 / (alpha * nSamples))`; with two classes, which have a vector each here
   * and share one there, `C=2 / (alpha * nSamples)`.
   */
  alpha?: number;
  /** Ends where no element of the gradient of the mean loss is larger; 1e-4, as scikit-learn's. */
  tolerance?: number;
  /** Steps of L-BFGS at most; 500. */
  maxIterations?: number;
}

/**
 * Multinomial logistic regression. Full batches, L-BFGS, float64 in fixed order: no seed, and the same bits everywhere.
 *
 * @example
 * const scores = new LogisticHead().fit(windows, labels).decision(others);
 */
export class LogisticHead {
  readonly params: Readonly<Required<LogisticOptions>>;
  #classes: readonly string[] | undefined;
  #scale: ColumnScale | undefined;
  /** Of standardised columns `(classes, nFeatures)`, then the intercepts. */
  #weights: Float64Array | undefined;
  #iterations = 0;

  /** @throws ParameterError on an unknown option or a value out of range */
  constructor(options?: LogisticOptions) {
    const where = 'LogisticHead';
    this.params = checkOptions(where, options, { alpha: 0.01, tolerance: 1e-4, maxIterations: 500 });
    checkNumber(where, 'alpha', this.params.alpha, { above: 0 });
    checkNumber(where, 'tolerance', this.params.tolerance, { above: 0 });
    checkNumber(where, 'maxIterations', this.params.maxIterations, { min: 1, integer: true });
  }

  /**
   * Learns from all rows.
   *
   * @param X windows `(nSamples, nFeatures)`
   * @param y the label of each row
   * @throws ParameterError on bad samples or labels, or fewer than two classes
   */
  fit(X: Matrix, y: readonly string[]): this {
    const where = 'LogisticHead.fit';
    checkSamples(where, X, { minSamples: 1 });
    const { classes_, indices } = encodeLabels(where, y, X.rows);
    if (classes_.length < 2) {
      throw new ParameterError(`${where}: y must hold at least two classes, got only "${classes_[0]}"`, 'y');
    }
    const scale = new ColumnScale(X);
    const x = scale.apply(X);
    const weights = new Float64Array((X.columns + 1) * classes_.length);
    const { alpha, tolerance, maxIterations } = this.params;
    const loss = (w: Float64Array, g: Float64Array) => logisticLoss(x, indices, w, classes_.length, alpha, g);
    this.#iterations = minimise(loss, weights, { tolerance, maxIterations }).iterations;
    this.#classes = classes_;
    this.#scale = scale;
    this.#weights = weights;
    return this;
  }

  /** The classes, sorted by code unit. */
  get classes_(): readonly string[] {
    return checkFitted('LogisticHead.classes_', this.#classes);
  }

  /** Steps that the last `fit` made. */
  get iterations_(): number {
    checkFitted('LogisticHead.iterations_', this.#classes);
    return this.#iterations;
  }

  /** Weights of standardised columns, `(classes, nFeatures)` row by row. */
  get coef_(): Float64Array {
    return checkFitted('LogisticHead.coef_', this.#weights).slice(0, -this.classes_.length);
  }

  /** One value per class. They sum to 0, as the classes' weights do. */
  get intercept_(): Float64Array {
    return checkFitted('LogisticHead.intercept_', this.#weights).slice(-this.classes_.length);
  }

  /**
   * The scores of each class: logarithms of the probabilities, but for a constant a row.
   *
   * @param X `(nSamples, nFeatures)`
   * @returns `(nSamples, classes)`, columns in the order of `classes_`
   */
  decision(X: Matrix): Matrix {
    const where = 'LogisticHead.decision';
    const scale = checkFitted(where, this.#scale);
    const weights = checkFitted(where, this.#weights);
    checkSamples(where, X, { nFeatures: scale.mean.length });
    const n = this.classes_.length;
    const scores = new Float64Array(X.rows * n);
    fillScores(scores, scale.apply(X), weights, n);
    return new Matrix(Float32Array.from(scores), X.rows, n);
  }
}

/** Rows whose scores are taken at a time: they and their gradient stay in the processor's cache. */
const BLOCK = 32;

/** `a . b` over `n` values from two places on: four sums side by side, so that no addition waits for the one before. */
function dot(a: Float64Array, from: number, b: Float64Array, at: number, n: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= n; k += 4) {
    s0 += a[from + k] * b[at + k];
    s1 += a[from + k + 1] * b[at + k + 1];
    s2 += a[from + k + 2] * b[at + k + 2];
    s3 += a[from + k + 3] * b[at + k + 3];
  }
  for (; k < n; k++) s0 += a[from + k] * b[at + k];
  return s0 + s1 + (s2 + s3);
}

/** Fills `scores` `(rows, n)` with `x w + b`; `w` as of `logisticLoss`. */
function fillScores(scores: Float64Array, x: Float64Array, w: Float64Array, n: number): void {
  const columns = w.length / n - 1;
  for (let i = 0, at = 0; at < scores.length; i++) {
    for (let c = 0; c < n; c++) scores[at++] = w[n * columns + c] + dot(x, i * columns, w, c * columns, columns);
  }
}

/**
 * The mean cross-entropy of a softmax plus the ridge, and its gradient.
 *
 * @param x standardised rows `(nSamples, nFeatures)`
 * @param labels the class of each row
 * @param w `(n, nFeatures)`, then the `n` intercepts, which the ridge leaves alone
 * @param n classes
 * @param gradient is filled; as `w`
 */
export function logisticLoss(
  x: Float64Array,
  labels: ArrayLike<number>,
  w: Float64Array,
  n: number,
  alpha: number,
  gradient: Float64Array,
): number {
  const rows = labels.length;
  const columns = w.length / n - 1;
  const classes = Uint32Array.from(labels);
  let loss = 0;
  gradient.fill(0);
  // A few rows after the other, so that each is read from memory once.
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    const scores = new Float64Array((end - start) * n);
    fillScores(scores, x.subarray(start * columns, end * columns), w, n);
    const block = softmaxLoss(scores, classes.subarray(start, end), n);
    loss += block.loss;
    for (let i = start, at = 0; i < end; i++) {
      const row = x.subarray(i * columns, (i + 1) * columns);
      for (let c = 0; c < n; c++) {
        const factor = block.gradient[at++];
        for (let k = 0, to = c * columns; k < columns; k++) gradient[to++] += factor * row[k];
        gradient[n * columns + c] += factor;
      }
    }
  }
  let squares = 0;
  for (let i = 0; i < columns * n; i++) {
    squares += w[i] * w[i];
    gradient[i] = gradient[i] / rows + alpha * w[i];
  }
  for (let i = columns * n; i < w.length; i++) gradient[i] /= rows;
  return loss / rows + (alpha / 2) * squares;
}
