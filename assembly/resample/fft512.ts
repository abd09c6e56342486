/**
 * Complex FFT of 512 float32 values, for convolution: the spectrum is left in the order in which the passes make it, and
 * the inverse starts from there, so nothing is ever permuted.
 *
 * Real and imaginary parts are apart, four neighbours in the lanes of a vector. The forward transform decimates in
 * frequency: three passes of radix 4 (butterflies 128, 32 and 8 apart), then one of radix 2 and one of radix 4 together,
 * whose operands are turned by 4 x 4 transposes. The inverse takes the same way back. Bin k = a + 4b + 16c + 64d + 128e,
 * with all digits but d below 4, stands at 128a + 32b + 16d + 4e + c.
 */
import { cosTurn, sinTurn } from "../math";

/** Bytes of 512 complex values as real parts, then imaginary ones. */
const PARTS: usize = 4096;
const IMAGINARY: usize = 2048;

/** Bytes of the twiddles: for l = 128, 32, 8 and j = 0, 4, 8 ... l-4 six vectors, and two vectors at the end. */
export const TWIDDLES: usize = 42 * 96 + 32;
/** Bytes of one spectrum, or of one array of complex values. */
export const SPECTRUM: usize = PARTS;

/** Where bin k stands in a spectrum. */
export function placeOf(k: i32): i32 {
  return ((k & 3) << 7) | (((k >> 2) & 3) << 5) | (((k >> 6) & 1) << 4) | ((k >> 7) << 2) | ((k >> 4) & 3);
}

/** out gets, as `TWIDDLES` says, cos and sin of 2 pi qj / 4l for q = 1, 2, 3, four j in the lanes; then of 2 pi j / 8. */
export function twiddles512(out: usize): void {
  for (let l = 128; l >= 8; l >>= 2) {
    for (let j = 0; j < l; j += 4) {
      for (let q = 1; q < 4; q++) {
        twiddleVectors(out, q, j, l << 2);
        out += 32;
      }
    }
  }
  twiddleVectors(out, 1, 0, 8);
}

function twiddleVectors(out: usize, q: i32, j: i32, n: i32): void {
  for (let lane = 0; lane < 4; lane++) {
    const to = out + ((<usize>lane) << 2);
    store<f32>(to, <f32>cosTurn(q * (j + lane), n));
    store<f32>(to, <f32>sinTurn(q * (j + lane), n), 16);
  }
}

/**
 * spectrum is that of the 512 values whose real parts are at `a` and imaginary ones at `b`; work is `SPECTRUM` bytes. `a` and
 * `b` may lie in `spectrum`.
 */
export function forward512(spectrum: usize, a: usize, b: usize, work: usize, twiddles: usize): void {
  pass(work, a, b, twiddles, 512);
  for (let at = work; at < work + IMAGINARY; at += 512) pass(at, at, at + IMAGINARY, twiddles + 32 * 96, 128);
  for (let at = work; at < work + IMAGINARY; at += 128) pass(at, at, at + IMAGINARY, twiddles + 40 * 96, 32);
  lastPass(spectrum, work, twiddles + 42 * 96);
}

/**
 * The first `count` values (a multiple of 4) of 512 times the inverse transform of `spectrum`: real parts to a, imaginary
 * ones to b; work is `SPECTRUM` bytes.
 */
export function inverse512(a: usize, b: usize, count: i32, spectrum: usize, work: usize, twiddles: usize): void {
  firstPassBack(work, spectrum, twiddles + 42 * 96);
  for (let at = work; at < work + IMAGINARY; at += 128) {
    passBack(at, twiddles + 40 * 96, 32);
  }
  for (let at = work; at < work + IMAGINARY; at += 512) {
    passBack(at, twiddles + 32 * 96, 128);
  }
  passBack(work, twiddles, 512);
  memory.copy(a, work, (<usize>count) << 2);
  memory.copy(b, work + IMAGINARY, (<usize>count) << 2);
}

/** Holds the steps that are worth inlining by hand. */
class Step {
  /** Butterfly of 4 values, turned by six twiddle vectors; results are `stride` bytes apart. */
  @inline
  static turn(
    to: usize,
    stride: usize,
    w: usize,
    r0: v128,
    i0: v128,
    r1: v128,
    i1: v128,
    r2: v128,
    i2: v128,
    r3: v128,
    i3: v128,
  ): void {
    const er = f32x4.add(r0, r2);
    const ei = f32x4.add(i0, i2);
    const or = f32x4.add(r1, r3);
    const oi = f32x4.add(i1, i3);
    const fr = f32x4.sub(r0, r2);
    const fi = f32x4.sub(i0, i2);
    const gr = f32x4.sub(r1, r3);
    const gi = f32x4.sub(i1, i3);
    v128.store(to, f32x4.add(er, or));
    v128.store(to, f32x4.add(ei, oi), IMAGINARY);
    Step.rotated(to + 2 * stride, w + 32, f32x4.sub(er, or), f32x4.sub(ei, oi));
    Step.rotated(to + stride, w, f32x4.add(fr, gi), f32x4.sub(fi, gr));
    Step.rotated(to + 3 * stride, w + 64, f32x4.sub(fr, gi), f32x4.add(fi, gr));
  }

