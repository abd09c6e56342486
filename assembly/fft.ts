/**
 * Real FFT of two frames at once, one in each lane of a float64 vector; any power of two from 64 to 8192.
 *
 * A real frame of n samples is taken as m = n/2 complex ones (even samples real, odd ones imaginary), transformed by
 * decimation in time, and unpacked. The first stage has radix 4 or 8, whichever leaves a power of 4; all others radix 4.
 * Samples come in the order that the first stage wants, so the array is never permuted.
 *
 * Why float64: the rounding of a float32 transform is spread over all bins in proportion to the loudest. Beside a loud
 * tone it moves a quiet log-Mel band by far more than 1e-4, and librosa transforms in float64 as well.
 */
import { cosTurn, sinTurn } from "./math";

/** Bytes of a plan for frames of n samples. */
export function fftPlanSize(n: i32): usize {
  return realOffset(n >> 1) + ((<usize>n) << 2);
}

/**
 * out is the plan, with m = n/2 and a first stage of radix r:
 * m/r uint32, where each first butterfly starts in the frame (base-4 digits of its number, reversed) |
 * for l = r, 4r, 16r ... m/4, for k = 0 ... l-1: float64 cos, sin of 2 pi jk / 4l for j = 1, 2, 3 |
 * for k = 0 ... m/2-1: float64 cos, sin of 2 pi k / n, for the unpacking.
 */
export function fftPlan(out: usize, n: i32): void {
  const m = n >> 1;
  const r = firstRadix(m);
  const digits = (ctz(m) - ctz(r)) >> 1;
  for (let q = 0; q < m / r; q++) store<u32>(out + ((<usize>q) << 2), reverseDigits(q, digits));
  let to = out + twiddleOffset(m);
  for (let l = r; l < m; l <<= 2) {
    for (let k = 0; k < l; k++) {
      for (let j = 1; j < 4; j++) {
        store<f64>(to, cosTurn(j * k, l << 2));
        store<f64>(to, sinTurn(j * k, l << 2), 8);
        to += 16;
      }
    }
  }
  for (let k = 0; k < m >> 1; k++) {
    store<f64>(to, cosTurn(k, n));
    store<f64>(to, sinTurn(k, n), 8);
    to += 16;
  }
}

/** 8 where log2(m) is odd, else 4. */
function firstRadix(m: i32): i32 {
  return ctz(m) & 1 ? 8 : 4;
}

function twiddleOffset(m: i32): usize {
  return (<usize>(m / firstRadix(m))) << 2;
}

/** The sum of l over all radix-4 stages is (m - r) / 3. */
function realOffset(m: i32): usize {
  return twiddleOffset(m) + <usize>((m - firstRadix(m)) / 3) * 48;
}

function reverseDigits(q: i32, digits: i32): u32 {
  let reversed: u32 = 0;
  for (let i = 0; i < digits; i++) {
    reversed = (reversed << 2) | (q & 3);
    q >>= 2;
  }
  return reversed;
}

/**
 * work is (n/2, 2) vectors of two lanes: real and imaginary part of the packed spectrum of frames a and b.
 * a, b are n float32 each; window is n float64, with which they are multiplied on the way in.
 */
export function fftTwo(work: usize, a: usize, b: usize, window: usize, plan: usize, n: i32): void {
  const m = n >> 1;
  const r = firstRadix(m);
  if (r == 8) firstStageOf8(work, a, b, window, plan, m);
  else firstStageOf4(work, a, b, window, plan, m);
  let twiddles = plan + twiddleOffset(m);
  for (let l = r; l < m; l <<= 2) {
    stageOf4(work, twiddles, l, m);
    twiddles += <usize>l * 48;
  }
}

