import {
  resampleBlock,
  resampleBlockBetween,
  resampleFilter,
  resamplePairs,
  resamplePairsWork,
  resampleSpectra,
  resampleSpectraSize,
  resampleSpectraWork,
} from "../../assembly/resample";

const CUTOFF: f64 = 0.95;
const WIDTH: f64 = 16;
const BETA: f64 = 8;
const HALF: i32 = 16;
const TAPS: i32 = 32;

function pointer(values: StaticArray<f32>): usize {
  return changetype<usize>(values);
}

/** Rows firstRow .. firstRow + nRows - 1 of the filter with `phases` to a sample. */
function filter(phases: i32, firstRow: i32, nRows: i32): StaticArray<f32> {
  const out = new StaticArray<f32>(nRows * TAPS);
  const row = new StaticArray<f64>(TAPS);
  resampleFilter(pointer(out), changetype<usize>(row), CUTOFF, WIDTH, BETA, HALF, phases, firstRow, nRows);
  return out;
}

/** A tone, long enough for every test. */
function tone(): StaticArray<f32> {
  const x = new StaticArray<f32>(400);
  for (let i = 0; i < 400; i++) x[i] = <f32>Math.sin(0.3 * <f64>i);
  return x;
}

describe("resampleFilter", () => {
  test("is symmetric about phase 0, and phases p and n - p mirror each other", () => {
    const h = filter(3, 0, 3);
    // Tap j of row 0 lies HALF - 1 - j samples from the centre; the last one, at -HALF, is the window's end.
    for (let j = 0; j < TAPS - 1; j++) expect<f32>(h[j]).toBe(h[TAPS - 2 - j]);
    expect<f32>(h[TAPS - 1]).toBe(0);
    for (let j = 0; j < TAPS; j++) expect<bool>(Mathf.abs(h[TAPS + j] - h[3 * TAPS - 1 - j]) < 1e-7).toBe(true);
  });

  test("rows have the sum 1", () => {
    const h = filter(5, -1, 7);
    for (let p = 0; p < 7; p++) {
      let sum: f64 = 0;
      for (let j = 0; j < TAPS; j++) sum += <f64>h[p * TAPS + j];
      expect<bool>(Math.abs(sum - 1) < 1e-7).toBe(true);
    }
  });

  test("row -1 is the last row of the sample before", () => {
    const h = filter(4, -1, 5);
    // But for the tap that falls off the end, and with it out of the sum.
    for (let j = 0; j < TAPS - 1; j++) expect<bool>(Mathf.abs(h[j] - h[4 * TAPS + j + 1]) < 1e-5).toBe(true);
  });
});

describe("resampleBlock", () => {
  test("interpolates a tone at thirds of a sample, stepping by two", () => {
    const x = tone();
    const h = filter(3, 0, 3);
    const out = new StaticArray<f32>(60);
    resampleBlock(pointer(out), pointer(x), pointer(h), 60, 0, 2, 3, HALF);
    for (let i = 0; i < 60; i++) {
      const expected = Math.sin(0.3 * (<f64>(HALF - 1) + (<f64>i * 2) / 3));
      expect<bool>(Math.abs(<f64>out[i] - expected) < 1e-3).toBe(true);
    }
  });

  test("a block cut in two has the bits of the whole", () => {
    const x = tone();
    const h = filter(3, 0, 3);
    const whole = new StaticArray<f32>(60);
    resampleBlock(pointer(whole), pointer(x), pointer(h), 60, 0, 5, 3, HALF);
    const part = new StaticArray<f32>(40);
    // Output 20 stands 100 thirds on: 33 samples and phase 1.
    resampleBlock(pointer(part), pointer(x) + 33 * 4, pointer(h), 40, 1, 5, 3, HALF);
    for (let i = 0; i < 40; i++) expect<f32>(part[i]).toBe(whole[20 + i]);
  });
});

describe("resampleBlockBetween", () => {
  test("a cubic between rows of a grid comes close to a row for every phase", () => {
    const x = tone();
    const exact = new StaticArray<f32>(72);
    const between = new StaticArray<f32>(72);
    resampleBlock(pointer(exact), pointer(x), pointer(filter(7, 0, 7)), 72, 3, 9, 7, HALF);
    resampleBlockBetween(pointer(between), pointer(x), pointer(filter(128, -1, 131)), 72, 3, 9, 7, HALF, 128);
    for (let i = 0; i < 72; i++) expect<bool>(Mathf.abs(exact[i] - between[i]) < 3e-7).toBe(true);
  });
});

/** The largest difference between the outputs of spectra and those of taps, over two pairs of blocks. */
function worstOfPairs(step: i32, phases: i32, valid: i32): f32 {
  const nOut = 4 * valid * phases;
  const x = new StaticArray<f32>((3 * valid + 512) * step);
  for (let i = 0; i < x.length; i++)
    x[i] = <f32>(0.5 * Math.sin(0.3 * <f64>i) + 0.5 * Math.sin(<f64>(i % 1000) * <f64>i));
  const plan = new StaticArray<f32>(<i32>(resampleSpectraSize(step, phases) >> 2));
  const scratch = new StaticArray<f64>(<i32>(resampleSpectraWork(HALF) >> 3));
  const cutoff = CUTOFF * min<f64>(1, <f64>phases / <f64>step);
  resampleSpectra(pointer(plan), changetype<usize>(scratch), cutoff, WIDTH, BETA, HALF, step, phases);
  const work = new StaticArray<f32>(<i32>(resamplePairsWork(step, phases) >> 2));
  const out = new StaticArray<f32>(nOut);
  resamplePairs(pointer(out), pointer(x), pointer(plan), pointer(work), 2, step, phases, valid);
  const table = new StaticArray<f32>(phases * TAPS);
  const row = new StaticArray<f64>(TAPS);
  resampleFilter(pointer(table), changetype<usize>(row), cutoff, WIDTH, BETA, HALF, phases, 0, phases);
  const expected = new StaticArray<f32>(nOut);
  resampleBlock(pointer(expected), pointer(x), pointer(table), nOut, 0, step, phases, HALF);
  let worst: f32 = 0;
  for (let i = 0; i < nOut; i++) worst = max(worst, Mathf.abs(out[i] - expected[i]));
  return worst;
}

describe("resamplePairs", () => {
  test("gives what taps give, for halves, doubles, thirds and other ratios", () => {
    expect<bool>(worstOfPairs(2, 1, 496) < 5e-7).toBe(true);
    expect<bool>(worstOfPairs(1, 2, 480) < 5e-7).toBe(true);
    expect<bool>(worstOfPairs(3, 2, 500) < 5e-7).toBe(true);
    expect<bool>(worstOfPairs(4, 1, 504) < 5e-7).toBe(true);
    expect<bool>(worstOfPairs(3, 5, 200) < 5e-7).toBe(true);
  });
});
