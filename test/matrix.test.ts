import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrontEndError, ParameterError } from '../src/errors.ts';
import { Matrix } from '../src/matrix.ts';

const frontEnd = { kind: 'test' };

describe('Matrix', () => {
  it('is row-major and keeps its front end through views and copies', () => {
    const matrix = Matrix.fromRows(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      frontEnd,
    );
    expect([...matrix.row(1)]).toEqual([3, 4]);
    expect([...matrix.slice(1).data]).toEqual([3, 4, 5, 6]);
    expect([...matrix.take([2, 0, 2]).data]).toEqual([5, 6, 1, 2, 5, 6]);
    for (const part of [matrix.slice(0, 1), matrix.take([0]), Matrix.concatenate([matrix, matrix])]) {
      expect(part.frontEnd).toBe(frontEnd);
    }
    expect(matrix.withFrontEnd(undefined).frontEnd).toBeUndefined();
  });

  it('views share the data, take copies it', () => {
    const matrix = Matrix.fromRows([[1], [2]]);
    matrix.slice(1).data[0] = 9;
    expect(matrix.data[1]).toBe(9);
    matrix.take([1]).data[0] = 7;
    expect(matrix.data[1]).toBe(9);
  });

  it('slices and concatenates back to itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 }), fc.nat(25), (rows, columns, cut) => {
        const data = Float32Array.from({ length: rows * columns }, (_, i) => i);
        const matrix = new Matrix(data, rows, columns);
        const joined = Matrix.concatenate([matrix.slice(0, cut), matrix.slice(cut)]);
        expect(joined.rows).toBe(rows);
        expect(joined.data).toEqual(data);
      }),
    );
  });

  it.each([
    ['data', () => new Matrix([1, 2] as never, 1, 2)],
    ['data', () => new Matrix(new Float32Array(5), 2, 2)],
    ['rows', () => new Matrix(new Float32Array(0), -1, 2)],
    ['columns', () => new Matrix(new Float32Array(0), 0, 0)],
    ['rows', () => Matrix.fromRows([])],
    ['rows', () => Matrix.fromRows([[1], [1, 2]])],
    ['matrices', () => Matrix.concatenate([Matrix.fromRows([[1]]), Matrix.fromRows([[1, 2]])])],
    ['rows', () => Matrix.fromRows(null as never)],
    ['rows', () => Matrix.fromRows([[1], null as never])],
    ['matrices', () => Matrix.concatenate([])],
    ['matrices', () => Matrix.concatenate([Matrix.fromRows([[1]]), {} as never])],
    ['matrices', () => Matrix.hstack([Matrix.fromRows([[1]]), Matrix.fromRows([[1], [2]])])],
    ['matrices', () => Matrix.hstack([])],
    ['matrices', () => Matrix.hstack([Matrix.fromRows([[1]]), {} as never])],
    ['i', () => Matrix.fromRows([[1]]).row(1)],
  ])('blames %s', (parameter, make) => {
    expect(make).toThrow(ParameterError);
    expect(make).toThrow(expect.objectContaining({ parameter }));
  });

  it.each([[{ a: null }], [{ a: Number.NaN }], [{ a: { b: 1 } }], [['logMel']], ['logMel'], [null]])(
    'refuses the record %j, which a model could write but not read',
    (record) => {
      const make = () => new Matrix(new Float32Array(1), 1, 1, record as never);
      expect(make).toThrow(ParameterError);
      expect(make).toThrow(expect.objectContaining({ parameter: 'frontEnd' }));
    },
  );

  it('never puts rows of two front ends under one record', () => {
    const other = Matrix.fromRows([[1]], { kind: 'other' });
    expect(() => Matrix.concatenate([Matrix.fromRows([[1]], frontEnd), other])).toThrow(FrontEndError);
    expect(Matrix.concatenate([Matrix.fromRows([[1]]), other]).frontEnd).toBeUndefined();
  });
});

describe('columns', () => {
  const a = Matrix.fromRows(
    [
      [1, 2],
      [3, 4],
    ],
    { kind: 'a' },
  );
  const b = Matrix.fromRows([[5], [6]]);

  it('go side by side and apart again, as copies', () => {
    const both = Matrix.hstack([a, b], { kind: 'both' });
    expect([both.rows, both.columns, [...both.data], both.frontEnd]).toEqual([
      2,
      3,
      [1, 2, 5, 3, 4, 6],
      { kind: 'both' },
    ]);
    expect(Matrix.hstack([a, b]).frontEnd).toBeUndefined();
    expect([...both.takeColumns(0, 2).data]).toEqual([1, 2, 3, 4]);
    const last = both.takeColumns(2, 9);
    expect([last.columns, [...last.data], last.frontEnd]).toEqual([1, [5, 6], undefined]);
    last.data[0] = 0;
    expect(both.row(0)[2]).toBe(5);
  });
});
