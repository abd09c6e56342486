/**
 * Least squares by normal equations: sums of products and of classes, Cholesky, and the scores of the fitted map.
 *
 * All sums are float64. Samples are float32, so each product is exact before it is rounded once, and the condition of
 * the normal equations (the square of the data's) leaves no room for less. Matrices of float64 have a stride of `columns`
 * rounded up to a multiple of four (`stride` below), zeros in between, so that no inner loop has a rest.
 *
 * Every sum runs over the rows in their order, whatever the pieces in which they come: tiles go on from what the memory
 * holds. The bits of a fit so depend on the order of the rows and on nothing else.
 */

/** Rows that are packed at a time; their panels fit the second cache. */
const PACKED_ROWS: i32 = 64;

/** Rows that are float64 at a time where they lie row by row. */
export const WIDE_ROWS: i32 = 32;

/** Bytes from one row of float64 to the next. */
function strideOf(columns: i32): usize {
  return (<usize>((columns + 3) & ~3)) << 3;
}

/** Rows less a shift, in float64. out (n, stride / 8) f64; x the same f32, shift one row of f64; stride a multiple of 16. */
export function centredRows(out: usize, x: usize, shift: usize, n: i32, stride: usize): void {
  for (const end = out + <usize>n * stride; out < end; out += stride) {
    for (let at: usize = 0; at < stride; at += 16) {
      const value = f64x2.promote_low_f32x4(v128.load64_zero(x));
      v128.store(out + at, f64x2.sub(value, v128.load(shift + at)));
      x += 8;
    }
  }
}

/**
 * Rows, less a shift, as panels of four columns. out (stride / 4, PACKED_ROWS, 4) f64; x (n, columns) f32, n up to
 * PACKED_ROWS; shift (columns) f64.
 */
function packPanels(out: usize, x: usize, shift: usize, n: i32, columns: i32): void {
  const panelBytes: usize = PACKED_ROWS << 5;
  for (let r = 0; r < n; r++) {
    const row = x + ((<usize>r * columns) << 2);
    const to = out + ((<usize>r) << 5);
    for (let c = 0; c < columns; c++) {
      const value = <f64>load<f32>(row + ((<usize>c) << 2)) - load<f64>(shift + ((<usize>c) << 3));
      store<f64>(to + <usize>(c >> 2) * panelBytes + ((<usize>(c & 3)) << 3), value);
    }
  }
}

/** Holds what is inlined by hand: a call for each tile would take a twelfth of the time. */
export class Tile {
  /**
   * Adds products to a tile: out[i][j] += sum over n terms of a[term][i] * b[term][j], term after term. out (4, 4) f64 with
   * rows `stride` bytes apart; terms of a and b are four f64, aTerm and bTerm bytes apart. Eight sums stay in registers.
   */
  @inline
  static add(out: usize, a: usize, aTerm: usize, b: usize, bTerm: usize, n: i32, stride: usize): void {
    const out1 = out + stride;
    const out2 = out1 + stride;
    const out3 = out2 + stride;
    let s00 = v128.load(out);
    let s01 = v128.load(out, 16);
    let s10 = v128.load(out1);
    let s11 = v128.load(out1, 16);
    let s20 = v128.load(out2);
    let s21 = v128.load(out2, 16);
    let s30 = v128.load(out3);
    let s31 = v128.load(out3, 16);
    const end = b + <usize>n * bTerm;
    while (b < end) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const a0 = v128.load64_splat(a);
      s00 = f64x2.add(s00, f64x2.mul(a0, b0));
      s01 = f64x2.add(s01, f64x2.mul(a0, b1));
      const a1 = v128.load64_splat(a, 8);
      s10 = f64x2.add(s10, f64x2.mul(a1, b0));
      s11 = f64x2.add(s11, f64x2.mul(a1, b1));
      const a2 = v128.load64_splat(a, 16);
      s20 = f64x2.add(s20, f64x2.mul(a2, b0));
      s21 = f64x2.add(s21, f64x2.mul(a2, b1));
      const a3 = v128.load64_splat(a, 24);
      s30 = f64x2.add(s30, f64x2.mul(a3, b0));
      s31 = f64x2.add(s31, f64x2.mul(a3, b1));
      a += aTerm;
      b += bTerm;
    }
    v128.store(out, s00);
    v128.store(out, s01, 16);
    v128.store(out1, s10);
    v128.store(out1, s11, 16);
    v128.store(out2, s20);
    v128.store(out2, s21, 16);
    v128.store(out3, s30);
    v128.store(out3, s31, 16);
  }
}

