/**
 * Band-limited polyphase resampling with a Kaiser-windowed sinc.
 *
 * The filter is a table of rows, one row of 2 * half taps a phase. Row p stands for outputs that lie p / phases of a sample
 * behind an input sample; its tap j weighs the input half - 1 - j samples before that one. Where the ratio of the rates
 * has few phases, each has its row; otherwise the rows are a grid, between which the outputs are interpolated by cubics.
 * Positions are whole samples and a phase in integers: nothing drifts, however long the signal.
 */

/** Products that one float32 lane adds up (times 16) before the sum moves on to float64. */
const RUN = 512;

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
    const latest = <f64>(firstRow + p) / <f64>phases + <f64>(half - 1);
    let sum: f64 = 0;
    for (let j = 0; j < taps; j++) {
      const value = windowedSinc(latest - <f64>j, cutoff, width, beta);
      store<f64>(row + ((<usize>j) << 3), value);
      sum += value;
    }
    for (let j = 0; j < taps; j++) {
      store<f32>(out + ((<usize>(p * taps + j)) << 2), <f32>(load<f64>(row + ((<usize>j) << 3)) / sum));
    }
  }
}

/**
 * out is nOut samples at the new rate; output i stands phase + i * step phases of 1 / phases sample behind the first one's
 * place. x holds the input from half - 1 samples before that place on, up to half samples behind the last output's.
 * table is (phases, 2 * half) with a row for every phase; phase is below phases; half is a multiple of 8.
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
  const taps = half << 1;
  const rowBytes = (<usize>taps) << 2;
  const whole = (<usize>(step / phases)) << 2;
  const rest = step % phases;
  for (let i = 0; i < nOut; i++) {
    store<f32>(out + ((<usize>i) << 2), <f32>dot(x, table + <usize>phase * rowBytes, taps));
    x += whole;
    phase += rest;
    if (phase >= phases) {
      phase -= phases;
      x += 4;
    }
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
  const taps = half << 1;
  const rowBytes = (<usize>taps) << 2;
  const whole = (<usize>(step / phases)) << 2;
  const rest = step % phases;
  for (let i = 0; i < nOut; i++) {
    const place = phase * grid;
    const h = table + <usize>(place / phases) * rowBytes;
    const u = <f64>(place % phases) / <f64>phases;
    const value = cubic(
      u,
      dot(x, h, taps),
      dot(x, h + rowBytes, taps),
      dot(x, h + 2 * rowBytes, taps),
      dot(x, h + 3 * rowBytes, taps),
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

/** The sum of n products, n a multiple of 16: short float32 sums in sixteen lanes, their totals in float64. */
function dot(x: usize, h: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  const end = h + ((<usize>n) << 2);
  while (h < end) {
    const stop = min<usize>(h + (RUN << 2), end);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    while (h < stop) {
      a = f32x4.add(a, f32x4.mul(v128.load(x), v128.load(h)));
      b = f32x4.add(b, f32x4.mul(v128.load(x, 16), v128.load(h, 16)));
      c = f32x4.add(c, f32x4.mul(v128.load(x, 32), v128.load(h, 32)));
      d = f32x4.add(d, f32x4.mul(v128.load(x, 48), v128.load(h, 48)));
      x += 64;
      h += 64;
    }
    const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    const upper = v128.shuffle<i32>(sum, sum, 2, 3, 2, 3);
    total = f64x2.add(total, f64x2.add(f64x2.promote_low_f32x4(sum), f64x2.promote_low_f32x4(upper)));
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** Lagrange's cubic through values at -1, 0, 1 and 2, at u from 0 to 1. */
function cubic(u: f64, before: f64, left: f64, right: f64, behind: f64): f64 {
  const a = u + 1;
  const b = u - 1;
  const c = u - 2;
  return (a * b * c * left - u * a * c * right) / 2 + (u * a * b * behind - u * b * c * before) / 6;
}

function windowedSinc(t: f64, cutoff: f64, width: f64, beta: f64): f64 {
  const r = t / width;
  const inside = 1 - r * r;
  if (inside <= 0) return 0;
  const angle = Math.PI * cutoff * t;
  const sinc = angle == 0 ? 1 : Math.sin(angle) / angle;
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
