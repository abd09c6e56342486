/**
 * Nearest neighbours by brute force, which is exact: distances of a tile of queries and rows, and lists of the k nearest
 * that grow tile by tile.
 *
 * Every distance sums |a - b| or (a - b)^2 directly. The shorter way over |a|^2 - 2ab + |b|^2 loses near neighbours to
 * cancellation, and they are the ones that count. Within 256 columns four float32 lanes add up, over the chunks a
 * float64: the order depends on the number of columns alone, so a pair has the same bits in whichever tile it falls.
 */

/** Codes of the metrics; the host holds the same list. */
export const L1: i32 = 0;
export const EUCLIDEAN: i32 = 1;
export const COSINE: i32 = 2;

/** Columns that float32 lanes add up before a float64 takes over. */
const CHUNK: i32 = 256;

class Lanes {
  /** |a - b| or (a - b)^2 of four columns. `squared` is a constant where this is inlined. */
  @inline static gap(a: v128, b: v128, squared: bool): v128 {
    const difference = f32x4.sub(a, b);
    return squared ? f32x4.mul(difference, difference) : f32x4.abs(difference);
  }

  /** The sum of the four lanes, pairs first. */
  @inline static sum(a: v128): f64 {
    return (
      <f64>f32x4.extract_lane(a, 0) +
      <f64>f32x4.extract_lane(a, 2) +
      (<f64>f32x4.extract_lane(a, 1) + <f64>f32x4.extract_lane(a, 3))
    );
  }

  /** The columns beyond the last four, one after the other: from `start` to `end`, byte offsets. */
  @inline static rest(a: usize, b: usize, start: usize, end: usize, squared: bool): f64 {
    let sum: f64 = 0;
    for (let i = start; i < end; i += 4) {
      const difference = load<f32>(a + i) - load<f32>(b + i);
      sum += <f64>(squared ? difference * difference : abs(difference));
    }
    return sum;
  }

  /** Sum over all columns of one pair. a, b (columns). */
  @inline static pair(a: usize, b: usize, columns: i32, squared: bool): f64 {
    const end = (<usize>columns) << 2;
    const vectors = (<usize>(columns & ~3)) << 2;
    let total: f64 = 0;
    for (let start: usize = 0; start < vectors; start += CHUNK << 2) {
      const stop = min(start + (CHUNK << 2), vectors);
      let s = f32x4.splat(0);
      for (let i = start; i < stop; i += 16) {
        s = f32x4.add(s, Lanes.gap(v128.load(a + i), v128.load(b + i), squared));
      }
      total += Lanes.sum(s);
    }
    return total + Lanes.rest(a, b, vectors, end, squared);
  }

  /**
   * `pair` of one query with four rows at once: each load of the query serves four sums, and four chains of additions
   * hide each other's latency. out (4) f64; a (columns); b (4, columns).
   */
  @inline static quad(out: usize, a: usize, b: usize, columns: i32, squared: bool): void {
    const end = (<usize>columns) << 2;
    const vectors = (<usize>(columns & ~3)) << 2;
    const b1 = b + end;
    const b2 = b1 + end;
    const b3 = b2 + end;
    let t0: f64 = 0;
    let t1: f64 = 0;
    let t2: f64 = 0;
    let t3: f64 = 0;
    for (let start: usize = 0; start < vectors; start += CHUNK << 2) {
      const stop = min(start + (CHUNK << 2), vectors);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let i = start; i < stop; i += 16) {
        const q = v128.load(a + i);
        s0 = f32x4.add(s0, Lanes.gap(q, v128.load(b + i), squared));
        s1 = f32x4.add(s1, Lanes.gap(q, v128.load(b1 + i), squared));
        s2 = f32x4.add(s2, Lanes.gap(q, v128.load(b2 + i), squared));
        s3 = f32x4.add(s3, Lanes.gap(q, v128.load(b3 + i), squared));
      }
      t0 += Lanes.sum(s0);
      t1 += Lanes.sum(s1);
      t2 += Lanes.sum(s2);
      t3 += Lanes.sum(s3);
    }
    store<f64>(out, t0 + Lanes.rest(a, b, vectors, end, squared), 0);
    store<f64>(out, t1 + Lanes.rest(a, b1, vectors, end, squared), 8);
    store<f64>(out, t2 + Lanes.rest(a, b2, vectors, end, squared), 16);
    store<f64>(out, t3 + Lanes.rest(a, b3, vectors, end, squared), 24);
  }
}

/** A sum over columns as a distance: the sum itself, its root, or half of it (of unit rows: 1 - cosine). */
function finish(sum: f64, metric: i32): f32 {
  if (metric == EUCLIDEAN) return <f32>sqrt(sum);
  // Units are rounded to float32, so that opposite ones could come out a little beyond 2.
  if (metric == COSINE) return <f32>min(sum * 0.5, 2);
  return <f32>sum;
}

function pairSum(a: usize, b: usize, columns: i32, squared: bool): f64 {
  return squared ? Lanes.pair(a, b, columns, true) : Lanes.pair(a, b, columns, false);
}

function quadSums(out: usize, a: usize, b: usize, columns: i32, squared: bool): void {
  if (squared) Lanes.quad(out, a, b, columns, true);
  else Lanes.quad(out, a, b, columns, false);
}

/** Whether all of a (columns) is zero; the first value that is not ends the search. */
function isZero(a: usize, columns: i32): bool {
  for (let i = 0; i < columns; i++) {
    if (load<f32>(a + ((<usize>i) << 2)) != 0) return false;
  }
  return true;
}

