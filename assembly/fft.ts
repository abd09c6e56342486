/**
 * Real FFT of two frames; any power of two from 64 to 8192.
 *
 * n = r m with m = 8, 64 or 512 and r = 4, 8 or 16. The first stage takes each r samples that lie m apart to their DFT. Of
 * each conjugate pair of residues mod r one is kept, as m complex values that stages of radix 8 take further (decimation
 * in frequency, in place). Residues 0 and r/2 together are a transform of 2m real values: they are taken as m complex
 * ones and unpacked at the end. So nothing is computed twice, and nothing is permuted.
 *
 * Both lanes of a vector hold neighbouring values of one frame; the last stage alone puts the values of two frames side
 * by side. Lanes never mix, so a frame's bits do not depend on the other.
 *
 * V8 keeps 15 vectors in registers and computes all that a store needs level by level, loads first. So each stage leaves
 * half of its values in a spare place, in order that no step needs more than that.
 *
 * Why float64: the rounding of a float32 transform is spread over all bins in proportion to the loudest. Beside a loud
 * tone it moves a quiet log-Mel band by far more than 1e-4, and librosa transforms in float64 as well.
 */
import { firstOf4, firstOf8, firstOf16 } from "./fft/first";
import { Last, lastMagnitudes, lastSpectrum, stageOf8, TWIDDLES } from "./fft/stages";
import { storeBoth, storeRoots } from "./fft/vectors";
import { cosTurn, sinTurn } from "./math";

/** Radix of the first stage. */
function firstRadix(n: i32): i32 {
  return 4 << ((ctz(n) - 2) % 3);
}

/** The residue mod r whose values block b holds: of k and -k the one that needs no negation. */
function residue(b: i32, r: i32): i32 {
  return ((r == 16 ? <u32>0xda954210 : <u32>0x5210) >> ((<u32>b) << 2)) & 15;
}

/** Bytes of a plan for frames of n samples. */
export function fftPlanSize(n: i32): usize {
  return unpackOffset(n) + ((<usize>(n / firstRadix(n))) << 3);
}

/** Bytes of what the first stage reads for two columns: r vectors of the window, r/2 - 1 pairs of vectors of twiddles. */
function columnsSize(r: i32): usize {
  return ((<usize>r) << 5) - 32;
}

function stagesOffset(n: i32): usize {
  const r = firstRadix(n);
  return <usize>((n / r) >> 1) * columnsSize(r);
}

function rowsOffset(n: i32): usize {
  let offset = stagesOffset(n);
  for (let l = n / firstRadix(n); l > 8; l >>= 3) offset += <usize>(l >> 4) * TWIDDLES;
  return offset;
}

function unpackOffset(n: i32): usize {
  return rowsOffset(n) + (<usize>n >> 2);
}

/**
 * out is the plan, cos and sin always as two float64 vectors for two values t, t + 1:
 * for t = 0, 2 ... m - 2: the periodic Hann window at t + jm, j = 0 ... r - 1, and cos, sin of 2 pi t k / n for the residues k
 * of blocks 1 ... r/2 - 1 |
 * for l = m, m/8 ... 64, for t = 0, 2 ... l/8 - 2: cos, sin of 2 pi t q / l for q = 1 ... 7 |
 * n/16 uint32: the frequency of each eight values, see `rowFrequency` |
 * for k = 0 ... m/2 - 1, not in vectors: half the cos and sin of 2 pi k / 2m, for the unpacking.
 */
export function fftPlan(out: usize, n: i32): void {
  const r = firstRadix(n);
  const m = n / r;
  let to = out;
  for (let t = 0; t < m; t += 2) {
    for (let j = 0; j < r; j++) {
      store<f64>(to, 0.5 - 0.5 * cosTurn(t + j * m, n));
      store<f64>(to, 0.5 - 0.5 * cosTurn(t + j * m + 1, n), 8);
      to += 16;
    }
    for (let b = 1; b < r >> 1; b++) {
      storeTurns(to, t, residue(b, r), n);
      to += 32;
    }
  }
  for (let l = m; l > 8; l >>= 3) {
    for (let t = 0; t < l >> 3; t += 2) {
      for (let q = 1; q < 8; q++) {
        storeTurns(to, t, q, l);
        to += 32;
      }
    }
  }
  for (let row = 0; row < n >> 4; row++) {
    store<u32>(to, rowFrequency(row, r, m));
    to += 4;
  }
  for (let k = 0; k < m >> 1; k++) {
    store<f64>(to, 0.5 * cosTurn(k, m << 1));
    store<f64>(to, 0.5 * sinTurn(k, m << 1), 8);
    to += 16;
  }
}

function storeTurns(to: usize, t: i32, k: i32, n: i32): void {
  const second = ((t + 1) * k) % n;
  store<f64>(to, cosTurn((t * k) % n, n));
  store<f64>(to, cosTurn(second, n), 8);
  store<f64>(to, sinTurn((t * k) % n, n), 16);
  store<f64>(to, sinTurn(second, n), 24);
}

/** Lowest frequency of a row of eight values before the last stage: its block's residue, then octal digits times r, 8r ... */
function rowFrequency(row: i32, r: i32, m: i32): i32 {
  const blockRows = m >> 3;
  let k = residue(row / blockRows, r);
  let scale = r;
  for (let rest = row % blockRows, l = blockRows >> 3; l > 0; l >>= 3) {
    k += scale * (rest / l);
    rest %= l;
    scale <<= 3;
  }
  return k;
}

/** Bytes of work space: both frames, their packed blocks as one spectrum of m + 1 values, and the spare place. */
export function fftWorkSize(n: i32): usize {
  return spareOffset(n) + 256;
}

