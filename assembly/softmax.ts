/** From scores to probabilities. */
import { exponential } from "./math";

/**
 * Softmax of each row: out[r][c] = exp(sharpness score[r][c]) / sum over c of the same. out, scores (n, classes) f64; out may be
 * scores. The largest score is taken off first, so that nothing overflows. Sums run over the classes in their order.
 */
export function softmaxRows(out: usize, scores: usize, sharpness: f64, n: i32, classes: i32): void {
  const width = (<usize>classes) << 3;
  for (let r = 0; r < n; r++) {
    let largest: f64 = -Infinity;
    for (let at: usize = 0; at < width; at += 8) largest = max(largest, load<f64>(scores + at));
    let sum: f64 = 0;
    for (let at: usize = 0; at < width; at += 8) {
      const value = exponential(sharpness * (load<f64>(scores + at) - largest));
      store<f64>(out + at, value);
      sum += value;
    }
    for (let at: usize = 0; at < width; at += 8) store<f64>(out + at, load<f64>(out + at) / sum);
    out += width;
    scores += width;
  }
}
