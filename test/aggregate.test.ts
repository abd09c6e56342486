import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Aggregator, aggregate, aggregateStream, meanRow } from '../src/aggregate.ts';
import { FrontEndError, KernelsError, ParameterError } from '../src/errors.ts';
import { Matrix } from '../src/matrix.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { aggregate as aggregateReference } from './reference/aggregate.ts';

beforeAll(() => loadKernels());

/** A case of test/golden/aggregate/windows.json. */
interface GoldenCase {
  seed: number;
  rows: number;
  columns: number;
  offset: number;
  scale: number;
  windowLength: number;
  hopLength: number;
  windows: number[][];
}

/** The frames of test/golden/aggregate/make.py: the same generator, exact in float32. */
function seededFrames(seed: number, rows: number, columns: number, offset = 0, scale = 1): Matrix {
  let state = seed;
  const data = Float32Array.from({ length: rows * columns }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return offset + scale * ((state >>> 20) / 4096 - 0.5);
  });
  return new Matrix(data, rows, columns);
}

const rowsOf = (matrix: Matrix) => Array.from({ length: matrix.rows }, (_, i) => matrix.row(i));

/**
 * Close for float32: mean and variance within 1e-6 of their column's range, and of its square, beside what their own rounding
 * takes (the sums are float32 within blocks of 64 frames); maximum and minimum exactly.
 */
function expectClose(actual: Matrix, expected: readonly (readonly number[])[]): void {
  expect(actual.rows).toBe(expected.length);
  expected.forEach((row, i) => {
    expect(actual.columns).toBe(row.length);
    const columns = row.length / 4;
    row.forEach((value, c) => {
      const range = row[2 * columns + (c % columns)] - row[3 * columns + (c % columns)];
      const allowed = [1e-6 * range, 1e-6 * range * range, 0, 0][Math.floor(c / columns)];
      const error = Math.abs(actual.row(i)[c] - value);
      expect(error, `row ${i}, column ${c}`).toBeLessThanOrEqual(allowed + Math.abs(value) * 2 ** -24);
    });
  });
}

