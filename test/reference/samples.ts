/**
 * Seeded samples that golden scripts make as well: a 32-bit linear congruential generator (Numerical Recipes), whose 12
 * upper bits are exact in float32.
 */
import { Matrix } from '../../src/matrix.ts';

/** `n` values `offset + scale * u`, u in [-0.5, 0.5) in steps of 1/4096. */
export function seededValues(seed: number, n: number, offset = 0, scale = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return offset + scale * ((state >>> 20) / 4096 - 0.5);
  });
}

/** A matrix of `seededValues`, row by row. */
export function seededMatrix(seed: number, rows: number, columns: number, offset = 0, scale = 1): Matrix {
  return new Matrix(seededValues(seed, rows * columns, offset, scale), rows, columns);
}

/** The rows as arrays of numbers. */
export const rowsOf = (X: Matrix): number[][] => Array.from({ length: X.rows }, (_, i) => Array.from(X.row(i)));
