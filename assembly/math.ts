/**
 * Logarithm in lanes; sines, cosines, a logarithm and an exponential in float64.
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
  return k << 3 > n ? sinOctant(step * <f64>((n >> 2) - k)) : cosOctant(step * <f64>k);
}

/** sin(pi x), which stays as accurate for large x: the whole part is taken off exactly. */
export function sinHalfTurns(x: f64): f64 {
  const whole = nearest(x);
  const rest = x - whole;
  const size = abs(rest);
  const sine = size > 0.25 ? cosOctant(Math.PI * (0.5 - size)) : sinOctant(Math.PI * size);
  // An odd number of half turns changes the sign once more.
  return rest < 0 != ((<i64>whole & 1) == 1) ? -sine : sine;
}

/**
 * sin(x) for |x| <= pi / 4: the polynomial of musl (FreeBSD's k_sin.c), and so the bits of `Math.sin`, without its reduction
 * of large angles, which is 2 kB of code that no table here needs.
 */
function sinOctant(x: f64): f64 {
  const z = x * x;
  const r =
    8.33333333332248946124e-3 +
    z * (-1.98412698298579493134e-4 + z * 2.75573137070700676789e-6) +
    z * (z * z) * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10);
  return x + z * x * (-1.66666666666666324348e-1 + z * r);
}

/** cos(x) for |x| <= pi / 4, in the same way (k_cos.c). */
function cosOctant(x: f64): f64 {
  const z = x * x;
  const w = z * z;
  const r =
    z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * 2.48015872894767294178e-5)) +
    w * w * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11));
  const half = 0.5 * z;
  const near = 1.0 - half;
  return near + (1.0 - near - half + z * r);
}

/**
 * log(x) for x positive, normal and finite, within one unit in the last place: FreeBSD's e_log.c (its name was musl's until
 * 2018). Not `Math.log`, which is no more accurate and brings 4 kB of tables.
 *
 * x = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2), s = f / (2 + f), log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))).
 */
export function naturalLog(x: f64): f64 {
  const shifted = reinterpret<u64>(x) + ((<u64>(0x3ff00000 - 0x3fe6a09e)) << 32);
  const k = <f64>(<i32>(shifted >> 52) - 1023);
  const f = reinterpret<f64>((shifted & 0xfffffffffffff) + ((<u64>0x3fe6a09e) << 32)) - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  return s * (half + (odd + even)) + k * 1.90821492927058770002e-10 - half + f + k * 6.9314718036912381649e-1;
}

/**
 * exp(x) for any x but NaN, within one unit in the last place where the result is normal: FreeBSD's e_exp.c. Not `Math.exp`,
 * which brings a table of 2 kB. 0 below -746, infinite above 710.
 *
 * x = k log(2) + r with |r| <= log(2) / 2, c = r - r^2 P(r^2), exp(r) = 1 + r + r c / (2 - c).
 */
export function exponential(x: f64): f64 {
  const bounded = max<f64>(-746, min<f64>(710, x));
  const k = nearest(bounded * 1.442695040888963387);
  const high = bounded - k * 6.9314718036912381649e-1;
  const low = k * 1.90821492927058770002e-10;
  const r = high - low;
  const z = r * r;
  const p =
    1.66666666666666019037e-1 +
    z *
      (-2.77777777770155933842e-3 +
        z * (6.61375632143793436117e-5 + z * (-1.6533902205465251539e-6 + z * 4.13813679705723846039e-8)));
  const c = r - z * p;
  const power = 1 - (low - (r * c) / (2 - c) - high);
  // By two powers of two, because k may be beyond what one can be.
  const half = <i64>k >> 1;
  return power * powerOfTwo(half) * powerOfTwo(<i64>k - half);
}

/** 2^k for k from -1022 to 1023. */
function powerOfTwo(k: i64): f64 {
  return reinterpret<f64>((k + 1023) << 52);
}
