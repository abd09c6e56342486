/**
 * Least squares of many columns and few classes, in half the time of float64: normal equations from float32 products, whose
 * solution is then refined until the float64 residuals of the data leave nothing to add.
 */
import type { KernelExports } from '../exports.ts';
import { kernels, type Scratch } from '../kernels.ts';
import type { Matrix } from '../matrix.ts';
import { type Learned, type Ridge, strideOf } from './leastsquares.ts';

/** Rows whose products are summed in float32: the kernel's. */
const BLOCK_ROWS = 128;

/** Rows that are in the module's memory at a time, a multiple of those. */
const PIECE = 4 * BLOCK_ROWS;

/** Rows that the kernels hold in float64. */
const WIDE_ROWS = 32;

/** A pivot of the float32 products below this share of its column is rounding. */
const PIVOT = 2e-5;

/**
 * A correction larger than this share of the one before it means that float32 is too coarse for the columns' condition, and
 * that it is quicker to sum in float64.
 */
const SLOWEST = 0.01;

/** Refined until what remains is this small beside the weights, of columns of variance 1: a 500th of float32's rounding. */
const ENOUGH = 1e-10;

/** What each step needs of the rows and of where they are worked on. */
interface Rows {
  readonly X: Matrix;
  /** How many rows each class has. */
  readonly counts: Float64Array;
  /** Values of one value per class and column, `(lanes, columns)`, classes rounded up to what the kernels take. */
  readonly size: number;
  readonly kernel: KernelExports;
  readonly put: Scratch['put'];
  readonly reserve: Scratch['reserve'];
  /** Runs `work` on all rows, which lie at `x` piece by piece; `y` are their labels. */
  readonly each: (work: (x: number, count: number, y: number) => void) => void;
}

/** Columns brought to mean 0 and variance 1, `(value - mean) * factor`, and what is asked of their weights. */
interface Standard {
  readonly mean: Float64Array;
  /** 0 for constant columns. */
  readonly factor: Float64Array;
  /** The ridge term of each weight. */
  readonly penalty: Float64Array;
  /** Products of the standardised columns with the centred targets, `(lanes, columns)`. */
  readonly targets: Float64Array;
}

/** From values `(lanes, columns)` to others of the same shape. */
type Step = (values: Float64Array) => Float64Array;

/**
 * Solves least squares with ridge: the solution of float64 normal equations but for about 1e-10 of the largest weight, of columns
 * of variance 1. That is foreseen from how fast corrections shrink, not bounded; tests hold it to 1e-9 of any column's dependence.
 *
 * @param X samples
 * @param labels for each row the index of its class, below `classes`
 * @returns `undefined` where float64 is as quick, or the columns' condition is beyond what float32 products carry
 */
export function refinedLeastSquares(X: Matrix, labels: Int32Array, classes: number, ridge: Ridge): Learned | undefined {
  // Each refinement takes `classes / columns` of what float32 saves; fewer rows save too little.
  const { rows, columns } = X;
  if (classes < 2 || columns % 8 || columns < 24 * classes || rows < 2 * columns) return undefined;
  return kernels().run((kernel, scratch) => {
    const all = rowsOf(X, labels, classes, kernel, scratch);
    const standard = standardised(all, ridge);
    const solve = standard && solverOf(all, standard);
    const weights = solve && refined(standard.targets, solve, remainderOf(all, standard));
    return weights && inOwnUnits(all, standard, weights);
  });
}

function rowsOf(X: Matrix, labels: Int32Array, classes: number, kernel: KernelExports, scratch: Scratch): Rows {
  const { put, reserve } = scratch;
  const [x, y] = [reserve(PIECE * X.columns * 4), put(labels)];
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  const each: Rows['each'] = (work) => {
    for (let start = 0; start < X.rows; start += PIECE) {
      const piece = X.slice(start, start + PIECE);
      kernels().write(x, piece.data);
      work(x, piece.rows, y + 4 * start);
    }
  };
  return { X, counts, size: strideOf(classes) * X.columns, kernel, put, reserve, each };
}

