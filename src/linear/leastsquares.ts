/**
 * Least squares from sums over rows, which may come in blocks: what `LinearClassifier` accumulates and solves.
 */
import { ParameterError } from '../errors.ts';
import { type Block, kernels } from '../kernels.ts';
import type { Matrix } from '../matrix.ts';

/** Rows that one level of sums takes before it is folded into the next. */
const FOLD_ROWS = 1024;

/** The map that was learned; float64, rows of `coef` padded with zeros to `stride` values. */
export interface Learned {
  readonly coef: Float64Array;
  readonly intercept: Float64Array;
}

/** The ridge term: see `LinearClassifierOptions`. */
export interface Ridge {
  readonly alpha: number;
  readonly penalty: 'absolute' | 'relative';
}

/** Columns of a float64 matrix of the kernels: the next multiple of four. */
export const strideOf = (columns: number) => Math.ceil(columns / 4) * 4;

/**
 * The sums over all rows that least squares needs: products of columns, and rows by class.
 *
 * Samples are shifted by the first row of all, so that data far from zero do not cancel: no row is further from the mean
 * than sqrt(n) standard deviations, so the shift costs at most the digits of n, and mostly none. Sums have two levels:
 * every 1024 rows, counted from the first, the lower is folded into the upper.
 */
export class LeastSquares {
  readonly #home = kernels();
  readonly #shift: Float64Array;
  readonly #counts: Float64Array;
  /** Upper and lower level of each. */
  readonly #gram: readonly [Block, Block];
  readonly #classSums: readonly [Block, Block];
  #rows = 0;

  constructor(
    firstRow: Float32Array,
    readonly classes: readonly string[],
  ) {
    const stride = strideOf(firstRow.length);
    this.#shift = Float64Array.from(firstRow);
    this.#counts = new Float64Array(classes.length);
    const both = (size: number) => [this.#home.allocate(size * 8), this.#home.allocate(size * 8)] as const;
    this.#gram = both(stride * stride);
    this.#classSums = both(classes.length * stride);
  }

  /** Takes rows in, each with the index of its class. */
  add(X: Matrix, labels: Int32Array): void {
    const stride = strideOf(X.columns);
    for (let start = 0; start < X.rows; ) {
      const count = Math.min(X.rows - start, FOLD_ROWS - (this.#rows % FOLD_ROWS));
      this.#home.run((kernel, { put, reserve }) => {
        const x = put(X.slice(start, start + count).data);
        const shift = put(this.#shift);
        const y = put(labels.subarray(start, start + count));
        const panels = reserve(stride * 64 * 8);
        // All memory is had by now: a call that fails has added nothing of these rows.
        kernel.addGram(this.#gram[1].pointer, panels, x, shift, count, X.columns);
        kernel.addClassSums(this.#classSums[1].pointer, 0, x, shift, y, count, X.columns);
        this.#rows += count;
        if (this.#rows % FOLD_ROWS !== 0) return;
        for (const [upper, lower] of [this.#gram, this.#classSums]) {
          kernel.foldSums(upper.pointer, lower.pointer, lower.byteLength / 8);
        }
      });
      for (let i = start; i < start + count; i++) this.#counts[labels[i]]++;
      start += count;
    }
  }

  /**
   * Least squares with ridge over all rows so far.
   *
   * @throws ParameterError when fewer than two classes have examples, or the columns are linearly dependent
   */
  solve(where: string, ridge: Ridge): Learned {
    const seen = this.classes.filter((_, i) => this.#counts[i] > 0);
    if (seen.length < 2) {
      throw new ParameterError(
        `${where}: y must hold at least two classes, got only "${seen[0]}"; add examples of another class`,
        'y',
      );
    }
    const columns = this.#shift.length;
    const stride = strideOf(columns);
    const { mean, targets } = this.#centredTargets();
    const coef = this.#home.run((kernel, { put, reserve }) => {
      const system = reserve(stride * stride * 8);
      const scale = reserve(stride * 8);
      const [upper, lower] = this.#gram.map((block) => block.pointer);
      // A pivot that cancels to this is rounding alone: of the factor's sums (columns) and of the folded ones (64).
      const tolerance = (columns + 64) * Number.EPSILON;
      const [alpha, share] = ridge.penalty === 'relative' ? [0, ridge.alpha] : [ridge.alpha, 0];
      kernel.centreGram(system, scale, upper, lower, put(mean), this.#rows, alpha, share, tolerance, columns);
      const dependent = kernel.cholesky(system, scale, tolerance, columns);
      if (dependent >= 0) {
        const largest = this.#home.readF64(scale, columns).reduce((most, value) => Math.max(most, value), 0);
        // No column's sum of squares about the first row is more than n + 1 times that about its mean.
        const unit = ridge.penalty === 'relative' ? this.#rows + 1 : largest;
        throw singular(where, ridge, dependent, tolerance * 1000 * unit || 1);
      }
      const solution = put(targets);
      kernel.choleskySolve(solution, system, this.classes.length, columns);
      return this.#home.readF64(solution, targets.length);
    });
    const intercept = Float64Array.from(this.classes, (_, c) => {
      let sum = this.#counts[c] / this.#rows;
      for (let j = 0; j < columns; j++) sum -= coef[c * stride + j] * (this.#shift[j] + mean[j]);
      return sum;
    });
    return { coef, intercept };
  }

  /** The mean of the shifted rows, and for each class the products of its centred target with the centred columns. */
  #centredTargets(): { mean: Float64Array; targets: Float64Array } {
    const columns = this.#shift.length;
    const stride = strideOf(columns);
    const [upper, lower] = this.#classSums.map((block) => this.#home.readF64(block.pointer, block.byteLength / 8));
    const targets = upper.map((sum, i) => sum + lower[i]);
    const mean = new Float64Array(columns);
    for (let c = 0; c < this.classes.length; c++) {
      for (let j = 0; j < columns; j++) mean[j] += targets[c * stride + j];
    }
    for (let j = 0; j < columns; j++) mean[j] /= this.#rows;
    for (let c = 0; c < this.classes.length; c++) {
      for (let j = 0; j < columns; j++) targets[c * stride + j] -= this.#counts[c] * mean[j];
    }
    return { mean, targets };
  }

  dispose(): void {
    for (const block of [...this.#gram, ...this.#classSums]) block.dispose();
  }
}

function singular(where: string, { alpha }: Ridge, column: number, enough: number) {
  return new ParameterError(
    `${where}: column ${column} of X depends linearly on the columns before it (or is constant), so least squares has no ` +
      `single solution at alpha = ${alpha}; set alpha to ${enough.toPrecision(1)} or more, or leave that column out`,
    'alpha',
  );
}
