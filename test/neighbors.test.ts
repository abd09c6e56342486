import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError, NotFittedError, ParameterError } from '../src/errors.ts';
import { Matrix } from '../src/matrix.ts';
import { decodeModel, encodeModel } from '../src/model.ts';
import { type Metric, NearestNeighbors } from '../src/neighbors.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { nearest } from './reference/neighbors.ts';
import { rowsOf, seededMatrix, seededValues } from './reference/samples.ts';

beforeAll(() => loadKernels());

const METRICS = ['l1', 'euclidean', 'cosine'] as const;

/** A case of test/golden/neighbors/neighbors.json. */
interface GoldenCase {
  seed: number;
  rows: number;
  queries: number;
  columns: number;
  k: number;
  offset: number;
  scale: number;
  levels: number;
  neighbors: Partial<Record<Metric, { indices: number[][]; distances: number[][] }>>;
}

/** Rows and queries of a golden case, as its script makes them. */
function samplesOf({ seed, rows, queries, columns, offset, scale, levels }: GoldenCase): [Matrix, Matrix] {
  const n = (rows + queries) * columns;
  const data = levels
    ? seededValues(seed, n, 0.5, 1).map((u) => Math.floor(u * levels))
    : seededValues(seed, n, offset, scale);
  const both = new Matrix(data, rows + queries, columns);
  return [both.slice(0, rows), both.slice(rows)];
}

describe("scikit-learn's neighbours", () => {
  const cases: GoldenCase[] = JSON.parse(
    readFileSync(new URL('./golden/neighbors/neighbors.json', import.meta.url), 'utf8'),
  );
  const named = cases.flatMap((one) =>
    METRICS.filter((metric) => one.neighbors[metric]).map((metric) => ({ ...one, metric })),
  );

  it.each(named)('$metric, $rows rows of $columns columns, seed $seed', (one) => {
    const [rows, queries] = samplesOf(one);
    const expected = one.neighbors[one.metric]!;
    const found = new NearestNeighbors({ metric: one.metric, nNeighbors: one.k }).fit(rows).kNeighbors(queries);
    expected.distances.flat().forEach((distance, i) => {
      expect(Math.abs(found.distances[i] - distance)).toBeLessThanOrEqual(1e-6 * Math.max(distance, 0.1));
    });
    // Cosine distances of equal angles differ in the last bit, so among whole numbers only the others tie exactly.
    if (one.metric !== 'cosine' || one.levels === 0) expect(Array.from(found.indices)).toEqual(expected.indices.flat());
  });
});

/** Whole numbers of a few levels: float32 distances are exact where they are whole, and tie. */
const tiedRows = (columns: number) =>
  fc
    .array(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: columns, maxLength: columns }), {
      minLength: 2,
      maxLength: 30,
    })
    .map((rows) => Matrix.fromRows(rows));

