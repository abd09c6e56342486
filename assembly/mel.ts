/**
 * Mel bands: the two scales, triangular filters kept as bands of their non-zero weights, and Mel or log-Mel frames.
 *
 * Scales and filters are librosa's (`hz_to_mel`, `mel_to_hz`, `mel_frequencies`, `filters.mel`), computed in float64 and
 * rounded once.
 */
import { exponential, Logarithm, naturalLog } from "./math";
import { lanesToRows } from "./simd";
import { lanesSize, magnitudeLanes, spectrumLanes, stftWorkSize } from "./stft";

/** Slaney's scale (Auditory Toolbox, 1998): linear below 1000 Hz at 200/3 Hz a mel, then 27 mels to a factor of 6.4. */
const LINEAR_STEP: f64 = 200.0 / 3.0;
const LINEAR_END: f64 = 1000;
const LINEAR_MELS: f64 = 15;

function logStep(): f64 {
  return naturalLog(6.4) / 27;
}

/** Mel of a frequency in Hz (0 or more); htk chooses 2595 log10(1 + f / 700) (the HTK Book, 5.4.1). */
export function hzToMel(hz: f64, htk: bool): f64 {
  if (htk) return 2595 * Math.LOG10E * naturalLog(1 + hz / 700);
  return hz < LINEAR_END ? hz / LINEAR_STEP : LINEAR_MELS + naturalLog(hz / LINEAR_END) / logStep();
}

/** Frequency in Hz of a mel. */
export function melToHz(mel: f64, htk: bool): f64 {
  if (htk) return 700 * (exponential((mel / 2595) * Math.LN10) - 1);
  return mel < LINEAR_MELS ? LINEAR_STEP * mel : LINEAR_END * exponential(logStep() * (mel - LINEAR_MELS));
}

/** out is n float64: frequencies in Hz, evenly spaced in mel from fMin to fMax, both exactly included; n is 2 or more. */
export function melFrequencies(out: usize, fMin: f64, fMax: f64, htk: bool, n: i32): void {
  const low = hzToMel(fMin, htk);
  const step = (hzToMel(fMax, htk) - low) / <f64>(n - 1);
  const last = <usize>(n - 1);
  store<f64>(out, fMin);
  for (let i: usize = 1; i < last; i++) store<f64>(out + (i << 3), melToHz(low + step * <f64>i, htk));
  store<f64>(out + (last << 3), fMax);
}

/** Bytes of `melBands`. */
export function melBandsSize(n: i32, nMels: i32): usize {
  return (<usize>(nMels + 2 + n + 2)) << 2;
}

/**
 * out is int32 the first bin above edges[0], then nMels + 1 times int32 the number of bins between two edges, the upper one
 * included, then for all of these bins the float32 weights in the filter that falls there and in the one that rises there.
 * edges is nMels + 2 float64, the filters' corners in Hz. Filter b rises from edges[b] to edges[b + 1] and falls to
 * edges[b + 2]; slaney scales each to an area of 1 Hz. Below the first peak no filter falls, above the last one none
 * rises: these weights are 0.
 */
export function melBands(out: usize, edges: usize, sr: f64, slaney: bool, n: i32, nMels: i32): void {
  const bins = (n >> 1) + 1;
  let weights = out + ((<usize>nMels + 2) << 2);
  let bin = 0;
  while (bin < bins && binFrequency(bin, sr, n) <= load<f64>(edges)) bin++;
  store<i32>(out, bin);
  for (let b = 0; b <= nMels; b++) {
    const left = load<f64>(edges);
    const right = load<f64>(edges, 8);
    const falling: f64 = b == 0 ? 0 : slaney ? 2 / (right - load<f64>(edges - 8)) : 1;
    const rising: f64 = b == nMels ? 0 : slaney ? 2 / (load<f64>(edges, 16) - left) : 1;
    const from = bin;
    for (; bin < bins; bin++) {
      const frequency = binFrequency(bin, sr, n);
      if (frequency > right) break;
      store<f32>(weights, <f32>(falling * ((right - frequency) / (right - left))));
      store<f32>(weights, <f32>(rising * ((frequency - left) / (right - left))), 4);
      weights += 8;
    }
    out += 4;
    store<i32>(out, bin - from);
    edges += 8;
  }
}

