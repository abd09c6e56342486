/** The check of audio samples that are in memory anyway. */

/** Whether any of n float32 is NaN, infinite or above `limit`, a positive number, in magnitude. */
export function anyBeyond(y: usize, limit: f32, n: i32): bool {
  // As integers, magnitudes compare like numbers, with infinity and then NaN above all others.
  const most = reinterpret<i32>(limit);
  const magnitude = i32x4.splat(0x7fffffff);
  const end = y + ((<usize>n) << 2);
  const inSixteens = y + ((<usize>(n & ~15)) << 2);
  let high = i32x4.splat(0);
  for (; y < inSixteens; y += 64) {
    high = i32x4.max_s(high, v128.and(v128.load(y), magnitude));
    high = i32x4.max_s(high, v128.and(v128.load(y, 16), magnitude));
    high = i32x4.max_s(high, v128.and(v128.load(y, 32), magnitude));
    high = i32x4.max_s(high, v128.and(v128.load(y, 48), magnitude));
  }
  for (; y < end; y += 4) high = i32x4.max_s(high, v128.and(v128.load32_zero(y), magnitude));
  return v128.any_true(i32x4.gt_s(high, i32x4.splat(most)));
}
