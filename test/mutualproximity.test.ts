// Mutual proximity of `NearestNeighbors`; all else of it is in neighbors.test.ts.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { LimitError, ParameterError } from '../src/errors.ts';
import { Matrix } from '../src/matrix.ts';
import { kOccurrence, skewness } from '../src/metrics.ts';
import { SortedDistances } from '../src/neighbors/proximity.ts';
import { NearestNeighbors } from '../src/neighbors.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { nearestMutual } from './reference/neighbors.ts';
import { rowsOf, seededMatrix, seededValues } from './reference/samples.ts';

beforeAll(() => loadKernels());

interface Ranked {
  indices: number[][];
  proximities: number[][];
}

/** A case of test/golden/proximity/proximity.json. */
interface GoldenCase {
  seed: number;
  rows: number;
  queries: number;
  columns: number;
  k: number;
  scale: number;
  levels: number;
  own: Ranked;
  others: Ranked;
}

function samplesOf({ seed, rows, queries, columns, scale, levels }: GoldenCase): [Matrix, Matrix] {
  const n = (rows + queries) * columns;
  const data = levels ? seededValues(seed, n, 0.5).map((u) => Math.floor(u * levels)) : seededValues(seed, n, 0, scale);
  const both = new Matrix(data, rows + queries, columns);
  return [both.slice(0, rows), both.slice(rows)];
}

const MUTUAL = { mutualProximity: true } as const;

