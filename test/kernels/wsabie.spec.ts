import { alloc } from "../../assembly/memory";
import { RANDOM_STATE } from "../../assembly/random";
import { cosineRows, projectRows, standardizeRows, warpEpoch, warpRows, warpStep } from "../../assembly/wsabie";

function f32s(n: usize): usize {
  const pointer = alloc(n << 2);
  memory.fill(pointer, 0, n << 2);
  return pointer;
}

function put(pointer: usize, i: usize, value: f32): void {
  store<f32>(pointer + (i << 2), value);
}

function get(pointer: usize, i: usize): f32 {
  return load<f32>(pointer + (i << 2));
}

/** A set's record: one track a class, with the class as its one label. */
function makeSet(w: usize, nClasses: u32, seed: u32): usize {
  const set = f32s(20);
  const offsets = f32s(nClasses + 1);
  const labels = f32s(nClasses);
  const ranks = f32s(nClasses);
  const order = f32s(nClasses);
  for (let i: u32 = 0; i <= nClasses; i++) store<u32>(offsets + ((<usize>i) << 2), i);
  for (let i: u32 = 0; i < nClasses; i++) {
    store<u32>(labels + ((<usize>i) << 2), i);
    store<u32>(order + ((<usize>i) << 2), i);
    if (i > 0) put(ranks, i, get(ranks, i - 1) + <f32>1 / <f32>i);
  }
  store<u32>(set, <u32>w);
  store<u32>(set, nClasses, 4);
  store<u32>(set, <u32>offsets, 8);
  store<u32>(set, <u32>labels, 12);
  store<u32>(set, <u32>ranks, 16);
  store<u32>(set, <u32>order, 20);
  store<u32>(set, <u32>f32s(nClasses), 24);
  store<u32>(set, seed, 32);
  return set;
}

/** rate, margin, and the norms. */
function makeSettings(rate: f32, margin: f32): usize {
  const settings = f32s(4);
  put(settings, 0, rate);
  put(settings, 1, margin);
  put(settings, 2, <f32>Infinity);
  put(settings, 3, <f32>Infinity);
  return settings;
}

const rowOffsets = f32s(4);
store<u32>(rowOffsets, 0);
store<u32>(rowOffsets, 1, 4);
store<u32>(rowOffsets, 5, 8);
store<u32>(rowOffsets, 105, 12);
const state = alloc(RANDOM_STATE);
const drawn = f32s(2000);

function countOf(track: u32, byTrack: bool): i32 {
  memory.fill(state, 0, RANDOM_STATE);
  warpRows(drawn, state, rowOffsets, byTrack, 0, 1000, 3);
  let count = 0;
  for (let i: usize = 0; i < 1000; i++) {
    const t = load<u32>(drawn + (i << 3));
    const row = load<u32>(drawn + (i << 3), 4);
    const begin = load<u32>(rowOffsets + ((<usize>t) << 2));
    expect<bool>(t < 3 && begin + row < load<u32>(rowOffsets + ((<usize>t) << 2), 4)).toBe(true);
    if (t == track) count++;
  }
  return count;
}

describe("cosineRows", () => {
  it("gives orthonormal rows without a constant part", () => {
    const rows = f32s(7 * 12);
    cosineRows(rows, 7, 12);
    let worst: f64 = 0;
    for (let i = 0; i < 7; i++) {
      let sum: f64 = 0;
      for (let t = 0; t < 12; t++) sum += get(rows, i * 12 + t);
      worst = max(worst, abs(sum));
      for (let j = 0; j < 7; j++) {
        let product: f64 = 0;
        for (let t = 0; t < 12; t++) product += <f64>get(rows, i * 12 + t) * <f64>get(rows, j * 12 + t);
        worst = max(worst, abs(product - (i == j ? 1 : 0)));
      }
    }
    expect<bool>(worst < 1e-6).toBe(true);
    // sqrt(2 / 12) cos(pi / 24)
    expect<f32>(get(rows, 0)).toBe(<f32>0.40475566974503974);
  });
});

describe("warpRows", () => {
  test("draws every row of all tracks alike, or every track", () => {
    expect<bool>(countOf(2, false) > 900).toBe(true);
    expect<bool>(countOf(1, true) > 280 && countOf(1, true) < 390).toBe(true);
  });

  test("gives a sample the same row in any call", () => {
    memory.fill(state, 0, RANDOM_STATE);
    warpRows(drawn, state, rowOffsets, false, 0, 10, 3);
    const part = f32s(6);
    warpRows(part, state, rowOffsets, false, 7, 3, 3);
    expect<i32>(memory.compare(part, drawn + 56, 24)).toBe(0);
  });
});

describe("standardizeRows", () => {
  test("takes the mean away and scales, also beyond whole vectors", () => {
    const x = f32s(10);
    const mean = f32s(5);
    const inverse = f32s(5);
    for (let i: usize = 0; i < 10; i++) put(x, i, <f32>i);
    for (let k: usize = 0; k < 5; k++) {
      put(mean, k, <f32>k);
      put(inverse, k, 2);
    }
    standardizeRows(x, mean, inverse, 2, 5);
    for (let k: usize = 0; k < 5; k++) {
      expect<f32>(get(x, k)).toBe(0);
      expect<f32>(get(x, 5 + k)).toBe(10);
    }
  });
});

describe("projectRows", () => {
  test("shortens long rows to the norm and leaves the others", () => {
    const rows = f32s(8);
    put(rows, 0, 3);
    put(rows, 1, 4);
    put(rows, 4, 0.5);
    projectRows(rows, 1, 2, 4);
    expect<f32>(get(rows, 0)).toBe(0.6);
    expect<f32>(get(rows, 1)).toBe(0.8);
    expect<f32>(get(rows, 4)).toBe(0.5);
    projectRows(rows, <f32>Infinity, 2, 4);
    expect<f32>(get(rows, 0)).toBe(0.6);
  });
});

