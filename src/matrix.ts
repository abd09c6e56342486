/**
 * `Matrix`: rows of Float32, contiguous, with the record of the front end that made them.
 *
 * Time runs down the rows: a spectrogram is `(nFrames, nMels)`, so each frame is contiguous and is already a sample of
 * an estimator.
 */
import { ParameterError } from './errors.ts';
import { checkFrontEnd, checkRecord, type FrontEnd } from './frontend.ts';
import { checkAttached, checkNumber, describe } from './options.ts';

/** A row-major Float32 matrix `(rows, columns)`. Rows may be 0, columns are at least 1. The data is not copied. */
export class Matrix {
  /**
   * @param data `rows * columns` values, row by row; held, not copied
   * @param rows number of samples, 0 or more
   * @param columns values in each, 1 or more
   * @param frontEnd how the values were made; `undefined` for numbers of the caller's own
   * @throws ParameterError when the sizes do not fit, or the record is none that a file can hold
   */
  constructor(
    readonly data: Float32Array,
    readonly rows: number,
    readonly columns: number,
    readonly frontEnd?: FrontEnd,
  ) {
    if (!(data instanceof Float32Array)) throw new ParameterError('Matrix: data must be a Float32Array', 'data');
    checkAttached('Matrix', 'data', data);
    checkNumber('Matrix', 'rows', rows, { min: 0, integer: true });
    checkNumber('Matrix', 'columns', columns, { min: 1, integer: true });
    if (data.length !== rows * columns) {
      throw new ParameterError(
        `Matrix: data must hold rows * columns = ${rows} * ${columns} = ${rows * columns} values, got ${data.length}`,
        'data',
      );
    }
    if (frontEnd !== undefined) checkRecord('Matrix', frontEnd);
  }

  /** A matrix from an array of equally long rows; the values are rounded to float32. */
  static fromRows(rows: readonly ArrayLike<number>[], frontEnd?: FrontEnd): Matrix {
    checkList('Matrix.fromRows', 'rows', rows, 'one row to know the columns');
    const bad = rows.findIndex((row) => typeof row !== 'object' || row === null);
    if (bad >= 0) {
      throw new ParameterError(`Matrix.fromRows: row ${bad} must be an array, got ${describe(rows[bad])}`, 'rows');
    }
    const columns = rows[0].length;
    const data = new Float32Array(rows.length * columns);
    rows.forEach((row, i) => {
      if (row.length !== columns) {
        throw new ParameterError(`Matrix.fromRows: row ${i} has ${row.length} values, row 0 has ${columns}`, 'rows');
      }
      data.set(row, i * columns);
    });
    return new Matrix(data, rows.length, columns, frontEnd);
  }

  /**
   * One matrix of all rows, in order; the columns must agree, and so must the front ends where matrices have one. The
   * result's is the first one's.
   *
   * @throws FrontEndError when rows of two front ends would go under one record; ParameterError on two widths
   */
  static concatenate(matrices: readonly Matrix[]): Matrix {
    checkMatrices('Matrix.concatenate', matrices);
    const { columns, frontEnd } = matrices[0];
    const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
    const data = new Float32Array(rows * columns);
    let offset = 0;
    matrices.forEach((matrix, i) => {
      if (matrix.columns !== columns) {
        throw new ParameterError(
          `Matrix.concatenate: matrix ${i} has ${matrix.columns} columns, matrix 0 has ${columns}`,
          'matrices',
        );
      }
      checkFrontEnd(`Matrix.concatenate: matrix ${i}`, frontEnd, matrix.frontEnd);
      checkAttached(`Matrix.concatenate: matrix ${i}`, 'data', matrix.data);
      data.set(matrix.data, offset);
      offset += matrix.data.length;
    });
    return new Matrix(data, rows, columns, frontEnd);
  }

  /**
   * Matrices of as many rows, side by side.
   *
   * @param matrices at least one
   * @param frontEnd the record of the whole; none by default, because no part's says what stands where
   * @throws ParameterError on another number of rows
   */
  static hstack(matrices: readonly Matrix[], frontEnd?: FrontEnd): Matrix {
    checkMatrices('Matrix.hstack', matrices);
    const [{ rows }] = matrices;
    const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
    const data = new Float32Array(rows * columns);
    let offset = 0;
    matrices.forEach((matrix, i) => {
      if (matrix.rows !== rows) {
        throw new ParameterError(
          `Matrix.hstack: matrix ${i} has ${matrix.rows} rows, matrix 0 has ${rows}`,
          'matrices',
        );
      }
      for (let row = 0; row < rows; row++) data.set(matrix.row(row), row * columns + offset);
      offset += matrix.columns;
    });
    return new Matrix(data, rows, columns, frontEnd);
  }

  /** Row `i` as a view, not a copy. */
  row(i: number): Float32Array {
    if (!(Number.isInteger(i) && i >= 0 && i < this.rows)) {
      throw new ParameterError(`Matrix.row: i must be an integer from 0 to ${this.rows - 1}, got ${i}`, 'i');
    }
    checkAttached('Matrix.row', 'data', this.data);
    return this.data.subarray(i * this.columns, (i + 1) * this.columns);
  }

  /** Rows `start` to `end` (exclusive) as a view, not a copy. */
  slice(start: number, end: number = this.rows): Matrix {
    checkAttached('Matrix.slice', 'data', this.data);
    const to = Math.max(0, Math.min(this.rows, end));
    const from = Math.max(0, Math.min(to, start));
    const data = this.data.subarray(from * this.columns, to * this.columns);
    return new Matrix(data, to - from, this.columns, this.frontEnd);
  }

  /** A copy of the rows at `indices`, in that order. */
  take(indices: ArrayLike<number>): Matrix {
    const data = new Float32Array(indices.length * this.columns);
    for (let i = 0; i < indices.length; i++) data.set(this.row(indices[i]), i * this.columns);
    return new Matrix(data, indices.length, this.columns, this.frontEnd);
  }

  /** A copy of the columns `start` to `end` (exclusive), without a record. */
  takeColumns(start: number, end: number): Matrix {
    const to = Math.max(0, Math.min(this.columns, end));
    const from = Math.max(0, Math.min(to, start));
    const data = new Float32Array(this.rows * (to - from));
    for (let i = 0; i < this.rows; i++) data.set(this.row(i).subarray(from, to), i * (to - from));
    return new Matrix(data, this.rows, to - from);
  }

  /** The same values under another front end's record. */
  withFrontEnd(frontEnd: FrontEnd | undefined): Matrix {
    return new Matrix(this.data, this.rows, this.columns, frontEnd);
  }
}

function checkList(where: string, name: string, list: unknown, unit: string): void {
  if (Array.isArray(list) && list.length > 0) return;
  const got = Array.isArray(list) ? 'none' : describe(list);
  throw new ParameterError(`${where}: needs an array of at least ${unit}, got ${got}`, name);
}

function checkMatrices(where: string, matrices: readonly Matrix[]): void {
  checkList(where, 'matrices', matrices, 'one matrix');
  const bad = matrices.findIndex((matrix) => !(matrix instanceof Matrix));
  if (bad < 0) return;
  throw new ParameterError(`${where}: matrices[${bad}] must be a Matrix, got ${describe(matrices[bad])}`, 'matrices');
}
