/**
 * Short-time Fourier transform: frames of n samples, hop apart, under a periodic Hann window.
 *
 * Two frames are transformed at a time; the results of four share the lanes of float32 vectors, bin by bin, until they
 * are turned into rows. The lanes never mix, so a frame's bits do not depend on where in a tile it stands.
 */
import { fftPlan, fftPlanSize, fftTwo, unpackTwo } from "./fft";
import { cosTurn } from "./math";
import { lanesToRows } from "./simd";

/** Bytes of a plan for frames of n samples. */
export function stftPlanSize(n: i32): usize {
  return ((<usize>n) << 3) + fftPlanSize(n);
}

/** out is n float64, half a periodic Hann window (`scipy.signal.get_window("hann", n)`, see `unpackTwo`), and the FFT's plan. */
export function stftPlan(out: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(out + ((<usize>i) << 3), 0.25 - 0.25 * cosTurn(i, n));
  fftPlan(out + ((<usize>n) << 3), n);
}

/** Bytes of work space: the spectrum of two frames, and two sets of lanes for all bins of four. */
export function stftWorkSize(n: i32): usize {
  return spectrumSize(n) + 2 * lanesSize(n);
}

function spectrumSize(n: i32): usize {
  return (<usize>((n >> 1) + 1)) << 5;
}

function lanesSize(n: i32): usize {
  return (<usize>((n >> 1) + 1)) << 4;
}

/**
 * real and imaginary are (nFrames, 1 + n/2) float32; y holds (nFrames - 1) * hop + n float32; work as `stftWorkSize` says.
 */
export function stftFrames(
  real: usize,
  imaginary: usize,
  y: usize,
  plan: usize,
  work: usize,
  n: i32,
  hop: i32,
  nFrames: i32,
): void {
  const bins = (n >> 1) + 1;
  const realLanes = work + spectrumSize(n);
  const imaginaryLanes = realLanes + lanesSize(n);
  for (let t = 0; t < nFrames; t += 4) {
    for (let pair = 0; pair < 2; pair++) {
      transformPair(work, y, plan, n, hop, t + 2 * pair, nFrames);
      let to = (<usize>pair) << 3;
      for (let at = work; at < realLanes; at += 32) {
        v128.store64_lane(realLanes + to, f32x4.demote_f64x2_zero(v128.load(at)), 0);
        v128.store64_lane(imaginaryLanes + to, f32x4.demote_f64x2_zero(v128.load(at, 16)), 0);
        to += 16;
      }
    }
    const offset = <usize>t * ((<usize>bins) << 2);
    lanesToRows(real + offset, realLanes, bins, min(4, nFrames - t));
    lanesToRows(imaginary + offset, imaginaryLanes, bins, min(4, nFrames - t));
  }
}

/** out is (nFrames, 1 + n/2) float32, |X|^power with power 1 or 2; the rest as for `stftFrames`. */
export function spectrogramFrames(
  out: usize,
  y: usize,
  plan: usize,
  work: usize,
  power: i32,
  n: i32,
  hop: i32,
  nFrames: i32,
): void {
  const bins = (n >> 1) + 1;
  const lanes = work + spectrumSize(n);
  for (let t = 0; t < nFrames; t += 4) {
    spectrumLanes(lanes, y, plan, work, power, n, hop, t, nFrames);
    lanesToRows(out + <usize>t * ((<usize>bins) << 2), lanes, bins, min(4, nFrames - t));
  }
}

/** lanes is (1 + n/2, 4) float32, |X|^power of frames t to t + 3, those beyond the last being the last once more. */
export function spectrumLanes(
  lanes: usize,
  y: usize,
  plan: usize,
  work: usize,
  power: i32,
  n: i32,
  hop: i32,
  t: i32,
  nFrames: i32,
): void {
  const end = work + spectrumSize(n);
  for (let pair = 0; pair < 2; pair++) {
    transformPair(work, y, plan, n, hop, t + 2 * pair, nFrames);
    let to = lanes + ((<usize>pair) << 3);
    if (power == 1) {
      for (let at = work; at < end; at += 32) {
        v128.store64_lane(to, f32x4.demote_f64x2_zero(f64x2.sqrt(squared(at))), 0);
        to += 16;
      }
    } else {
      for (let at = work; at < end; at += 32) {
        v128.store64_lane(to, f32x4.demote_f64x2_zero(squared(at)), 0);
        to += 16;
      }
    }
  }
}

/** Squared magnitude of the complex value at `at`, in both lanes. */
function squared(at: usize): v128 {
  const r = v128.load(at);
  const i = v128.load(at, 16);
  return f64x2.add(f64x2.mul(r, r), f64x2.mul(i, i));
}

/** The spectra of frames t and t + 1, or of the last one where they are beyond it. */
function transformPair(work: usize, y: usize, plan: usize, n: i32, hop: i32, t: i32, nFrames: i32): void {
  const tables = plan + ((<usize>n) << 3);
  const stride = (<usize>hop) << 2;
  const a = y + <usize>min(t, nFrames - 1) * stride;
  const b = y + <usize>min(t + 1, nFrames - 1) * stride;
  fftTwo(work, a, b, plan, tables, n);
  unpackTwo(work, tables, n);
}