/**
 * Adds the products of all pairs of columns: gram[i][j] += sum over rows of (x_i - shift_i)(x_j - shift_j), for the tiles
 * of four by four on and below the diagonal. gram (stride, stride) f64; panels (64, stride) f64 is scratch; x (n, columns)
 * f32; shift (columns) f64.
 */
export function addGram(gram: usize, panels: usize, x: usize, shift: usize, n: i32, columns: i32): void {
  const stride = strideOf(columns);
  const panelBytes: usize = PACKED_ROWS << 5;
  const nPanels = (columns + 3) >> 2;
  // The last panel's columns beyond those of x stay zero.
  memory.fill(panels + <usize>(nPanels - 1) * panelBytes, 0, panelBytes);
  for (let start = 0; start < n; start += PACKED_ROWS) {
    const rows = min(PACKED_ROWS, n - start);
    packPanels(panels, x + ((<usize>start * columns) << 2), shift, rows, columns);
    for (let i = 0; i < nPanels; i++) {
      const tiles = gram + ((<usize>i) << 2) * stride;
      const a = panels + <usize>i * panelBytes;
      for (let j = 0; j <= i; j++) {
        Tile.add(tiles + ((<usize>j) << 5), a, 32, panels + <usize>j * panelBytes, 32, rows, stride);
      }
    }
  }
}

/**
 * Adds each row to the sum of its class, sums[labels[r]] += x[r] - shift, and its squares to those of all, unless squares is
 * 0. sums (classes, stride), squares (stride) f64; x (n, columns) f32; shift (columns) f64; labels (n) i32, each below the
 * number of classes.
 */
export function addClassSums(
  sums: usize,
  squares: usize,
  x: usize,
  shift: usize,
  labels: usize,
  n: i32,
  columns: i32,
): void {
  const stride = strideOf(columns);
  for (let r = 0; r < n; r++) {
    const row = x + ((<usize>r * columns) << 2);
    const sum = sums + <usize>load<i32>(labels + ((<usize>r) << 2)) * stride;
    for (let c = 0; c < columns; c++) {
      const at = (<usize>c) << 3;
      const value = <f64>load<f32>(row + ((<usize>c) << 2)) - load<f64>(shift + at);
      store<f64>(sum + at, load<f64>(sum + at) + value);
      if (squares) store<f64>(squares + at, load<f64>(squares + at) + value * value);
    }
  }
}

/** Adds a part to a total and empties it. total, part (size) f64. Two levels of sums keep the rounding of long ones small. */
export function foldSums(total: usize, part: usize, size: i32): void {
  for (let i: usize = 0; i < (<usize>size) << 3; i += 8) {
    store<f64>(total + i, load<f64>(total + i) + load<f64>(part + i));
    store<f64>(part + i, 0);
  }
}

/**
 * The normal equations about the mean: out[i][j] = total + part - n mean_i mean_j on and below the diagonal; rows beyond the
 * columns are those of the identity. Where i = j the ridge is added: `alpha`, and `share` of the value itself; with a share,
 * a column whose value is rounding alone, not above `tolerance` of its sum of squares, is constant and gets that sum (or 1)
 * in its place, so that its weight vanishes. out, total, part (stride, stride) f64, and out may be none of the others; scale
 * (stride) f64 takes the sizes that the diagonal's rounding is relative to; mean (columns) f64 of the shifted samples.
 */
