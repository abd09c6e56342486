/**
 * Mutual proximity: two rows are near where each is among the nearest of the other. It makes hubs, rows that are near to
 * everything, rarer.
 *
 * D. Schnitzer, A. Flexer, M. Schedl, G. Widmer, "Local and global scaling reduce hubs in space" (JMLR 2012), section 3.2, with
 * empirical distributions (equation 5) taken as independent (equation 7): `MP(x, y) = P(X > d) P(Y > d)`, d the distance of x and y,
 * X that of x to any row, Y that of y. So only orders of distances count, and whole numbers: the same bits everywhere.
 */
import { LimitError, ParameterError } from '../errors.ts';

/** Bytes that the sorted distances may take: those of 23 170 rows. */
const MOST_SORTED = 0x80000000;

/** One neighbour by mutual proximity. */
export interface Mutual {
  readonly index: number;
  /** `1 - MP`, 0 to 1. */
  readonly distance: number;
}

/** The distances of every row to all others, sorted: `(rows, rows - 1)` float32. */
export class SortedDistances {
  readonly #values: Float32Array;
  readonly #others: number;

  /**
   * Room for them; `fill` brings them.
   *
   * @param rows two or more
   * @throws ParameterError on fewer rows; LimitError on too many
   */
  constructor(rows: number) {
    this.#others = rows - 1;
    const bytes = 4 * rows * (rows - 1);
    const where = 'NearestNeighbors.kNeighbors: mutualProximity';
    if (bytes === 0) {
      throw new ParameterError(`${where} needs two fitted rows or more; fit more, or leave it out`, 'mutualProximity');
    }
    if (bytes > MOST_SORTED) {
      throw new LimitError(
        `${where} of ${rows} rows would sort ${bytes} bytes of distances, at most ${MOST_SORTED}; fit fewer rows, or leave it out`,
        MOST_SORTED,
      );
    }
    this.#values = new Float32Array(rows * this.#others);
  }

  /**
   * Sorts, in steps.
   *
   * @param distancesOf gives the distances of rows `start` to `end` (exclusive) to all rows, `(end - start, rows)`
   * @param block rows of a step
   */
  *fill(distancesOf: (start: number, end: number) => Float32Array, block: number): Generator<undefined, this> {
    const rows = this.#others + 1;
    for (let start = 0; start < rows; start += block) {
      const end = Math.min(rows, start + block);
      const distances = distancesOf(start, end);
      for (let i = start; i < end; i++) {
        const all = distances.subarray((i - start) * rows, (i - start + 1) * rows);
        const list = this.#of(i);
        list.set(all.subarray(0, i));
        list.set(all.subarray(i + 1), i);
        list.sort();
      }
      yield;
    }
    return this;
  }

  #of(row: number): Float32Array {
    return this.#values.subarray(row * this.#others, (row + 1) * this.#others);
  }

  /**
   * For each query, the rows of the greatest mutual proximity, the nearest first; of equal ones the one at the smaller distance,
   * then the one of the lower index.
   *
   * @param distances of the queries to all rows, `(queries, rows)`
   * @param firstOwn the row that the first query is itself (the second the next one, and so on), or -1 where they are none
   * @param k how many
   * @param isAllowed which rows may be in a query's list; all rows count in the distributions
   */
  nearest(
    distances: Float32Array,
    firstOwn: number,
    k: number,
    isAllowed: (query: number, row: number) => boolean,
  ): Mutual[][] {
    const rows = this.#others + 1;
    const queries = distances.length / rows;
    // Row by row, while a row's list is in the cache.
    const above = new Uint32Array(distances.length);
    for (let row = 0; row < rows; row++) {
      const list = this.#of(row);
      for (let at = row; at < distances.length; at += rows) above[at] = countAbove(list, distances[at]);
    }
    return Array.from({ length: queries }, (_, q) => {
      const toRows = distances.subarray(q * rows, (q + 1) * rows);
      const own = firstOwn < 0 ? -1 : firstOwn + q;
      const mine = own < 0 ? toRows.slice().sort() : this.#of(own);
      const isIn = (row: number) => row !== own && isAllowed(q, row);
      return greatest(toRows, k, isIn, (row) => countAbove(mine, toRows[row]) * above[q * rows + row]).map(
        ({ index, product }) => ({ index, distance: 1 - product / (mine.length * this.#others) }),
      );
    });
  }
}

/** The rows of the k greatest products of counts, which are exact, in the order of `nearest`. */
function greatest(
  distances: Float32Array,
  k: number,
  isIn: (row: number) => boolean,
  productOf: (row: number) => number,
): { index: number; product: number }[] {
  const found: { index: number; product: number }[] = [];
  for (let index = 0; index < distances.length; index++) {
    if (!isIn(index)) continue;
    const product = productOf(index);
    let at = found.length;
    for (; at > 0; at--) {
      const before = found[at - 1];
      const isFirst =
        product > before.product || (product === before.product && distances[index] < distances[before.index]);
      if (!isFirst) break;
    }
    if (at === k) continue;
    found.splice(at, 0, { index, product });
    if (found.length > k) found.pop();
  }
  return found;
}

/** How many of the sorted values are above one. */
function countAbove(sorted: Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] > value) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}
