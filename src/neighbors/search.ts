/** The search itself: all rows pass by the queries, a tile at a time. */
import type { KernelExports } from '../exports.ts';
import type { FrontEnd } from '../frontend.ts';
import { type Block, type Kernels, kernels, type Scratch } from '../kernels.ts';
import { Matrix } from '../matrix.ts';
import type { Group } from './groups.ts';
import type { SortedDistances } from './proximity.ts';

/** The metrics, each at its code in `assembly/neighbors.ts`. */
export const METRICS = ['l1', 'euclidean', 'cosine'] as const;

/** How distance is measured: sum of differences, root of their squares, or 1 minus the cosine of the angle. */
export type Metric = (typeof METRICS)[number];

/** Queries that share one pass over the rows. */
export const QUERY_BLOCK = 64;

/** Rows whose distances are held at a time; the kernels take them by threes, and then by fours. */
const ROW_TILE = 252;

/** What `fit` keeps. For the cosine metric, rows are of unit length. */
export interface Fitted {
  readonly home: Kernels;
  readonly metric: Metric;
  readonly rows: number;
  readonly columns: number;
  readonly frontEnd: FrontEnd | undefined;
  readonly values: Block | Float32Array;
  /** The distinct groups, and for each row its place among them. */
  readonly groupNames: readonly Group[] | undefined;
  readonly groups: Int32Array | undefined;
}

/** Queries `start` to `end` (exclusive) of X; of the fitted rows where there is no X. */
export interface Queries {
  readonly X: Matrix | undefined;
  readonly start: number;
  readonly end: number;
  /** The group of each of these queries as a place among the fitted ones, -1 for one that no row has. */
  readonly groups?: Int32Array | undefined;
}

/** Lists of neighbours, `(end - start, k)`. */
interface Found {
  readonly distances: Float32Array;
  readonly indices: Int32Array;
}

/** The k nearest rows of each query. */
export function search(fitted: Fitted, queries: Queries, k: number): Found {
  const { home } = fitted;
  const { X, start, end, groups } = queries;
  const n = end - start;
  return home.run((kernel, scratch) => {
    const own = scratch.put(Int32Array.from({ length: n }, (_, i) => (X ? -1 : start + i)));
    const queryGroups = groups ? scratch.put(groups) : 0;
    const rowGroups = groups ? scratch.put(fitted.groups as Int32Array) : 0;
    const distances = scratch.reserve(n * k * 4);
    const indices = scratch.reserve(n * k * 4);
    kernel.clearNearest(distances, indices, n * k);
    scan(kernel, scratch, fitted, queries, (tile, first, count) => {
      const tileGroups = rowGroups && rowGroups + first * 4;
      kernel.keepNearest(distances, indices, tile, own, queryGroups, tileGroups, first, n, count, k);
    });
    return { distances: home.readF32(distances, n * k), indices: home.readI32(indices, n * k) };
  });
}

/** As `search`, by mutual proximity. */
export function searchMutual(fitted: Fitted, sorted: SortedDistances, queries: Queries, k: number): Found {
  const { X, start, end, groups } = queries;
  const distances = new Float32Array((end - start) * k).fill(Number.POSITIVE_INFINITY);
  const indices = new Int32Array((end - start) * k).fill(-1);
  const isAllowed = (q: number, row: number) => !groups || fitted.groups?.[row] !== groups[q];
  sorted.nearest(distancesOf(fitted, queries), X ? -1 : start, k, isAllowed).forEach((found, q) => {
    found.forEach(({ distance, index }, i) => {
      distances[q * k + i] = distance;
      indices[q * k + i] = index;
    });
  });
  return { distances, indices };
}

/** Distances of queries to all rows, `(end - start, rows)`. */
export function distancesOf(fitted: Fitted, queries: Queries): Float32Array {
  const { home, rows } = fitted;
  const n = queries.end - queries.start;
  const out = new Float32Array(n * rows);
  home.run((kernel, scratch) =>
    scan(kernel, scratch, fitted, queries, (tile, first, count) => {
      for (let q = 0; q < n; q++) out.set(home.readF32(tile + q * count * 4, count), q * rows + first);
    }),
  );
  return out;
}

/** Passes all rows by queries; `visit` gets where each tile of distances lies, and which rows it is of. */
function scan(
  kernel: KernelExports,
  scratch: Scratch,
  fitted: Fitted,
  { X, start, end }: Queries,
  visit: (tile: number, first: number, count: number) => void,
): void {
  const { home, metric, rows, columns, values } = fitted;
  const n = end - start;
  const queries = X ? putQueries(kernel, scratch, metric, X.slice(start, end)) : putRows(scratch, fitted, start, end);
  const tile = scratch.reserve(n * ROW_TILE * 4);
  const sums = scratch.reserve(144);
  const buffer = values instanceof Float32Array ? scratch.reserve(ROW_TILE * columns * 4) : 0;
  for (let first = 0; first < rows; first += ROW_TILE) {
    const count = Math.min(ROW_TILE, rows - first);
    if (values instanceof Float32Array) {
      home.write(buffer, values.subarray(first * columns, (first + count) * columns));
    }
    const rowTile = values instanceof Float32Array ? buffer : values.pointer + first * columns * 4;
    kernel.distances(tile, sums, queries, rowTile, METRICS.indexOf(metric), n, count, columns);
    visit(tile, first, count);
  }
}

function putQueries(kernel: KernelExports, { put }: Scratch, metric: Metric, X: Matrix): number {
  const queries = put(X.data);
  if (metric === 'cosine') kernel.unitRows(queries, queries, X.rows, X.columns);
  return queries;
}

/** Where the fitted rows `start` to `end` lie, for use as queries. */
function putRows({ put }: Scratch, { values, columns }: Fitted, start: number, end: number): number {
  if (values instanceof Float32Array) return put(values.subarray(start * columns, end * columns));
  return values.pointer + start * columns * 4;
}

/** The same rows at length 1, made a block at a time. */
export function unitRows(X: Matrix): Matrix {
  const data = new Float32Array(X.data.length);
  for (let start = 0; start < X.rows; start += ROW_TILE) {
    const block = X.slice(start, start + ROW_TILE);
    const units = kernels().run((kernel, { put }) => {
      const rows = put(block.data);
      kernel.unitRows(rows, rows, block.rows, block.columns);
      return kernels().readF32(rows, block.data.length);
    });
    data.set(units, start * X.columns);
  }
  return new Matrix(data, X.rows, X.columns, X.frontEnd);
}