export function centreGram(
  out: usize,
  scale: usize,
  total: usize,
  part: usize,
  mean: usize,
  n: f64,
  alpha: f64,
  share: f64,
  tolerance: f64,
  columns: i32,
): void {
  const stride = strideOf(columns);
  for (let i = 0; i < columns; i++) {
    const row = out + <usize>i * stride;
    const weight = n * load<f64>(mean + ((<usize>i) << 3));
    let sum: f64 = 0;
    for (let j = 0; j <= i; j++) {
      const at = <usize>i * stride + ((<usize>j) << 3);
      sum = load<f64>(total + at) + load<f64>(part + at);
      store<f64>(out + at, sum - weight * load<f64>(mean + ((<usize>j) << 3)));
    }
    const at = (<usize>i) << 3;
    let value = load<f64>(row + at);
    if (share > 0 && !(value > tolerance * sum)) value = sum > 0 ? sum : 1;
    const ridge = alpha + share * value;
    store<f64>(row + at, value + ridge);
    store<f64>(scale + at, sum + ridge);
  }
  for (let i = (<usize>columns) << 3; i < stride; i += 8) {
    const row = out + (i >> 3) * stride;
    memory.fill(row, 0, stride);
    store<f64>(row + i, 1);
    store<f64>(scale + i, 1);
  }
}

/** Sum of products of n values, a multiple of four. a, b (n) f64. Four sums side by side. */
function dot(a: usize, b: usize, n: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  for (let i: usize = 0; i < (<usize>n) << 3; i += 32) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a + i), v128.load(b + i)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a + i, 16), v128.load(b + i, 16)));
  }
  const s = f64x2.add(s0, s1);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Takes the sums of the lanes of s and of t off the two values at `to`. */
function subtractLanes(to: usize, s: v128, t: v128): void {
  const sums = f64x2.add(v128.shuffle<i64>(s, t, 0, 2), v128.shuffle<i64>(s, t, 1, 3));
  v128.store(to, f64x2.sub(v128.load(to), sums));
}

/**
 * Takes the products of two rows with four others off a tile: out[i][j] -= sum of a_i[k] b_j[k] over the first n values, a
 * multiple of four. out (2, 4) f64 with rows outRow bytes apart; a (2, n), b (4, n) f64 with rows `stride` bytes apart. Eight
 * sums stay in registers.
 */
export function subtractProducts(out: usize, outRow: usize, a: usize, b: usize, n: i32, stride: usize): void {
  const a1 = a + stride;
  const b1 = b + stride;
  const b2 = b1 + stride;
  const b3 = b2 + stride;
  let s00 = f64x2.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  for (let k: usize = 0; k < (<usize>n) << 3; k += 16) {
    const x0 = v128.load(a + k);
    const x1 = v128.load(a1 + k);
    const y0 = v128.load(b + k);
    s00 = f64x2.add(s00, f64x2.mul(x0, y0));
    s10 = f64x2.add(s10, f64x2.mul(x1, y0));
    const y1 = v128.load(b1 + k);
    s01 = f64x2.add(s01, f64x2.mul(x0, y1));
    s11 = f64x2.add(s11, f64x2.mul(x1, y1));
    const y2 = v128.load(b2 + k);
    s02 = f64x2.add(s02, f64x2.mul(x0, y2));
    s12 = f64x2.add(s12, f64x2.mul(x1, y2));
    const y3 = v128.load(b3 + k);
    s03 = f64x2.add(s03, f64x2.mul(x0, y3));
    s13 = f64x2.add(s13, f64x2.mul(x1, y3));
  }
  subtractLanes(out, s00, s01);
  subtractLanes(out + 16, s02, s03);
  out += outRow;
  subtractLanes(out, s10, s11);
  subtractLanes(out + 16, s12, s13);
}

/** Sum of products of row[start] to row[end - 1] of two rows, one after the other; for the few inside a tile. */
function shortDot(a: usize, b: usize, start: i32, end: i32): f64 {
  let sum: f64 = 0;
  for (let k = (<usize>start) << 3; k < (<usize>end) << 3; k += 8) sum += load<f64>(a + k) * load<f64>(b + k);
  return sum;
}

