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

/** Rows that a query is held against together. With two queries six sums, five rows and a mask stay in the registers. */
const ROWS: usize = 3;

/** Bytes of the totals of a block, a float64 for each pair; a vector for each follows. */
const TOTALS: usize = 48;

class Lanes {
  /** |a - b| or (a - b)^2 of four columns. `squared` is a constant where this is inlined; `mask` is all but the sign. */
  @inline static gap(a: v128, b: v128, mask: v128, squared: bool): v128 {
    const difference = f32x4.sub(a, b);
    // V8 makes f32x4.abs three instructions, one of them to build this mask.
    return squared ? f32x4.mul(difference, difference) : v128.and(difference, mask);
  }

  /**
   * Sums of one or two queries with three rows: each load serves several sums, and their chains of additions hide each
   * other's latency. room (6) f64 takes the sums, those of the first query first, and has 96 bytes behind for vectors; q, p
   * (columns), p the second query where `both`; rows begin at `row`, `step` and twice `step` behind it, and in place of
   * those beyond `last` stands `last`.
   * `squared` and `both` are constants where this is inlined.
   */
  @inline static block(
    room: usize,
    q: usize,
    p: usize,
    row: usize,
    step: usize,
    last: usize,
    columns: i32,
    squared: bool,
    both: bool,
  ): void {
    const mask = i32x4.splat(0x7fffffff);
    const vectors = (<usize>(columns & ~3)) << 2;
    const row1 = min(row + step, last);
    const row2 = min(row + 2 * step, last);
    memory.fill(room, 0, TOTALS);
    for (let start: usize = 0; start < vectors; start += CHUNK << 2) {
      const stop = min(start + (CHUNK << 2), vectors);
      let s0 = f32x4.splat(0);
      let t0 = s0;
      let s1 = s0;
      let t1 = s0;
      let s2 = s0;
      let t2 = s0;
      for (let i = start; i < stop; i += 16) {
        const a = v128.load(q + i);
        const b = both ? v128.load(p + i) : a;
        let c = v128.load(row + i);
        s0 = f32x4.add(s0, Lanes.gap(a, c, mask, squared));
        if (both) t0 = f32x4.add(t0, Lanes.gap(b, c, mask, squared));
        c = v128.load(row1 + i);
        s1 = f32x4.add(s1, Lanes.gap(a, c, mask, squared));
        if (both) t1 = f32x4.add(t1, Lanes.gap(b, c, mask, squared));
        c = v128.load(row2 + i);
        s2 = f32x4.add(s2, Lanes.gap(a, c, mask, squared));
        if (both) t2 = f32x4.add(t2, Lanes.gap(b, c, mask, squared));
      }
      v128.store(room, s0, TOTALS);
      v128.store(room, s1, TOTALS + 16);
      v128.store(room, s2, TOTALS + 32);
      if (both) {
        v128.store(room, t0, TOTALS + 48);
        v128.store(room, t1, TOTALS + 64);
        v128.store(room, t2, TOTALS + 80);
      }
      addLanes(room, both ? 2 * ROWS : ROWS);
    }
  }
}

/** Adds the lanes of each vector to its total. room (6) f64 and behind them (6) v128, of which the first `pairs` count. */
function addLanes(room: usize, pairs: usize): void {
  for (let i: usize = 0; i < pairs; i++) {
    const s = v128.load(room + (i << 4), TOTALS);
    // Lanes 0 and 2, 1 and 3, then both.
    const high = v128.shuffle<i64>(s, s, 1, 1);
    const sums = f64x2.add(f64x2.promote_low_f32x4(s), f64x2.promote_low_f32x4(high));
    const at = room + (i << 3);
    store<f64>(at, load<f64>(at) + (f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)));
  }
}

/** The columns beyond the last four, one after the other, as one sum. a, b (columns). */
function rest(a: usize, b: usize, columns: i32, squared: bool): f64 {
  const end = (<usize>columns) << 2;
  let sum: f64 = 0;
  for (let i = (<usize>(columns & ~3)) << 2; i < end; i += 4) {
    const difference = load<f32>(a + i) - load<f32>(b + i);
    sum += <f64>(squared ? difference * difference : abs(difference));
  }
  return sum;
}

/** `Lanes.block` over all columns, for two queries where p is not q: for L1 alone, which is what most ask for. */
function addUp(
  room: usize,
  q: usize,
  p: usize,
  row: usize,
  step: usize,
  last: usize,
  columns: i32,
  squared: bool,
): void {
  if (squared) Lanes.block(room, q, q, row, step, last, columns, true, false);
  else if (p != q) Lanes.block(room, q, p, row, step, last, columns, false, true);
  else Lanes.block(room, q, q, row, step, last, columns, false, false);
  if ((columns & 3) == 0) return;
  for (let i: usize = 0; i < 2 * ROWS; i++) {
    const at = room + (i << 3);
    const other = min(row + (i % ROWS) * step, last);
    store<f64>(at, load<f64>(at) + rest(i < ROWS ? q : p, other, columns, squared));
  }
}

/** A sum over columns as a distance: the sum itself, its root, or half of it (of unit rows: 1 - cosine). */
function finish(sum: f64, metric: i32): f32 {
  if (metric == EUCLIDEAN) return <f32>sqrt(sum);
  // Units are rounded to float32, so that opposite ones could come out a little beyond 2.
  if (metric == COSINE) return <f32>min(sum * 0.5, 2);
  return <f32>sum;
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
 * EUCLIDEAN or COSINE, the last on rows that `unitRows` has made. sums (18) f64 is scratch.
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
  const together = squared ? 1 : 2;
  const last = rows + <usize>(nRows - 1) * width;
  // Three rows stay in the first cache while all queries pass by. They come from three parts of the tile: each is then read
  // from one end to the other, which is what a processor fetches ahead of time.
  const part = (nRows + <i32>ROWS - 1) / <i32>ROWS;
  const step = <usize>part * width;
  for (let r = 0; r < part; r++) {
    for (let q = 0; q < nQueries; q += together) {
      const nBoth = min(together, nQueries - q);
      const query = queries + <usize>q * width;
      addUp(sums, query, nBoth > 1 ? query + width : query, rows + <usize>r * width, step, last, columns, squared);
      for (let j = 0; j < nBoth; j++) {
        const to = out + ((<usize>((q + j) * nRows)) << 2);
        for (let i = 0, at = r; at < nRows && i < <i32>ROWS; i++, at += part) {
          store<f32>(to + ((<usize>at) << 2), finish(load<f64>(sums + ((<usize>j * ROWS + i) << 3)), metric));
        }
      }
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
    const row = tile + ((<usize>(q * nRows)) << 2);
    for (let r = 0; r < nRows; r++) {
      // Once a list is full, most rows are beyond its last one: four are passed by at a time.
      while (r + 4 <= nRows && load<i32>(indices + last) >= 0) {
        const nearer = f32x4.lt(v128.load(row + ((<usize>r) << 2)), v128.load32_splat(distances + last));
        if (v128.any_true(nearer)) break;
        r += 4;
      }
      if (r == nRows) break;
      const distance = load<f32>(row + ((<usize>r) << 2));
      if (!(distance < load<f32>(distances + last)) && load<i32>(indices + last) >= 0) continue;
      if (r == self) continue;
      if (queryGroups && load<i32>(rowGroups + ((<usize>r) << 2)) == group) continue;
      insert(distances, indices, distance, firstRow + r, k);
    }
  }
}
