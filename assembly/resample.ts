/**
 * Band-limited polyphase resampling with a Kaiser-windowed sinc.
 *
 * The filter is a table of rows, one row of 2 * half taps a phase. Row p stands for outputs that lie p / phases of a sample
 * behind an input sample; its tap j weighs the input half - 1 - j samples before that one. Where the ratio of the rates
 * has few phases, each has its row; otherwise the rows are a grid, between which the outputs are interpolated by cubics.
 * Positions are whole samples and a phase in integers: nothing drifts, however long the signal.
 */

import { cosTurn, sinHalfTurns } from "./math";
import { forward512, inverse512, placeOf, SPECTRUM, TWIDDLES, twiddles512 } from "./resample/fft512";

/** Taps, a quarter of which one float32 lane adds up, before the sum moves on to float64. */
const RUN = 128;

/**
 * out is (nRows, 2 * half): the filter's rows firstRow .. firstRow + nRows - 1 of `phases` to a sample (firstRow may be
 * negative: rows between which to interpolate). row is scratch for 2 * half float64.
 *
 * The filter is h(t) = cutoff sinc(cutoff t) I0(beta sqrt(1 - (t / width)^2)) / I0(beta) for |t| < width, t in input
 * samples, cutoff relative to the input's Nyquist frequency (Kaiser 1966; Oppenheim and Schafer, section 7.5.3). Each row is
 * scaled to the sum 1, so that a constant stays what it is.
 */
export function resampleFilter(
  out: usize,
  row: usize,
  cutoff: f64,
  width: f64,
  beta: f64,
  half: i32,
  phases: i32,
  firstRow: i32,
  nRows: i32,
): void {
  const taps = half << 1;
  for (let p = 0; p < nRows; p++) {
    const sum = filterRow(row, <f64>(firstRow + p) / <f64>phases, cutoff, width, beta, half);
    for (let j = 0; j < taps; j++) {
      store<f32>(out + ((<usize>(p * taps + j)) << 2), <f32>(load<f64>(row + ((<usize>j) << 3)) / sum));
    }
  }
}

/**
 * out is nOut samples at the new rate, nOut a multiple of 4; output i stands phase + i * step phases of 1 / phases sample behind
 * the first one's place. x holds the input from half - 1 samples before that place on, up to half samples behind the last
 * output's. table is (phases, 2 * half) with a row for every phase; phase is below phases; half is a multiple of 8.
 */
export function resampleBlock(
  out: usize,
  x: usize,
  table: usize,
  nOut: i32,
  phase: i32,
  step: i32,
  phases: i32,
  half: i32,
): void {
  const rowBytes = (<usize>half) << 3;
  const whole = (<usize>(step / phases)) << 2;
  const rest = step % phases;
  for (const end = out + ((<usize>nOut) << 2); out < end; out += 16) {
    const xA = x;
    const hA = table + <usize>phase * rowBytes;
    phase += rest;
    let carry = phase >= phases;
    x += whole + ((<usize>carry) << 2);
    if (carry) phase -= phases;
    const xB = x;
    const hB = table + <usize>phase * rowBytes;
    phase += rest;
    carry = phase >= phases;
    x += whole + ((<usize>carry) << 2);
    if (carry) phase -= phases;
    const xC = x;
    const hC = table + <usize>phase * rowBytes;
    phase += rest;
    carry = phase >= phases;
    x += whole + ((<usize>carry) << 2);
    if (carry) phase -= phases;
    v128.store(out, fourSums(xA, xB, xC, x, hA, hB, hC, table + <usize>phase * rowBytes, rowBytes));
    phase += rest;
    carry = phase >= phases;
    x += whole + ((<usize>carry) << 2);
    if (carry) phase -= phases;
  }
}

/**
 * The same with a table of (grid + 3, 2 * half), whose rows are -1 .. grid + 1 of `grid` to a sample: the four rows around an
 * output's phase give four sums, and a cubic through them gives the output.
 */
