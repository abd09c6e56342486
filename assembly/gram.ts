/**
 * Least squares of many columns in two precisions: the products of all pairs of columns in float32, close enough to be
 * factored, and what a solution leaves of the true equations, in float64, from which it is refined (J. H. Wilkinson, "Rounding
 * errors in algebraic processes", 1963, chapter 3: iterative refinement; here the residual is that of the data themselves).
 *
 * For float32, samples become (x - mean) * factor on their way: of mean 0 and variance 1, so that it neither cancels nor
 * overflows. Columns are a multiple of eight.
 */
import { centredRows, subtractProducts, Tile, WIDE_ROWS } from "./linear";

/** Rows whose products are summed in float32. Their panels fit the second cache, and their sums keep about seven digits. */
const BLOCK_ROWS: i32 = 128;

/** Bytes of a panel: eight columns of a block's rows. */
const PANEL_BYTES: usize = (<usize>BLOCK_ROWS) << 5;

/**
 * Rows of float64 times a factor as panels of float32, eight columns each. out (columns / 8, BLOCK_ROWS, 8) f32; rows (n, columns),
 * factor (columns) f64.
 */
function packPanels(out: usize, rows: usize, factor: usize, n: i32, columns: i32): void {
  const rowBytes = (<usize>columns) << 3;
  const end = out + ((<usize>n) << 5);
  for (let panel: usize = 0; panel < rowBytes; panel += 64) {
    const by = factor + panel;
    let from = rows + panel;
    const skip = (panel >> 6) * PANEL_BYTES;
    for (let to = out + skip; to < end + skip; to += 32) {
      for (let half: usize = 0; half < 32; half += 16) {
        const at = half << 1;
        const low = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from + at), v128.load(by + at)));
        const high = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from + at, 16), v128.load(by + at, 16)));
        v128.store(to + half, v128.shuffle<i64>(low, high, 0, 2));
      }
      from += rowBytes;
    }
  }
}

/**
 * Adds the products of four columns with eight: out[i][j] += sum over rows of a[row][i] * b[row][j], the sum in float32.
 * out (4, 8) f64 with rows `stride` bytes apart; sums (4, 8) f32 is scratch; a, b are panels, (n, 8) f32, a from its column 0
 * or 4. The eight sums, the six vectors of a row and a product are what registers hold.
 */
function addSingleTile(out: usize, sums: usize, a: usize, b: usize, n: i32, stride: usize): void {
  let s0 = f32x4.splat(0);
  let t0 = s0;
  let s1 = s0;
  let t1 = s0;
  let s2 = s0;
  let t2 = s0;
  let s3 = s0;
  let t3 = s0;
  const end = b + ((<usize>n) << 5);
  while (b < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let value = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(value, left));
    t0 = f32x4.add(t0, f32x4.mul(value, right));
    value = v128.load32_splat(a, 4);
    s1 = f32x4.add(s1, f32x4.mul(value, left));
    t1 = f32x4.add(t1, f32x4.mul(value, right));
    value = v128.load32_splat(a, 8);
    s2 = f32x4.add(s2, f32x4.mul(value, left));
    t2 = f32x4.add(t2, f32x4.mul(value, right));
    value = v128.load32_splat(a, 12);
    s3 = f32x4.add(s3, f32x4.mul(value, left));
    t3 = f32x4.add(t3, f32x4.mul(value, right));
    a += 32;
    b += 32;
  }
  v128.store(sums, s0);
  v128.store(sums, t0, 16);
  v128.store(sums, s1, 32);
  v128.store(sums, t1, 48);
  v128.store(sums, s2, 64);
  v128.store(sums, t2, 80);
  v128.store(sums, s3, 96);
  v128.store(sums, t3, 112);
  for (let i: usize = 0; i < 4; i++) {
    for (let j: usize = 0; j < 64; j += 16) {
      const pair = f64x2.promote_low_f32x4(v128.load64_zero(sums));
      v128.store(out + j, f64x2.add(v128.load(out + j), pair));
      sums += 8;
    }
    out += stride;
  }
}

/**
 * Adds the products of all pairs of standardised columns, on and below the diagonal: gram[i][j] += sum over rows of z_i z_j.
 * Sums are float32 inside blocks of 128 rows from the first, float64 across them; so a call on rows in pieces of multiples of
 * 128 has the bits of one call. gram (columns, columns) f64; panels is scratch of (128, columns) f32, (32, columns) f64 and
 * 32 f32; x (n, columns) f32; mean, factor (columns) f64. Above the diagonal, tiles that touch it leave what they find.
 */
export function addGramSingle(
  gram: usize,
  panels: usize,
  x: usize,
  mean: usize,
  factor: usize,
  n: i32,
  columns: i32,
): void {
  const stride = (<usize>columns) << 3;
  const nPanels = columns >> 3;
  const centred = panels + <usize>nPanels * PANEL_BYTES;
  const sums = centred + <usize>WIDE_ROWS * stride;
  for (let start = 0; start < n; start += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, n - start);
    for (let r = 0; r < rows; r += WIDE_ROWS) {
      const count = min(WIDE_ROWS, rows - r);
      centredRows(centred, x + ((<usize>(start + r) * columns) << 2), mean, count, stride);
      packPanels(panels + ((<usize>r) << 5), centred, factor, count, columns);
    }
    for (let j = 0; j < nPanels; j++) {
      const b = panels + <usize>j * PANEL_BYTES;
      for (let i = j << 1; i < nPanels << 1; i++) {
        const a = panels + <usize>(i >> 1) * PANEL_BYTES + ((<usize>(i & 1)) << 4);
        addSingleTile(gram + ((<usize>i) << 2) * stride + ((<usize>j) << 6), sums, a, b, rows, stride);
      }
    }
  }
}

/**
 * Takes off what weights explain, projected on the columns: out[c][j] -= sum over rows of z_j (z . weights_c), with z = x - mean.
 * All in float64, rows in blocks of 32 from the first. out (lanes, columns) f64, lanes the classes rounded up to a multiple
 * of four; work (32, columns + lanes) f64 is scratch; x (n, columns) f32; mean (columns), weights (lanes, columns) f64.
 */
export function subtractFitted(
  out: usize,
  work: usize,
  x: usize,
  mean: usize,
  weights: usize,
  n: i32,
  columns: i32,
  lanes: i32,
): void {
  const rowBytes = (<usize>columns) << 3;
  const laneBytes = (<usize>lanes) << 3;
  const left = work + <usize>WIDE_ROWS * rowBytes;
  for (let start = 0; start < n; start += WIDE_ROWS) {
    const rows = min(WIDE_ROWS, n - start);
    const whole = (rows + 1) & ~1;
    memory.fill(work + <usize>rows * rowBytes, 0, <usize>(whole - rows) * rowBytes);
    memory.fill(left, 0, <usize>whole * laneBytes);
    centredRows(work, x + ((<usize>start * columns) << 2), mean, rows, rowBytes);
    for (let c: usize = 0; c < <usize>lanes; c += 4) {
      const weights4 = weights + c * rowBytes;
      for (let r: usize = 0; r < <usize>whole; r += 2) {
        subtractProducts(left + r * laneBytes + (c << 3), laneBytes, work + r * rowBytes, weights4, columns, rowBytes);
      }
      for (let j: usize = 0; j < rowBytes; j += 32) {
        Tile.add(out + c * rowBytes + j, left + (c << 3), laneBytes, work + j, rowBytes, rows, rowBytes);
      }
    }
  }
}