/** Complex sample j of both frames, windowed: real parts of a and b | imaginary parts of a and b. */
function realParts(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

function imaginaryParts(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

/** Samples 2j and 2j + 1 of one frame, times the window. */
function windowed(frame: usize, window: usize, j: usize): v128 {
  const pair = f64x2.promote_low_f32x4(v128.load64_zero(frame + (j << 3)));
  return f64x2.mul(pair, v128.load(window + (j << 4)));
}

/** Butterflies of 4 samples, m/4 apart, without twiddles. */
function firstStageOf4(work: usize, a: usize, b: usize, window: usize, starts: usize, m: i32): void {
  const step = <usize>(m >> 2);
  const end = starts + (step << 2);
  let to = work;
  for (let start = starts; start < end; start += 4) {
    const j = <usize>load<u32>(start);
    let x = windowed(a, window, j);
    let y = windowed(b, window, j);
    const r0 = realParts(x, y);
    const i0 = imaginaryParts(x, y);
    x = windowed(a, window, j + step);
    y = windowed(b, window, j + step);
    const r1 = realParts(x, y);
    const i1 = imaginaryParts(x, y);
    x = windowed(a, window, j + 2 * step);
    y = windowed(b, window, j + 2 * step);
    const r2 = realParts(x, y);
    const i2 = imaginaryParts(x, y);
    x = windowed(a, window, j + 3 * step);
    y = windowed(b, window, j + 3 * step);
    const r3 = realParts(x, y);
    const i3 = imaginaryParts(x, y);
    Radix4.butterfly(to, 32, r0, i0, r1, i1, r2, i2, r3, i3);
    to += 128;
  }
}

/** Butterflies of 8 samples, m/8 apart: two of 4 (even and odd ones), the odd one's results turned by eighths. */
function firstStageOf8(work: usize, a: usize, b: usize, window: usize, starts: usize, m: i32): void {
  const step = <usize>(m >> 3);
  const end = starts + (step << 2);
  const eighth = f64x2.splat(Math.SQRT1_2);
  let to = work;
  for (let start = starts; start < end; start += 4) {
    for (let half: usize = 0; half < 2; half++) {
      const j = <usize>load<u32>(start) + half * step;
      let x = windowed(a, window, j);
      let y = windowed(b, window, j);
      const r0 = realParts(x, y);
      const i0 = imaginaryParts(x, y);
      x = windowed(a, window, j + 2 * step);
      y = windowed(b, window, j + 2 * step);
      const r1 = realParts(x, y);
      const i1 = imaginaryParts(x, y);
      x = windowed(a, window, j + 4 * step);
      y = windowed(b, window, j + 4 * step);
      const r2 = realParts(x, y);
      const i2 = imaginaryParts(x, y);
      x = windowed(a, window, j + 6 * step);
      y = windowed(b, window, j + 6 * step);
      const r3 = realParts(x, y);
      const i3 = imaginaryParts(x, y);
      Radix4.butterfly(to + half * 128, 32, r0, i0, r1, i1, r2, i2, r3, i3);
    }
    // exp(-i pi k / 4) times the odd half: 1, (1 - i)/sqrt 2, -i, (-1 - i)/sqrt 2.
    sumAndDifference(to, v128.load(to, 128), v128.load(to, 144));
    let r = v128.load(to, 160);
    let i = v128.load(to, 176);
    sumAndDifference(to + 32, f64x2.mul(eighth, f64x2.add(r, i)), f64x2.mul(eighth, f64x2.sub(i, r)));
    sumAndDifference(to + 64, v128.load(to, 208), f64x2.neg(v128.load(to, 192)));
    r = v128.load(to, 224);
    i = v128.load(to, 240);
    sumAndDifference(to + 96, f64x2.mul(eighth, f64x2.sub(i, r)), f64x2.mul(eighth, f64x2.neg(f64x2.add(r, i))));
    to += 256;
  }
}

/** Element at `to` plus and minus (r, i), the difference 4 elements further on. */
function sumAndDifference(to: usize, r: v128, i: v128): void {
  const evenR = v128.load(to);
  const evenI = v128.load(to, 16);
  v128.store(to, f64x2.add(evenR, r));
  v128.store(to, f64x2.add(evenI, i), 16);
  v128.store(to, f64x2.sub(evenR, r), 128);
  v128.store(to, f64x2.sub(evenI, i), 144);
}

/** Holds the one step that is worth inlining by hand; a call with ten vectors cost a third of the transform's time. */
class Radix4 {
  /** DFT of 4 complex values; result k goes to `to + k * stride`. */
  @inline
  static butterfly(
    to: usize,
    stride: usize,
    r0: v128,
    i0: v128,
    r1: v128,
    i1: v128,
    r2: v128,
    i2: v128,
    r3: v128,
    i3: v128,
  ): void {
    const sumR = f64x2.add(r0, r2);
    const sumI = f64x2.add(i0, i2);
    const differenceR = f64x2.sub(r0, r2);
    const differenceI = f64x2.sub(i0, i2);
    const oddSumR = f64x2.add(r1, r3);
    const oddSumI = f64x2.add(i1, i3);
    const oddDifferenceR = f64x2.sub(r1, r3);
    const oddDifferenceI = f64x2.sub(i1, i3);
    v128.store(to, f64x2.add(sumR, oddSumR));
    v128.store(to, f64x2.add(sumI, oddSumI), 16);
    const second = to + stride;
    v128.store(second, f64x2.add(differenceR, oddDifferenceI));
    v128.store(second, f64x2.sub(differenceI, oddDifferenceR), 16);
    const third = second + stride;
    v128.store(third, f64x2.sub(sumR, oddSumR));
    v128.store(third, f64x2.sub(sumI, oddSumI), 16);
    const fourth = third + stride;
    v128.store(fourth, f64x2.sub(differenceR, oddDifferenceI));
    v128.store(fourth, f64x2.add(differenceI, oddDifferenceR), 16);
  }
}

/** Joins each four transforms of l elements into one of 4l. The loop over k is outside: its twiddles are loaded once. */
function stageOf4(work: usize, twiddles: usize, l: i32, m: i32): void {
  const quarter = (<usize>l) << 5;
  const block = quarter << 2;
  const end = work + ((<usize>m) << 5);
  for (let k = 0; k < l; k++) {
    const cos1 = v128.load64_splat(twiddles);
    const sin1 = v128.load64_splat(twiddles, 8);
    const cos2 = v128.load64_splat(twiddles, 16);
    const sin2 = v128.load64_splat(twiddles, 24);
    const cos3 = v128.load64_splat(twiddles, 32);
    const sin3 = v128.load64_splat(twiddles, 40);
    twiddles += 48;
    for (let at = work + ((<usize>k) << 5); at < end; at += block) {
      const r0 = v128.load(at);
      const i0 = v128.load(at, 16);
      const second = at + quarter;
      let r = v128.load(second);
      let i = v128.load(second, 16);
      const r1 = f64x2.add(f64x2.mul(r, cos1), f64x2.mul(i, sin1));
      const i1 = f64x2.sub(f64x2.mul(i, cos1), f64x2.mul(r, sin1));
      const third = second + quarter;
      r = v128.load(third);
      i = v128.load(third, 16);
      const r2 = f64x2.add(f64x2.mul(r, cos2), f64x2.mul(i, sin2));
      const i2 = f64x2.sub(f64x2.mul(i, cos2), f64x2.mul(r, sin2));
      const fourth = third + quarter;
      r = v128.load(fourth);
      i = v128.load(fourth, 16);
      const r3 = f64x2.add(f64x2.mul(r, cos3), f64x2.mul(i, sin3));
      const i3 = f64x2.sub(f64x2.mul(i, cos3), f64x2.mul(r, sin3));
      Radix4.butterfly(at, quarter, r0, i0, r1, i1, r2, i2, r3, i3);
    }
  }
}

/**
 * Turns the packed spectrum into that of the real frames, in place: work holds bins 0 to n/2 - 1 as (2) vectors each,
 * and one more, bin n/2, behind them. Every value is twice the transform of what went in; a halved window undoes it.
 *
 * With Z the packed spectrum, E = (Z[k] + conj Z[m-k]) / 2 and O = (Z[k] - conj Z[m-k]) / 2i are the transforms of the
 * even and odd samples, and X[k] = E + exp(-2 pi i k / n) O, X[m-k] = conj(E - exp(-2 pi i k / n) O).
 */
export function unpackTwo(work: usize, plan: usize, n: i32): void {
  const m = n >> 1;
  const zero = f64x2.splat(0);
  const two = f64x2.splat(2);
  let low = work;
  let high = work + ((<usize>m) << 5);
  let r = v128.load(low);
  let i = v128.load(low, 16);
  v128.store(low, f64x2.mul(two, f64x2.add(r, i)));
  v128.store(low, zero, 16);
  v128.store(high, f64x2.mul(two, f64x2.sub(r, i)));
  v128.store(high, zero, 16);
  let twiddles = plan + realOffset(m);
  for (let k = 1; k < m >> 1; k++) {
    low += 32;
    high -= 32;
    twiddles += 16;
    const cos = v128.load64_splat(twiddles);
    const sin = v128.load64_splat(twiddles, 8);
    r = v128.load(low);
    i = v128.load(low, 16);
    const mirrorR = v128.load(high);
    const mirrorI = v128.load(high, 16);
    const evenR = f64x2.add(r, mirrorR);
    const evenI = f64x2.sub(i, mirrorI);
    const oddR = f64x2.add(i, mirrorI);
    const oddI = f64x2.sub(mirrorR, r);
    const turnedR = f64x2.add(f64x2.mul(oddR, cos), f64x2.mul(oddI, sin));
    const turnedI = f64x2.sub(f64x2.mul(oddI, cos), f64x2.mul(oddR, sin));
    v128.store(low, f64x2.add(evenR, turnedR));
    v128.store(low, f64x2.add(evenI, turnedI), 16);
    v128.store(high, f64x2.sub(evenR, turnedR));
    v128.store(high, f64x2.sub(turnedI, evenI), 16);
  }
  low += 32;
  v128.store(low, f64x2.mul(two, v128.load(low)));
  v128.store(low, f64x2.mul(two, f64x2.neg(v128.load(low, 16))), 16);
}