/** Means, variances and products with the targets, or `undefined` where a column is constant but for rounding. */
function standardised({ X, counts, size, kernel, put, each }: Rows, { alpha, penalty: kind }: Ridge) {
  const { rows, columns } = X;
  // About the first row, so that data far from zero do not cancel.
  const shift = Float64Array.from(X.row(0));
  const [shiftAt, sumsAt, squaresAt] = [put(shift), put(new Float64Array(size)), put(new Float64Array(columns))];
  each((x, count, y) => kernel.addClassSums(sumsAt, squaresAt, x, shiftAt, y, count, columns));
  const sums = kernels().readF64(sumsAt, size);
  const squares = kernels().readF64(squaresAt, columns);
  const mean = new Float64Array(columns);
  const factor = new Float64Array(columns);
  // Constant columns are zeros: a ridge of their own keeps them out of the others' way.
  const penalty = new Float64Array(columns).fill(rows);
  const targets = new Float64Array(size);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let at = j; at < size; at += columns) sum += sums[at];
    mean[j] = shift[j] + sum / rows;
    if (squares[j] === 0 && alpha > 0) continue;
    const square = squares[j] - (sum * sum) / rows;
    // Float64 says what is to be done.
    if (!(square > (columns + 64) * Number.EPSILON * squares[j])) return undefined;
    factor[j] = Math.sqrt(rows / square);
    penalty[j] = alpha * (kind === 'relative' ? rows : factor[j] * factor[j]);
    counts.forEach((count, c) => {
      const at = c * columns + j;
      targets[at] = factor[j] * (sums[at] - (count * sum) / rows);
    });
  }
  return { mean, factor, penalty, targets } satisfies Standard;
}

/** Solves the normal equations of float32 products, or `undefined` where columns depend on each other within their rounding. */
function solverOf({ X, size, kernel, put, reserve, each }: Rows, standard: Standard): Step | undefined {
  const { rows, columns } = X;
  const system = new Float64Array(columns * columns);
  for (let j = 0; j < columns; j++) system[j * (columns + 1)] = standard.penalty[j];
  const [systemAt, mean, factor] = [put(system), put(standard.mean), put(standard.factor)];
  const panels = reserve((BLOCK_ROWS * 4 + WIDE_ROWS * 8) * columns + 128);
  each((x, count) => kernel.addGramSingle(systemAt, panels, x, mean, factor, count, columns));
  if (kernel.cholesky(systemAt, put(new Float64Array(columns).fill(rows)), PIVOT, columns) >= 0) return undefined;
  const out = reserve(size * 8);
  return (values) => {
    kernels().write(out, values);
    kernel.choleskySolve(out, systemAt, size / columns, columns);
    return kernels().readF64(out, size);
  };
}

/** What weights leave of the true normal equations, from the rows themselves and in float64. */
function remainderOf({ X, size, kernel, put, reserve, each }: Rows, standard: Standard): Step {
  const { columns } = X;
  const { factor, penalty, targets } = standard;
  const lanes = size / columns;
  const [out, scaled, mean] = [reserve(size * 8), reserve(size * 8), put(standard.mean)];
  const work = reserve(WIDE_ROWS * (columns + lanes) * 8);
  return (weights) => {
    kernels().write(out, new Float64Array(size));
    kernels().write(
      scaled,
      weights.map((weight, i) => weight * factor[i % columns]),
    );
    each((x, count) => kernel.subtractFitted(out, work, x, mean, scaled, count, columns, lanes));
    const fitted = kernels().readF64(out, size);
    return targets.map((target, i) => target + fitted[i] * factor[i % columns] - weights[i] * penalty[i % columns]);
  };
}

/** Weights of the standardised columns, or `undefined` where corrections do not shrink fast enough. */
function refined(targets: Float64Array, solve: Step, remainder: Step): Float64Array | undefined {
  let weights = solve(targets);
  for (let before = 1; ; ) {
    const correction = solve(remainder(weights));
    const share = largest(correction) / (largest(weights) || 1);
    if (!(share <= Math.max(SLOWEST * before, ENOUGH))) return undefined;
    weights = weights.map((weight, i) => weight + correction[i]);
    // The next correction would be smaller in the same proportion.
    if (share * (share / before) <= ENOUGH) return weights;
    before = share;
  }
}

/** The map from the columns as they came. */
function inOwnUnits({ X, counts }: Rows, { mean, factor }: Standard, weights: Float64Array): Learned {
  const { rows, columns } = X;
  const coef = weights.map((weight, i) => weight * factor[i % columns]).slice(0, counts.length * columns);
  const intercept = counts.map((count, c) =>
    mean.reduce((sum, value, j) => sum - value * coef[c * columns + j], count / rows),
  );
  return { coef, intercept };
}

/** Largest size of a value. */
const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