/** A row of zeros has no direction: its cosine distance from everything is 1. out (nQueries, nRows). */
function setZeros(out: usize, queries: usize, rows: usize, nQueries: i32, nRows: i32, columns: i32): void {
  const width = (<usize>columns) << 2;
  for (let q = 0; q < nQueries; q++) {
    if (!isZero(queries + <usize>q * width, columns)) continue;
    for (let r = 0; r < nRows; r++) store<f32>(out + ((<usize>q * nRows + r) << 2), 1);
  }
  for (let r = 0; r < nRows; r++) {
    if (!isZero(rows + <usize>r * width, columns)) continue;
    for (let q = 0; q < nQueries; q++) store<f32>(out + ((<usize>q * nRows + r) << 2), 1);
  }
}

/**
 * Distances of all pairs of a tile. out (nQueries, nRows); queries (nQueries, columns); rows (nRows, columns); metric: L1,
 * EUCLIDEAN or COSINE, the last on rows that `unitRows` has made. sums (4) f64 is scratch.
 */
export function distances(
  out: usize,
  sums: usize,
  queries: usize,
  rows: usize,
  metric: i32,
  nQueries: i32,
  nRows: i32,
  columns: i32,
): void {
  const width = (<usize>columns) << 2;
  const squared = metric != L1;
  const quads = nRows & ~3;
  // Four rows stay in the first cache while all queries pass by.
  for (let r = 0; r < quads; r += 4) {
    const row = rows + <usize>r * width;
    for (let q = 0; q < nQueries; q++) {
      quadSums(sums, queries + <usize>q * width, row, columns, squared);
      const to = out + ((<usize>q * nRows + r) << 2);
      for (let i = 0; i < 4; i++) {
        const offset = <usize>i;
        store<f32>(to + (offset << 2), finish(load<f64>(sums + (offset << 3)), metric));
      }
    }
  }
  for (let r = quads; r < nRows; r++) {
    const row = rows + <usize>r * width;
    for (let q = 0; q < nQueries; q++) {
      const sum = pairSum(queries + <usize>q * width, row, columns, squared);
      store<f32>(out + ((<usize>q * nRows + r) << 2), finish(sum, metric));
    }
  }
  if (metric == COSINE) setZeros(out, queries, rows, nQueries, nRows, columns);
}

/**
 * Rows of length 1 in the same direction; rows of zeros stay. out, x (n, columns), and out may be x. The length is a
 * float64 sum in the order of the columns, so that no finite row overflows or vanishes.
 */
export function unitRows(out: usize, x: usize, n: i32, columns: i32): void {
  const width = (<usize>columns) << 2;
  for (let row = 0; row < n; row++) {
    const from = x + <usize>row * width;
    const to = out + <usize>row * width;
    let square: f64 = 0;
    for (let i: usize = 0; i < width; i += 4) {
      const value = <f64>load<f32>(from + i);
      square += value * value;
    }
    const length = square > 0 ? sqrt(square) : 1;
    for (let i: usize = 0; i < width; i += 4) store<f32>(to + i, <f32>(<f64>load<f32>(from + i) / length));
  }
}

/** Empties lists of neighbours: distance Infinity, index -1. outDistances (size) f32, outIndices (size) i32. */
export function clearNearest(outDistances: usize, outIndices: usize, size: i32): void {
  for (let i = 0; i < size; i++) {
    store<f32>(outDistances + ((<usize>i) << 2), Infinity);
    store<i32>(outIndices + ((<usize>i) << 2), -1);
  }
}

/**
 * Puts row `index` into one list, behind those that are as near: rows come in the order of their index, which so decides
 * ties. distances (k) f32 ascending, indices (k) i32, -1 where empty.
 */
function insert(distances: usize, indices: usize, distance: f32, index: i32, k: i32): void {
  let low = 0;
  let high = k - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = (<usize>middle) << 2;
    if (load<i32>(indices + at) >= 0 && load<f32>(distances + at) <= distance) low = middle + 1;
    else high = middle;
  }
  const at = (<usize>low) << 2;
  const moved = (<usize>(k - 1 - low)) << 2;
  memory.copy(distances + at + 4, distances + at, moved);
  memory.copy(indices + at + 4, indices + at, moved);
  store<f32>(distances + at, distance);
  store<i32>(indices + at, index);
}

/**
 * Takes a tile of distances into the lists of the k nearest. outDistances (nQueries, k) f32, outIndices (nQueries, k) i32,
 * both from `clearNearest` and then from the tiles before; tile (nQueries, nRows); own (nQueries) i32: the row that each
 * query is itself, or -1; queryGroups (nQueries), rowGroups (nRows) i32: rows of the query's group are left out, both 0
 * for no groups; firstRow: index of the tile's first row.
 */
export function keepNearest(
  outDistances: usize,
  outIndices: usize,
  tile: usize,
  own: usize,
  queryGroups: usize,
  rowGroups: usize,
  firstRow: i32,
  nQueries: i32,
  nRows: i32,
  k: i32,
): void {
  for (let q = 0; q < nQueries; q++) {
    const distances = outDistances + ((<usize>q * k) << 2);
    const indices = outIndices + ((<usize>q * k) << 2);
    const last = (<usize>(k - 1)) << 2;
    const self = load<i32>(own + ((<usize>q) << 2)) - firstRow;
    const group = queryGroups ? load<i32>(queryGroups + ((<usize>q) << 2)) : 0;
    for (let r = 0; r < nRows; r++) {
      const distance = load<f32>(tile + ((<usize>q * nRows + r) << 2));
      if (!(distance < load<f32>(distances + last)) && load<i32>(indices + last) >= 0) continue;
      if (r == self) continue;
      if (queryGroups && load<i32>(rowGroups + ((<usize>r) << 2)) == group) continue;
      insert(distances, indices, distance, firstRow + r, k);
    }
  }
}
