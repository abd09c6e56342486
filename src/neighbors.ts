/**
 * Nearest neighbours: exact search by L1 (the paper's, section 6.3), Euclidean or cosine distance, with an artist filter.
 */
import { ParameterError } from './errors.ts';
import { checkFitted, checkSamples } from './estimator.ts';
import type { KernelExports } from './exports.ts';
import type { FrontEnd } from './frontend.ts';
import { type Block, type Kernels, kernels, type Scratch } from './kernels.ts';
import { Matrix } from './matrix.ts';
import { checkTensor, decodeModel, encodeModel, withFormatError } from './model.ts';
import { checkGroups, encode, type Group, queryGroups } from './neighbors/groups.ts';
import { SortedDistances } from './neighbors/proximity.ts';
import { checkChoice, checkNumber, checkOptions, describe } from './options.ts';

/** The metrics, each at its code in `assembly/neighbors.ts`. */
const METRICS = ['l1', 'euclidean', 'cosine'] as const;

export type { Group };

/** How distance is measured: sum of differences, root of their squares, or 1 minus the cosine of the angle. */
export type Metric = (typeof METRICS)[number];

/** Parameters of `NearestNeighbors`. */
export interface NearestNeighborsOptions {
  /** Neighbours of each query, unless `kNeighbors` is told otherwise. 1 or more; 10 by default. */
  nNeighbors?: number;
  /** `"l1"` by default. */
  metric?: Metric;
  /**
   * Bytes that the rows may take inside the module, which is faster for one query at a time. Where they are more, they
   * stay outside and pass through in tiles, with the same results; 256 MiB by default.
   */
  maxResidentBytes?: number;
}

/** What `kNeighbors` may be told. */
export interface KNeighborsOptions {
  /** Neighbours of each query; the constructor's value by default. */
  nNeighbors?: number;
  /**
   * The artist filter: the group of each query, whose rows are left out of its list. `true` means the rows' own groups,
   * as given to `fit`, and needs X to be left out. No filter by default.
   */
  groups?: readonly Group[] | true;
  /**
   * Ranks by mutual proximity (Schnitzer, Flexer, Schedl, Widmer, JMLR 2012; empirical distributions, taken as independent):
   * a row is near where query and row each are nearer to one another than to most fitted rows. Hubs, which are in everyone's
   * list, become rarer. Distances are then `1 - MP`, 0 to 1; of equal ones the smaller distance by the metric comes first.
   * `false` by default.
   *
   * The first such call sorts the distances of all fitted rows, n^2 of them, which take `4 n^2` bytes until `fit` or `dispose`
   * (400 MB for 10 000 rows) and three times as long as `kNeighbors` of all rows without it; each query then takes some
   * `n log n` steps beside its distances, which makes all rows nine times as long. Rows that the artist filter leaves out of a
   * list still count in the distributions.
   */
  mutualProximity?: boolean;
}

/** The lists of neighbours, one after the other: `nNeighbors` values for each query, nearest first. */
export interface Neighbors {
  /** `(nQueries, nNeighbors)`, row by row. `Infinity` where the artist filter left no row. */
  readonly distances: Float32Array;
  /** `(nQueries, nNeighbors)`, row by row: indices of the fitted rows. -1 where the artist filter left no row. */
  readonly indices: Int32Array;
  readonly nNeighbors: number;
}

/** Queries that share one pass over the rows. */
const QUERY_BLOCK = 64;

/** Rows whose distances are held at a time; the kernels take them by threes, and then by fours. */
const ROW_TILE = 252;

/** What `fit` keeps. For the cosine metric, rows are of unit length. */
interface Fitted {
  readonly home: Kernels;
  readonly rows: number;
  readonly columns: number;
  readonly frontEnd: FrontEnd | undefined;
  readonly values: Block | Float32Array;
  /** The distinct groups, and for each row its place among them. */
  readonly groupNames: readonly Group[] | undefined;
  readonly groups: Int32Array | undefined;
}