describe("warpStep", () => {
  test("takes the gradient of one violation", () => {
    // V is the identity of one feature and one component, f_i = W_i x with W = (0, 0), x = 2, label 0: the one negative
    // violates the margin 1 by 1, r = 1, L = 1. dW_0 = -2, dW_1 = 2, dV = W_1 - W_0 = 0.
    const v = f32s(4);
    const w = f32s(8);
    const x = f32s(1);
    put(v, 0, 1);
    put(x, 0, 2);
    const out = alloc(24);
    const work = f32s(16);
    const set = makeSet(w, 2, 1);
    warpStep(out, v, set, x, f32s(1), work, makeSettings(0.5, 1), 0, 1, 1, 4);
    expect<f64>(load<f64>(out)).toBe(1);
    expect<f64>(load<f64>(out, 8)).toBe(1);
    expect<f64>(load<f64>(out, 16)).toBe(1);
    expect<f32>(get(w, 0)).toBe(1);
    expect<f32>(get(w, 4)).toBe(-1);
    expect<f32>(get(v, 0)).toBe(1);
    // Now f = (2, -2): no violation, no change.
    put(x, 0, 2);
    warpStep(out, v, set, x, f32s(1), work, makeSettings(0.5, 1), 1, 1, 1, 4);
    expect<f64>(load<f64>(out)).toBe(0);
    expect<f64>(load<f64>(out, 8)).toBe(0);
    expect<f32>(get(w, 0)).toBe(1);
  });

  test("draws every negative once before it gives up, and puts the order back", () => {
    const nClasses: u32 = 50;
    const v = f32s(4);
    const w = f32s(200);
    const x = f32s(1);
    const tracks = f32s(1);
    put(v, 0, 1);
    put(w, 7 * 4, 100);
    store<u32>(tracks, 7);
    const out = alloc(24);
    const set = makeSet(w, nClasses, 1);
    for (let batch: u32 = 0; batch < 20; batch++) {
      put(x, 0, 1);
      warpStep(out, v, set, x, tracks, f32s(16), makeSettings(0.5, 1), batch, 1, 1, 4);
      expect<f64>(load<f64>(out, 16)).toBe(49);
      for (let i: u32 = 0; i < nClasses; i++) {
        expect<u32>(load<u32>(<usize>load<u32>(set, 20) + ((<usize>i) << 2))).toBe(i);
      }
    }
  });

  test("shows scores that are no numbers in the loss", () => {
    const v = f32s(4);
    const x = f32s(1);
    put(v, 0, <f32>NaN);
    put(x, 0, 1);
    const out = alloc(24);
    warpStep(out, v, makeSet(f32s(8), 2, 1), x, f32s(1), f32s(16), makeSettings(0.5, 1), 0, 1, 1, 4);
    expect<bool>(isNaN(load<f64>(out))).toBe(true);
  });
});

/** Runs four batches of two samples in so many calls; v is what V becomes. */
function run(parts: usize, v: usize, mean: usize, inverse: usize): void {
  const sets = f32s(20);
  const w = f32s(12);
  for (let i: usize = 0; i < 12; i++) put(w, i, (i & 3) == 3 ? 0 : <f32>((i * 7) % 5) / 5);
  memory.copy(sets, makeSet(w, 3, 5), 80);
  for (let i: usize = 0; i < 8; i++) put(v, i, (i & 3) == 3 ? 0 : <f32>((i * 3) % 7) / 7);
  const n: usize = <usize>4 / parts;
  const out = alloc(24 * 4);
  for (let part: usize = 0; part < parts; part++) {
    const plan = f32s(8);
    const x = f32s(16);
    const tracks = f32s(8);
    for (let b: usize = 0; b < n; b++) {
      const batch = part * n + b;
      store<u32>(plan + (b << 3), <u32>batch, 4);
      for (let i: usize = 0; i < 4; i++) put(x, b * 4 + i, <f32>((batch * 4 + i) % 5) - 2);
      for (let i: usize = 0; i < 2; i++) store<u32>(tracks + ((b * 2 + i) << 2), <u32>((batch + i) % 3));
    }
    warpEpoch(out, v, sets, plan, x, mean, inverse, tracks, f32s(24), makeSettings(0.1, 1), 2, 2, 4, n);
  }
}

describe("warpEpoch", () => {
  test("gives the same bits in one call and in several", () => {
    const whole = f32s(8);
    const cut = f32s(8);
    const mean = f32s(2);
    const inverse = f32s(2);
    put(mean, 0, 0.5);
    put(inverse, 0, 2);
    put(inverse, 1, 1);
    for (let scaled = 0; scaled < 2; scaled++) {
      run(1, whole, scaled ? mean : 0, inverse);
      run(4, cut, scaled ? mean : 0, inverse);
      expect<i32>(memory.compare(whole, cut, 32)).toBe(0);
      run(2, cut, scaled ? mean : 0, inverse);
      expect<i32>(memory.compare(whole, cut, 32)).toBe(0);
    }
  });

  test("is the step on standardised rows", () => {
    const raw = f32s(8);
    const scaled = f32s(8);
    const zero = f32s(2);
    const one = f32s(2);
    put(one, 0, 1);
    put(one, 1, 1);
    run(1, raw, 0, 0);
    run(1, scaled, zero, one);
    expect<i32>(memory.compare(raw, scaled, 32)).toBe(0);
    expect<bool>(get(raw, 0) != 0 || get(raw, 4) != 4).toBe(true);
  });
});
