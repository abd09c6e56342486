/** The plain float64 twin of assembly/stft.ts. */
import { rfft, type Spectrum } from './fft.ts';

/** A periodic Hann window: w[t] = (1 - cos(2 pi t / n)) / 2. */
export function hann(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, t) => 0.5 - 0.5 * Math.cos((2 * Math.PI * t) / n));
}

/** The frames of a signal; with `center` it has nFft / 2 zeros before and behind it. A short one is filled up with zeros. */
export function frame(y: Float32Array, nFft: number, hopLength: number, center = false): Float64Array[] {
  const padded = center
    ? [...new Float32Array(nFft / 2), ...y, ...new Float32Array(nFft / 2)]
    : [...y, ...new Float32Array(Math.max(0, nFft - y.length))];
  const frames: Float64Array[] = [];
  for (let start = 0; start + nFft <= padded.length; start += hopLength) {
    frames.push(Float64Array.from(padded.slice(start, start + nFft)));
  }
  return frames;
}

/** The spectrum of each frame times the window. */
export function stft(y: Float32Array, nFft: number, hopLength: number, center = false): Spectrum[] {
  const window = hann(nFft);
  return frame(y, nFft, hopLength, center).map((values) => rfft(values.map((value, t) => value * window[t])));
}

/** |X|^power of each frame. */
export function spectrogram(
  y: Float32Array,
  nFft: number,
  hopLength: number,
  power = 1,
  center = false,
): Float64Array[] {
  return stft(y, nFft, hopLength, center).map(({ real, imag }) =>
    real.map((re, k) => Math.sqrt(re * re + imag[k] * imag[k]) ** power),
  );
}
