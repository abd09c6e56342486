import { addOuter, affineMap, product } from "../../assembly/affine";
import { alloc } from "../../assembly/memory";

/** Values that repeat only after 97 places, between -1 and 1. */
function value(i: usize): f32 {
  return <f32>((i * 37) % 97) / 48 - 1;
}

function filled(n: usize): usize {
  const pointer = alloc(n << 2);
  for (let i: usize = 0; i < n; i++) store<f32>(pointer + (i << 2), value(i + n));
  return pointer;
}

function at(pointer: usize, i: usize): f64 {
  return <f64>load<f32>(pointer + (i << 2));
}

/** The largest difference of affineMap from sums in float64. */
function worstOfMap(n: usize, nIn: usize, nOut: usize): f64 {
  const stride = (nOut + 3) & ~3;
  const x = filled(n * nIn);
  const weights = filled(nIn * stride);
  const bias = filled(stride);
  const out = alloc((n * stride) << 2);
  affineMap(out, x, weights, bias, n, nIn, nOut);
  let worst: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < nOut; j++) {
      let sum = at(bias, j);
      for (let k: usize = 0; k < nIn; k++) sum += at(x, i * nIn + k) * at(weights, k * stride + j);
      worst = Math.max(worst, Math.abs(sum - at(out, i * nOut + j)));
    }
  }
  return worst;
}

/** The largest difference of addOuter from sums in float64. */
function worstOfOuter(n: usize, nIn: usize, stride: usize): f64 {
  const x = filled(n * nIn);
  const g = filled(n * stride);
  const m = filled(nIn * stride);
  const before = filled(nIn * stride);
  addOuter(m, x, g, 0.25, n, nIn, stride);
  let worst: f64 = 0;
  for (let k: usize = 0; k < nIn; k++) {
    for (let j: usize = 0; j < stride; j++) {
      let sum: f64 = 0;
      for (let i: usize = 0; i < n; i++) sum += at(x, i * nIn + k) * at(g, i * stride + j);
      worst = Math.max(worst, Math.abs(at(before, k * stride + j) + 0.25 * sum - at(m, k * stride + j)));
    }
  }
  return worst;
}

describe("affineMap", () => {
  test("is a matrix product plus a bias, in whole tiles and beside them", () => {
    expect<bool>(worstOfMap(4, 8, 8) < 1e-5).toBe(true);
    expect<bool>(worstOfMap(100, 200, 100) < 1e-4).toBe(true);
    expect<bool>(worstOfMap(67, 13, 21) < 1e-5).toBe(true);
    expect<bool>(worstOfMap(1, 1, 1) < 1e-5).toBe(true);
    expect<bool>(worstOfMap(5, 3, 7) < 1e-5).toBe(true);
  });

  test("gives each row the same bits, whatever stands around it", () => {
    const x = filled(67 * 13);
    const weights = filled(13 * 12);
    const bias = filled(12);
    const all = alloc((67 * 12) << 2);
    const one = alloc(12 << 2);
    affineMap(all, x, weights, bias, 67, 13, 12);
    for (let i: usize = 0; i < 67; i++) {
      affineMap(one, x + ((i * 13) << 2), weights, bias, 1, 13, 12);
      expect<i32>(memory.compare(one, all + ((i * 12) << 2), 12 << 2)).toBe(0);
    }
  });

  test("takes no rows", () => {
    affineMap(0, 0, 0, 0, 0, 3, 3);
    expect<bool>(true).toBe(true);
  });
});

describe("product", () => {
  test("does without a bias", () => {
    const x = filled(8);
    const weights = filled(8 * 4);
    const zero = alloc(16);
    memory.fill(zero, 0, 16);
    const a = alloc(16);
    const b = alloc(16);
    product(a, x, weights, 0, 1, 8, 4);
    product(b, x, weights, zero, 1, 8, 4);
    expect<i32>(memory.compare(a, b, 16)).toBe(0);
  });
});

describe("addOuter", () => {
  test("adds the product of the transposed rows, in whole tiles and beside them", () => {
    expect<bool>(worstOfOuter(100, 200, 100) < 1e-4).toBe(true);
    expect<bool>(worstOfOuter(3, 4, 8) < 1e-5).toBe(true);
    expect<bool>(worstOfOuter(7, 13, 12) < 1e-5).toBe(true);
    expect<bool>(worstOfOuter(1, 1, 4) < 1e-5).toBe(true);
  });

  test("leaves everything as it is for no rows", () => {
    expect<f64>(worstOfOuter(0, 9, 12)).toBe(0);
  });
});