describe('kNeighbors', () => {
  it.each(METRICS)('%s is near the float64 twin at any width, and sorted', (metric) => {
    for (const columns of [1, 2, 3, 4, 5, 8, 31, 255, 256, 257, 513, 1030]) {
      const X = seededMatrix(columns, 23, columns, 0.25, 3);
      const Q = seededMatrix(columns + 1, 3, columns, 0, 3);
      const { distances, indices } = new NearestNeighbors({ metric, nNeighbors: 23 }).fit(X).kNeighbors(Q);
      for (let q = 0; q < 3; q++) {
        const found = Array.from(distances.subarray(q * 23, (q + 1) * 23));
        expect(found).toEqual(found.slice().sort((a, b) => a - b));
        expect(new Set(indices.subarray(q * 23, (q + 1) * 23)).size).toBe(23);
        nearest(metric, Q.row(q), rowsOf(X), 23).forEach(({ distance }, i) => {
          expect(Math.abs(found[i] - distance)).toBeLessThanOrEqual(2e-6 * distance + 1e-9);
        });
      }
    }
  });

  it('orders ties by index, leaves a row out of its own list, and obeys the artist filter', () => {
    fc.assert(
      fc.property(tiedRows(3), fc.nat(4), fc.constantFrom('l1', 'euclidean'), (X, nGroups, metric: Metric) => {
        const groups = Array.from({ length: X.rows }, (_, i) => `artist ${i % (nGroups + 1)}`);
        const k = X.rows - 1;
        const found = new NearestNeighbors({ metric, nNeighbors: k })
          .fit(X, { groups })
          .kNeighbors(undefined, { groups: true });
        for (let q = 0; q < X.rows; q++) {
          const expected = nearest(metric, X.row(q), rowsOf(X), k, (r) => r !== q && groups[r] !== groups[q]);
          const indices = Array.from({ length: k }, (_, i) => expected[i]?.index ?? -1);
          expect(Array.from(found.indices.subarray(q * k, (q + 1) * k))).toEqual(indices);
          indices.forEach((index, i) => {
            if (index < 0) expect(found.distances[q * k + i]).toBe(Number.POSITIVE_INFINITY);
          });
        }
      }),
      { seed: 5 },
    );
  });

  it.each(METRICS)('%s gives the same bits resident and in tiles, whole and row by row', (metric) => {
    const X = seededMatrix(3, 700, 30);
    const Q = seededMatrix(4, 130, 30);
    const resident = new NearestNeighbors({ metric, nNeighbors: 40 }).fit(X);
    const streamed = new NearestNeighbors({ metric, nNeighbors: 40, maxResidentBytes: 0 }).fit(X);
    expect(streamed.kNeighbors(Q)).toEqual(resident.kNeighbors(Q));
    expect(streamed.kNeighbors()).toEqual(resident.kNeighbors());
    const whole = resident.kNeighbors(Q);
    for (const q of [0, 63, 64, 129]) {
      const one = resident.kNeighbors(Q.slice(q, q + 1));
      expect(one.indices).toEqual(whole.indices.slice(q * 40, (q + 1) * 40));
      expect(one.distances).toEqual(whole.distances.slice(q * 40, (q + 1) * 40));
    }
  });

  it('does not lose near neighbours far from zero', () => {
    const X = Matrix.fromRows([[10000], [10000.001], [10000.002]].map(([x]) => Array(64).fill(x)));
    for (const metric of ['l1', 'euclidean'] as const) {
      const { distances, indices } = new NearestNeighbors({ metric, nNeighbors: 3 }).fit(X).kNeighbors(X.slice(2));
      expect(Array.from(indices)).toEqual([2, 1, 0]);
      expect(distances[0]).toBe(0);
      const step = X.data[64] - X.data[0];
      expect(distances[2] / (metric === 'l1' ? 64 : 8)).toBeCloseTo(X.data[128] - X.data[0], 9);
      expect(step).toBeGreaterThan(0);
    }
  });

  it('gives equal rows the cosine distance 0, opposite ones 2, and a row of zeros 1 from everything', () => {
    const X = Matrix.fromRows([
      [3, 4],
      [-3e-20, -4e-20],
      [0, 0],
      [4, -3],
      [3e30, 4e30],
    ]);
    const index = new NearestNeighbors({ metric: 'cosine', nNeighbors: 5 }).fit(X);
    const { distances, indices } = index.kNeighbors(X.slice(0, 3));
    expect(Array.from(indices.subarray(0, 5))).toEqual([0, 4, 2, 3, 1]);
    expect(distances[0]).toBe(0);
    expect(distances[1]).toBeCloseTo(0, 12);
    expect(distances[2]).toBe(1);
    expect(distances[3]).toBeCloseTo(1, 6);
    expect(distances[4]).toBeCloseTo(2, 6);
    expect(distances[4]).toBeLessThanOrEqual(2);
    expect(Array.from(distances.subarray(10))).toEqual([1, 1, 1, 1, 1]);
    expect(Array.from(indices.subarray(10))).toEqual([0, 1, 2, 3, 4]);
  });

  it('counts distances beyond float32 as Infinity, behind all others, and never as missing', () => {
    const X = Matrix.fromRows([[3e38], [-3e38], [1]]);
    const { distances, indices } = new NearestNeighbors({ nNeighbors: 3 }).fit(X).kNeighbors(X.slice(0, 1));
    expect(Array.from(indices)).toEqual([0, 2, 1]);
    expect(distances[2]).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes groups of queries, and a group that no row has excludes nothing', () => {
    const X = Matrix.fromRows([[0], [1], [2], [3]]);
    const index = new NearestNeighbors({ nNeighbors: 3 }).fit(X, { groups: ['a', 'b', 'a', 7] });
    const { indices, distances } = index.kNeighbors(Matrix.fromRows([[0], [0], [0]]), { groups: ['a', '7', 7] });
    expect(Array.from(indices)).toEqual([1, 3, -1, 0, 1, 2, 0, 1, 2]);
    expect(distances[2]).toBe(Number.POSITIVE_INFINITY);
    expect(Array.from(index.kNeighbors(X, { nNeighbors: 1 }).indices)).toEqual([0, 1, 2, 3]);
  });

  it('takes no queries at all', () => {
    const index = new NearestNeighbors({ nNeighbors: 1 }).fit(Matrix.fromRows([[1, 2]]));
    expect(index.kNeighbors(new Matrix(new Float32Array(0), 0, 2)).indices.length).toBe(0);
  });

  it('copies what it is given', () => {
    for (const maxResidentBytes of [0, 1000]) {
      const X = Matrix.fromRows([[1], [2]]);
      const index = new NearestNeighbors({ nNeighbors: 1, maxResidentBytes }).fit(X);
      X.data.fill(9);
      expect(index.kNeighbors(Matrix.fromRows([[1]])).distances[0]).toBe(0);
    }
  });
});

