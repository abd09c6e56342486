/**
 * Nearest neighbours: exact search by L1 (the paper's, section 6.3), Euclidean or cosine distance, with an artist filter.
 */
import { ParameterError } from './errors.ts';
import { checkFitted, checkSamples } from './estimator.ts';
import { kernels } from './kernels.ts';
import { Matrix } from './matrix.ts';
import { checkTensor, decodeModel, encodeModel, withFormatError } from './model.ts';
import { checkGroups, encode, type Group, queryGroups } from './neighbors/groups.ts';
import { SortedDistances } from './neighbors/proximity.ts';
import {
  distancesOf,
  type Fitted,
  METRICS,
  type Metric,
  QUERY_BLOCK,
  search,
  searchMutual,
  unitRows,
} from './neighbors/search.ts';
import { checkChoice, checkHooks, checkNumber, checkOptions, describe } from './options.ts';
import { Turns } from './pause.ts';

export type { Group, Metric };

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

/** Values of rows that pass by in a step: about 10 ms. */
const STEP = 4e7;

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
   * Runs to its end without a pause; `kNeighborsAsync` lets others have their turn.
   *
   * @param X queries `(nQueries, nFeatures)`. Left out, the fitted rows are the queries and none is its own neighbour
   * @throws ParameterError when there are fewer rows than `nNeighbors`, saying how many there are, or on bad queries
   * @throws FrontEndError on features of another front end; NotFittedError before `fit`; LimitError when mutual proximity is
   *   asked of more than 23 170 rows
   */
  kNeighbors(X?: Matrix, options?: KNeighborsOptions): Neighbors {
    const steps = this.#steps('NearestNeighbors.kNeighbors', X, options, QUERY_BLOCK);
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  }

  /**
   * `kNeighbors` with a pause for the event loop every few milliseconds, to the same result; one query at least is searched for
   * without a pause (26 ms in a million rows of 100 columns). The rows must stay as they are until it has ended: neither `fit`
   * nor `dispose` meanwhile.
   *
   * @param options as of `kNeighbors`, and `signal`, which ends it
   * @throws as `kNeighbors`; the signal's reason
   */
  async kNeighborsAsync(X?: Matrix, options?: KNeighborsOptions & { signal?: AbortSignal }): Promise<Neighbors> {
    const where = 'NearestNeighbors.kNeighborsAsync';
    const { signal, ...rest } = options ?? {};
    checkHooks(where, { signal });
    const turns = new Turns(signal);
    const { rows, columns } = checkFitted(where, this.#fitted);
    // Fewer queries a step where there are many rows.
    const block = Math.max(1, Math.min(QUERY_BLOCK, Math.floor(STEP / (rows * columns))));
    const steps = this.#steps(where, X, rest, block);
    let step = steps.next();
    while (!step.done) {
      await turns.take();
      step = steps.next();
    }
    return step.value;
  }

  *#steps(
    where: string,
    X: Matrix | undefined,
    options: KNeighborsOptions | undefined,
    block: number,
  ): Generator<undefined, Neighbors> {
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
    if (mutualProximity && nQueries > 0 && !this.#sorted) {
      const toAll = (start: number, end: number) => distancesOf(fitted, { X: undefined, start, end });
      this.#sorted = yield* new SortedDistances(fitted.rows).fill(toAll, block);
    }
    for (let start = 0; start < nQueries; start += block) {
      const end = Math.min(nQueries, start + block);
      const queries = { X, start, end, groups: groups?.subarray(start, end) };
      const found =
        mutualProximity && this.#sorted
          ? searchMutual(fitted, this.#sorted, queries, nNeighbors)
          : search(fitted, queries, nNeighbors);
      distances.set(found.distances, start * nNeighbors);
      indices.set(found.indices, start * nNeighbors);
      yield;
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
    const { metric } = this;
    this.#fitted = { home, metric, rows: X.rows, columns: X.columns, frontEnd: X.frontEnd, values, groupNames, groups };
  }
}
