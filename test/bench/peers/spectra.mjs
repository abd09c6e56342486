/** Log-Mel frames by what npm has for spectra: each gives magnitudes, to which the same plain JavaScript adds the Mel bands. */
import { inProcess } from '../harness.mjs';

const N = 1024;
const HOP = 512;
const BINS = N / 2 + 1;
const MELS = 200;

/** @typedef {{ y: Float32Array, bank: Float32Array }} Material the signal, and filters `(200, 513)` */

const hann = Float32Array.from({ length: N }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / N));

/** The non-zero part of each filter. */
function bandsOf(/** @type {Float32Array} */ bank) {
  return Array.from({ length: MELS }, (_, m) => {
    const row = bank.subarray(m * BINS, (m + 1) * BINS);
    const first = row.findIndex((weight) => weight > 0);
    return { first, weights: row.slice(first, row.findLastIndex((weight) => weight > 0) + 1) };
  });
}

/** Logarithms of the bands of one frame's magnitudes. */
function addBands(out, at, bands, magnitudes) {
  for (let m = 0; m < MELS; m++) {
    const { first, weights } = bands[m];
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * magnitudes[first + k];
    out[at + m] = Math.log(Math.max(sum, 1e-5));
  }
}

/**
 * All frames of a signal, given how one windowed frame becomes magnitudes.
 *
 * @param {Material} material
 * @param {Float32Array} frame where the windowed samples are put
 * @param {(frame: Float32Array) => ArrayLike<number>} transform
 */
function sideOf({ y, bank }, frame, transform) {
  const bands = bandsOf(bank);
  const count = 1 + Math.floor((y.length - N) / HOP);
  return inProcess(() => {
    const out = new Float32Array(count * MELS);
    for (let t = 0; t < count; t++) {
      const start = t * HOP;
      for (let i = 0; i < N; i++) frame[i] = y[start + i] * hann[i];
      addBands(out, t * MELS, bands, transform(frame));
    }
    return out;
  });
}

/** PFFFT in WebAssembly with SIMD. */
export async function startPffft(/** @type {Material} */ material) {
  const { default: load } = await import('@echogarden/pffft-wasm/simd');
  const pffft = await load();
  if (pffft._pffft_simd_size() !== 4) throw new Error('this build of pffft has no SIMD');
  const setup = pffft._pffft_new_setup(N, 0);
  const [input, output, work] = [0, 0, 0].map(() => pffft._pffft_aligned_malloc(4 * N));
  const frame = new Float32Array(pffft.HEAPF32.buffer, input, N);
  const packed = new Float32Array(pffft.HEAPF32.buffer, output, N);
  const magnitudes = new Float32Array(BINS);
  return sideOf(material, frame, () => {
    pffft._pffft_transform_ordered(setup, input, output, work, 0);
    // The real values of the first and the last bin share the first pair.
    magnitudes[0] = Math.abs(packed[0]);
    magnitudes[N / 2] = Math.abs(packed[1]);
    for (let k = 1; k < N / 2; k++) {
      const re = packed[2 * k];
      const im = packed[2 * k + 1];
      magnitudes[k] = Math.sqrt(re * re + im * im);
    }
    return magnitudes;
  });
}

/** fft.js, plain JavaScript, its real transform. */
export async function startFftJs(/** @type {Material} */ material) {
  const { default: FFT } = await import('fft.js');
  const fft = new FFT(N);
  const spectrum = fft.createComplexArray();
  const magnitudes = new Float32Array(BINS);
  return sideOf(material, new Float32Array(N), (frame) => {
    fft.realTransform(spectrum, frame);
    for (let k = 0; k < BINS; k++) {
      const re = spectrum[2 * k];
      const im = spectrum[2 * k + 1];
      magnitudes[k] = Math.sqrt(re * re + im * im);
    }
    return magnitudes;
  });
}

/** essentia.js: its algorithms Windowing and Spectrum, whose vectors the caller has to give back. */
export async function startEssentia(/** @type {Material} */ material) {
  const { default: essentiaJs } = await import('essentia.js');
  const essentia = new essentiaJs.Essentia(essentiaJs.EssentiaWASM);
  return sideOf(material, new Float32Array(N), (frame) => {
    const samples = essentia.arrayToVector(frame);
    const windowed = essentia.Windowing(samples, false, N, 'square', 0, false).frame;
    const { spectrum } = essentia.Spectrum(windowed, N);
    const magnitudes = essentia.vectorToArray(spectrum);
    for (const vector of [samples, windowed, spectrum]) vector.delete();
    return magnitudes;
  });
}

/** Meyda: its extractor amplitudeSpectrum, which leaves the last bin out; no filter has weight there. */
export async function startMeyda(/** @type {Material} */ material) {
  const { default: meyda } = await import('meyda');
  Object.assign(meyda, { bufferSize: N, sampleRate: 22050, windowingFunction: 'rect' });
  return sideOf(material, new Float32Array(N), (frame) => meyda.extract('amplitudeSpectrum', frame));
}
