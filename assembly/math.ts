/**
 * Logarithm in lanes, and sines and cosines for tables.
 *
 * Everything transcendental is computed here, in the module: the runtimes' own `Math` functions give different bits.
 */

/** The constants of `logFour`, in memory because V8 makes a constant of four lanes anew, in three steps, wherever it is used. */
// biome-ignore format: a constant a line
const LOG = memory.data<u32>([
  0x3f3504f3, // sqrt(1/2)
  0xff800000, // sign and exponent
  0x3f800000, // 1
  0xbf000000, // -0.5
  0x3eaaaaaa, // 0.33333331174
  0xbe7ffffc, // -0.24999993993
  0x3e4cceac, // 0.20000714765
  0xbe2aae50, // -0.16668057665
  0x3e11e9bf, // 0.14249322787
  0xbdfe5d4f, // -0.12420140846
  0x3def251a, // 0.11676998740
  0xbdebd1b8, // -0.11514610310
  0x3d9021bb, // 0.070376836292
  0x3717f7d1, // low part of log(2)
  0x3f317180, // high part of log(2)
], 4);

/** Holds the logarithm for those who inline it: several, computed side by side, take half the time of a row of calls. */
export class Logarithm {
  /**
   * Natural logarithm of four float32, each positive, normal and finite; within one unit in the last place.
   *
   * x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), and log(1 + f) = f + f^2 p(f) with the polynomial of Cephes' `logf`
   * (Moshier), whose terms are added in pairs: a division, or a sum term by term, would keep the processor waiting.
   * k log(2) is added in two parts, as in musl's `logf`; the high one is exact.
   */
  @inline
  static four(x: v128): v128 {
    // Shifted so that the exponent field steps at sqrt(1/2) and not at a power of two.
    const shifted = i32x4.sub(x, v128.load32_splat(LOG));
    const k = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
    const f = f32x4.sub(i32x4.sub(x, v128.and(shifted, v128.load32_splat(LOG, 4))), v128.load32_splat(LOG, 8));
    const f2 = f32x4.mul(f, f);
    const first = f32x4.add(
      f32x4.mul(v128.load32_splat(LOG, 16), f),
      f32x4.mul(f32x4.add(v128.load32_splat(LOG, 20), f32x4.mul(v128.load32_splat(LOG, 24), f)), f2),
    );
    const fifth = f32x4.add(v128.load32_splat(LOG, 28), f32x4.mul(v128.load32_splat(LOG, 32), f));
    const seventh = f32x4.add(v128.load32_splat(LOG, 36), f32x4.mul(v128.load32_splat(LOG, 40), f));
    const ninth = f32x4.add(v128.load32_splat(LOG, 44), f32x4.mul(v128.load32_splat(LOG, 48), f));
    const rest = f32x4.add(fifth, f32x4.mul(f32x4.add(seventh, f32x4.mul(ninth, f2)), f2));
    const p = f32x4.add(v128.load32_splat(LOG, 12), f32x4.add(first, f32x4.mul(rest, f32x4.mul(f2, f2))));
    const low = f32x4.add(f32x4.mul(k, v128.load32_splat(LOG, 52)), f32x4.mul(f2, p));
    return f32x4.add(f32x4.add(low, f), f32x4.mul(k, v128.load32_splat(LOG, 56)));
  }
}

/** The same as a function. */
export function logFour(x: v128): v128 {
  return Logarithm.four(x);
}

/**
 * cos(2 pi k / n) for 0 <= k <= n, n a multiple of 4.
 *
 * The angle is first brought into the first octant by symmetry, so that the quarter turns are exact and mirrored
 * entries of a table have mirrored bits.
 */
export function cosTurn(k: i32, n: i32): f64 {
  const folded = min(k, n - k);
  const quarter = n >> 2;
  if (folded > quarter) return -quarterCos((n >> 1) - folded, n);
  return quarterCos(folded, n);
}

/** sin(2 pi k / n) for 0 <= k <= n, n a multiple of 4. */
export function sinTurn(k: i32, n: i32): f64 {
  if (k > n >> 1) return -sinTurn(n - k, n);
  return cosTurn(abs((n >> 2) - k), n);
}

/** cos(2 pi k / n) for 0 <= k <= n / 4. */
function quarterCos(k: i32, n: i32): f64 {
  const step = (2 * Math.PI) / <f64>n;
  return k << 3 > n ? Math.sin(step * <f64>((n >> 2) - k)) : Math.cos(step * <f64>k);
}