export function resampleBlockBetween(
  out: usize,
  x: usize,
  table: usize,
  nOut: i32,
  phase: i32,
  step: i32,
  phases: i32,
  half: i32,
  grid: i32,
): void {
  const rowBytes = (<usize>half) << 3;
  const whole = (<usize>(step / phases)) << 2;
  const rest = step % phases;
  for (let i = 0; i < nOut; i++) {
    const place = phase * grid;
    const h = table + <usize>(place / phases) * rowBytes;
    const u = <f64>(place % phases) / <f64>phases;
    const sums = fourSums(x, x, x, x, h, h + rowBytes, h + 2 * rowBytes, h + 3 * rowBytes, rowBytes);
    const value = cubic(
      u,
      f32x4.extract_lane(sums, 0),
      f32x4.extract_lane(sums, 1),
      f32x4.extract_lane(sums, 2),
      f32x4.extract_lane(sums, 3),
    );
    store<f32>(out + ((<usize>i) << 2), <f32>value);
    x += whole;
    phase += rest;
    if (phase >= phases) {
      phase -= phases;
      x += 4;
    }
  }
}

/** Sums of products of four places of the input with a row each, of `size` bytes: short float32 sums, their totals in float64. */
function fourSums(
  xA: usize,
  xB: usize,
  xC: usize,
  xD: usize,
  hA: usize,
  hB: usize,
  hC: usize,
  hD: usize,
  size: usize,
): v128 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (const end = hA + size; hA < end; ) {
    const stop = min<usize>(hA + (RUN << 2), end);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (; hA < stop; hA += 32) {
      a = f32x4.add(a, f32x4.mul(v128.load(xA), v128.load(hA)));
      b = f32x4.add(b, f32x4.mul(v128.load(xB), v128.load(hB)));
      c = f32x4.add(c, f32x4.mul(v128.load(xC), v128.load(hC)));
      d = f32x4.add(d, f32x4.mul(v128.load(xD), v128.load(hD)));
      a = f32x4.add(a, f32x4.mul(v128.load(xA, 16), v128.load(hA, 16)));
      b = f32x4.add(b, f32x4.mul(v128.load(xB, 16), v128.load(hB, 16)));
      c = f32x4.add(c, f32x4.mul(v128.load(xC, 16), v128.load(hC, 16)));
      d = f32x4.add(d, f32x4.mul(v128.load(xD, 16), v128.load(hD, 16)));
      xA += 32;
      xB += 32;
      xC += 32;
      xD += 32;
      hB += 32;
      hC += 32;
      hD += 32;
    }
    const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
    const sums = f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
    low = f64x2.add(low, f64x2.promote_low_f32x4(sums));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(sums, sums, 1, 1)));
  }
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Lagrange's cubic through values at -1, 0, 1 and 2, at u from 0 to 1. */
function cubic(u: f64, before: f64, left: f64, right: f64, behind: f64): f64 {
  const a = u + 1;
  const b = u - 1;
  const c = u - 2;
  return (a * b * c * left - u * a * c * right) / 2 + (u * a * b * behind - u * b * c * before) / 6;
}

/** row is 2 * half float64, the taps of outputs that lie `behind` of a sample behind an input; returns their sum. */
function filterRow(row: usize, behind: f64, cutoff: f64, width: f64, beta: f64, half: i32): f64 {
  let sum: f64 = 0;
  for (let j = 0; j < half << 1; j++) {
    const value = windowedSinc(behind + <f64>(half - 1 - j), cutoff, width, beta);
    store<f64>(row + ((<usize>j) << 3), value);
    sum += value;
  }
  return sum;
}

function windowedSinc(t: f64, cutoff: f64, width: f64, beta: f64): f64 {
  const r = t / width;
  const inside = 1 - r * r;
  if (inside <= 0) return 0;
  const x = cutoff * t;
  const sinc = x == 0 ? 1 : sinHalfTurns(x) / (Math.PI * x);
  return (cutoff * sinc * besselI0(beta * Math.sqrt(inside))) / besselI0(beta);
}

