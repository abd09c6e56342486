/**
 * Dense float32 products for the study's trainers, by the module's `affineMap`: every element is one sum in the order of its
 * terms, so that a result has the same bits on every machine, whatever the number of rows.
 */
import { kernels } from '../../kernels.ts';
import { strideOf } from '../../wsabie/space.ts';

/** `(rows, columns)` with the columns padded by zeros to whole vectors; the matrix itself where they are whole. */
function padded(matrix: Float32Array, columns: number): Float32Array {
  const stride = strideOf(columns);
  if (stride === columns) return matrix;
  const rows = matrix.length / columns;
  const out = new Float32Array(rows * stride);
  for (let i = 0; i < rows; i++) out.set(matrix.subarray(i * columns, (i + 1) * columns), i * stride);
  return out;
}

/**
 * `a b`: `(n, inner)` times `(inner, columns)`, row by row, into a new `(n, columns)`.
 *
 * @param bias `(columns)` values added to every row (each sum starts with them); none unless given
 */
export function product(
  a: Float32Array,
  b: Float32Array,
  inner: number,
  columns: number,
  bias?: Float32Array,
): Float32Array<ArrayBuffer> {
  const n = a.length / inner;
  if (n === 0) return new Float32Array(0);
  return kernels().run((k, { put, reserve }) => {
    const out = reserve(n * strideOf(columns) * 4);
    const biasAt = bias ? put(padded(bias, columns)) : 0;
    k.affineMap(out, put(a), put(padded(b, columns)), biasAt, n, inner, columns);
    return kernels().readF32(out, n * columns);
  });
}

/** `(rows, columns)` to `(columns, rows)`. */
export function transpose(matrix: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  const out = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  return out;
}

/** The sum of each column of `(n, columns)`, in float64, rounded once. */
export function columnSums(matrix: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(columns);
  for (let i = 0; i < matrix.length; ) for (let j = 0; j < columns; j++) sums[j] += matrix[i++];
  return Float32Array.from(sums);
}
