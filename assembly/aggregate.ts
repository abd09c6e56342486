/**
 * Windows of frames: mean, variance, maximum and minimum of every column in one pass (paper section 4).
 *
 * The sums are of differences to the window's first frame, so that a column with a large mean and a small spread keeps all
 * the digits that float32 has, and a constant column has exactly its value as mean and exactly 0 as variance. They are
 * float32 over the frames of a block, four of which are added as two pairs, and float64 across blocks: within 1e-6 of a column's
 * range (of its square, for the variance) from float64 throughout. Four columns share a vector.
 */

/** Largest float32, where a variance that float32 cannot hold is cut. */
const LARGEST: f64 = 3.4028234663852886e38;

/** Frames whose sums are float32: the default window. A multiple of 4. */
const BLOCK: i32 = 64;

/**
 * out is (nWindows, 4 * columns): mean | population variance | maximum | minimum of each column.
 * frames is (nFrames, columns); window w holds the windowLength rows from w * hopLength on, all of which must exist.
 * Values are finite (the host has checked).
 */
export function aggregateFrames(
  out: usize,
  frames: usize,
  nWindows: i32,
  windowLength: i32,
  hopLength: i32,
  columns: i32,
): void {
  const stride = (<usize>columns) << 2;
  const inLanes = columns & ~3;
  for (let w = 0; w < nWindows; w++) {
    const first = frames + <usize>w * <usize>hopLength * stride;
    const to = out + ((<usize>w) << 2) * stride;
    // Four columns of all rows are far apart in memory. Meanwhile the next window is read from its beginning to its end, as
    // memory likes it: as many bytes as are worked on.
    let ahead = frames + <usize>min(w + 1, nWindows - 1) * <usize>hopLength * stride;
    for (let c = 0; c < inLanes; c += 4) {
      const offset = (<usize>c) << 2;
      aggregateFourColumns(to + offset, first + offset, ahead, windowLength, stride);
      ahead += (<usize>windowLength) << 4;
    }
    for (let c = inLanes; c < columns; c++) {
      const offset = (<usize>c) << 2;
      aggregateOneColumn(to + offset, first + offset, windowLength, stride);
    }
  }
}

/** The statistics of four neighbouring columns; out's four rows and the frames' rows are stride bytes apart. */
function aggregateFourColumns(out: usize, first: usize, ahead: usize, length: i32, stride: usize): void {
  Columns.aggregate(out, first, ahead, length, stride, true);
}

/** The same of one column, with the same operations in the same order. */
function aggregateOneColumn(out: usize, first: usize, length: i32, stride: usize): void {
  Columns.aggregate(out, first, 0, length, stride, false);
}

/** The code of both; `wide` is a constant where it is inlined. */
class Columns {
  @inline static load(from: usize, wide: bool): v128 {
    return wide ? v128.load(from) : v128.load32_splat(from);
  }

  @inline static store(out: usize, values: v128, wide: bool): void {
    if (wide) v128.store(out, values);
    else store<f32>(out, f32x4.extract_lane(values, 0));
  }

  @inline static aggregate(out: usize, first: usize, ahead: usize, length: i32, stride: usize, wide: bool): void {
    const shift = Columns.load(first, wide);
    let maximum = shift;
    let minimum = shift;
    let sumLow = f64x2.splat(0);
    let sumHigh = sumLow;
    let squaresLow = sumLow;
    let squaresHigh = sumLow;
    let from = first;
    for (let left = length; left > 0; left -= BLOCK) {
      let sum = f32x4.splat(0);
      let squares = sum;
      let n = min(left, BLOCK);
      for (; n >= 4; n -= 4) {
        // Touched and not used: it may trap, so that no compiler leaves it out.
        if (wide) load<u64>(ahead);
        ahead += 64;
        let a = Columns.load(from, wide);
        let b = Columns.load(from + stride, wide);
        let c = Columns.load(from + 2 * stride, wide);
        let d = Columns.load(from + 3 * stride, wide);
        from += 4 * stride;
        // pmax and pmin are one instruction each; they differ from max and min for NaN only, which does not come here.
        maximum = f32x4.pmax(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)), maximum);
        minimum = f32x4.pmin(f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d)), minimum);
        a = f32x4.sub(a, shift);
        b = f32x4.sub(b, shift);
        c = f32x4.sub(c, shift);
        d = f32x4.sub(d, shift);
        sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
        const ab = f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b));
        squares = f32x4.add(squares, f32x4.add(ab, f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d))));
      }
      for (; n > 0; n--) {
        let a = Columns.load(from, wide);
        from += stride;
        maximum = f32x4.pmax(a, maximum);
        minimum = f32x4.pmin(a, minimum);
        a = f32x4.sub(a, shift);
        sum = f32x4.add(sum, a);
        squares = f32x4.add(squares, f32x4.mul(a, a));
      }
      sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(sum));
      sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(upperHalf(sum)));
      squaresLow = f64x2.add(squaresLow, f64x2.promote_low_f32x4(squares));
      squaresHigh = f64x2.add(squaresHigh, f64x2.promote_low_f32x4(upperHalf(squares)));
    }
    const perFrame = f64x2.splat(1 / <f64>length);
    const meanLow = f64x2.mul(sumLow, perFrame);
    const meanHigh = f64x2.mul(sumHigh, perFrame);
    const mean = joinHalves(
      f64x2.add(f64x2.promote_low_f32x4(shift), meanLow),
      f64x2.add(f64x2.promote_low_f32x4(upperHalf(shift)), meanHigh),
    );
    const variance = joinHalves(
      varianceOf(squaresLow, sumLow, meanLow, perFrame),
      varianceOf(squaresHigh, sumHigh, meanHigh, perFrame),
    );
    // Rounding could bring the mean a hair out of its bounds.
    Columns.store(out, f32x4.pmax(minimum, f32x4.pmin(maximum, mean)), wide);
    Columns.store(out + stride, variance, wide);
    Columns.store(out + 2 * stride, maximum, wide);
    Columns.store(out + 3 * stride, minimum, wide);
    if (i32x4.all_true(f32x4.lt(variance, f32x4.splat(Infinity)))) return;
    for (let c: usize = 0; c < <usize>(wide ? 16 : 4); c += 4) {
      if (!(load<f32>(out + stride + c) < Infinity)) sumWide(out + c, first + c, length, stride);
    }
  }
}

/** Mean and variance of a column whose squares are beyond float32, in float64. */
function sumWide(out: usize, first: usize, length: i32, stride: usize): void {
  const shift = <f64>load<f32>(first);
  const n = <f64>length;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let t = 0; t < length; t++) {
    const d = <f64>load<f32>(first + <usize>t * stride) - shift;
    sum += d;
    squares += d * d;
  }
  store<f32>(out, <f32>(shift + sum / n));
  store<f32>(out + stride, <f32>min<f64>(max<f64>((squares - (sum * sum) / n) / n, 0), LARGEST));
}

/** Lanes 2 and 3, moved to the front. */
function upperHalf(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 2, 3, 2, 3);
}

/** Two pairs of float64 as four float32. */
function joinHalves(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** Rounding could leave a hair below 0; what overflowed stays infinite or not a number. */
function varianceOf(squares: v128, sum: v128, mean: v128, perFrame: v128): v128 {
  const variance = f64x2.mul(f64x2.sub(squares, f64x2.mul(sum, mean)), perFrame);
  return f64x2.max(variance, f64x2.splat(0));
}