  /** Stores (r, i) times exp(-i angle). */
  @inline
  static rotated(to: usize, w: usize, r: v128, i: v128): void {
    const cos = v128.load(w);
    const sin = v128.load(w, 16);
    v128.store(to, f32x4.add(f32x4.mul(r, cos), f32x4.mul(i, sin)));
    v128.store(to, f32x4.sub(f32x4.mul(i, cos), f32x4.mul(r, sin)), IMAGINARY);
  }
}

/** Butterflies of values `stride` bytes apart, from real parts at `a` and imaginary ones at `b`; a and b may be to's own. */
function pass(to: usize, a: usize, b: usize, w: usize, stride: usize): void {
  for (const end = to + stride; to < end; to += 16) {
    const a2 = a + 2 * stride;
    const b2 = b + 2 * stride;
    Step.turn(
      to,
      stride,
      w,
      v128.load(a),
      v128.load(b),
      v128.load(a + stride),
      v128.load(b + stride),
      v128.load(a2),
      v128.load(b2),
      v128.load(a2 + stride),
      v128.load(b2 + stride),
    );
    a += 16;
    b += 16;
    w += 96;
  }
}

/** Each four groups of 8 values: a butterfly of 2 values, 4 apart, then one of 4 neighbours, a group in each lane. */
function lastPass(to: usize, at: usize, w: usize): void {
  const cos = v128.load(w);
  const sin = v128.load(w, 16);
  for (const end = at + IMAGINARY; at < end; at += 128) {
    for (let row = at; row < at + 128; row += 32) {
      const r0 = v128.load(row);
      const r1 = v128.load(row, 16);
      const i0 = v128.load(row, IMAGINARY);
      const i1 = v128.load(row, IMAGINARY + 16);
      const r = f32x4.sub(r0, r1);
      const i = f32x4.sub(i0, i1);
      v128.store(row, f32x4.add(r0, r1));
      v128.store(row, f32x4.add(i0, i1), IMAGINARY);
      v128.store(row, f32x4.add(f32x4.mul(r, cos), f32x4.mul(i, sin)), 16);
      v128.store(row, f32x4.sub(f32x4.mul(i, cos), f32x4.mul(r, sin)), IMAGINARY + 16);
    }
    four(to, at);
    four(to + 64, at + 16);
    to += 128;
  }
}

/** Rows are groups of 4 values, 32 bytes apart: transposes them and joins them by butterflies of 4. */
function four(to: usize, at: usize): void {
  let r0 = v128.load(at);
  let r1 = v128.load(at, 32);
  let r2 = v128.load(at, 64);
  let r3 = v128.load(at, 96);
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  const x0 = v128.shuffle<i64>(a, b, 0, 2);
  const x1 = v128.shuffle<i64>(a, b, 1, 3);
  const x2 = v128.shuffle<i64>(c, d, 0, 2);
  const x3 = v128.shuffle<i64>(c, d, 1, 3);
  const er = f32x4.add(x0, x2);
  const fr = f32x4.sub(x0, x2);
  const or = f32x4.add(x1, x3);
  const gr = f32x4.sub(x1, x3);
  v128.store(to, f32x4.add(er, or));
  v128.store(to, f32x4.sub(er, or), 32);
  r0 = v128.load(at, IMAGINARY);
  r1 = v128.load(at, IMAGINARY + 32);
  r2 = v128.load(at, IMAGINARY + 64);
  r3 = v128.load(at, IMAGINARY + 96);
  const p = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const q = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const s = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const t = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  const y0 = v128.shuffle<i64>(p, q, 0, 2);
  const y1 = v128.shuffle<i64>(p, q, 1, 3);
  const y2 = v128.shuffle<i64>(s, t, 0, 2);
  const y3 = v128.shuffle<i64>(s, t, 1, 3);
  const ei = f32x4.add(y0, y2);
  const fi = f32x4.sub(y0, y2);
  const oi = f32x4.add(y1, y3);
  const gi = f32x4.sub(y1, y3);
  v128.store(to, f32x4.add(ei, oi), IMAGINARY);
  v128.store(to, f32x4.sub(ei, oi), IMAGINARY + 32);
  v128.store(to, f32x4.add(fr, gi), 16);
  v128.store(to, f32x4.sub(fi, gr), IMAGINARY + 16);
  v128.store(to, f32x4.sub(fr, gi), 48);
  v128.store(to, f32x4.add(fi, gr), IMAGINARY + 48);
}

