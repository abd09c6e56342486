/**
 * Mel bands: the two scales, triangular filters kept as bands of their non-zero weights, and Mel or log-Mel frames.
 *
 * Scales and filters are librosa's (`hz_to_mel`, `mel_to_hz`, `mel_frequencies`, `filters.mel`), computed in float64 and
 * rounded once.
 */
import { logFour } from "./math";
import { lanesToRows } from "./simd";
import { spectrumLanes, stftWorkSize } from "./stft";

/** Slaney's scale (Auditory Toolbox, 1998): linear below 1000 Hz at 200/3 Hz a mel, then 27 mels to a factor of 6.4. */
const LINEAR_STEP: f64 = 200.0 / 3.0;
const LINEAR_END: f64 = 1000;
const LINEAR_MELS: f64 = 15;

function logStep(): f64 {
  return Math.log(6.4) / 27;
}

/** Mel of a frequency in Hz (0 or more); htk chooses 2595 log10(1 + f / 700) (the HTK Book, 5.4.1). */
export function hzToMel(hz: f64, htk: bool): f64 {
  if (htk) return 2595 * Math.log10(1 + hz / 700);
  return hz < LINEAR_END ? hz / LINEAR_STEP : LINEAR_MELS + Math.log(hz / LINEAR_END) / logStep();
}

/** Frequency in Hz of a mel. */
export function melToHz(mel: f64, htk: bool): f64 {
  if (htk) return 700 * (Math.pow(10, mel / 2595) - 1);
  return mel < LINEAR_MELS ? LINEAR_STEP * mel : LINEAR_END * Math.exp(logStep() * (mel - LINEAR_MELS));
}

/** out is n float64: frequencies in Hz, evenly spaced in mel from fMin to fMax, both included; n is 2 or more. */
export function melFrequencies(out: usize, fMin: f64, fMax: f64, htk: bool, n: i32): void {
  const low = hzToMel(fMin, htk);
  const step = (hzToMel(fMax, htk) - low) / <f64>(n - 1);
  const last = <usize>(n - 1);
  for (let i: usize = 0; i < last; i++) store<f64>(out + (i << 3), melToHz(low + step * <f64>i, htk));
  store<f64>(out + (last << 3), melToHz(hzToMel(fMax, htk), htk));
}

/** Bytes of `melBands`: a bin lies under two filters at most. */
export function melBandsSize(n: i32, nMels: i32): usize {
  return ((<usize>nMels) << 3) + ((<usize>n + 2) << 2);
}

/**
 * out is nMels times (int32 first bin, int32 number of bins), then the float32 weights of all bands, one after the other;
 * edges is nMels + 2 float64, the filters' corners in Hz. Filter b rises from edges[b] to edges[b + 1] and falls to
 * edges[b + 2]; slaney scales each to an area of 1 Hz. A filter between two bins is empty (0, 0).
 */
export function melBands(out: usize, edges: usize, sr: f64, slaney: bool, n: i32, nMels: i32): void {
  const bins = (n >> 1) + 1;
  let weights = out + ((<usize>nMels) << 3);
  let from = 0;
  for (let b = 0; b < nMels; b++) {
    const at = edges + ((<usize>b) << 3);
    const left = load<f64>(at);
    const centre = load<f64>(at, 8);
    const right = load<f64>(at, 16);
    const scale = slaney ? 2 / (right - left) : 1;
    while (from < bins && binFrequency(from, sr, n) <= left) from++;
    let bin = from;
    for (; bin < bins; bin++) {
      const frequency = binFrequency(bin, sr, n);
      if (frequency >= right) break;
      const rising = (frequency - left) / (centre - left);
      const falling = (right - frequency) / (right - centre);
      store<f32>(weights, <f32>(scale * min(rising, falling)));
      weights += 4;
    }
    store<i32>(out + ((<usize>b) << 3), bin > from ? from : 0);
    store<i32>(out + ((<usize>b) << 3), bin - from, 4);
  }
}

/** Centre of an FFT bin in Hz. */
function binFrequency(bin: i32, sr: f64, n: i32): f64 {
  return (<f64>bin * sr) / <f64>n;
}

/** Bytes of work space for `melFrames`. */
export function melWorkSize(n: i32, nMels: i32): usize {
  return stftWorkSize(n) + ((<usize>nMels) << 4);
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
  const lanes = work + stftWorkSize(n);
  // The spectra of four frames lie where `stftWorkSize` has two sets of lanes, the second of which is not needed here.
  const spectrum = lanes - ((<usize>((n >> 1) + 1)) << 4);
  for (let t = 0; t < nFrames; t += 4) {
    spectrumLanes(spectrum, y, plan, work, power, n, hop, t, nFrames);
    bandLanes(lanes, spectrum, bands, nMels);
    if (aMin > 0) logLanes(lanes, aMin, nMels);
    lanesToRows(out + <usize>t * ((<usize>nMels) << 2), lanes, nMels, min(4, nFrames - t));
  }
}

/** lanes is (nMels, 4); spectrum is (1 + n/2, 4). Each band is the sum of its bins times their weights, low to high. */
function bandLanes(lanes: usize, spectrum: usize, bands: usize, nMels: i32): void {
  let weights = bands + ((<usize>nMels) << 3);
  for (let b = 0; b < nMels; b++) {
    const band = bands + ((<usize>b) << 3);
    let from = spectrum + ((<usize>load<i32>(band)) << 4);
    const end = weights + ((<usize>load<i32>(band, 4)) << 2);
    let sum = f32x4.splat(0);
    for (; weights < end; weights += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights), v128.load(from)));
      from += 16;
    }
    v128.store(lanes + ((<usize>b) << 4), sum);
  }
}

function logLanes(lanes: usize, aMin: f32, nMels: i32): void {
  const floor = f32x4.splat(aMin);
  const end = lanes + ((<usize>nMels) << 4);
  for (let at = lanes; at < end; at += 16) v128.store(at, logFour(f32x4.max(v128.load(at), floor)));
}
