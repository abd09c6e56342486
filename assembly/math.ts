/**
 * Logarithm in lanes, and sines and cosines for tables.
 *
 * Everything transcendental is computed here, in the module: the runtimes' own `Math` functions give different bits.
 */

/**
 * Natural logarithm of four float32, each positive, normal and finite; within one unit in the last place.
 *
 * The steps are those of musl's `logf` (FreeBSD's e_logf.c): x = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2),
 * s = f / (2 + f), log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))); k log(2) is added in two parts.
 */
export function logFour(x: v128): v128 {
  // Shifted so that the exponent field steps at sqrt(1/2) and not at a power of two.
  const shifted = i32x4.add(x, i32x4.splat(0x3f800000 - 0x3f3504f3));
  const k = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(shifted, 23), i32x4.splat(127)));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(mantissa, f32x4.splat(1));
  const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
  const z = f32x4.mul(s, s);
  const w = f32x4.mul(z, z);
  const odd = f32x4.mul(w, f32x4.add(f32x4.splat(0.40000972152), f32x4.mul(w, f32x4.splat(0.24279078841))));
  const even = f32x4.mul(z, f32x4.add(f32x4.splat(0.66666662693), f32x4.mul(w, f32x4.splat(0.28498786688))));
  const half = f32x4.mul(f32x4.splat(0.5), f32x4.mul(f, f));
  const low = f32x4.add(
    f32x4.mul(s, f32x4.add(half, f32x4.add(even, odd))),
    f32x4.mul(k, f32x4.splat(9.0580006145e-6)),
  );
  return f32x4.add(f32x4.add(f32x4.sub(low, half), f), f32x4.mul(k, f32x4.splat(0.69313812256)));
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
