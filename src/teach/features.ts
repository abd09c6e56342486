/** What a track is to the few-shot classifier: windows of frames and of embedded frames, side by side. */
import { aggregate, meanRow } from '../aggregate.ts';
import { Matrix } from '../matrix.ts';
import type { Wsabie } from '../wsabie.ts';

/** Columns of frames that a space takes. */
export const inputColumns = (space: Wsabie): number => space.V_.columns;

/** Columns of joined windows. */
export const joinedColumns = (space: Wsabie): number => 4 * (space.params.nComponents + inputColumns(space));

/** Copies one row of windows, deviations in place of variances: a few loud windows then count for less. */
function copyRow(to: Float32Array, row: Float32Array): void {
  const quarter = row.length / 4;
  to.set(row);
  for (let j = quarter; j < 2 * quarter; j++) to[j] = Math.sqrt(Math.max(0, row[j]));
}

/**
 * Mean, standard deviation, maximum and minimum over 64 frames, first of the embedded frames, then of the frames themselves.
 *
 * @param frames `(nFrames, nMels)` of the space's front end
 * @returns `(nWindows, 4 * (nComponents + nMels))`
 */
export function joinedWindows(space: Wsabie, frames: Matrix): Matrix {
  const embedded = aggregate(space.transform(frames));
  const base = aggregate(frames);
  const columns = embedded.columns + base.columns;
  const data = new Float32Array(base.rows * columns);
  for (let i = 0; i < base.rows; i++) {
    copyRow(data.subarray(i * columns), embedded.row(i));
    copyRow(data.subarray(i * columns + embedded.columns), base.row(i));
  }
  return new Matrix(data, base.rows, columns, { ...embedded.frontEnd, joined: 'frames' });
}

/** Whether nothing is heard: every band of the frames has one and the same value all the time. */
export function isSilent(windows: Matrix, space: Wsabie): boolean {
  const first = 4 * space.params.nComponents;
  const quarter = inputColumns(space);
  const maxima = first + 2 * quarter;
  const floor = windows.data[maxima];
  for (let i = 0; i < windows.rows; i++) {
    const row = windows.row(i);
    for (let j = maxima; j < row.length; j++) if (row[j] !== floor) return false;
  }
  return true;
}

/** How columns are brought to one scale: `(x - mean) * factor`. */
export interface ColumnScale {
  readonly mean: Float64Array;
  readonly factor: Float64Array;
}

/** A deviation below this share of the mean is rounding: the column is constant and counts for nothing. */
const CONSTANT = 1e-6;

/**
 * Columns to mean 0 and variance 1.
 *
 * @param tracks joined windows of each track
 * @param weights of each track, all together 1; its windows share it
 */
export function scaleOf(tracks: readonly Matrix[], weights: readonly number[]): ColumnScale {
  const columns = tracks[0].columns;
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  tracks.forEach(({ data, rows }, t) => {
    for (let at = 0; at < data.length; at++) mean[at % columns] += (weights[t] / rows) * data[at];
  });
  tracks.forEach(({ data, rows }, t) => {
    for (let at = 0; at < data.length; at++) {
      const difference = data[at] - mean[at % columns];
      square[at % columns] += (weights[t] / rows) * difference * difference;
    }
  });
  const factor = square.map((variance, j) => {
    const deviation = Math.sqrt(variance);
    return deviation > CONSTANT * Math.abs(mean[j]) ? 1 / deviation : 0;
  });
  return { mean, factor };
}

/** Pieces that a column is cut into. */
const PIECES = 3;

/** Columns of rows in pieces. */
export const pieceColumns = (space: Wsabie): number => PIECES * joinedColumns(space);

/** Half a deviation: the middle piece ends there, the outer ones a deviation further. */
const CUT = 0.5;

/**
 * The mean of rows on that scale, each column cut into what lies below -1/2, about 0, and above 1/2; beyond 3/2 nothing changes.
 *
 * The pieces of a column add up to its value, held within 3/2. A map that is linear in them is a curve of three straight pieces in
 * each column, so that low values may tell other things than high ones (linear splines of fixed knots in an additive model: Hastie
 * and Tibshirani 1990), and a few extreme windows or columns do not decide. The embedded columns and the frames' own ones count for
 * one half each, however many they are.
 *
 * @param rows joined windows, at least one
 * @param nEmbedded how many columns, the first ones, are embedded ones
 * @returns `3 * columns` values
 */
export function inPieces(
  rows: readonly Float32Array[],
  { mean, factor }: ColumnScale,
  nEmbedded: number,
): Float32Array {
  const columns = mean.length;
  const sums = new Float64Array(PIECES * columns);
  for (const row of rows) {
    for (let j = 0; j < columns; j++) {
      const z = (row[j] - mean[j]) * factor[j];
      sums[PIECES * j] += Math.max(-1, Math.min(0, z + CUT));
      sums[PIECES * j + 1] += Math.max(-CUT, Math.min(CUT, z));
      sums[PIECES * j + 2] += Math.max(0, Math.min(1, z - CUT));
    }
  }
  return Float32Array.from(sums, (sum, at) => {
    const share = 2 * (at < PIECES * nEmbedded ? nEmbedded : columns - nEmbedded);
    return sum / (rows.length * Math.sqrt(share));
  });
}

/** All rows of windows. */
export const rowsOf = (windows: Matrix): Float32Array[] =>
  Array.from({ length: windows.rows }, (_, i) => windows.row(i));

/** Up to `most` rows, evenly over the track. */
export function spreadRows(windows: Matrix, most: number): Float32Array[] {
  const n = Math.min(most, windows.rows);
  return Array.from({ length: n }, (_, i) => windows.row(Math.floor(((2 * i + 1) * windows.rows) / (2 * n))));
}

/** The embedded part of a track's mean window, of unit length (zeros where it has none). */
export function direction(windows: Matrix, nEmbedded: number): Float32Array {
  const row = meanRow(windows).subarray(0, nEmbedded);
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return row.map((value) => (length > 0 ? value / length : 0));
}