describe('aggregate', () => {
  const golden = JSON.parse(readFileSync(new URL('./golden/aggregate/windows.json', import.meta.url), 'utf8'));

  it.each<GoldenCase>(golden)(
    'agrees with NumPy: $rows x $columns, window $windowLength, hop $hopLength',
    ({ seed, rows, columns, offset, scale, ...rest }) => {
      const { windowLength, hopLength, windows } = rest;
      const frames = seededFrames(seed, rows, columns, offset, scale);
      expectClose(aggregate(frames, { windowLength, hopLength }), windows);
    },
  );

  it('agrees with the float64 twin for any shape, and orders min <= mean <= max', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 1, max: 40 }),
      columns: fc.integer({ min: 1, max: 13 }),
      windowLength: fc.integer({ min: 1, max: 20 }),
      hopLength: fc.integer({ min: 1, max: 25 }),
      seed: fc.nat(),
      offset: fc.constantFrom(0, -11.5, 4096),
    });
    fc.assert(
      fc.property(shape, ({ rows, columns, windowLength, hopLength, seed, offset }) => {
        const frames = seededFrames(seed, rows, columns, offset);
        const windows = aggregate(frames, { windowLength, hopLength });
        expectClose(windows, aggregateReference(rowsOf(frames), windowLength, hopLength));
        for (const row of rowsOf(windows)) {
          for (let c = 0; c < columns; c++) {
            expect(row[c]).toBeGreaterThanOrEqual(row[3 * columns + c]);
            expect(row[c]).toBeLessThanOrEqual(row[2 * columns + c]);
          }
        }
      }),
      { seed: 1 },
    );
  });

  it('gives finite statistics for any finite values, a variance of 0 or more, and exact means of equal ones', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    const values = fc.array(value, { minLength: 1, maxLength: 70 });
    fc.assert(
      fc.property(values, value, (column, constant) => {
        const data = Float32Array.from(column.flatMap((x) => [x, constant, x, constant, x]));
        const windows = aggregate(new Matrix(data, column.length, 5), { windowLength: column.length });
        expect(windows.data.every(Number.isFinite)).toBe(true);
        const [mean, variance] = [windows.data.slice(0, 5), windows.data.slice(5, 10)];
        expect(Math.min(...variance)).toBeGreaterThanOrEqual(0);
        // Lanes and the column left over take the same operations.
        expect([mean[4], variance[4]]).toEqual([mean[0], variance[0]]);
        expect([mean[1] - constant, variance[1]]).toEqual([0, 0]);
      }),
      { seed: 2 },
    );
  });

  it.each([
    ['a first frame far from all others', 640, 64, (t: number) => (t % 64 === 0 ? -11.5 : 1 + 1e-3 * Math.sin(t))],
    ['a spread of 1e-6 of the mean', 640, 64, (t: number) => 4096 + 0.004 * Math.sin(t)],
    ['a ramp', 640, 64, (t: number) => t],
    ['a window of 70,000 frames', 70_000, 70_000, (t: number) => Math.sin(t * t)],
    ['a window of 70,000 frames that are one value but the first', 70_000, 70_000, (t: number) => (t ? 0.7 : 0.1)],
  ] as const)('agrees with the float64 twin on %s', (_, rows, windowLength, value) => {
    const frames = new Matrix(
      Float32Array.from({ length: rows * 5 }, (_, i) => value(Math.floor(i / 5))),
      rows,
      5,
    );
    expectClose(aggregate(frames, { windowLength }), aggregateReference(rowsOf(frames), windowLength, 64));
  });

  it('sums a column whose squares are too large for float32 in float64, and leaves its neighbours alone', () => {
    const plain = seededFrames(10, 128, 6);
    const large = Float32Array.from(plain.data, (value, i) => (i % 6 === 2 || i % 6 === 5 ? value * 2 ** 66 : value));
    const [expected, actual] = [aggregate(plain), aggregate(new Matrix(large, 128, 6))];
    for (let w = 0; w < 2; w++) {
      for (let c = 0; c < 24; c++) {
        const isLarge = c % 6 === 2 || c % 6 === 5;
        const power = isLarge ? (c >= 6 && c < 12 ? 132 : 66) : 0;
        const [a, e] = [actual.row(w)[c], expected.row(w)[c] * 2 ** power];
        if (power === 132) expect(a).toBe(Math.fround(3.4028234663852886e38));
        else if (isLarge) expect(Math.abs(a - e)).toBeLessThanOrEqual(2e-6 * 2 ** 66);
        else expect(a).toBe(e);
      }
    }
  });

  it('has windows of 64 frames by default and drops the tail', () => {
    const frames = seededFrames(5, 64 * 2 + 63, 3);
    const windows = aggregate(frames);
    expect([windows.rows, windows.columns]).toEqual([2, 12]);
    expect(aggregate(frames.slice(0, 128)).data).toEqual(windows.data);
  });

  it('takes a clip shorter than one window as one window', () => {
    const frames = seededFrames(6, 10, 4);
    expect(aggregate(frames).data).toEqual(aggregate(frames, { windowLength: 10 }).data);
    expect(aggregate(frames, { hopLength: 1 }).rows).toBe(1);
  });

  it('adds the windows to the record of the front end', () => {
    const frontEnd = { kind: 'logMel', version: 1, hopLength: 512 };
    const windows = aggregate(seededFrames(7, 80, 2).withFrontEnd(frontEnd), { windowLength: 32, hopLength: 16 });
    expect(windows.frontEnd).toEqual({ ...frontEnd, stage: 'windows', windowLength: 32, windowHop: 16 });
    expect(aggregate(seededFrames(7, 80, 2)).frontEnd).toBeUndefined();
  });
});