function firstPassBack(to: usize, at: usize, w: usize): void {
  const cos = v128.load(w);
  const sin = v128.load(w, 16);
  for (const end = to + IMAGINARY; to < end; to += 128) {
    fourBack(to, at);
    fourBack(to + 16, at + 64);
    for (let row = to; row < to + 128; row += 32) {
      const r = v128.load(row, 16);
      const i = v128.load(row, IMAGINARY + 16);
      const tr = f32x4.sub(f32x4.mul(r, cos), f32x4.mul(i, sin));
      const ti = f32x4.add(f32x4.mul(i, cos), f32x4.mul(r, sin));
      const ur = v128.load(row);
      const ui = v128.load(row, IMAGINARY);
      v128.store(row, f32x4.add(ur, tr));
      v128.store(row, f32x4.add(ui, ti), IMAGINARY);
      v128.store(row, f32x4.sub(ur, tr), 16);
      v128.store(row, f32x4.sub(ui, ti), IMAGINARY + 16);
    }
    at += 128;
  }
}

/** The way back: butterflies of 4, then transposed; the rows go to `to`, 32 bytes apart. */
function fourBack(to: usize, at: usize): void {
  let even = v128.load(at);
  let half = v128.load(at, 32);
  const er = f32x4.add(even, half);
  const fr = f32x4.sub(even, half);
  even = v128.load(at, IMAGINARY);
  half = v128.load(at, IMAGINARY + 32);
  const ei = f32x4.add(even, half);
  const fi = f32x4.sub(even, half);
  let first = v128.load(at, 16);
  let third = v128.load(at, 48);
  const or = f32x4.add(first, third);
  const gr = f32x4.sub(first, third);
  first = v128.load(at, IMAGINARY + 16);
  third = v128.load(at, IMAGINARY + 48);
  const oi = f32x4.add(first, third);
  const gi = f32x4.sub(first, third);
  transposed(to, f32x4.add(er, or), f32x4.sub(fr, gi), f32x4.sub(er, or), f32x4.add(fr, gi));
  transposed(to + IMAGINARY, f32x4.add(ei, oi), f32x4.add(fi, gr), f32x4.sub(ei, oi), f32x4.sub(fi, gr));
}

/** Stores the transpose, rows 32 bytes apart. */
function transposed(to: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(to, v128.shuffle<i64>(a, b, 1, 3), 32);
  v128.store(to, v128.shuffle<i64>(c, d, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(c, d, 1, 3), 96);
}

/** One group of turned butterflies `stride` bytes apart, in place. */
function passBack(at: usize, w: usize, stride: usize): void {
  for (const end = at + stride; at < end; at += 16) {
    const second = at + stride;
    const third = second + stride;
    const fourth = third + stride;
    let r = v128.load(third);
    let i = v128.load(third, IMAGINARY);
    let cos = v128.load(w, 32);
    let sin = v128.load(w, 48);
    let tr = f32x4.sub(f32x4.mul(r, cos), f32x4.mul(i, sin));
    let ti = f32x4.add(f32x4.mul(i, cos), f32x4.mul(r, sin));
    r = v128.load(at);
    i = v128.load(at, IMAGINARY);
    const er = f32x4.add(r, tr);
    const ei = f32x4.add(i, ti);
    const fr = f32x4.sub(r, tr);
    const fi = f32x4.sub(i, ti);
    r = v128.load(second);
    i = v128.load(second, IMAGINARY);
    cos = v128.load(w);
    sin = v128.load(w, 16);
    tr = f32x4.sub(f32x4.mul(r, cos), f32x4.mul(i, sin));
    ti = f32x4.add(f32x4.mul(i, cos), f32x4.mul(r, sin));
    r = v128.load(fourth);
    i = v128.load(fourth, IMAGINARY);
    cos = v128.load(w, 64);
    sin = v128.load(w, 80);
    const vr = f32x4.sub(f32x4.mul(r, cos), f32x4.mul(i, sin));
    const vi = f32x4.add(f32x4.mul(i, cos), f32x4.mul(r, sin));
    const or = f32x4.add(tr, vr);
    const oi = f32x4.add(ti, vi);
    const gr = f32x4.sub(tr, vr);
    const gi = f32x4.sub(ti, vi);
    v128.store(at, f32x4.add(er, or));
    v128.store(at, f32x4.add(ei, oi), IMAGINARY);
    v128.store(second, f32x4.sub(fr, gi));
    v128.store(second, f32x4.add(fi, gr), IMAGINARY);
    v128.store(third, f32x4.sub(er, or));
    v128.store(third, f32x4.sub(ei, oi), IMAGINARY);
    v128.store(fourth, f32x4.add(fr, gi));
    v128.store(fourth, f32x4.sub(fi, gr), IMAGINARY);
    w += 96;
  }
}
