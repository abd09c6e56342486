import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../src/errors.ts';
import {
  balancePatterns,
  blockPatterns,
  PATTERNS,
  type Pattern,
  patternColumns,
} from '../../../src/experiment/study/blockpatterns.ts';
import { Matrix } from '../../../src/matrix.ts';
import { seededValues } from '../../reference/samples.ts';

interface Case {
  seed: number;
  rows: number;
  columns: number;
  patterns: Record<Pattern, number[]>;
}
const golden: Case[] = JSON.parse(
  readFileSync(new URL('../../golden/study-blockpatterns/golden.json', import.meta.url)).toString(),
);

/** The frames of the golden script: noise that half of the frame before is added to. */
function framesOf(seed: number, rows: number, columns: number): Matrix {
  const data = seededValues(seed, rows * columns);
  for (let i = columns; i < data.length; i++) data[i] += 0.5 * data[i - columns];
  return new Matrix(data, rows, columns, { kind: 'test', version: 1 });
}
const farthest = (values: ArrayLike<number>, expected: ArrayLike<number>) =>
  Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
const partsOf = (row: Float32Array, columns: number) =>
  new Map(patternColumns(columns).map(({ pattern, start, end }) => [pattern, row.subarray(start, end)]));

describe("NumPy's patterns", () => {
  it.each(golden)('$rows frames of $columns components', ({ seed, rows, columns, patterns }) => {
    const out = blockPatterns(framesOf(seed, rows, columns));
    expect([out.rows, out.columns]).toEqual([1, Object.values(patterns).flat().length]);
    expect(out.frontEnd).toEqual({ kind: 'test', version: 1, stage: 'blocks', patterns: PATTERNS.join(' ') });
    for (const [pattern, values] of partsOf(out.row(0), columns)) {
      expect(values.length, pattern).toBe(patterns[pattern].length);
      expect(farthest(values, patterns[pattern]), pattern).toBeLessThan(2e-6);
    }
  });
});

describe('block patterns', () => {
  const clips = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    rows: fc.integer({ min: 1, max: 320 }),
    columns: fc.integer({ min: 1, max: 6 }),
  });

  it('follow offsets and gains as they should', () => {
    fc.assert(
      fc.property(clips, fc.double({ min: 0.25, max: 4, noNaN: true }), ({ seed, rows, columns }, gain) => {
        const frames = framesOf(seed, rows, columns);
        const changed = new Matrix(
          frames.data.map((value) => gain * value + 2),
          rows,
          columns,
        );
        const before = partsOf(blockPatterns(frames).row(0), columns);
        const after = partsOf(blockPatterns(changed).row(0), columns);
        const expected: Record<Pattern, (value: number) => number> = {
          spectral: (value) => gain * value + 2,
          deltaSpectral: (value) => gain * value,
          varianceDelta: (value) => gain * gain * value,
          correlation: (value) => value,
          contrast: (value) => gain * value,
        };
        for (const pattern of PATTERNS) {
          const values = before.get(pattern) as Float32Array;
          expect(farthest(after.get(pattern) as Float32Array, values.map(expected[pattern])), pattern).toBeLessThan(
            2e-4,
          );
        }
        for (const value of before.get('correlation') as Float32Array) expect(Math.abs(value)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it('order the values of a block, the smallest first', () => {
    fc.assert(
      fc.property(clips, ({ seed, rows, columns }) => {
        const spectral = partsOf(blockPatterns(framesOf(seed, rows, columns)).row(0), columns).get('spectral') ?? [];
        for (let i = columns; i < spectral.length; i++)
          expect(spectral[i]).toBeGreaterThanOrEqual(spectral[i - columns]);
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it('of frames that stand still are flat', () => {
    const still = new Matrix(new Float32Array(300).fill(0.1), 100, 3);
    const parts = partsOf(blockPatterns(still).row(0), 3);
    expect(new Set(parts.get('spectral'))).toEqual(new Set([Math.fround(0.1)]));
    for (const pattern of PATTERNS.slice(1)) expect(new Set(parts.get(pattern)), pattern).toEqual(new Set([0]));
  });

  it('come in a row for each window, the tail dropped, and only those asked for', () => {
    const frames = framesOf(7, 150, 4);
    const options = { patterns: ['contrast', 'spectral'] as Pattern[], windowLength: 64 };
    const rows = blockPatterns(frames, options);
    expect([rows.rows, rows.columns]).toEqual([2, 40 + 80]);
    expect(rows.frontEnd).toMatchObject({ patterns: 'spectral contrast', windowLength: 64 });
    expect(patternColumns(4, options.patterns)).toEqual([
      { pattern: 'spectral', start: 0, end: 40 },
      { pattern: 'contrast', start: 40, end: 120 },
    ]);
    const second = blockPatterns(frames.slice(64, 128), { patterns: options.patterns });
    expect(rows.row(1)).toEqual(second.row(0));
    expect(blockPatterns(frames.slice(0, 9), options).rows).toBe(1);
  });

  it('are balanced to weigh the same', () => {
    const rows = Matrix.concatenate([1, 2, 3, 4, 5].map((seed) => blockPatterns(framesOf(seed, 300, 4))));
    const columns = patternColumns(4);
    const balanced = balancePatterns(rows, columns);
    for (const { pattern, start, end } of columns) {
      let spread = 0;
      for (let k = start; k < end; k++) {
        const values = [0, 1, 2, 3, 4].map((i) => balanced.row(i)[k]);
        const mean = values.reduce((sum, value) => sum + value, 0) / 5;
        spread += values.reduce((sum, value) => sum + Math.abs(value - mean), 0) / 5;
      }
      expect(spread, pattern).toBeCloseTo(1, 5);
    }
    const one = balancePatterns(rows.slice(0, 1), columns);
    expect(one.data).toEqual(rows.row(0));
  });

  it('refuse what they cannot do', () => {
    const frames = framesOf(1, 40, 1);
    expect(() => blockPatterns(frames.slice(0, 0))).toThrow(/at least 1 rows/);
    expect(() => blockPatterns(frames, { patterns: [] })).toThrow(ParameterError);
    expect(() => blockPatterns(frames, { patterns: ['spectrl' as Pattern] })).toThrow(/did you mean "spectral"/);
    expect(() => blockPatterns(frames, { patterns: ['correlation'] })).toThrow(/one component/);
    expect(() => blockPatterns(frames, { windowLength: 0 })).toThrow(/windowLength must be an integer at least 1/);
    expect(() => balancePatterns(frames, patternColumns(4))).toThrow(/give what patternColumns says/);
  });
});