/** Centre of an FFT bin in Hz. */
function binFrequency(bin: i32, sr: f64, n: i32): f64 {
  return (<f64>bin * sr) / <f64>n;
}

/** Bytes of work space for `melFrames`; `logLanes` goes on to a multiple of four bands. */
export function melWorkSize(n: i32, nMels: i32): usize {
  return stftWorkSize(n) + ((<usize>(nMels + 3)) << 4);
}

/**
 * out is (nFrames, nMels) float32: bands of |X|^power, or the natural logarithm of max(band, aMin) where aMin is above 0
 * (then a normal float32). y holds (nFrames - 1) * hop + n float32; plan is `stftPlan`'s, bands `melBands`'.
 */
export function melFrames(
  out: usize,
  y: usize,
  plan: usize,
  bands: usize,
  work: usize,
  power: i32,
  aMin: f32,
  n: i32,
  hop: i32,
  nMels: i32,
  nFrames: i32,
): void {
  const melLanes = work + stftWorkSize(n);
  const lanes = melLanes - lanesSize(n);
  for (let t = 0; t < nFrames; t += 4) {
    if (power == 1) magnitudeLanes(lanes, y, plan, work, n, hop, t, nFrames);
    else spectrumLanes(lanes, y, plan, work, power, n, hop, t, nFrames);
    bandLanes(melLanes, lanes, bands, nMels);
    if (aMin > 0) logLanes(melLanes, aMin, nMels);
    lanesToRows(out + <usize>t * ((<usize>nMels) << 2), melLanes, nMels, min(4, nFrames - t));
  }
}

/**
 * lanes is (nMels, 4): each band is the sum of its bins times their weights, low to high; spectrum is (1 + n/2, 4). A bin
 * is read once, for the filter that falls there and the one that rises.
 */
function bandLanes(lanes: usize, spectrum: usize, bands: usize, nMels: i32): void {
  const last = bands + ((<usize>nMels + 1) << 2);
  let at = spectrum + ((<usize>load<i32>(bands)) << 4);
  let weights = last + 4;
  let rising = f32x4.splat(0);
  for (let to = lanes - 16; bands < last; to += 16) {
    bands += 4;
    let sum = rising;
    rising = f32x4.splat(0);
    for (const end = weights + ((<usize>load<i32>(bands)) << 3); weights < end; weights += 8) {
      const bin = v128.load(at);
      at += 16;
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights), bin));
      rising = f32x4.add(rising, f32x4.mul(v128.load32_splat(weights, 4), bin));
    }
    if (to < lanes) continue;
    v128.store(to, sum);
  }
}

/**
 * In place: the logarithms of max(lanes, aMin), of four bands side by side, because each is a long chain of steps and a
 * processor looks ahead no further than two or three of them.
 */
function logLanes(lanes: usize, aMin: f32, nMels: i32): void {
  const floor = f32x4.splat(aMin);
  const end = lanes + ((<usize>nMels) << 4);
  for (; lanes < end; lanes += 64) {
    const a = Logarithm.four(f32x4.pmax(floor, v128.load(lanes)));
    const b = Logarithm.four(f32x4.pmax(floor, v128.load(lanes, 16)));
    const c = Logarithm.four(f32x4.pmax(floor, v128.load(lanes, 32)));
    const d = Logarithm.four(f32x4.pmax(floor, v128.load(lanes, 48)));
    v128.store(lanes, a);
    v128.store(lanes, b, 16);
    v128.store(lanes, c, 32);
    v128.store(lanes, d, 48);
  }
}
