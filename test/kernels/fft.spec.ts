import { fftPlan, fftPlanSize, fftTwo, unpackTwo } from "../../assembly/fft";

/** The largest error of both frames' spectra against the definition, relative to the root of the energy. */
function worstError(n: i32): f64 {
  const samples = new StaticArray<f32>(2 * n);
  let state: u32 = <u32>n;
  for (let i = 0; i < 2 * n; i++) {
    state = state * 1664525 + 1013904223;
    samples[i] = <f32>(<f64>state / 2147483648.0 - 1);
  }
  const window = new StaticArray<f64>(n);
  for (let i = 0; i < n; i++) window[i] = 0.5;
  const plan = new StaticArray<u8>(<i32>fftPlanSize(n));
  const planAt = changetype<usize>(plan);
  fftPlan(planAt, n);
  const work = new StaticArray<f64>((n / 2 + 1) * 4);
  const workAt = changetype<usize>(work);
  const a = changetype<usize>(samples);
  fftTwo(workAt, a, a + 4 * n, changetype<usize>(window), planAt, n);
  unpackTwo(workAt, planAt, n);
  let worst: f64 = 0;
  const step = n > 512 ? n / 64 - 1 : 1;
  for (let k = 0; k <= n / 2; k += step) {
    for (let lane = 0; lane < 2; lane++) {
      let re: f64 = 0;
      let im: f64 = 0;
      for (let t = 0; t < n; t++) {
        const angle = (2 * Math.PI * <f64>((k * t) % n)) / <f64>n;
        re += <f64>samples[lane * n + t] * Math.cos(angle);
        im -= <f64>samples[lane * n + t] * Math.sin(angle);
      }
      worst = max(worst, Math.abs(work[4 * k + lane] - re));
      worst = max(worst, Math.abs(work[4 * k + 2 + lane] - im));
    }
  }
  return worst / Math.sqrt(<f64>n);
}

describe("fftTwo and unpackTwo", () => {
  test("give the transform as it is defined, for every size", () => {
    for (let n = 64; n <= 8192; n <<= 1) expect<bool>(worstError(n) < 1e-13).toBe(true);
  });

  test("of an impulse is flat, to the bit", () => {
    const n = 128;
    const samples = new StaticArray<f32>(n);
    samples[0] = 1;
    const window = new StaticArray<f64>(n);
    window[0] = 0.5;
    const plan = new StaticArray<u8>(<i32>fftPlanSize(n));
    const planAt = changetype<usize>(plan);
    fftPlan(planAt, n);
    const work = new StaticArray<f64>((n / 2 + 1) * 4);
    const workAt = changetype<usize>(work);
    const a = changetype<usize>(samples);
    fftTwo(workAt, a, a, changetype<usize>(window), planAt, n);
    unpackTwo(workAt, planAt, n);
    for (let k = 0; k <= n / 2; k++) {
      expect<f64>(work[4 * k]).toBe(1);
      expect<f64>(Math.abs(work[4 * k + 2])).toBe(0);
    }
  });
});