/**
 * Exact nearest neighbours of rows, as scikit-learn's `NearestNeighbors(algorithm="brute")`.
 *
 * - Distances are float32: up to 256 columns are added up in float32 lanes, the rest in float64. Euclidean squares are
 *   float32 too: differences above 1.8e19 count as `Infinity`, below 1e-23 as 0.
 * - Equal distances are ordered by index, the lower first.
 * - Cosine is `|a/|a| - b/|b||^2 / 2`, which equals `1 - cos` and keeps its digits when the two are close. A row of zeros
 *   has no direction: its cosine distance is 1 from everything, as scikit-learn says, also from another row of zeros.
 *
 * @example
 * const index = new NearestNeighbors({ metric: 'l1' }).fit(tracks, { groups: artists });
 * const { indices } = index.kNeighbors(undefined, { nNeighbors: 10, groups: true }); // similar tracks by other artists
 */
export class NearestNeighbors {
  readonly nNeighbors: number;
  readonly metric: Metric;
  readonly #maxResidentBytes: number;
  #fitted: Fitted | undefined;
  /** Made when it is first asked for. */
  #sorted: SortedDistances | undefined;

  /** @throws ParameterError on an unknown option or a value out of range */
  constructor(options?: NearestNeighborsOptions) {
    const checked = checkOptions<Required<NearestNeighborsOptions>>('NearestNeighbors', options, {
      nNeighbors: 10,
      metric: 'l1',
      maxResidentBytes: 0x10000000,
    });
    this.nNeighbors = checkNumber('NearestNeighbors', 'nNeighbors', checked.nNeighbors, { min: 1, integer: true });
    this.metric = checkChoice('NearestNeighbors', 'metric', checked.metric, METRICS);
    this.#maxResidentBytes = checkNumber('NearestNeighbors', 'maxResidentBytes', checked.maxResidentBytes, {
      min: 0,
      integer: true,
    });
  }

  /**
   * Takes the rows to search in. They are copied.
   *
   * @param X `(nSamples, nFeatures)`, at least one row
   * @param options `groups`: the group of each row (its artist), for the artist filter
   * @throws ParameterError on bad samples or groups
   */
  fit(X: Matrix, options?: { groups?: readonly Group[] }): this {
    const where = 'NearestNeighbors.fit';
    const { groups } = checkOptions<{ groups: readonly Group[] | undefined }>(where, options, { groups: undefined });
    checkSamples(where, X, { minSamples: 1 });
    checkGroups(where, groups, X.rows, 'row of X');
    const rows = this.metric === 'cosine' ? unitRows(X) : X;
    if (groups) {
      const names = [...new Set(groups)];
      this.#keep(rows, names, encode(groups, names));
    } else {
      this.#keep(rows);
    }
    return this;
  }

  /** Rows that were fitted. */
  get nSamples_(): number {
    return checkFitted('NearestNeighbors.nSamples_', this.#fitted).rows;
  }

  /** Columns of the fitted rows. */
  get nFeatures_(): number {
    return checkFitted('NearestNeighbors.nFeatures_', this.#fitted).columns;
  }

  /**
   * The nearest rows of each query.
   *
   * With the artist filter fewer rows than `nNeighbors` may remain for a query; its list then ends with index -1 and
   * distance `Infinity`.
   *
   * Runs to its end without a pause; give many queries in parts to let others have a turn, the results are the same.
   *
   * @param X queries `(nQueries, nFeatures)`. Left out, the fitted rows are the queries and none is its own neighbour
   * @throws ParameterError when there are fewer rows than `nNeighbors`, saying how many there are, or on bad queries
   * @throws FrontEndError on features of another front end; NotFittedError before `fit`; LimitError when mutual proximity is
   *   asked of more than 23 170 rows
   */
  kNeighbors(X?: Matrix, options?: KNeighborsOptions): Neighbors {
    const where = 'NearestNeighbors.kNeighbors';
    const fitted = checkFitted(where, this.#fitted);
    const checked = checkOptions<{
      nNeighbors: number;
      groups: readonly Group[] | true | undefined;
      mutualProximity: boolean;
    }>(where, options, { nNeighbors: this.nNeighbors, groups: undefined, mutualProximity: false });
    const { mutualProximity } = checked;
    if (typeof mutualProximity !== 'boolean') {
      throw new ParameterError(
        `${where}: mutualProximity must be true or false, got ${describe(mutualProximity)}`,
        'mutualProximity',
      );
    }
    if (X !== undefined) checkSamples(where, X, { nFeatures: fitted.columns, frontEnd: fitted.frontEnd });
    const nQueries = X ? X.rows : fitted.rows;
    const available = X ? fitted.rows : fitted.rows - 1;
    const nNeighbors = checkNumber(where, 'nNeighbors', checked.nNeighbors, { min: 1, integer: true });
    if (nNeighbors > available) {
      throw new ParameterError(
        `${where}: nNeighbors must be at most ${available}, the number of ${X ? 'fitted rows' : 'other rows'}, got ` +
          `${nNeighbors}; ask for fewer, or fit more rows`,
        'nNeighbors',
      );
    }
    const groups = queryGroups(where, fitted, checked.groups, X);
    const distances = new Float32Array(nQueries * nNeighbors);
    const indices = new Int32Array(nQueries * nNeighbors);
    for (let start = 0; start < nQueries; start += QUERY_BLOCK) {
      const end = Math.min(nQueries, start + QUERY_BLOCK);
      const search = mutualProximity ? this.#searchMutual : this.#search;
      const block = search.call(this, fitted, X, start, end, groups?.subarray(start, end), nNeighbors);
      distances.set(block.distances, start * nNeighbors);
      indices.set(block.indices, start * nNeighbors);
    }
    return { distances, indices, nNeighbors };
  }

  /** One safetensors file: the rows (of unit length for cosine), groups, parameters and the front end's record. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const fitted = checkFitted('NearestNeighbors.toBytes', this.#fitted);
    const { home, rows, columns, values, groups, groupNames } = fitted;
    const data = values instanceof Float32Array ? values : home.readF32(values.pointer, rows * columns);
    return encodeModel('NearestNeighbors', {
      tensors: {
        rows: { dtype: 'F32', shape: [rows, columns], data },
        ...(groups && { groups: { dtype: 'I32' as const, shape: [rows], data: groups } }),
      },
      frontEnd: fitted.frontEnd,
      params: { nNeighbors: this.nNeighbors, metric: this.metric },
      ...(groupNames && { record: { groupNames } }),
    });
  }

  /**
   * Reads what `toBytes` wrote; the result answers as the one that wrote it.
   *
   * @param bytes the whole file
   * @param file its name, for messages
   * @throws FormatError when the bytes are damaged, cut short, or another estimator's
   */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, file?: string): NearestNeighbors {
    const { tensors, frontEnd, params, record } = decodeModel(bytes, 'NearestNeighbors', file);
    const { data, shape } = checkTensor(tensors, 'rows', 'F32', [undefined, undefined], file);
    return withFormatError(file ?? '', () => {
      const index = new NearestNeighbors(params);
      const X = checkSamples('rows', new Matrix(data, shape[0], shape[1], frontEnd), { minSamples: 1 });
      if (!tensors.groups) {
        index.#keep(X);
        return index;
      }
      const groups = checkTensor(tensors, 'groups', 'I32', [X.rows], file).data;
      // null, unlike undefined, is no list for checkGroups.
      const names = (record?.groupNames ?? null) as readonly Group[];
      checkGroups('record.groupNames', names, names?.length, 'group');
      const bad = groups.find((group) => group < 0 || group >= names.length);
      if (bad !== undefined) {
        throw new ParameterError(`groups must be from 0 to ${names.length - 1}, got ${bad}`, 'groups');
      }
      index.#keep(X, names, groups);
      return index;
    });
  }

  /** Gives the rows' memory back; the estimator is then as before `fit`. Also done when it is collected. */
  dispose(): void {
    const values = this.#fitted?.values;
    if (values && !(values instanceof Float32Array)) values.dispose();
    this.#fitted = undefined;
    this.#sorted = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Takes rows as they are (of unit length for cosine) in place of those before. */
  #keep(X: Matrix, groupNames?: readonly Group[], groups?: Int32Array): void {
    const home = kernels();
    const values = X.data.byteLength <= this.#maxResidentBytes ? home.allocate(X.data) : X.data.slice();
    this.dispose();
    this.#fitted = { home, rows: X.rows, columns: X.columns, frontEnd: X.frontEnd, values, groupNames, groups };
  }

  /** The neighbours of queries `start` to `end` (exclusive): all rows pass by, a tile at a time. */
  #search(
    fitted: Fitted,
    X: Matrix | undefined,
    start: number,
    end: number,
    groups: Int32Array | undefined,
    k: number,
  ) {
    const { home } = fitted;
    const n = end - start;
    return home.run((kernel, scratch) => {
      const own = scratch.put(Int32Array.from({ length: n }, (_, i) => (X ? -1 : start + i)));
      const queryGroups = groups ? scratch.put(groups) : 0;
      const rowGroups = groups ? scratch.put(fitted.groups as Int32Array) : 0;
      const distances = scratch.reserve(n * k * 4);
      const indices = scratch.reserve(n * k * 4);
      kernel.clearNearest(distances, indices, n * k);
      this.#scan(kernel, scratch, fitted, X, start, end, (tile, first, count) => {
        const tileGroups = rowGroups && rowGroups + first * 4;
        kernel.keepNearest(distances, indices, tile, own, queryGroups, tileGroups, first, n, count, k);
      });
      return { distances: home.readF32(distances, n * k), indices: home.readI32(indices, n * k) };
    });
  }

  /** As `#search`, by mutual proximity. */
  #searchMutual(
    fitted: Fitted,
    X: Matrix | undefined,
    start: number,
    end: number,
    groups: Int32Array | undefined,
    k: number,
  ) {
    this.#sorted ??= new SortedDistances(
      fitted.rows,
      (from, to) => this.#distances(fitted, undefined, from, to),
      QUERY_BLOCK,
    );
    const all = this.#distances(fitted, X, start, end);
    const distances = new Float32Array((end - start) * k).fill(Number.POSITIVE_INFINITY);
    const indices = new Int32Array((end - start) * k).fill(-1);
    // A group that no row has is -1 among the queries'.
    const isAllowed = (q: number, row: number) => !groups || fitted.groups?.[row] !== groups[q];
    this.#sorted.nearest(all, X ? -1 : start, k, isAllowed).forEach((found, q) => {
      found.forEach(({ distance, index }, i) => {
        distances[q * k + i] = distance;
        indices[q * k + i] = index;
      });
    });
    return { distances, indices };
  }

  /** Distances of queries `start` to `end` (exclusive) to all rows, `(end - start, rows)`. */
  #distances(fitted: Fitted, X: Matrix | undefined, start: number, end: number): Float32Array {
    const { home, rows } = fitted;
    const out = new Float32Array((end - start) * rows);
    home.run((kernel, scratch) =>
      this.#scan(kernel, scratch, fitted, X, start, end, (tile, first, count) => {
        for (let q = 0; q < end - start; q++) out.set(home.readF32(tile + q * count * 4, count), q * rows + first);
      }),
    );
    return out;
  }

  /** Passes all rows by queries `start` to `end`; `visit` gets where each tile of distances lies, and which rows it is of. */
  #scan(
    kernel: KernelExports,
    scratch: Scratch,
    fitted: Fitted,
    X: Matrix | undefined,
    start: number,
    end: number,
    visit: (tile: number, first: number, count: number) => void,
  ): void {
    const { home, rows, columns, values } = fitted;
    const n = end - start;
    const queries = X ? this.#putQueries(kernel, scratch, X.slice(start, end)) : putRows(scratch, fitted, start, end);
    const tile = scratch.reserve(n * ROW_TILE * 4);
    const sums = scratch.reserve(144);
    const metric = METRICS.indexOf(this.metric);
    const buffer = values instanceof Float32Array ? scratch.reserve(ROW_TILE * columns * 4) : 0;
    for (let first = 0; first < rows; first += ROW_TILE) {
      const count = Math.min(ROW_TILE, rows - first);
      if (values instanceof Float32Array) {
        home.write(buffer, values.subarray(first * columns, (first + count) * columns));
      }
      const rowTile = values instanceof Float32Array ? buffer : values.pointer + first * columns * 4;
      kernel.distances(tile, sums, queries, rowTile, metric, n, count, columns);
      visit(tile, first, count);
    }
  }

  #putQueries(kernel: KernelExports, { put }: Scratch, X: Matrix): number {
    const queries = put(X.data);
    if (this.metric === 'cosine') kernel.unitRows(queries, queries, X.rows, X.columns);
    return queries;
  }
}

/** Where the fitted rows `start` to `end` lie, for use as queries. */
function putRows({ put }: Scratch, { values, columns }: Fitted, start: number, end: number): number {
  if (values instanceof Float32Array) return put(values.subarray(start * columns, end * columns));
  return values.pointer + start * columns * 4;
}

/** The same rows at length 1, made a block at a time. */
function unitRows(X: Matrix): Matrix {
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
