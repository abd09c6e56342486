import { fftPlan, fftPlanSize, fftWorkSize, magnitudesTwo, spectrumTwo } from "../../assembly/fft";
import { pointer } from "./values";

function plan(n: i32): StaticArray<u8> {
  const made = new StaticArray<u8>(<i32>fftPlanSize(n));
  fftPlan(pointer(made), n);
  return made;
}

/** Two frames of noise. */
function frames(n: i32): StaticArray<f32> {
  const samples = new StaticArray<f32>(2 * n);
  let state: u32 = <u32>n;
  for (let i = 0; i < 2 * n; i++) {
    state = state * 1664525 + 1013904223;
    samples[i] = <f32>(<f64>state / 2147483648.0 - 1);
  }
  return samples;
}

/** (1 + n/2, 4): real parts of both frames, then imaginary ones. */
function spectrum(samples: StaticArray<f32>, n: i32): StaticArray<f64> {
  const out = new StaticArray<f64>((n / 2 + 1) * 4);
  const work = new StaticArray<u8>(<i32>fftWorkSize(n));
  const a = pointer(samples);
  spectrumTwo(pointer(out), pointer(work), a, a + 4 * n, pointer(plan(n)), n);
  return out;
}

/** The largest error of both frames' spectra against the definition, relative to the root of the energy. */
function worstError(n: i32): f64 {
  const samples = frames(n);
  const found = spectrum(samples, n);
  let worst: f64 = 0;
  const step = n > 512 ? n / 64 - 1 : 1;
  for (let k = 0; k <= n / 2; k += step) {
    for (let lane = 0; lane < 2; lane++) {
      let re: f64 = 0;
      let im: f64 = 0;
      for (let t = 0; t < n; t++) {
        const angle = (2 * Math.PI * <f64>((k * t) % n)) / <f64>n;
        const windowed = <f64>samples[lane * n + t] * (0.5 - 0.5 * Math.cos((2 * Math.PI * <f64>t) / <f64>n));
        re += windowed * Math.cos(angle);
        im -= windowed * Math.sin(angle);
      }
      worst = max(worst, Math.abs(found[4 * k + lane] - re));
      worst = max(worst, Math.abs(found[4 * k + 2 + lane] - im));
    }
  }
  return worst / Math.sqrt(<f64>n);
}

describe("fftPlan", () => {
  test("has a periodic Hann window, eight samples apart", () => {
    // n = 64: r = 8, and each two columns take 8 vectors of the window and 3 pairs of twiddles.
    const window = pointer(plan(64));
    expect<f64>(load<f64>(window)).toBe(0);
    expect<f64>(load<f64>(window + 16 * 2)).toBe(0.5);
    expect<f64>(load<f64>(window + 16 * 4)).toBe(1);
    expect<f64>(load<f64>(window + 3 * 224 + 16 * 7, 8)).toBe(load<f64>(window, 8));
  });
});

describe("spectrumTwo", () => {
  test("gives the transform as it is defined, for every size", () => {
    for (let n = 64; n <= 8192; n <<= 1) expect<bool>(worstError(n) < 1e-13).toBe(true);
  });

  test("of an impulse is flat, to the bit", () => {
    for (let n = 64; n <= 8192; n <<= 1) {
      const samples = new StaticArray<f32>(2 * n);
      // In the middle, where the window is 1.
      samples[n / 2] = 1;
      const found = spectrum(samples, n);
      for (let k = 0; k <= n / 2; k++) {
        if (found[4 * k] != (k & 1 ? -1 : 1) || found[4 * k + 2] != 0) {
          expect<i32>(k).toBe(-1);
        }
        if (found[4 * k + 1] != 0 || found[4 * k + 3] != 0) expect<i32>(k).toBe(-1);
      }
    }
  });
});

describe("magnitudesTwo", () => {
  test("are those of the spectrum within 1.5 roundings, for every size, and leave the other lanes", () => {
    for (let n = 64; n <= 8192; n <<= 1) {
      const samples = frames(n);
      const found = spectrum(samples, n);
      const lanes = new StaticArray<f32>((n / 2 + 1) * 4);
      const work = new StaticArray<u8>(<i32>fftWorkSize(n));
      for (let i = 0; i < lanes.length; i++) lanes[i] = 7;
      const a = pointer(samples);
      magnitudesTwo(pointer(lanes), pointer(work), a, a + 4 * n, pointer(plan(n)), n);
      let worst: f64 = 0;
      for (let k = 0; k <= n / 2; k++) {
        for (let lane = 0; lane < 2; lane++) {
          const re = found[4 * k + lane];
          const im = found[4 * k + 2 + lane];
          const exact = Math.sqrt(re * re + im * im);
          worst = max(worst, Math.abs(<f64>lanes[4 * k + lane] - exact) / exact);
        }
        if (lanes[4 * k + 2] != 7 || lanes[4 * k + 3] != 7) expect<i32>(k).toBe(-1);
      }
      expect<bool>(worst <= 1.5 / 16777216).toBe(true);
    }
  });
});
