/** Stages of radix 8 of the FFT. */
import { CONSTANTS, storeBoth, storeRoots, storeTurned } from "./vectors";

/** Bytes of the twiddles of two butterflies of radix 8, side by side: 7 pairs of vectors. */
export const TWIDDLES: usize = 224;

/**
 * In place: each l values from work to end to eight rows of l/8, turned by the angles that the rows need; spare is 128
 * bytes. Values 0, 2, 4, 6 of a butterfly are transformed first and wait in spare for 1, 3, 5, 7.
 */
export function stageOf8(work: usize, end: usize, twiddles: usize, spare: usize, l: i32): void {
  const s = (<usize>l) << 1;
  const half = v128.load64_splat(CONSTANTS);
  for (; work < end; work += 7 * s) {
    let tw = twiddles;
    for (const rowEnd = work + s; work < rowEnd; work += 32) {
      const at = work;
      const p = at + 2 * s;
      const q = at + 4 * s;
      const z = at + 6 * s;
      let r0 = v128.load(at);
      let i0 = v128.load(at, 16);
      let r1 = v128.load(p);
      let i1 = v128.load(p, 16);
      let r2 = v128.load(q);
      let i2 = v128.load(q, 16);
      let r3 = v128.load(z);
      let i3 = v128.load(z, 16);
      let sr = f64x2.add(r0, r2);
      let si = f64x2.add(i0, i2);
      let tr = f64x2.add(r1, r3);
      let ti = f64x2.add(i1, i3);
      v128.store(spare, f64x2.add(sr, tr));
      v128.store(spare, f64x2.add(si, ti), 16);
      v128.store(spare, f64x2.sub(sr, tr), 64);
      v128.store(spare, f64x2.sub(si, ti), 80);
      sr = f64x2.sub(r0, r2);
      si = f64x2.sub(i0, i2);
      tr = f64x2.sub(r1, r3);
      ti = f64x2.sub(i1, i3);
      v128.store(spare, f64x2.add(sr, ti), 32);
      v128.store(spare, f64x2.sub(si, tr), 48);
      v128.store(spare, f64x2.sub(sr, ti), 96);
      v128.store(spare, f64x2.add(si, tr), 112);
      r0 = v128.load(at + s);
      i0 = v128.load(at + s, 16);
      r1 = v128.load(p + s);
      i1 = v128.load(p + s, 16);
      r2 = v128.load(q + s);
      i2 = v128.load(q + s, 16);
      r3 = v128.load(z + s);
      i3 = v128.load(z + s, 16);
      const s0r = f64x2.add(r0, r2);
      const s0i = f64x2.add(i0, i2);
      const s1r = f64x2.add(r1, r3);
      const s1i = f64x2.add(i1, i3);
      const d0r = f64x2.sub(r0, r2);
      const d0i = f64x2.sub(i0, i2);
      const d1r = f64x2.sub(r1, r3);
      const d1i = f64x2.sub(i1, i3);
      let er = v128.load(spare);
      let ei = v128.load(spare, 16);
      let or = f64x2.add(s0r, s1r);
      let oi = f64x2.add(s0i, s1i);
      v128.store(at, f64x2.add(er, or));
      v128.store(at, f64x2.add(ei, oi), 16);
      storeTurned(q, f64x2.sub(er, or), f64x2.sub(ei, oi), tw + 96);
      or = f64x2.sub(s0i, s1i);
      oi = f64x2.sub(s1r, s0r);
      er = v128.load(spare, 64);
      ei = v128.load(spare, 80);
      storeTurned(p, f64x2.add(er, or), f64x2.add(ei, oi), tw + 32);
      storeTurned(z, f64x2.sub(er, or), f64x2.sub(ei, oi), tw + 160);
      let gr = f64x2.add(d0r, d1i);
      let gi = f64x2.sub(d0i, d1r);
      or = f64x2.mul(half, f64x2.add(gr, gi));
      oi = f64x2.mul(half, f64x2.sub(gi, gr));
      er = v128.load(spare, 32);
      ei = v128.load(spare, 48);
      storeTurned(at + s, f64x2.add(er, or), f64x2.add(ei, oi), tw);
      storeTurned(q + s, f64x2.sub(er, or), f64x2.sub(ei, oi), tw + 128);
      gr = f64x2.sub(d0r, d1i);
      gi = f64x2.add(d0i, d1r);
      or = f64x2.mul(half, f64x2.sub(gi, gr));
      oi = f64x2.mul(half, f64x2.add(gr, gi));
      er = v128.load(spare, 96);
      ei = v128.load(spare, 112);
      storeTurned(p + s, f64x2.add(er, or), f64x2.sub(ei, oi), tw + 64);
      storeTurned(z + s, f64x2.sub(er, or), f64x2.add(ei, oi), tw + 192);
      tw += TWIDDLES;
    }
  }
}

