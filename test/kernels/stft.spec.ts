import { spectrogramFrames, stftFrames, stftPlan, stftPlanSize, stftWorkSize } from "../../assembly/stft";
import { pointer } from "./values";

const N = 64;
const HOP = 24;
const FRAMES = 7;
const BINS = N / 2 + 1;

function samples(): StaticArray<f32> {
  const y = new StaticArray<f32>((FRAMES - 1) * HOP + N);
  let state: u32 = 5;
  for (let i = 0; i < y.length; i++) {
    state = state * 1664525 + 1013904223;
    y[i] = <f32>(<f64>state / 2147483648.0 - 1);
  }
  return y;
}

function plan(): StaticArray<u8> {
  const made = new StaticArray<u8>(<i32>stftPlanSize(N));
  stftPlan(pointer(made), N);
  return made;
}

function magnitudes(y: usize, nFrames: i32, power: i32): StaticArray<f32> {
  const out = new StaticArray<f32>(nFrames * BINS);
  const work = new StaticArray<u8>(<i32>stftWorkSize(N));
  spectrogramFrames(pointer(out), y, pointer(plan()), pointer(work), power, N, HOP, nFrames);
  return out;
}

describe("stftFrames and spectrogramFrames", () => {
  test("a constant has half its length in bin 0, a quarter in bin 1, and nothing beyond", () => {
    const y = new StaticArray<f32>((FRAMES - 1) * HOP + N);
    for (let i = 0; i < y.length; i++) y[i] = 1;
    const out = magnitudes(pointer(y), FRAMES, 1);
    for (let t = 0; t < FRAMES; t++) {
      expect<bool>(Math.abs(<f64>out[t * BINS] - 32) < 1e-5).toBe(true);
      expect<bool>(Math.abs(<f64>out[t * BINS + 1] - 16) < 1e-5).toBe(true);
      for (let k = 2; k < BINS; k++) expect<bool>(out[t * BINS + k] < 1e-13).toBe(true);
    }
  });

  test("magnitude and power are those of the complex values", () => {
    const y = samples();
    const real = new StaticArray<f32>(FRAMES * BINS);
    const imaginary = new StaticArray<f32>(FRAMES * BINS);
    const work = new StaticArray<u8>(<i32>stftWorkSize(N));
    stftFrames(pointer(real), pointer(imaginary), pointer(y), pointer(plan()), pointer(work), N, HOP, FRAMES);
    const magnitude = magnitudes(pointer(y), FRAMES, 1);
    const power = magnitudes(pointer(y), FRAMES, 2);
    for (let i = 0; i < FRAMES * BINS; i++) {
      const squared = <f64>real[i] * <f64>real[i] + <f64>imaginary[i] * <f64>imaginary[i];
      expect<bool>(Math.abs(<f64>power[i] - squared) <= 1e-6 * squared).toBe(true);
      expect<bool>(Math.abs(<f64>magnitude[i] - Math.sqrt(squared)) <= 1e-6 * Math.sqrt(squared)).toBe(true);
    }
  });

  test("a frame has the same bits in every lane, alone and among others", () => {
    const y = samples();
    const all = magnitudes(pointer(y), FRAMES, 1);
    for (let t = 0; t < FRAMES; t++) {
      const alone = magnitudes(pointer(y) + 4 * t * HOP, 1, 1);
      for (let k = 0; k < BINS; k++) expect<f32>(alone[k]).toBe(all[t * BINS + k]);
    }
  });
});
