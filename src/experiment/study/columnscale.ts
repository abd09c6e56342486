/** Brings columns to mean 0 and deviation 1. */
import type { Matrix } from '../../matrix.ts';

/** Spread below this share of the mean is float32's own rounding: such a column is constant. */
const CONSTANT = 1e-7;

/** Mean and population standard deviation of the columns that it was made from; a constant column has scale 1. */
export class ColumnScale {
  readonly mean: Float64Array;
  readonly scale: Float64Array;

  /** @param X at least one row */
  constructor({ data, rows, columns }: Matrix) {
    this.mean = new Float64Array(columns);
    for (let i = 0; i < data.length; ) for (let k = 0; k < columns; k++) this.mean[k] += data[i++];
    for (let k = 0; k < columns; k++) this.mean[k] /= rows;
    const squares = new Float64Array(columns);
    for (let i = 0; i < data.length; ) {
      for (let k = 0; k < columns; k++) {
        const deviation = data[i++] - this.mean[k];
        squares[k] += deviation * deviation;
      }
    }
    this.scale = squares.map((sum, k) => {
      const deviation = Math.sqrt(sum / rows);
      return deviation > CONSTANT * Math.abs(this.mean[k]) && deviation > 0 ? deviation : 1;
    });
  }

  /** The rows, scaled; float64, row by row. */
  apply({ data, columns }: Matrix): Float64Array {
    const out = new Float64Array(data.length);
    for (let i = 0; i < data.length; ) {
      for (let k = 0; k < columns; k++, i++) out[i] = (data[i] - this.mean[k]) / this.scale[k];
    }
    return out;
  }
}
