/**
 * The seeded generator behind every draw: Philox4x32-10, counter-based.
 *
 * A draw is a function of (seed, stream, position): nothing else is state, so that work can be cut, resumed and spread
 * without changing a bit. J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1,
 * 2, 3" (SC 2011), section 4.3 and the Random123 library; checked against its known answers.
 *
 * state is 48 bytes: u32 seed[2] (the key), u32 stream[2] (the counter's upper half), u64 position (in words of 32 bits; the
 * block position / 4 is the counter's lower half), 8 bytes unused, u32 block[4] (the block that position lies in, good
 * where position is not a multiple of 4).
 */
import { naturalLog } from "./math";

/** Bytes of a state. */
export const RANDOM_STATE: usize = 48;
const POSITION: usize = 16;
const BLOCK: usize = 32;

/** Ten rounds over one counter and key; out is 4 words. */
export function philox4x32(out: usize, c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>0xd2511f53 * <u64>c0;
    const p1 = <u64>0xcd9e8d57 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    // The Weyl sequence of the key: the golden ratio, and sqrt(3) - 1.
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  store<u32>(out, c0);
  store<u32>(out, c1, 4);
  store<u32>(out, c2, 8);
  store<u32>(out, c3, 12);
}

/** Moves a state to a position and makes its block ready. */
export function seek(state: usize, position: u64): void {
  store<u64>(state, position, POSITION);
  if (<u32>position & 3) refill(state, position >> 2);
}

function refill(state: usize, block: u64): void {
  philox4x32(
    state + BLOCK,
    <u32>block,
    <u32>(block >> 32),
    load<u32>(state, 8),
    load<u32>(state, 12),
    load<u32>(state),
    load<u32>(state, 4),
  );
}

/** The next word of 32 random bits. The state must be ready (see seek). */
export function nextWord(state: usize): u32 {
  const position = load<u64>(state, POSITION);
  const lane = <u32>position & 3;
  if (lane == 0) refill(state, position >> 2);
  store<u64>(state, position + 1, POSITION);
  return load<u32>(state + BLOCK + ((<usize>lane) << 2));
}

/**
 * The next integer of [0, bound), every one equally likely; bound 0 stands for 2^32. Takes one word, seldom more.
 * D. Lemire, "Fast random integer generation in an interval" (ACM TOMACS 2019), algorithm 5.
 */
export function nextInteger(state: usize, bound: u32): u32 {
  let word = nextWord(state);
  if (bound == 0) return word;
  let product = <u64>word * <u64>bound;
  if (<u32>product < bound) {
    const threshold: u32 = (<u32>0 - bound) % bound;
    while (<u32>product < threshold) {
      word = nextWord(state);
      product = <u64>word * <u64>bound;
    }
  }
  return <u32>(product >> 32);
}

/** Makes a state that the host has written (seed, stream, position) ready for the functions above. */
function open(state: usize): void {
  seek(state, load<u64>(state, POSITION));
}

/** out is (n) u32: raw words. state moves on by n. */
export function randomWords(out: usize, state: usize, n: usize): void {
  open(state);
  for (let i: usize = 0; i < n; i++) store<u32>(out + (i << 2), nextWord(state));
}

/** out is (n) f32, uniform over the 2^24 multiples of 2^-24 in [0, 1): the upper 24 bits of a word each. */
export function randomUniform(out: usize, state: usize, n: usize): void {
  open(state);
  for (let i: usize = 0; i < n; i++) {
    store<f32>(out + (i << 2), <f32>(nextWord(state) >> 8) * <f32>(1.0 / 16777216.0));
  }
}

/**
 * out is (n) f32, normal with mean 0 and standard deviation 1: the inverse distribution function at the middle of
 * one of 2^32 equal cells. One word a value, so that a draw's position does not depend on the values before it; the largest
 * magnitude is 6.34.
 */
export function randomNormal(out: usize, state: usize, n: usize): void {
  open(state);
  for (let i: usize = 0; i < n; i++) {
    const p = (<f64>nextWord(state) + 0.5) * (1.0 / 4294967296.0);
    store<f32>(out + (i << 2), <f32>normalQuantile(p));
  }
}

/** out is (n) u32 in [0, bound), bound 0 standing for 2^32. */
export function randomIntegers(out: usize, state: usize, bound: u32, n: usize): void {
  open(state);
  for (let i: usize = 0; i < n; i++) store<u32>(out + (i << 2), nextInteger(state, bound));
}

/** out is (n) u32: 0 to n - 1 in random order (Fisher and Yates, from the end, as Knuth's algorithm P). */
export function randomPermutation(out: usize, state: usize, n: usize): void {
  open(state);
  for (let i: usize = 0; i < n; i++) store<u32>(out + (i << 2), <u32>i);
  for (let i = n; i > 1; i--) {
    const a = out + ((i - 1) << 2);
    const b = out + ((<usize>nextInteger(state, <u32>i)) << 2);
    const kept = load<u32>(a);
    store<u32>(a, load<u32>(b));
    store<u32>(b, kept);
  }
}

/**
 * The normal distribution's quantile of p in (0, 1), to about 1e-16 relative.
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (Applied Statistics 1988), PPND16.
 */
export function normalQuantile(p: f64): f64 {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * numeratorA(r)) / denominatorB(r);
  }
  const tail = Math.sqrt(-naturalLog(q < 0 ? p : 1.0 - p));
  const magnitude =
    tail <= 5.0 ? numeratorC(tail - 1.6) / denominatorD(tail - 1.6) : numeratorE(tail - 5.0) / denominatorF(tail - 5.0);
  return q < 0 ? -magnitude : magnitude;
}

// The paper's coefficients, each polynomial by Horner's rule.

function numeratorA(r: f64): f64 {
  return (
    ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) *
      r +
      13731.693765509461125) *
      r +
      1971.5909503065514427) *
      r +
      133.14166789178437745) *
      r +
    3.387132872796366608
  );
}

function denominatorB(r: f64): f64 {
  return (
    ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) *
      r +
      5394.1960214247511077) *
      r +
      687.1870074920579083) *
      r +
      42.313330701600911252) *
      r +
    1.0
  );
}

function numeratorC(r: f64): f64 {
  return (
    ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
      1.27045825245236838258) *
      r +
      3.64784832476320460504) *
      r +
      5.7694972214606914055) *
      r +
      4.6303378461565452959) *
      r +
    1.42343711074968357734
  );
}

function denominatorD(r: f64): f64 {
  return (
    ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
      0.14810397642748007459) *
      r +
      0.68976733498510000455) *
      r +
      1.6763848301838038494) *
      r +
      2.05319162663775882187) *
      r +
    1.0
  );
}

function numeratorE(r: f64): f64 {
  return (
    ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r +
      0.026532189526576123093) *
      r +
      0.29656057182850489123) *
      r +
      1.7848265399172913358) *
      r +
      5.4637849111641143699) *
      r +
    6.6579046435011037772
  );
}

function denominatorF(r: f64): f64 {
  return (
    ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
      7.868691311456132591e-4) *
      r +
      0.0148753612908506148525) *
      r +
      0.13692988092273580531) *
      r +
      0.59983220655588793769) *
      r +
    1.0
  );
}