function packedOffset(n: i32): usize {
  return (<usize>n) << 4;
}

function spareOffset(n: i32): usize {
  return packedOffset(n) + ((<usize>(n / firstRadix(n) + 1)) << 5);
}

/**
 * lanes is (1 + n/2, 4) float32, of which two of each four are set: the magnitudes of frames a and b under the window. They
 * are the float32 roots of squares rounded to float32: off by 1.5 roundings at most, and zero below 1e-23. a, b are n float32 each.
 */
export function magnitudesTwo(lanes: usize, work: usize, a: usize, b: usize, plan: usize, n: i32): void {
  const r = firstRadix(n);
  const m = n / r;
  transformTwo(work, a, b, plan, n);
  const step = (<usize>r) << 3;
  const packed = work + packedOffset(n);
  const last = packed + ((<usize>m) << 5);
  for (let at = packed; at < last; at += 64) {
    storeRoots(lanes, lanes + step, Last.squared(at), Last.squared(at + 32));
    lanes += 2 * step;
  }
  v128.store64_lane(lanes, f32x4.sqrt(Last.squared(last)), 0);
  const rows = plan + rowsOffset(n);
  const first = <usize>(m >> 3);
  lanes -= (<usize>n) << 3;
  lastMagnitudes(lanes, work + (first << 7), rows + (first << 2), plan + unpackOffset(n), n);
}

/** out is (1 + n/2, 2) vectors: real and imaginary part of the spectra of frames a and b under the window. */
export function spectrumTwo(out: usize, work: usize, a: usize, b: usize, plan: usize, n: i32): void {
  const r = firstRadix(n);
  const m = n / r;
  transformTwo(work, a, b, plan, n);
  let to = out;
  const packed = work + packedOffset(n);
  const last = packed + ((<usize>m) << 5);
  for (let at = packed; at <= last; at += 32) {
    storeBoth(to, v128.load(at), v128.load(at, 16));
    to += (<usize>r) << 4;
  }
  const rows = plan + rowsOffset(n);
  const first = <usize>(m >> 3);
  lastSpectrum(out, work + (first << 7), rows + (first << 2), plan + unpackOffset(n), n, 1);
}

/** All stages of both frames but the last, and that too of their packed blocks. */
function transformTwo(work: usize, a: usize, b: usize, plan: usize, n: i32): void {
  const m = n / firstRadix(n);
  const second = work + ((<usize>n) << 3);
  const packed = work + packedOffset(n);
  const spare = work + spareOffset(n);
  firstStage(work, a, plan, spare, n);
  firstStage(second, b, plan, spare, n);
  let twiddles = plan + stagesOffset(n);
  for (let l = m; l > 8; l >>= 3) {
    stageOf8(work, packed, twiddles, spare, l);
    twiddles += <usize>(l >> 4) * TWIDDLES;
  }
  const rows = plan + rowsOffset(n);
  lastSpectrum(packed, work, rows, rows + (<usize>m >> 1), n, n / m);
  unpack(packed, plan + unpackOffset(n), m);
}

/** work is r/2 blocks of (m/2, 2) vectors; x is n float32; two columns of r samples, m apart, at a time. */
function firstStage(work: usize, x: usize, columns: usize, spare: usize, n: i32): void {
  const r = firstRadix(n);
  if (r == 16) firstOf16(work, x, columns, spare, n >> 4);
  else if (r == 8) firstOf8(work, x, columns, n >> 3);
  else firstOf4(work, x, columns, n >> 2);
}

/**
 * In place: m values of the transform of m complex ones, whose real and imaginary parts are 2m real ones by turns, to the
 * m + 1 of the real ones.
 *
 * With Z what there is, E = (Z[k] + conj Z[m-k]) / 2 and O = (Z[k] - conj Z[m-k]) / 2i are the transforms of even and odd
 * values, and X[k] = E + exp(-2 pi i k / 2m) O, X[m-k] = conj(E - exp(-2 pi i k / 2m) O).
 */
function unpack(work: usize, twiddles: usize, m: i32): void {
  const half = f64x2.splat(0.5);
  const zero = f64x2.splat(0);
  let low = work;
  let high = work + ((<usize>m) << 5);
  let r = v128.load(low);
  let i = v128.load(low, 16);
  storeBoth(low, f64x2.add(r, i), zero);
  storeBoth(high, f64x2.sub(r, i), zero);
  for (let k = 1; k < m >> 1; k++) {
    low += 32;
    high -= 32;
    twiddles += 16;
    r = v128.load(low);
    i = v128.load(low, 16);
    const mirrorR = v128.load(high);
    const mirrorI = v128.load(high, 16);
    const evenR = f64x2.mul(half, f64x2.add(r, mirrorR));
    const evenI = f64x2.mul(half, f64x2.sub(i, mirrorI));
    const oddR = f64x2.add(i, mirrorI);
    const oddI = f64x2.sub(mirrorR, r);
    const cos = v128.load64_splat(twiddles);
    const sin = v128.load64_splat(twiddles, 8);
    const turnedR = f64x2.add(f64x2.mul(oddR, cos), f64x2.mul(oddI, sin));
    const turnedI = f64x2.sub(f64x2.mul(oddI, cos), f64x2.mul(oddR, sin));
    storeBoth(low, f64x2.add(evenR, turnedR), f64x2.add(evenI, turnedI));
    storeBoth(high, f64x2.sub(evenR, turnedR), f64x2.sub(turnedI, evenI));
  }
  low += 32;
  v128.store(low, f64x2.neg(v128.load(low, 16)), 16);
}