/** Holds what is inlined by hand: the last stage has two forms that differ in what they store. */
export class Last {
  /**
   * A row of eight values of both frames, which lie `second` apart, is destroyed. Value q of its transform goes to
   * low + q step, value q + 4 to high + q up, with its imaginary part's sign changed where `sign` has it.
   */
  @inline
  static of8(
    roots: bool,
    row: usize,
    second: usize,
    low: usize,
    step: usize,
    high: usize,
    up: usize,
    sign: v128,
  ): void {
    let from = row;
    const half = v128.load64_splat(CONSTANTS);
    let r0 = v128.load(from);
    let i0 = v128.load(from, 16);
    let r1 = v128.load(from, 32);
    let i1 = v128.load(from, 48);
    let r2 = v128.load(from, 64);
    let i2 = v128.load(from, 80);
    let r3 = v128.load(from, 96);
    let i3 = v128.load(from, 112);
    let sr = f64x2.add(r0, r2);
    let si = f64x2.add(i0, i2);
    let tr = f64x2.add(r1, r3);
    let ti = f64x2.add(i1, i3);
    v128.store(row, f64x2.add(sr, tr));
    v128.store(row, f64x2.add(si, ti), 16);
    v128.store(row, f64x2.sub(sr, tr), 64);
    v128.store(row, f64x2.sub(si, ti), 80);
    sr = f64x2.sub(r0, r2);
    si = f64x2.sub(i0, i2);
    tr = f64x2.sub(r1, r3);
    ti = f64x2.sub(i1, i3);
    v128.store(row, f64x2.add(sr, ti), 32);
    v128.store(row, f64x2.sub(si, tr), 48);
    v128.store(row, f64x2.sub(sr, ti), 96);
    v128.store(row, f64x2.add(si, tr), 112);
    from += second;
    r0 = v128.load(from);
    i0 = v128.load(from, 16);
    r1 = v128.load(from, 32);
    i1 = v128.load(from, 48);
    r2 = v128.load(from, 64);
    i2 = v128.load(from, 80);
    r3 = v128.load(from, 96);
    i3 = v128.load(from, 112);
    const s0r = f64x2.add(r0, r2);
    const s0i = f64x2.add(i0, i2);
    const s1r = f64x2.add(r1, r3);
    const s1i = f64x2.add(i1, i3);
    const d0r = f64x2.sub(r0, r2);
    const d0i = f64x2.sub(i0, i2);
    const d1r = f64x2.sub(r1, r3);
    const d1i = f64x2.sub(i1, i3);
    let ar = v128.load(row, 0);
    let ai = v128.load(row, 16);
    let br = f64x2.add(s0r, s1r);
    let bi = f64x2.add(s0i, s1i);
    let er = v128.shuffle<i64>(ar, br, 0, 2);
    let ei = v128.shuffle<i64>(ai, bi, 0, 2);
    let or = v128.shuffle<i64>(ar, br, 1, 3);
    let oi = v128.shuffle<i64>(ai, bi, 1, 3);
    Last.put(roots, low, high, f64x2.add(er, or), f64x2.add(ei, oi), f64x2.sub(er, or), f64x2.sub(ei, oi), sign);
    ar = v128.load(row, 64);
    ai = v128.load(row, 80);
    br = f64x2.sub(s0r, s1r);
    bi = f64x2.sub(s0i, s1i);
    er = v128.shuffle<i64>(ar, br, 0, 2);
    ei = v128.shuffle<i64>(ai, bi, 0, 2);
    or = v128.shuffle<i64>(ar, br, 1, 3);
    oi = v128.shuffle<i64>(ai, bi, 1, 3);
    Last.put(
      roots,
      low + 2 * step,
      high + 2 * up,
      f64x2.add(er, oi),
      f64x2.sub(ei, or),
      f64x2.sub(er, oi),
      f64x2.add(ei, or),
      sign,
    );
    ar = v128.load(row, 32);
    ai = v128.load(row, 48);
    br = f64x2.add(d0r, d1i);
    bi = f64x2.sub(d0i, d1r);
    er = v128.shuffle<i64>(ar, br, 0, 2);
    ei = v128.shuffle<i64>(ai, bi, 0, 2);
    or = v128.shuffle<i64>(ar, br, 1, 3);
    oi = v128.shuffle<i64>(ai, bi, 1, 3);
    let gr = f64x2.mul(half, f64x2.add(or, oi));
    let gi = f64x2.mul(half, f64x2.sub(oi, or));
    Last.put(
      roots,
      low + step,
      high + up,
      f64x2.add(er, gr),
      f64x2.add(ei, gi),
      f64x2.sub(er, gr),
      f64x2.sub(ei, gi),
      sign,
    );
    ar = v128.load(row, 96);
    ai = v128.load(row, 112);
    br = f64x2.sub(d0r, d1i);
    bi = f64x2.add(d0i, d1r);
    er = v128.shuffle<i64>(ar, br, 0, 2);
    ei = v128.shuffle<i64>(ai, bi, 0, 2);
    or = v128.shuffle<i64>(ar, br, 1, 3);
    oi = v128.shuffle<i64>(ai, bi, 1, 3);
    gr = f64x2.mul(half, f64x2.sub(oi, or));
    gi = f64x2.mul(half, f64x2.add(oi, or));
    Last.put(
      roots,
      low + 3 * step,
      high + 3 * up,
      f64x2.add(er, gr),
      f64x2.sub(ei, gi),
      f64x2.sub(er, gr),
      f64x2.add(ei, gi),
      sign,
    );
  }

