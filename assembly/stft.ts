/**
 * Short-time Fourier transform: frames of n samples, hop apart, under a periodic Hann window.
 *
 * Two frames are transformed at a time; the results of four share the lanes of float32 vectors, bin by bin, until they
 * are turned into rows. The lanes never mix, so a frame's bits do not depend on where in a tile it stands.
 */
import { fftPlan, fftPlanSize, fftWorkSize, magnitudesTwo, spectrumTwo } from "./fft";
import { lanesToRows } from "./simd";

/** Bytes of a plan for frames of n samples. */
export function stftPlanSize(n: i32): usize {
  return fftPlanSize(n);
}

/** out is the FFT's plan, with a periodic Hann window (`scipy.signal.get_window("hann", n)`). */
export function stftPlan(out: usize, n: i32): void {
  fftPlan(out, n);
}

/** Bytes of work space: the FFT's, the spectrum of two frames, and two sets of lanes for all bins of four. */
export function stftWorkSize(n: i32): usize {
  return fftWorkSize(n) + spectrumSize(n) + 2 * lanesSize(n);
}

function spectrumSize(n: i32): usize {
  return (<usize>((n >> 1) + 1)) << 5;
}

/** Bytes of one set of lanes, with which the work space ends. */
export function lanesSize(n: i32): usize {
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
  const spectrum = work + fftWorkSize(n);
  const realLanes = spectrum + spectrumSize(n);
  const imaginaryLanes = realLanes + lanesSize(n);
  for (let t = 0; t < nFrames; t += 4) {
    for (let pair = 0; pair < 2; pair++) {
      const first = t + 2 * pair;
      spectrumTwo(spectrum, work, frame(y, first, hop, nFrames), frame(y, first + 1, hop, nFrames), plan, n);
      let to = (<usize>pair) << 3;
      for (let at = spectrum; at < realLanes; at += 32) {
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

/** Where frame t starts, or the last one where t is beyond it. */
function frame(y: usize, t: i32, hop: i32, nFrames: i32): usize {
  return y + <usize>min(t, nFrames - 1) * ((<usize>hop) << 2);
}

/** out is (nFrames, 1 + n/2) float32, |X|^power with power 1 or 2, rounded once; the rest as for `stftFrames`. */
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
  const lanes = work + stftWorkSize(n) - lanesSize(n);
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
  const spectrum = work + fftWorkSize(n);
  const end = spectrum + spectrumSize(n);
  for (let pair = 0; pair < 2; pair++) {
    const first = t + 2 * pair;
    spectrumTwo(spectrum, work, frame(y, first, hop, nFrames), frame(y, first + 1, hop, nFrames), plan, n);
    let to = lanes + ((<usize>pair) << 3);
    for (let at = spectrum; at < end; at += 32) {
      const r = v128.load(at);
      const i = v128.load(at, 16);
      let value = f64x2.add(f64x2.mul(r, r), f64x2.mul(i, i));
      if (power == 1) value = f64x2.sqrt(value);
      v128.store64_lane(to, f32x4.demote_f64x2_zero(value), 0);
      to += 16;
    }
  }
}

/** The same for power 1 by the short way of `magnitudesTwo`: 1.5 roundings. */
export function magnitudeLanes(
  lanes: usize,
  y: usize,
  plan: usize,
  work: usize,
  n: i32,
  hop: i32,
  t: i32,
  nFrames: i32,
): void {
  for (let pair = 0; pair < 2; pair++) {
    const first = t + 2 * pair;
    const a = frame(y, first, hop, nFrames);
    const b = frame(y, first + 1, hop, nFrames);
    magnitudesTwo(lanes + ((<usize>pair) << 3), work, a, b, plan, n);
  }
}