describe('mutual proximity', () => {
  const cases: GoldenCase[] = JSON.parse(
    readFileSync(new URL('./golden/proximity/proximity.json', import.meta.url), 'utf8'),
  );

  it.each(cases)("is NumPy's: $rows rows of $columns columns, $levels levels", (one) => {
    const [rows, queries] = samplesOf(one);
    const index = new NearestNeighbors({ nNeighbors: one.k }).fit(rows);
    for (const [X, expected] of [
      [undefined, one.own],
      [queries, one.others],
    ] as const) {
      const { distances, indices } = index.kNeighbors(X, MUTUAL);
      expect(Array.from(indices)).toEqual(expected.indices.flat());
      expected.proximities.flat().forEach((proximity, i) => {
        expect(Math.abs(distances[i] - (1 - proximity))).toBeLessThan(1e-7);
      });
    }
  });

  it('is what its definition says, with ties, for all metrics and the artist filter', () => {
    // Whole numbers of few levels: distances are exact and tie. Cosine ones round, so they get values that do not tie.
    fc.assert(
      fc.property(
        fc.constantFrom('l1', 'euclidean', 'cosine') as fc.Arbitrary<'l1' | 'euclidean' | 'cosine'>,
        fc.integer({ min: 3, max: 20 }),
        fc.integer({ min: 1, max: 1e6 }),
        (metric, n, seed) => {
          const values = seededMatrix(seed, n + 2, 4, metric === 'cosine' ? 0 : 2, 4);
          const both = metric === 'cosine' ? values : new Matrix(values.data.map(Math.round), n + 2, 4);
          const [X, Q] = [both.slice(0, n), both.slice(n)];
          const groups = Array.from({ length: n }, (_, i) => (i * 7) % 3);
          const index = new NearestNeighbors({ metric, nNeighbors: n - 1 }).fit(X, { groups });
          const own = index.kNeighbors(undefined, { groups: true, ...MUTUAL });
          const asked = index.kNeighbors(Q, { groups: [0, 5], ...MUTUAL });
          const rows = rowsOf(X);
          const check = (found: typeof own, q: number, expected: ReturnType<typeof nearestMutual>) => {
            const indices = Array.from(found.indices.subarray(q * (n - 1), (q + 1) * (n - 1)));
            const padding = Array(n - 1 - expected.length).fill(-1);
            expect(indices).toEqual([...expected.map((one) => one.index), ...padding]);
            expected.forEach(({ proximity }, i) => {
              expect(found.distances[q * (n - 1) + i]).toBeCloseTo(1 - proximity, 6);
            });
            padding.forEach((_, i) => {
              expect(found.distances[q * (n - 1) + expected.length + i]).toBe(Number.POSITIVE_INFINITY);
            });
          };
          rows.forEach((row, i) => {
            const allowed = (j: number) => groups[j] !== groups[i];
            check(own, i, nearestMutual(metric, row, rows, n - 1, { own: i, allowed }));
          });
          rowsOf(Q).forEach((row, q) => {
            const allowed = (j: number) => q === 1 || groups[j] !== 0;
            check(asked, q, nearestMutual(metric, row, rows, n - 1, { allowed }));
          });
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  it('makes hubs rarer, and every list stays as long as it was', () => {
    // In 200 dimensions, those near the centre are near to everyone.
    const X = seededMatrix(9, 400, 200, 0, 2);
    const index = new NearestNeighbors({ nNeighbors: 10 }).fit(X);
    const [before, after] = [{}, MUTUAL].map((options) => kOccurrence(index.kNeighbors(undefined, options), 400));
    expect(skewness(before)).toBeGreaterThan(2);
    expect(skewness(after)).toBeLessThan(0.5 * skewness(before));
    expect(Math.max(...after)).toBeLessThan(0.5 * Math.max(...before));
    const never = (counts: Int32Array) => counts.filter((count) => count === 0).length;
    expect(never(after)).toBeLessThan(never(before));
    expect(after.reduce((sum, count) => sum + count)).toBe(4000);
  });

  it('gives the same bits whether rows are in the module or pass through, and for queries in parts', () => {
    const [X, Q] = [seededMatrix(4, 300, 30), seededMatrix(5, 70, 30)];
    const resident = new NearestNeighbors().fit(X);
    const streamed = new NearestNeighbors({ maxResidentBytes: 0 }).fit(X);
    expect(streamed.kNeighbors(undefined, MUTUAL)).toEqual(resident.kNeighbors(undefined, MUTUAL));
    const whole = resident.kNeighbors(Q, MUTUAL);
    const part = resident.kNeighbors(Q.slice(65), MUTUAL);
    expect(whole.indices.subarray(650)).toEqual(part.indices);
    expect(NearestNeighbors.fromBytes(resident.toBytes()).kNeighbors(Q, MUTUAL)).toEqual(whole);
  });

  it('forgets the distances of rows that were fitted before', () => {
    const [A, B] = [seededMatrix(1, 20, 3), seededMatrix(2, 20, 3)];
    const index = new NearestNeighbors({ nNeighbors: 4 }).fit(A);
    index.kNeighbors(undefined, MUTUAL);
    const again = index.fit(B).kNeighbors(undefined, MUTUAL);
    expect(again).toEqual(new NearestNeighbors({ nNeighbors: 4 }).fit(B).kNeighbors(undefined, MUTUAL));
  });

  it('stays finite where distances do not', () => {
    const X = Matrix.fromRows([[3e38], [-3e38], [0], [1]]);
    const { distances, indices } = new NearestNeighbors({ nNeighbors: 3 }).fit(X).kNeighbors(undefined, MUTUAL);
    expect(distances.every((distance) => distance >= 0 && distance <= 1)).toBe(true);
    expect(Math.min(...indices)).toBe(0);
  });

  it('refuses what it cannot do, and says what to do', () => {
    const one = new NearestNeighbors({ nNeighbors: 1 }).fit(Matrix.fromRows([[1]]));
    expect(() => one.kNeighbors(Matrix.fromRows([[2]]), MUTUAL)).toThrow(/two fitted rows or more/);
    expect(() => one.kNeighbors(Matrix.fromRows([[2]]), { mutualProximity: 1 as never })).toThrow(ParameterError);
    expect(() => one.kNeighbors(undefined, { mutualproximity: true } as never)).toThrow(/mutualProximity/);
    expect(() => new SortedDistances(30_000)).toThrow(LimitError);
    expect(() => new SortedDistances(30_000)).toThrow(/30000 rows would sort 3599880000 bytes/);
  });
});
