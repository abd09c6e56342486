/** The input's scale: a z-score per column, fitted on the source sets. */
import type { Turns } from '../pause.ts';
import type { LabelledTrack } from './sets.ts';

/** Mean and standard deviation of each column. */
export interface Scale {
  readonly mean: Float64Array<ArrayBuffer>;
  readonly scale: Float64Array<ArrayBuffer>;
  /** Whether each frame is first freed of its own mean over the columns. */
  readonly removesLevel: boolean;
}

/** Spread below this share of the mean is Float32's own rounding: such a column is constant. */
const CONSTANT = 1e-7;
/** So is spread below this: 1 over it is still a float32, with room for the weights. */
const LEAST_SPREAD = 1e-30;

/** The mean of the `columns` values of `data` from `at` on; a frame of logarithms' level. */
export function levelOf(data: Float32Array | Float64Array, at: number, columns: number): number {
  let sum = 0;
  for (let k = 0; k < columns; k++) sum += data[at + k];
  return sum / columns;
}

/** A copy of frames `(n, columns)`, each without its level: what is drawn again and again is made once. */
export function withoutLevel(data: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; ) {
    const level = levelOf(data, i, columns);
    for (let k = 0; k < columns; k++, i++) out[i] = data[i] - level;
  }
  return out;
}

/** Mean 0 and scale 1: what is used where `standardize` is off. */
export function identityScale(nFeatures: number, removesLevel: boolean): Scale {
  return { mean: new Float64Array(nFeatures), scale: new Float64Array(nFeatures).fill(1), removesLevel };
}

/**
 * Mean and population standard deviation of each column over all frames of `tracks`, every frame counting the same. Sums
 * are float64 in the order of the tracks, the deviations from the mean in a second pass. A constant column has scale 1. With
 * `removesLevel` the values are those of the frames without their level.
 */
export async function fitScale(
  tracks: readonly LabelledTrack[],
  nFeatures: number,
  removesLevel: boolean,
  turns: Turns,
): Promise<Scale> {
  const n = tracks.reduce((sum, { X }) => sum + X.rows, 0);
  const mean = new Float64Array(nFeatures);
  for (const { X } of tracks) {
    for (let i = 0; i < X.data.length; ) {
      const level = removesLevel ? levelOf(X.data, i, nFeatures) : 0;
      for (let k = 0; k < nFeatures; k++) mean[k] += X.data[i++] - level;
    }
    await turns.take();
  }
  for (let k = 0; k < nFeatures; k++) mean[k] /= n;
  const squares = new Float64Array(nFeatures);
  for (const { X } of tracks) {
    for (let i = 0; i < X.data.length; ) {
      const level = removesLevel ? levelOf(X.data, i, nFeatures) : 0;
      for (let k = 0; k < nFeatures; k++) {
        const deviation = X.data[i++] - level - mean[k];
        squares[k] += deviation * deviation;
      }
    }
    await turns.take();
  }
  const scale = squares.map((sum, k) => {
    const deviation = Math.sqrt(sum / n);
    return deviation > Math.max(CONSTANT * Math.abs(mean[k]), LEAST_SPREAD) ? deviation : 1;
  });
  return { mean, scale, removesLevel };
}