describe('failures', () => {
  const X = Matrix.fromRows([[1], [2], [3]]);
  const index = () => new NearestNeighbors({ nNeighbors: 2 }).fit(X);

  it.each([
    ['nNeighbors', 'at most 3, the number of fitted rows, got 4', () => index().kNeighbors(X, { nNeighbors: 4 })],
    [
      'nNeighbors',
      'at most 2, the number of other rows, got 3',
      () => index().kNeighbors(undefined, { nNeighbors: 3 }),
    ],
    ['nNeighbors', 'at least 1', () => index().kNeighbors(X, { nNeighbors: 0 })],
    ['nNeighbours', 'did you mean "nNeighbors"', () => new NearestNeighbors({ nNeighbours: 3 } as never)],
    ['metric', 'did you mean "cosine"', () => new NearestNeighbors({ metric: 'cosin' as never })],
    ['groups', 'give them to fit', () => index().kNeighbors(X, { groups: ['a', 'b', 'c'] })],
    ['groups', 'one group per row of X = 3, got 2', () => new NearestNeighbors().fit(X, { groups: ['a', 'b'] })],
    ['groups', 'groups[1]', () => new NearestNeighbors().fit(X, { groups: ['a', Number.NaN, 'b'] })],
    ['groups', 'must be an array', () => new NearestNeighbors().fit(X, { groups: 'abc' as never })],
    [
      'groups',
      'for X give one group per row',
      () => new NearestNeighbors({ nNeighbors: 1 }).fit(X, { groups: [1, 2, 3] }).kNeighbors(X, { groups: true }),
    ],
    ['X', 'at least 1 rows, got 0', () => new NearestNeighbors().fit(new Matrix(new Float32Array(0), 0, 1))],
  ])('blames %s: %s', (parameter, words, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(words);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });

  it('is not fitted after dispose', () => {
    const one = index();
    one.dispose();
    one.dispose();
    expect(() => one.kNeighbors(X)).toThrow(NotFittedError);
    expect(one.fit(X).nSamples_).toBe(3);
  });

  it.each([undefined, { groupNames: 5 }, { groupNames: [] }, {}])(
    'refuses a file with groups and the record %j',
    (record) => {
      const bytes = new NearestNeighbors().fit(X, { groups: ['a', 'b', 'a'] }).toBytes();
      const { record: _, ...content } = decodeModel(bytes, 'NearestNeighbors');
      const damaged = encodeModel('NearestNeighbors', { ...content, ...(record && { record }) });
      expect(() => NearestNeighbors.fromBytes(damaged, 'index.bin')).toThrow(FormatError);
      expect(() => NearestNeighbors.fromBytes(damaged, 'index.bin')).toThrow('index.bin');
    },
  );
});

describe('kNeighborsAsync', () => {
  const X = seededMatrix(6, 900, 60);
  const index = () =>
    new NearestNeighbors({ nNeighbors: 4 }).fit(X, { groups: Array.from({ length: 900 }, (_, i) => i % 9) });

  it('gives the same bits, also where few queries are taken at a time', async () => {
    const Q = seededMatrix(7, 150, 60);
    const wide = new NearestNeighbors({ nNeighbors: 4 }).fit(seededMatrix(8, 3000, 1000));
    const queries = seededMatrix(9, 20, 1000);
    expect(await wide.kNeighborsAsync(queries)).toEqual(wide.kNeighbors(queries));
    for (const options of [{}, { mutualProximity: true }, { nNeighbors: 3, groups: true as const }]) {
      expect(await index().kNeighborsAsync(undefined, options)).toEqual(index().kNeighbors(undefined, options));
    }
    expect(await index().kNeighborsAsync(Q)).toEqual(index().kNeighbors(Q));
  });

  it('lets others have their turn, and ends when it is told to', async () => {
    const one = index();
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
      if (turns === 2) controller.abort(new Error('enough'));
    });
    const work = one.kNeighborsAsync(undefined, { mutualProximity: true, signal: controller.signal });
    await expect(work).rejects.toThrow('enough');
    clearInterval(timer);
    // What was begun is begun anew.
    const whole = one.kNeighbors(undefined, { mutualProximity: true });
    expect(whole).toEqual(index().kNeighbors(undefined, { mutualProximity: true }));
    await expect(one.kNeighborsAsync(undefined, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });

  it('refuses what kNeighbors refuses', async () => {
    await expect(index().kNeighborsAsync(undefined, { nNeighbors: 900 })).rejects.toThrow(
      /kNeighborsAsync: nNeighbors must be at most 899/,
    );
    await expect(index().kNeighborsAsync(undefined, { sginal: 1 } as never)).rejects.toThrow(ParameterError);
    await expect(index().kNeighborsAsync(undefined, { signal: 1 as never })).rejects.toThrow(ParameterError);
    await expect(new NearestNeighbors().kNeighborsAsync()).rejects.toThrow(NotFittedError);
  });
});
