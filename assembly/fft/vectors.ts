/** What the stages of the FFT share. */

/** sqrt(1/2), cos(pi/8), sin(pi/8), in memory because V8 makes a constant anew wherever it is used. */
export const CONSTANTS = memory.data<f64>([Math.SQRT1_2, 0.92387953251128675613, 0.38268343236508977173], 8);

/** (r, i) turned back by the angle at `twiddle`. */
export function storeTurned(to: usize, r: v128, i: v128, twiddle: usize): void {
  const cos = v128.load(twiddle);
  const sin = v128.load(twiddle, 16);
  v128.store(to, f64x2.add(f64x2.mul(r, cos), f64x2.mul(i, sin)));
  v128.store(to, f64x2.sub(f64x2.mul(i, cos), f64x2.mul(r, sin)), 16);
}

/** The roots of two lanes each. */
export function storeRoots(low: usize, high: usize, a: v128, b: v128): void {
  const roots = f32x4.sqrt(v128.shuffle<i64>(a, b, 0, 2));
  v128.store64_lane(low, roots, 0);
  v128.store64_lane(high, roots, 1);
}

/** A complex value. */
export function storeBoth(to: usize, r: v128, i: v128): void {
  v128.store(to, r);
  v128.store(to, i, 16);
}