/** The modified Bessel function of order 0, by its power series (Abramowitz and Stegun 9.6.12); every term is positive. */
function besselI0(x: f64): f64 {
  const quarter = (x * x) / 4;
  let sum: f64 = 1;
  let term: f64 = 1;
  for (let k: f64 = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

/** Bytes of the plan that `resampleSpectra` makes for a ratio of `phases` outputs to `step` inputs. */
export function resampleSpectraSize(step: i32, phases: i32): usize {
  return TWIDDLES + <usize>(step * phases) * SPECTRUM;
}

/** Bytes of scratch for `resampleSpectra`: a row of 2 * half taps and a table of 512 cosines. */
export function resampleSpectraWork(half: i32): usize {
  return ((<usize>half) << 4) + 4096;
}

/**
 * out is the plan of `resamplePairs`: twiddles, and for each of `phases` outputs and each of `step` inputs of a cycle of the
 * ratio the spectrum of the taps that lead from the one to the other, real and imaginary vectors in turn. The taps are
 * those of `resampleFilter`, in float64 as the transform here is.
 */
export function resampleSpectra(
  out: usize,
  work: usize,
  cutoff: f64,
  width: f64,
  beta: f64,
  half: i32,
  step: i32,
  phases: i32,
): void {
  const taps = half << 1;
  const row = work + 4096;
  for (let k = 0; k < 512; k++) store<f64>(work + ((<usize>k) << 3), cosTurn(k, 512));
  twiddles512(out);
  out += TWIDDLES;
  for (let l = 0; l < phases; l++) {
    const whole = (l * step) / phases;
    const sum = filterRow(row, <f64>((l * step) % phases) / <f64>phases, cutoff, width, beta, half);
    for (let m = 0; m < step; m++) {
      for (let k = 0; k < 512; k++) {
        let real: f64 = 0;
        let imaginary: f64 = 0;
        for (let s = (whole - m + step - 1) / step; s * step + m - whole < taps; s++) {
          const tap = load<f64>(row + ((<usize>(s * step + m - whole)) << 3));
          real += tap * load<f64>(work + ((<usize>((s * k) & 511)) << 3));
          imaginary += tap * load<f64>(work + ((<usize>((s * k - 128) & 511)) << 3));
        }
        const place = <usize>placeOf(k);
        const to = out + ((place >> 2) << 5) + ((place & 3) << 2);
        store<f32>(to, <f32>(real / (sum * 512)));
        store<f32>(to, <f32>(imaginary / (sum * 512)), 16);
      }
      out += SPECTRUM;
    }
  }
}

/** Bytes of work space for `resamplePairs`. */
export function resamplePairsWork(step: i32, phases: i32): usize {
  return <usize>(1 + step + phases) * SPECTRUM;
}

/**
 * out is nPairs * 2 * valid * phases samples. x holds the input from half - 1 samples before the first output's place on,
 * (nPairs * 2 * valid - valid + 512) * step samples; plan is of `resampleSpectra`; valid is a multiple of 4; work as
 * `resamplePairsWork` says. A pair is two blocks of valid * step inputs, the real and the imaginary part of one signal.
 */
export function resamplePairs(
  out: usize,
  x: usize,
  plan: usize,
  work: usize,
  nPairs: i32,
  step: i32,
  phases: i32,
  valid: i32,
): void {
  const block = (<usize>(valid * step)) << 2;
  const outBlock = (<usize>(valid * phases)) << 2;
  const spectra = work + SPECTRUM;
  const results = spectra + <usize>step * SPECTRUM;
  for (let pair = 0; pair < nPairs; pair++) {
    for (let m = 0; m < step; m++) {
      const spectrum = spectra + <usize>m * SPECTRUM;
      const from = x + ((<usize>m) << 2);
      if (step == 1) forward512(spectrum, from, from + block, work, plan);
      else {
        everyNth(spectrum, from, step);
        everyNth(spectrum + (SPECTRUM >> 1), from + block, step);
        forward512(spectrum, spectrum, spectrum + (SPECTRUM >> 1), work, plan);
      }
    }
    let filter = plan + TWIDDLES;
    for (let l = 0; l < phases; l++) {
      const result = results + <usize>l * SPECTRUM;
      filtered(result, spectra, filter, step);
      filter += <usize>step * SPECTRUM;
      if (phases == 1) inverse512(out, out + outBlock, valid, result, work, plan);
      else inverse512(result, result + (SPECTRUM >> 1), valid, result, work, plan);
    }
    if (phases == 2) {
      interleave(out, results, results + SPECTRUM, valid);
      interleave(out + outBlock, results + (SPECTRUM >> 1), results + SPECTRUM + (SPECTRUM >> 1), valid);
    } else if (phases > 2) {
      for (let l = 0; l < phases; l++) {
        const result = results + <usize>l * SPECTRUM;
        spread(out + ((<usize>l) << 2), result, phases, valid);
        spread(out + outBlock + ((<usize>l) << 2), result + (SPECTRUM >> 1), phases, valid);
      }
    }
    x += 2 * block;
    out += 2 * outBlock;
  }
}

/** to gets 512 samples of x, step apart. */
function everyNth(to: usize, x: usize, step: i32): void {
  if (step == 2) {
    for (const end = to + 2048; to < end; to += 16) {
      v128.store(to, v128.shuffle<i32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6));
      x += 32;
    }
    return;
  }
  const stride = (<usize>step) << 2;
  for (const end = to + 2048; to < end; to += 16) {
    let four = v128.load32_zero(x);
    four = v128.load32_lane(x + stride, four, 1);
    four = v128.load32_lane(x + 2 * stride, four, 2);
    v128.store(to, v128.load32_lane(x + 3 * stride, four, 3));
    x += 4 * stride;
  }
}

/** n samples from x go to `out`, phases apart. */
function spread(out: usize, x: usize, phases: i32, n: i32): void {
  const stride = (<usize>phases) << 2;
  for (const end = x + ((<usize>n) << 2); x < end; x += 4) {
    store<f32>(out, load<f32>(x));
    out += stride;
  }
}

/** n samples from a and from b, a multiple of 4, go to `out` by turns. */
function interleave(out: usize, a: usize, b: usize, n: i32): void {
  for (const end = a + ((<usize>n) << 2); a < end; a += 16) {
    const even = v128.load(a);
    const odd = v128.load(b);
    v128.store(out, v128.shuffle<i32>(even, odd, 0, 4, 1, 5));
    v128.store(out, v128.shuffle<i32>(even, odd, 2, 6, 3, 7), 16);
    b += 16;
    out += 32;
  }
}

/** out is the sum of `step` spectra, each times its filter. */
function filtered(out: usize, spectra: usize, filter: usize, step: i32): void {
  const end = spectra + (SPECTRUM >> 1);
  for (; spectra < end; spectra += 16) {
    let real = f32x4.splat(0);
    let imaginary = f32x4.splat(0);
    let from = spectra;
    let by = filter;
    for (let m = 0; m < step; m++) {
      const r = v128.load(from);
      const i = v128.load(from, 2048);
      const fr = v128.load(by);
      const fi = v128.load(by, 16);
      real = f32x4.add(real, f32x4.sub(f32x4.mul(r, fr), f32x4.mul(i, fi)));
      imaginary = f32x4.add(imaginary, f32x4.add(f32x4.mul(i, fr), f32x4.mul(r, fi)));
      from += SPECTRUM;
      by += SPECTRUM;
    }
    v128.store(out, real);
    v128.store(out, imaginary, 2048);
    filter += 32;
    out += 16;
  }
}
