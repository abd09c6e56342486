import { hzToMel, melBands, melBandsSize, melFrames, melFrequencies, melToHz, melWorkSize } from "../../assembly/mel";
import { spectrogramFrames, stftPlan, stftPlanSize, stftWorkSize } from "../../assembly/stft";
import { pointer } from "./values";

const N = 64;
const SR: f64 = 8000;
const BINS = N / 2 + 1;

function bank(nMels: i32, slaney: bool): StaticArray<u8> {
  const edges = new StaticArray<f64>(nMels + 2);
  melFrequencies(pointer(edges), 0, SR / 2, false, nMels + 2);
  const bands = new StaticArray<u8>(<i32>melBandsSize(N, nMels));
  melBands(pointer(bands), pointer(edges), SR, slaney, N, nMels);
  return bands;
}

describe("scales", () => {
  test("have librosa's values", () => {
    expect<bool>(Math.abs(hzToMel(440, false) - 6.6) < 1e-14).toBe(true);
    expect<f64>(hzToMel(1000, false)).toBe(15);
    expect<bool>(Math.abs(hzToMel(4186, false) - 35.82485250174122) < 1e-12).toBe(true);
    expect<bool>(Math.abs(hzToMel(1000, true) - 999.9855371396244) < 1e-10).toBe(true);
    expect<bool>(Math.abs(melToHz(40, false) - 5577.800011749387) < 1e-9).toBe(true);
  });

  test("undo one another", () => {
    for (let hz: f64 = 0; hz < 20000; hz += 333.3) {
      expect<bool>(Math.abs(melToHz(hzToMel(hz, false), false) - hz) < 1e-10 * (hz + 1)).toBe(true);
      expect<bool>(Math.abs(melToHz(hzToMel(hz, true), true) - hz) < 1e-10 * (hz + 1)).toBe(true);
    }
  });
});

/** First bin and weights of one filter, from the pairs of the bands: (1 + N/2) weights. */
function filter(bands: StaticArray<u8>, b: i32, nMels: i32): StaticArray<f32> {
  const at = pointer(bands);
  const weights = new StaticArray<f32>(BINS);
  let bin = load<i32>(at);
  let pair = at + 4 * (nMels + 2);
  for (let segment = 0; segment <= nMels; segment++) {
    for (let i = 0; i < load<i32>(at + 4 * (segment + 1)); i++) {
      if (segment == b) weights[bin] = load<f32>(pair, 4);
      if (segment == b + 1) weights[bin] = load<f32>(pair);
      pair += 8;
      bin++;
    }
  }
  return weights;
}

describe("melBands", () => {
  test("cover each bin between the outer corners once", () => {
    const bands = bank(10, true);
    let bins = load<i32>(pointer(bands));
    expect<i32>(bins).toBe(1);
    for (let b = 0; b <= 10; b++) {
      const count = load<i32>(pointer(bands) + 4 * (b + 1));
      expect<bool>(count > 0).toBe(true);
      bins += count;
    }
    expect<i32>(bins).toBe(BINS);
  });

  test("of height 1 add up to 1 between the first and the last peak", () => {
    const bands = bank(6, false);
    const sums = new StaticArray<f64>(BINS);
    for (let b = 0; b < 6; b++) {
      const weights = filter(bands, b, 6);
      for (let k = 0; k < BINS; k++) sums[k] += <f64>weights[k];
    }
    // Peaks of six Slaney filters to 4000 Hz: the first lies below 500 Hz (bin 4), the last above 2500 Hz (bin 20).
    for (let k = 4; k <= 20; k++) expect<bool>(Math.abs(sums[k] - 1) < 1e-6).toBe(true);
  });

  test("between two bins are empty, and no filter falls before the first or rises after the last one", () => {
    const bands = bank(64, true);
    let empty = 0;
    for (let b = 0; b < 64; b++) {
      const weights = filter(bands, b, 64);
      let total: f32 = 0;
      for (let k = 0; k < BINS; k++) total += weights[k];
      if (total == 0) empty++;
    }
    expect<bool>(empty > 0 && empty < 64).toBe(true);
    const pairs = pointer(bands) + 4 * 66;
    for (let i = 0; i < load<i32>(pointer(bands), 4); i++) expect<f32>(load<f32>(pairs + 8 * i)).toBe(0);
    const last = load<i32>(pointer(bands), 4 * 65);
    for (let i = BINS - 1 - last; i < BINS - 1; i++) expect<f32>(load<f32>(pairs + 8 * i, 4)).toBe(0);
  });
});

describe("melFrames", () => {
  test("are weighted sums of the spectrogram, and their logarithms above the floor", () => {
    const nMels = 7;
    const nFrames = 5;
    const hop = 32;
    const y = new StaticArray<f32>((nFrames - 1) * hop + N);
    let state: u32 = 9;
    for (let i = 0; i < y.length; i++) {
      state = state * 1664525 + 1013904223;
      // The last frame is silent.
      y[i] = i < (nFrames - 1) * hop ? <f32>(<f64>state / 2147483648.0 - 1) : 0;
    }
    const plan = new StaticArray<u8>(<i32>stftPlanSize(N));
    stftPlan(pointer(plan), N);
    const spectra = new StaticArray<f32>(nFrames * BINS);
    const work = new StaticArray<u8>(<i32>melWorkSize(N, nMels));
    expect<bool>(melWorkSize(N, nMels) >= stftWorkSize(N)).toBe(true);
    spectrogramFrames(pointer(spectra), pointer(y), pointer(plan), pointer(work), 1, N, hop, nFrames);
    const bands = bank(nMels, true);
    const linear = new StaticArray<f32>(nFrames * nMels);
    const logarithms = new StaticArray<f32>(nFrames * nMels);
    const at = pointer(bands);
    melFrames(pointer(linear), pointer(y), pointer(plan), at, pointer(work), 1, 0, N, hop, nMels, nFrames);
    melFrames(pointer(logarithms), pointer(y), pointer(plan), at, pointer(work), 1, 1e-3, N, hop, nMels, nFrames);
    for (let t = 0; t < nFrames; t++) {
      for (let b = 0; b < nMels; b++) {
        let sum: f64 = 0;
        const weights = filter(bands, b, nMels);
        for (let k = 0; k < BINS; k++) sum += <f64>weights[k] * <f64>spectra[t * BINS + k];
        const log = Math.log(max<f64>(sum, 1e-3));
        expect<bool>(Math.abs(<f64>linear[t * nMels + b] - sum) <= 1e-6 * sum).toBe(true);
        expect<bool>(Math.abs(<f64>logarithms[t * nMels + b] - log) < 1e-5).toBe(true);
        if (t == nFrames - 1) expect<f32>(linear[t * nMels + b]).toBe(0);
      }
    }
  });
});
