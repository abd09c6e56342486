/** What a fitted space computes: `V x` with the input's scale folded in, and `W . V x`. */
import { kernels } from '../kernels.ts';
import { fingerprint } from '../model.ts';
import { levelOf, type Scale } from './scale.ts';

/** What is learned, in the paper's orientation. */
export interface Weights {
  /** `(nComponents, nFeatures)`, shared by all sets. */
  readonly V: Float32Array;
  /** One `(nClasses, nComponents)` a set. */
  readonly W: readonly Float32Array[];
}

/** An affine map as the kernel takes it: weights `(nIn, stride)` and bias `(stride)`, `stride` the outputs rounded up to 4. */
export interface Affine {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly nIn: number;
  readonly nOut: number;
}

/** Rows that are mapped in one call; the result does not depend on it. */
const BLOCK = 4096;

/** A number of outputs rounded up to whole vectors. */
export const strideOf = (nOut: number): number => Math.ceil(nOut / 4) * 4;

/** `(rows, columns)` to `(columns, stride)`, the padding 0. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const stride = strideOf(rows);
  const out = new Float32Array(columns * stride);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * stride + i] = matrix[i * columns + j];
  return out;
}

/**
 * The embedding of raw frames: `V (x - mean) / scale` as one affine map. Sums in float64, rounded once. To take the level from a
 * frame is linear, too: rows of weights that sum to nothing do not hear it.
 */
export function embedding(V: Float32Array, { mean, scale, removesLevel }: Scale, nComponents: number): Affine {
  const nIn = mean.length;
  const stride = strideOf(nComponents);
  const weights = new Float32Array(nIn * stride);
  const bias = new Float32Array(stride);
  for (let j = 0; j < nComponents; j++) {
    const row = scale.map((value, k) => V[j * nIn + k] / value);
    const level = removesLevel ? levelOf(row, 0, nIn) : 0;
    let sum = 0;
    for (let k = 0; k < nIn; k++) {
      weights[k * stride + j] = row[k] - level;
      sum -= row[k] * mean[k];
    }
    bias[j] = sum;
  }
  return { weights, bias, nIn, nOut: nComponents };
}

const folded = new WeakMap<Weights, { affine: Affine; name: string }>();

/**
 * The embedding of a space and the eight digits that name it. Made once for the same weights, which do not change: streams
 * ask for a few frames at a time.
 */
export function foldedSpace(weights: Weights, scale: Scale, nComponents: number): { affine: Affine; name: string } {
  let entry = folded.get(weights);
  if (!entry) {
    const affine = embedding(weights.V, scale, nComponents);
    entry = {
      affine,
      name: fingerprint([weights.V, scale.mean, scale.scale, ...(scale.removesLevel ? ['level removed'] : [])]),
    };
    folded.set(weights, entry);
  }
  return entry;
}

/** The scores of a set's classes for embedded frames: `W z`. */
export function scoring(W: Float32Array, nClasses: number, nComponents: number): Affine {
  const weights = transposed(W, nClasses, nComponents);
  return { weights, bias: new Float32Array(strideOf(nClasses)), nIn: nComponents, nOut: nClasses };
}

/** Maps rows `(n, nIn)` to `(n, nOut)`. */
export function applyAffine({ weights, bias, nIn, nOut }: Affine, x: Float32Array): Float32Array<ArrayBuffer> {
  const n = x.length / nIn;
  const out = new Float32Array(n * nOut);
  if (n === 0) return out;
  kernels().run((k, { put, reserve }) => {
    const weightsAt = put(weights);
    const biasAt = put(bias);
    const outAt = reserve(Math.min(BLOCK, n) * strideOf(nOut) * 4);
    const xAt = reserve(Math.min(BLOCK, n) * nIn * 4);
    for (let i = 0; i < n; i += BLOCK) {
      const rows = Math.min(BLOCK, n - i);
      kernels().write(xAt, x.subarray(i * nIn, (i + rows) * nIn));
      k.affineMap(outAt, xAt, weightsAt, biasAt, rows, nIn, nOut);
      out.set(kernels().readF32(outAt, rows * nOut), i * nOut);
    }
  });
  return out;
}
