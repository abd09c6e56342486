/** First stages of the real FFT: the window, then each r samples that lie m apart, for r = 4, 8, 16. */
import { CONSTANTS, storeTurned } from "./vectors";

/** Two samples times the window. */
function windowed(x: usize, window: v128): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(x)), window);
}

/** Two neighbours of the packed block: the first one is a real part, the second one an imaginary part. */
function storePacked(to: usize, pair: v128): void {
  v128.store64_lane(to, pair, 0);
  v128.store64_lane(to, pair, 1, 16);
}

/**
 * work is 2 blocks of (m/2, 2) vectors: block 0 is packed; x is 4m float32; columns as `fftPlan` says. Two columns of samples
 * at a time.
 */
export function firstOf4(work: usize, x: usize, columns: usize, m: i32): void {
  const s = (<usize>m) << 2;
  const block = (<usize>m) << 4;
  const end = x + s;
  let flip: usize = 8;
  for (let to = work + block; x < end; to += 32) {
    const x0 = windowed(x, v128.load(columns));
    const x1 = windowed(x + s, v128.load(columns, 16));
    const x2 = windowed(x + 2 * s, v128.load(columns, 32));
    const x3 = windowed(x + 3 * s, v128.load(columns, 48));
    storePacked(work, f64x2.add(x0, x2));
    storePacked(work + (block >> 1), f64x2.add(x1, x3));
    storeTurned(to, f64x2.sub(x0, x2), f64x2.sub(x3, x1), columns + 64);
    work += flip;
    flip ^= 16;
    x += 8;
    columns += 96;
  }
}

/** The same with 4 blocks and 8m samples. */
export function firstOf8(work: usize, x: usize, columns: usize, m: i32): void {
  const s = (<usize>m) << 2;
  const block = (<usize>m) << 4;
  const half = v128.load64_splat(CONSTANTS);
  const end = x + s;
  let flip: usize = 8;
  for (let to = work + block; x < end; to += 32) {
    const far = x + 4 * s;
    let u = windowed(x, v128.load(columns));
    let v = windowed(far, v128.load(columns, 64));
    const a0 = f64x2.add(u, v);
    const d0 = f64x2.sub(u, v);
    u = windowed(x + 2 * s, v128.load(columns, 32));
    v = windowed(far + 2 * s, v128.load(columns, 96));
    const a2 = f64x2.add(u, v);
    const d2 = f64x2.sub(v, u);
    u = windowed(x + s, v128.load(columns, 16));
    v = windowed(far + s, v128.load(columns, 80));
    const a1 = f64x2.add(u, v);
    const d1 = f64x2.sub(u, v);
    u = windowed(x + 3 * s, v128.load(columns, 48));
    v = windowed(far + 3 * s, v128.load(columns, 112));
    const a3 = f64x2.add(u, v);
    const d3 = f64x2.sub(u, v);
    const re = f64x2.mul(f64x2.sub(d1, d3), half);
    const im = f64x2.mul(f64x2.add(d1, d3), half);
    storePacked(work, f64x2.add(a0, a2));
    storePacked(work + (block >> 1), f64x2.add(a1, a3));
    storeTurned(to, f64x2.add(d0, re), f64x2.sub(d2, im), columns + 128);
    storeTurned(to + block, f64x2.sub(a0, a2), f64x2.sub(a3, a1), columns + 160);
    storeTurned(to + 2 * block, f64x2.sub(d0, re), f64x2.add(d2, im), columns + 192);
    work += flip;
    flip ^= 16;
    x += 8;
    columns += 224;
  }
}

