/**
 * Dense products of a few hundred rows and columns: what embeds, scores and learns.
 *
 * Every element is one sum in the order of its index, so that results do not depend on tiles, blocks or the number of rows.
 */

/** Rows that are worked on together, so that they stay in the cache from panel to panel. A multiple of 4. */
const TILE: usize = 64;

/**
 * out is (n, nOut): x (n, nIn) times weights (nIn, stride) plus bias (stride). stride is nOut rounded up to 4, and out
 * needs room for (n, stride).
 */
export function affineMap(out: usize, x: usize, weights: usize, bias: usize, n: usize, nIn: usize, nOut: usize): void {
  const stride = (nOut + 3) & ~3;
  product(out, x, weights, bias, n, nIn, stride);
  if (stride == nOut) return;
  for (let i: usize = 1; i < n; i++) memory.copy(out + ((i * nOut) << 2), out + ((i * stride) << 2), nOut << 2);
}

/** out is (n, stride): x (n, nIn) times weights (nIn, stride) plus bias (stride); bias 0 is none. */
export function product(out: usize, x: usize, weights: usize, bias: usize, n: usize, nIn: usize, stride: usize): void {
  const size = stride << 2;
  const width = nIn << 2;
  if (!bias) memory.fill(out, 0, n * size);
  for (let top: usize = 0; top < n; top += TILE) {
    const rows = out + top * size;
    const count = min(TILE, n - top);
    // Where there is no bias, the zeros in out stand for it.
    addProducts(rows, bias ? bias : rows, bias ? 0 : size, x + top * width, width, 4, weights, 1, count, nIn, size);
  }
}

/**
 * m is (nIn, stride), in place: m += factor * x^T g, with x (n, nIn) and g (n, stride). The sum over the rows comes
 * first, then the factor.
 */
export function addOuter(m: usize, x: usize, g: usize, factor: f32, n: usize, nIn: usize, stride: usize): void {
  addProducts(m, m, stride << 2, x, 4, nIn << 2, g, factor, nIn, n, stride << 2);
}

/**
 * out (n, size / 4) is start + factor * (a times b). The element of a in row i and term t lies at i * aRow + t * aTerm; b
 * is (nTerms, size / 4); start has rows startRow bytes apart and may be out. Blocks of five rows and eight columns: their
 * ten sums, a row of b, and what is being multiplied fill the registers.
 */
function addProducts(
  out: usize,
  start: usize,
  startRow: usize,
  a: usize,
  aRow: usize,
  aTerm: usize,
  b: usize,
  factor: f32,
  n: usize,
  nTerms: usize,
  size: usize,
): void {
  const end = b + nTerms * size;
  for (let j: usize = 0; j < size; j += 32) {
    const wide = j + 32 <= size;
    let i: usize = 0;
    for (; i + 4 <= n; i += 4) {
      const o = out + i * size + j;
      const s = start + i * startRow + j;
      if (wide) Block.ofFour(o, s, startRow, a + i * aRow, aRow, aTerm, b + j, factor, end, size, true);
      else Block.ofFour(o, s, startRow, a + i * aRow, aRow, aTerm, b + j, factor, end, size, false);
    }
    for (; i < n; i++) {
      const o = out + i * size + j;
      const s = start + i * startRow + j;
      if (wide) Block.ofOne(o, s, a + i * aRow, aTerm, b + j, factor, end, size, true);
      else Block.ofOne(o, s, a + i * aRow, aTerm, b + j, factor, end, size, false);
    }
  }
}

/** Products of a few rows with eight columns, or four where not `wide`, which is a constant where these are inlined. */
class Block {
  @inline static ofFour(
    out: usize,
    start: usize,
    startRow: usize,
    a: usize,
    aRow: usize,
    aTerm: usize,
    b: usize,
    factor: f32,
    end: usize,
    size: usize,
    wide: bool,
  ): void {
    let s0 = f32x4.splat(0);
    let t0 = s0;
    let s1 = s0;
    let t1 = s0;
    let s2 = s0;
    let t2 = s0;
    let s3 = s0;
    let t3 = s0;
    while (b < end) {
      const left = v128.load(b);
      const right = wide ? v128.load(b, 16) : left;
      let value = v128.load32_splat(a);
      s0 = f32x4.add(s0, f32x4.mul(value, left));
      if (wide) t0 = f32x4.add(t0, f32x4.mul(value, right));
      value = v128.load32_splat(a + aRow);
      s1 = f32x4.add(s1, f32x4.mul(value, left));
      if (wide) t1 = f32x4.add(t1, f32x4.mul(value, right));
      value = v128.load32_splat(a + 2 * aRow);
      s2 = f32x4.add(s2, f32x4.mul(value, left));
      if (wide) t2 = f32x4.add(t2, f32x4.mul(value, right));
      value = v128.load32_splat(a + 3 * aRow);
      s3 = f32x4.add(s3, f32x4.mul(value, left));
      if (wide) t3 = f32x4.add(t3, f32x4.mul(value, right));
      a += aTerm;
      b += size;
    }
    Block.finish(out, start, s0, t0, factor, wide);
    Block.finish(out + size, start + startRow, s1, t1, factor, wide);
    Block.finish(out + 2 * size, start + 2 * startRow, s2, t2, factor, wide);
    Block.finish(out + 3 * size, start + 3 * startRow, s3, t3, factor, wide);
  }

  @inline static ofOne(
    out: usize,
    start: usize,
    a: usize,
    aTerm: usize,
    b: usize,
    factor: f32,
    end: usize,
    size: usize,
    wide: bool,
  ): void {
    let s = f32x4.splat(0);
    let t = s;
    while (b < end) {
      const value = v128.load32_splat(a);
      s = f32x4.add(s, f32x4.mul(value, v128.load(b)));
      if (wide) t = f32x4.add(t, f32x4.mul(value, v128.load(b, 16)));
      a += aTerm;
      b += size;
    }
    Block.finish(out, start, s, t, factor, wide);
  }

  @inline static finish(out: usize, start: usize, s: v128, t: v128, factor: f32, wide: bool): void {
    v128.store(out, f32x4.add(v128.load(start), f32x4.mul(f32x4.splat(factor), s)));
    if (wide) v128.store(out, f32x4.add(v128.load(start, 16), f32x4.mul(f32x4.splat(factor), t)), 16);
  }
}
