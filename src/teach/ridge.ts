/**
 * Weighted ridge regression on one-hot targets in its dual form: few rows, many columns. A system has a row for each example, so
 * that a fold of a cross-validation costs milliseconds where the normal equations of 1,200 columns would cost a second.
 */
import { kernels } from '../kernels.ts';

/** Products of all pairs of rows. */
export interface Products {
  /** The product of rows `i` and `j`. */
  of(i: number, j: number): number;
}

/** Columns of a float64 matrix of the kernels. */
const strideOf = (columns: number) => Math.ceil(columns / 4) * 4;

/**
 * The products of rows.
 *
 * @param rows `(n, columns)`, row by row
 */
export function productsOf(rows: Float32Array, columns: number): Products {
  const n = rows.length / columns;
  const stride = strideOf(n);
  // The kernel multiplies columns: it gets the rows as such.
  const turned = new Float32Array(rows.length);
  for (let i = 0; i < n; i++) for (let j = 0; j < columns; j++) turned[j * n + i] = rows[i * columns + j];
  const values = kernels().run((kernel, { put }) => {
    const gram = put(new Float64Array(stride * stride));
    kernel.addGram(gram, put(new Float64Array(64 * stride)), put(turned), put(new Float64Array(n)), columns, n);
    return kernels().readF64(gram, stride * stride);
  });
  return { of: (i, j) => (i < j ? values[j * stride + i] : values[i * stride + j]) };
}

/** What is learned from. */
export interface RidgeProblem {
  readonly products: Products;
  /** The rows that take part. */
  readonly rows: readonly number[];
  /** The weight of each of them, above 0, all together 1. */
  readonly weights: readonly number[];
  /** The class of each of them. */
  readonly classes: readonly number[];
  readonly nClasses: number;
  /** Strength of the ridge. */
  readonly alpha: number;
}

/** Outputs are `intercept[c] + sum over i of dual[c][i] * (product with rows[i])`. */
export interface RidgeSolution {
  readonly dual: readonly Float64Array[];
  readonly intercept: readonly number[];
}

/**
 * Minimises `sum_i w_i |y_i - f(x_i)|^2 + alpha |coef|^2` over `f(x) = coef x + intercept`, the intercept free.
 *
 * With K the products and W the weights, `(K + alpha W^-1) dual + intercept = y` and `sum(dual) = 0`: one Cholesky factor, a
 * right-hand side for each class and one of ones (the dual of Saunders, Gammerman and Vovk, ICML 1998, with a free intercept).
 */
export function solveRidge({ products, rows, weights, classes, nClasses, alpha }: RidgeProblem): RidgeSolution {
  const n = rows.length;
  const stride = strideOf(n);
  const system = new Float64Array(stride * stride);
  for (let i = 0; i < stride; i++) {
    for (let j = 0; j <= i && i < n; j++) system[i * stride + j] = products.of(rows[i], rows[j]);
    system[i * stride + i] += i < n ? alpha / weights[i] : 1;
  }
  const sides = new Float64Array((nClasses + 1) * stride);
  for (let i = 0; i < n; i++) {
    sides[classes[i] * stride + i] = 1;
    sides[nClasses * stride + i] = 1;
  }
  const solved = kernels().run((kernel, { put }) => {
    const factor = put(system);
    // No pivot can vanish: the ridge is far above the rounding of the products.
    kernel.cholesky(factor, put(new Float64Array(stride)), 0, n);
    const b = put(sides);
    kernel.choleskySolve(b, factor, nClasses + 1, n);
    return kernels().readF64(b, sides.length);
  });
  const part = (c: number) => solved.subarray(c * stride, c * stride + n);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const ones = part(nClasses);
  const intercept = Array.from({ length: nClasses }, (_, c) => sum(part(c)) / sum(ones));
  const dual = intercept.map((b, c) => part(c).map((value, i) => value - b * ones[i]));
  return { dual, intercept };
}