/**
 * Cholesky factor of a symmetric matrix, in place of its lower triangle: a = L L'. Returns -1, or the first column whose
 * pivot is not above `tolerance` times its scale: that column depends on those before it. a (stride, stride) f64 and scale
 * (stride) f64 as `centreGram` gives them. Four rows go at a time, against tiles of the rows before them.
 */
export function cholesky(a: usize, scale: usize, tolerance: f64, columns: i32): i32 {
  const stride = strideOf(columns);
  const padded = <i32>(stride >> 3);
  for (let top = 0; top < padded; top += 4) {
    const rows = a + <usize>top * stride;
    for (let left = 0; left <= top; left += 4) {
      const tile = rows + ((<usize>left) << 3);
      const before = a + <usize>left * stride;
      subtractProducts(tile, stride, rows, before, left, stride);
      subtractProducts(tile + 2 * stride, stride, rows + 2 * stride, before, left, stride);
      for (let i = top; i < top + 4; i++) {
        const rowI = a + <usize>i * stride;
        for (let j = left; j < min(left + 4, i); j++) {
          const rowJ = a + <usize>j * stride;
          const at = (<usize>j) << 3;
          store<f64>(rowI + at, (load<f64>(rowI + at) - shortDot(rowI, rowJ, left, j)) / load<f64>(rowJ + at));
        }
        if (left < top) continue;
        const at = (<usize>i) << 3;
        const pivot = load<f64>(rowI + at) - shortDot(rowI, rowI, left, i);
        if (!(pivot > tolerance * load<f64>(scale + at))) return i;
        store<f64>(rowI + at, sqrt(pivot));
      }
    }
  }
  return -1;
}

/** Solves L L' x = b for each row of b, in place. b (nRhs, stride) f64; l (stride, stride) f64 from `cholesky`. */
export function choleskySolve(b: usize, l: usize, nRhs: i32, columns: i32): void {
  const stride = strideOf(columns);
  for (let k = 0; k < nRhs; k++) {
    const x = b + <usize>k * stride;
    for (let i = 0; i < columns; i++) {
      const row = l + <usize>i * stride;
      const at = (<usize>i) << 3;
      const whole = i & ~3;
      const found = dot(row, x, whole) + shortDot(row, x, whole, i);
      store<f64>(x + at, (load<f64>(x + at) - found) / load<f64>(row + at));
    }
    // L' by its rows: what is found of x is taken off the values before it.
    for (let i = columns - 1; i >= 0; i--) {
      const row = l + <usize>i * stride;
      const at = (<usize>i) << 3;
      const value = load<f64>(x + at) / load<f64>(row + at);
      const values = f64x2.splat(value);
      // The last pair may reach x[i] itself, which is stored after it.
      for (let j: usize = 0; j < at; j += 16) {
        v128.store(x + j, f64x2.sub(v128.load(x + j), f64x2.mul(values, v128.load(row + j))));
      }
      store<f64>(x + at, value);
    }
  }
}

/**
 * Scores of samples: out[r][c] = intercept_c + coef_c . x_r. out (n, classes) f64; row (stride) f64 is scratch; x (n, columns)
 * f32; coef (classes, stride) f64 with zeros beyond the columns; intercept (classes) f64.
 */
export function linearScores(
  out: usize,
  row: usize,
  x: usize,
  coef: usize,
  intercept: usize,
  n: i32,
  classes: i32,
  columns: i32,
): void {
  const stride = strideOf(columns);
  const padded = <i32>(stride >> 3);
  memory.fill(row, 0, stride);
  for (let r = 0; r < n; r++) {
    const from = x + ((<usize>r * columns) << 2);
    for (let c = 0; c < columns; c++) {
      store<f64>(row + ((<usize>c) << 3), <f64>load<f32>(from + ((<usize>c) << 2)));
    }
    for (let c = 0; c < classes; c++) {
      const score = load<f64>(intercept + ((<usize>c) << 3)) + dot(row, coef + <usize>c * stride, padded);
      store<f64>(out + ((<usize>r * classes + c) << 3), score);
    }
  }
}