  /** (r, i) to low, (p, q) to high. */
  @inline
  static put(roots: bool, low: usize, high: usize, r: v128, i: v128, p: v128, q: v128, sign: v128): void {
    if (roots) {
      storeRoots(low, high, Last.square(r, i), Last.square(p, q));
    } else {
      storeBoth(low, r, i);
      storeBoth(high, p, v128.xor(q, sign));
    }
  }

  /** Squared magnitude, in float32, in the first two lanes. */
  @inline
  static square(r: v128, i: v128): v128 {
    return f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(r, r), f64x2.mul(i, i)));
  }

  @inline
  static squared(at: usize): v128 {
    return Last.square(v128.load(at), v128.load(at, 16));
  }
}

/** Rows of eight values of both frames to magnitudes. */
export function lastMagnitudes(lanes: usize, work: usize, rows: usize, end: usize, n: i32): void {
  const second = (<usize>n) << 3;
  const step = (<usize>n) << 1;
  const middle = lanes + (step << 2);
  for (; rows < end; rows += 4) {
    const k = (<usize>load<u32>(rows)) << 4;
    Last.of8(true, work, second, lanes + k, step, middle - k, -step, f64x2.splat(0));
    work += 128;
  }
}

/** The same to complex values. With r = 1 out is the spectrum, with r the first radix that of the packed blocks. */
export function lastSpectrum(out: usize, work: usize, rows: usize, end: usize, n: i32, r: i32): void {
  const second = (<usize>n) << 3;
  const step = (<usize>(n / r)) << 2;
  const middle = out + (step << 2);
  const whole = r == 1;
  const sign = f64x2.splat(whole ? -0.0 : 0.0);
  for (; rows < end; rows += 4) {
    const k = (<usize>load<u32>(rows) / r) << 5;
    Last.of8(false, work, second, out + k, step, whole ? middle - k : middle + k, whole ? -step : step, sign);
    work += 128;
  }
}
