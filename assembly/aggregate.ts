/**
 * Windows of frames: mean, variance, maximum and minimum of every column in one pass (paper section 4).
 *
 * The sums are of differences to the window's first frame and are held in float64, so that a column with a large mean
 * and a small spread keeps all the digits that float32 has, and a constant column has exactly its value as mean and
 * exactly 0 as variance. Four columns share a vector; one window of 64 rows stays in the first-level cache.
 */

/** Largest float32, where a variance that float32 cannot hold is cut. */
const LARGEST: f64 = 3.4028234663852886e38;

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
    for (let c = 0; c < inLanes; c += 4) {
      const offset = (<usize>c) << 2;
      aggregateFourColumns(to + offset, first + offset, windowLength, stride);
    }
    for (let c = inLanes; c < columns; c++) {
      const offset = (<usize>c) << 2;
      aggregateColumn(to + offset, first + offset, windowLength, stride);
    }
  }
}

/** The statistics of four neighbouring columns; out's four rows and the frames' rows are stride bytes apart. */
function aggregateFourColumns(out: usize, first: usize, length: i32, stride: usize): void {
  let x = v128.load(first);
  let maximum = x;
  let minimum = x;
  const shiftLow = f64x2.promote_low_f32x4(x);
  const shiftHigh = f64x2.promote_low_f32x4(upperHalf(x));
  let sumLow = f64x2.splat(0);
  let sumHigh = f64x2.splat(0);
  let squaresLow = f64x2.splat(0);
  let squaresHigh = f64x2.splat(0);
  let from = first;
  for (let t = 1; t < length; t++) {
    from += stride;
    x = v128.load(from);
    // pmax and pmin are one instruction each; they differ from max and min for NaN only, which does not come here.
    maximum = f32x4.pmax(maximum, x);
    minimum = f32x4.pmin(minimum, x);
    const low = f64x2.sub(f64x2.promote_low_f32x4(x), shiftLow);
    const high = f64x2.sub(f64x2.promote_low_f32x4(upperHalf(x)), shiftHigh);
    sumLow = f64x2.add(sumLow, low);
    sumHigh = f64x2.add(sumHigh, high);
    squaresLow = f64x2.add(squaresLow, f64x2.mul(low, low));
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(high, high));
  }
  const n = f64x2.splat(<f64>length);
  v128.store(out, joinHalves(meanOf(sumLow, shiftLow, n), meanOf(sumHigh, shiftHigh, n)));
  v128.store(out + stride, joinHalves(varianceOf(squaresLow, sumLow, n), varianceOf(squaresHigh, sumHigh, n)));
  v128.store(out + (stride << 1), maximum);
  v128.store(out + stride * 3, minimum);
}

/** The same for one column, with the same operations in the same order. */
function aggregateColumn(out: usize, first: usize, length: i32, stride: usize): void {
  let x = load<f32>(first);
  let maximum = x;
  let minimum = x;
  const shift = <f64>x;
  let sum: f64 = 0;
  let squares: f64 = 0;
  let from = first;
  for (let t = 1; t < length; t++) {
    from += stride;
    x = load<f32>(from);
    if (x > maximum) maximum = x;
    if (x < minimum) minimum = x;
    const d = <f64>x - shift;
    sum += d;
    squares += d * d;
  }
  const n = <f64>length;
  const variance = (squares - (sum * sum) / n) / n;
  store<f32>(out, <f32>(shift + sum / n));
  store<f32>(out + stride, <f32>min<f64>(max<f64>(variance, 0), LARGEST));
  store<f32>(out + (stride << 1), maximum);
  store<f32>(out + stride * 3, minimum);
}

/** Lanes 2 and 3, moved to the front. */
function upperHalf(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 2, 3, 2, 3);
}

/** Two pairs of float64 as four float32. */
function joinHalves(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

function meanOf(sum: v128, shift: v128, n: v128): v128 {
  return f64x2.add(shift, f64x2.div(sum, n));
}

/** Rounding could leave a hair below 0. */
function varianceOf(squares: v128, sum: v128, n: v128): v128 {
  const variance = f64x2.div(f64x2.sub(squares, f64x2.div(f64x2.mul(sum, sum), n)), n);
  return f64x2.min(f64x2.max(variance, f64x2.splat(0)), f64x2.splat(LARGEST));
}
