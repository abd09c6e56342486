/**
 * Dense products of a few hundred rows and columns: what embeds, scores and learns.
 *
 * Every element is one sum in the order of its index, so that results do not depend on tiles, blocks or the number of rows.
 */

/** Rows that are worked on together, so that they stay in the cache from panel to panel. */
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
  for (let top: usize = 0; top < n; top += TILE) {
    const end = min(top + TILE, n);
    let j: usize = 0;
    for (; j + 8 <= stride; j += 8) {
      let i = top;
      for (; i + 4 <= end; i += 4) productOf4x8(out, x, weights, bias, i, j, nIn, stride);
      for (; i < end; i++) {
        productOf1x4(out, x, weights, bias, i, j, nIn, stride);
        productOf1x4(out, x, weights, bias, i, j + 4, nIn, stride);
      }
    }
    for (; j < stride; j += 4) {
      for (let i = top; i < end; i++) productOf1x4(out, x, weights, bias, i, j, nIn, stride);
    }
  }
}

function biasAt(bias: usize, j: usize): v128 {
  return bias ? v128.load(bias + (j << 2)) : f32x4.splat(0);
}

/** Rows i to i + 3, columns j to j + 7 of the product. */
function productOf4x8(
  out: usize,
  x: usize,
  weights: usize,
  bias: usize,
  i: usize,
  j: usize,
  nIn: usize,
  stride: usize,
): void {
  const step = stride << 2;
  const width = nIn << 2;
  let x0 = x + i * width;
  const end = x0 + width;
  let w = weights + (j << 2);
  let a0 = biasAt(bias, j);
  let b0 = biasAt(bias, j + 4);
  let a1 = a0;
  let b1 = b0;
  let a2 = a0;
  let b2 = b0;
  let a3 = a0;
  let b3 = b0;
  while (x0 < end) {
    const left = v128.load(w);
    const right = v128.load(w, 16);
    let value = v128.load32_splat(x0);
    a0 = f32x4.add(a0, f32x4.mul(value, left));
    b0 = f32x4.add(b0, f32x4.mul(value, right));
    value = v128.load32_splat(x0 + width);
    a1 = f32x4.add(a1, f32x4.mul(value, left));
    b1 = f32x4.add(b1, f32x4.mul(value, right));
    value = v128.load32_splat(x0 + 2 * width);
    a2 = f32x4.add(a2, f32x4.mul(value, left));
    b2 = f32x4.add(b2, f32x4.mul(value, right));
    value = v128.load32_splat(x0 + 3 * width);
    a3 = f32x4.add(a3, f32x4.mul(value, left));
    b3 = f32x4.add(b3, f32x4.mul(value, right));
    x0 += 4;
    w += step;
  }
  let o = out + ((i * stride + j) << 2);
  v128.store(o, a0);
  v128.store(o, b0, 16);
  o += step;
  v128.store(o, a1);
  v128.store(o, b1, 16);
  o += step;
  v128.store(o, a2);
  v128.store(o, b2, 16);
  o += step;
  v128.store(o, a3);
  v128.store(o, b3, 16);
}

/** Row i, columns j to j + 3 of the product. */
function productOf1x4(
  out: usize,
  x: usize,
  weights: usize,
  bias: usize,
  i: usize,
  j: usize,
  nIn: usize,
  stride: usize,
): void {
  let sum = biasAt(bias, j);
  const row = x + ((i * nIn) << 2);
  for (let k: usize = 0; k < nIn; k++) {
    const value = v128.load32_splat(row + (k << 2));
    sum = f32x4.add(sum, f32x4.mul(value, v128.load(weights + ((k * stride + j) << 2))));
  }
  v128.store(out + ((i * stride + j) << 2), sum);
}

/**
 * m is (nIn, stride), in place: m += factor * x^T g, with x (n, nIn) and g (n, stride). The sum over the rows comes
 * first, then the factor.
 */
export function addOuter(m: usize, x: usize, g: usize, factor: f32, n: usize, nIn: usize, stride: usize): void {
  const scale = f32x4.splat(factor);
  const whole = nIn & ~3;
  let j: usize = 0;
  for (; j + 8 <= stride; j += 8) {
    let k: usize = 0;
    for (; k < whole; k += 4) outerOf4x8(m, x, g, scale, k, j, n, nIn, stride);
    for (; k < nIn; k++) {
      outerOf1x4(m, x, g, scale, k, j, n, nIn, stride);
      outerOf1x4(m, x, g, scale, k, j + 4, n, nIn, stride);
    }
  }
  for (; j < stride; j += 4) {
    for (let k: usize = 0; k < nIn; k++) outerOf1x4(m, x, g, scale, k, j, n, nIn, stride);
  }
}

/** Rows k to k + 3, columns j to j + 7 of m. */
function outerOf4x8(
  m: usize,
  x: usize,
  g: usize,
  scale: v128,
  k: usize,
  j: usize,
  n: usize,
  nIn: usize,
  stride: usize,
): void {
  const step = stride << 2;
  const width = nIn << 2;
  let xi = x + (k << 2);
  let gi = g + (j << 2);
  const end = gi + n * step;
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  while (gi < end) {
    const left = v128.load(gi);
    const right = v128.load(gi, 16);
    let value = v128.load32_splat(xi);
    a0 = f32x4.add(a0, f32x4.mul(value, left));
    b0 = f32x4.add(b0, f32x4.mul(value, right));
    value = v128.load32_splat(xi, 4);
    a1 = f32x4.add(a1, f32x4.mul(value, left));
    b1 = f32x4.add(b1, f32x4.mul(value, right));
    value = v128.load32_splat(xi, 8);
    a2 = f32x4.add(a2, f32x4.mul(value, left));
    b2 = f32x4.add(b2, f32x4.mul(value, right));
    value = v128.load32_splat(xi, 12);
    a3 = f32x4.add(a3, f32x4.mul(value, left));
    b3 = f32x4.add(b3, f32x4.mul(value, right));
    xi += width;
    gi += step;
  }
  let o = m + ((k * stride + j) << 2);
  addScaledPair(o, a0, b0, scale);
  o += step;
  addScaledPair(o, a1, b1, scale);
  o += step;
  addScaledPair(o, a2, b2, scale);
  o += step;
  addScaledPair(o, a3, b3, scale);
}

/** Eight values at a pointer += scale * (a, b). */
function addScaledPair(o: usize, a: v128, b: v128, scale: v128): void {
  v128.store(o, f32x4.add(v128.load(o), f32x4.mul(scale, a)));
  v128.store(o, f32x4.add(v128.load(o, 16), f32x4.mul(scale, b)), 16);
}

/** Row k, columns j to j + 3 of m. */
function outerOf1x4(
  m: usize,
  x: usize,
  g: usize,
  scale: v128,
  k: usize,
  j: usize,
  n: usize,
  nIn: usize,
  stride: usize,
): void {
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < n; i++) {
    const value = v128.load32_splat(x + ((i * nIn + k) << 2));
    sum = f32x4.add(sum, f32x4.mul(value, v128.load(g + ((i * stride + j) << 2))));
  }
  const o = m + ((k * stride + j) << 2);
  v128.store(o, f32x4.add(v128.load(o), f32x4.mul(scale, sum)));
}