/** The same with 8 blocks and 16m samples; spare is 192 bytes. */
export function firstOf16(work: usize, x: usize, columns: usize, spare: usize, m: i32): void {
  const s = (<usize>m) << 2;
  const block = (<usize>m) << 4;
  const half = v128.load64_splat(CONSTANTS);
  const cos = v128.load64_splat(CONSTANTS, 8);
  const sin = v128.load64_splat(CONSTANTS, 16);
  const end = x + s;
  let flip: usize = 8;
  for (let to = work + block; x < end; to += 32) {
    // Even samples.
    let p = x;
    let u0 = windowed(p, v128.load(columns));
    let v0 = windowed(p + 8 * s, v128.load(columns, 128));
    let u1 = windowed(p + 4 * s, v128.load(columns, 64));
    let v1 = windowed(p + 12 * s, v128.load(columns, 192));
    let t = f64x2.add(u0, v0);
    let u = f64x2.add(u1, v1);
    v128.store(spare, f64x2.add(t, u));
    v128.store(spare, f64x2.sub(t, u), 16);
    const d0 = f64x2.sub(u0, v0);
    const d4 = f64x2.sub(v1, u1);
    p = x + 2 * s;
    u0 = windowed(p, v128.load(columns, 32));
    v0 = windowed(p + 8 * s, v128.load(columns, 160));
    u1 = windowed(p + 4 * s, v128.load(columns, 96));
    v1 = windowed(p + 12 * s, v128.load(columns, 224));
    t = f64x2.add(u0, v0);
    u = f64x2.add(u1, v1);
    v128.store(spare, f64x2.add(t, u), 32);
    v128.store(spare, f64x2.sub(u, t), 48);
    t = f64x2.sub(u0, v0);
    u = f64x2.sub(u1, v1);
    let re = f64x2.mul(f64x2.sub(t, u), half);
    let im = f64x2.mul(f64x2.add(t, u), half);
    v128.store(spare, f64x2.add(d0, re), 64);
    v128.store(spare, f64x2.sub(d0, re), 80);
    v128.store(spare, f64x2.sub(d4, im), 96);
    v128.store(spare, f64x2.add(d4, im), 112);
    // Odd samples.
    p = x + s;
    u0 = windowed(p, v128.load(columns, 16));
    v0 = windowed(p + 8 * s, v128.load(columns, 144));
    u1 = windowed(p + 4 * s, v128.load(columns, 80));
    v1 = windowed(p + 12 * s, v128.load(columns, 208));
    t = f64x2.add(u0, v0);
    u = f64x2.add(u1, v1);
    v128.store(spare, f64x2.add(t, u), 128);
    v128.store(spare, f64x2.sub(t, u), 144);
    t = f64x2.sub(u0, v0);
    u = f64x2.sub(u1, v1);
    v128.store(spare, f64x2.sub(f64x2.mul(t, cos), f64x2.mul(u, sin)), 160);
    v128.store(spare, f64x2.add(f64x2.mul(t, sin), f64x2.mul(u, cos)), 176);
    p = x + 3 * s;
    u0 = windowed(p, v128.load(columns, 48));
    v0 = windowed(p + 8 * s, v128.load(columns, 176));
    u1 = windowed(p + 4 * s, v128.load(columns, 112));
    v1 = windowed(p + 12 * s, v128.load(columns, 240));
    t = f64x2.add(u0, v0);
    u = f64x2.add(u1, v1);
    let a = f64x2.add(t, u);
    const f3 = f64x2.sub(t, u);
    const d3 = f64x2.sub(u0, v0);
    const d7 = f64x2.sub(u1, v1);
    let b = v128.load(spare, 128);
    let c = v128.load(spare);
    let d = v128.load(spare, 32);
    storePacked(work, f64x2.add(c, d));
    storePacked(work + (block >> 1), f64x2.add(b, a));
    storeTurned(to + 2 * block, f64x2.sub(c, d), f64x2.sub(a, b), columns + 320);
    b = v128.load(spare, 144);
    re = f64x2.mul(f64x2.sub(b, f3), half);
    im = f64x2.mul(f64x2.add(b, f3), half);
    c = v128.load(spare, 16);
    d = v128.load(spare, 48);
    storeTurned(to + block, f64x2.add(c, re), f64x2.sub(d, im), columns + 288);
    storeTurned(to + 5 * block, f64x2.sub(c, re), f64x2.add(d, im), columns + 416);
    const p3 = f64x2.sub(f64x2.mul(d3, sin), f64x2.mul(d7, cos));
    const m3 = f64x2.add(f64x2.mul(d3, cos), f64x2.mul(d7, sin));
    const p1 = v128.load(spare, 160);
    const m1 = v128.load(spare, 176);
    a = f64x2.add(p1, p3);
    b = f64x2.add(m1, m3);
    c = v128.load(spare, 64);
    d = v128.load(spare, 96);
    storeTurned(to, f64x2.add(c, a), f64x2.sub(d, b), columns + 256);
    storeTurned(to + 4 * block, f64x2.sub(c, a), f64x2.add(d, b), columns + 384);
    a = f64x2.sub(p1, p3);
    b = f64x2.sub(m3, m1);
    c = v128.load(spare, 80);
    d = v128.load(spare, 112);
    storeTurned(to + 3 * block, f64x2.add(c, b), f64x2.sub(d, a), columns + 352);
    storeTurned(to + 6 * block, f64x2.sub(c, b), f64x2.add(d, a), columns + 448);
    work += flip;
    flip ^= 16;
    x += 8;
    columns += 480;
  }
}