describe('Aggregator and aggregateStream', () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 });
  const blocksOf = (frames: Matrix, sizes: readonly number[]) => {
    let start = 0;
    const blocks = sizes.map((size) => {
      const block = frames.slice(start, start + size);
      start += block.rows;
      return block;
    });
    return [...blocks, frames.slice(start)];
  };

  it('give the bits of the batch call for any blocks, clip after clip', () => {
    using aggregator = new Aggregator({ windowLength: 8, hopLength: 5 });
    const clip = fc.record({ rows: fc.integer({ min: 1, max: 90 }), seed: fc.nat(), sizes: cuts });
    fc.assert(
      fc.property(clip, ({ rows, seed, sizes }) => {
        const frames = seededFrames(seed, rows, 5);
        const parts = blocksOf(frames, sizes).map((block) => aggregator.push(block));
        const whole = Matrix.concatenate([...parts, aggregator.flush()]);
        expect(whole).toEqual(aggregate(frames, { windowLength: 8, hopLength: 5 }));
      }),
      { seed: 3 },
    );
  });

  it('give the bits of the batch call for any window and hop', async () => {
    const setting = fc.record({
      windowLength: fc.integer({ min: 1, max: 20 }),
      hopLength: fc.integer({ min: 1, max: 40 }),
      rows: fc.integer({ min: 1, max: 100 }),
      sizes: cuts,
    });
    await fc.assert(
      fc.asyncProperty(setting, async ({ windowLength, hopLength, rows, sizes }) => {
        const frames = seededFrames(8, rows, 3).withFrontEnd({ kind: 'test' });
        const parts: Matrix[] = [];
        for await (const part of aggregateStream(blocksOf(frames, sizes), { windowLength, hopLength })) {
          expect(part.rows).toBeGreaterThan(0);
          parts.push(part);
        }
        expect(Matrix.concatenate(parts)).toEqual(aggregate(frames, { windowLength, hopLength }));
      }),
      { seed: 4 },
    );
  });

  it('end a clip without frames with a sentence', async () => {
    expect(() => new Aggregator().flush()).toThrow(ParameterError);
    const aggregator = new Aggregator();
    expect(aggregator.push(new Matrix(new Float32Array(0), 0, 3)).columns).toBe(12);
    expect(() => aggregator.flush()).toThrow(/no frames/);
    await expect(aggregateStream([]).next()).rejects.toThrow(ParameterError);
  });

  it('refuse blocks that do not belong together, and go on afterwards', () => {
    const aggregator = new Aggregator({ windowLength: 2, hopLength: 2 });
    const frames = seededFrames(9, 2, 3).withFrontEnd({ nMels: 3 });
    aggregator.push(frames.slice(0, 1));
    expect(() => aggregator.push(seededFrames(9, 2, 4))).toThrow(/3 columns, as the first block, got 4/);
    expect(() => aggregator.push(frames.withFrontEnd({ nMels: 4 }))).toThrow(FrontEndError);
    expect(aggregator.push(frames.slice(1)).data).toEqual(aggregate(frames).data);
    aggregator.flush();
    expect(aggregator.push(seededFrames(9, 2, 4)).columns).toBe(16);
  });

  it('refuse rows that are not finite, also those that no window holds, and go on afterwards', () => {
    const frames = seededFrames(10, 6, 3);
    for (const hopLength of [2, 4]) {
      const aggregator = new Aggregator({ windowLength: 2, hopLength });
      const parts = [aggregator.push(frames.slice(0, 3))];
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const spoilt = frames.slice(3).data.slice();
        spoilt[1] = bad;
        expect(() => aggregator.push(new Matrix(spoilt, 3, 3))).toThrow(`got ${bad} in row 0, column 1`);
      }
      parts.push(aggregator.push(frames.slice(3)), aggregator.flush());
      expect(Matrix.concatenate(parts).data).toEqual(aggregate(frames, { windowLength: 2, hopLength }).data);
      aggregator.dispose();
    }
  });

  it('cannot be used after dispose', () => {
    const aggregator = new Aggregator();
    aggregator.dispose();
    aggregator.dispose();
    expect(() => aggregator.push(seededFrames(1, 1, 1))).toThrow(KernelsError);
    expect(() => aggregator.flush()).toThrow(KernelsError);
  });
});

describe('meanRow', () => {
  it('is the mean of the rows, summed in float64', () => {
    const windows = Matrix.fromRows([
      [1, 2 ** 24],
      [2, 1],
      [6, 1],
    ]);
    expect(meanRow(windows)).toEqual(Float32Array.of(3, (2 ** 24 + 2) / 3));
  });
});

describe('failures', () => {
  const frames = () => seededFrames(1, 4, 2);
  it.each([
    ['windowLength', () => aggregate(frames(), { windowLength: 0 })],
    ['windowLength', () => aggregate(frames(), { windowLength: 2 ** 40 })],
    ['hopLength', () => aggregate(frames(), { hopLength: 0 })],
    ['hopLength', () => new Aggregator({ hopLength: 1.5 })],
    ['window_length', () => aggregate(frames(), { window_length: 3 } as never)],
    ['frames', () => aggregate(new Matrix(new Float32Array(0), 0, 2))],
    ['frames', () => aggregate([[1]] as never)],
    ['frames', () => aggregate(aggregate(frames().withFrontEnd({ kind: 'test' })))],
    ['frames', () => new Aggregator().push(Matrix.fromRows([[Number.POSITIVE_INFINITY]]))],
    ['windows', () => meanRow(new Matrix(new Float32Array(0), 0, 2))],
    ['windows', () => meanRow([1] as never)],
  ])('blames %s', (parameter, make) => {
    expect(make).toThrow(ParameterError);
    expect(make).toThrow(expect.objectContaining({ parameter }));
  });

  it('names row and column of a value that is not finite', () => {
    const matrix = frames();
    matrix.data[5] = Number.NaN;
    expect(() => aggregate(matrix)).toThrow(/got NaN in row 2, column 1/);
  });
});
