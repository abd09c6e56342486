/**
 * The plain float64 twin of assembly/resample.ts: every output is the sum over all inputs of the filter at their distance
 * in time, with no table, no phases and no interpolation.
 */

/** The filter's settings in src/resample.ts. */
const ZEROS = 80;
const BETA = 12.26526;
const CUTOFF = 0.951;

function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

/** The windowed sinc at `t` input samples from its centre; `scale` is the lower rate over the input's. */
export function filterAt(t: number, scale: number): number {
  const r = (t * scale) / ZEROS;
  if (Math.abs(r) >= 1) return 0;
  const angle = Math.PI * CUTOFF * scale * t;
  const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
  return (CUTOFF * scale * sinc * besselI0(BETA * Math.sqrt(1 - r * r))) / besselI0(BETA);
}

/** Output `i` of resampling `y`: the filter's taps around its place, scaled to the sum 1, zeros beyond the ends. */
export function resampleAt(y: ArrayLike<number>, i: number, origSr: number, targetSr: number): number {
  const scale = Math.min(1, targetSr / origSr);
  // Whole samples and remainder apart, so that the place is exact.
  const remainder = (i * origSr) % targetSr;
  const whole = (i * origSr - remainder) / targetSr;
  const reach = Math.ceil(ZEROS / scale) + 1;
  let sum = 0;
  let weights = 0;
  for (let n = whole - reach; n <= whole + reach; n++) {
    const weight = filterAt(whole - n + remainder / targetSr, scale);
    weights += weight;
    sum += weight * (n >= 0 && n < y.length ? y[n] : 0);
  }
  return sum / weights;
}

/** The whole signal, `ceil(n * targetSr / origSr)` samples. */
export function resample(y: ArrayLike<number>, origSr: number, targetSr: number): Float64Array {
  const length = Math.ceil((y.length * targetSr) / origSr);
  return Float64Array.from({ length }, (_, i) => resampleAt(y, i, origSr, targetSr));
}
