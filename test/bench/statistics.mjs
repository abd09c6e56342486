/** Medians and quartiles: a shared machine throws outliers, which means and deviations would carry along. */

/**
 * The value below which a share `q` of the sorted values lies, between neighbours by straight lines (NumPy's default).
 *
 * @param {readonly number[]} values at least one
 * @param {number} q 0 to 1
 */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** @param {readonly number[]} values at least one */
export const median = (values) => quantile(values, 0.5);

/**
 * Median and quartiles.
 *
 * @param {readonly number[]} values at least one
 * @returns {{ median: number, q1: number, q3: number }}
 */
export const summary = (values) => ({
  median: median(values),
  q1: quantile(values, 0.25),
  q3: quantile(values, 0.75),
});

/**
 * Exponent of the power law through points: 1 for cost that grows in proportion, 0 for cost that does not grow. The
 * slope of the least-squares line through the logarithms.
 *
 * @param {readonly { size: number, seconds: number }[]} points at least two sizes
 */
export function growthExponent(points) {
  const xs = points.map(({ size }) => Math.log(size));
  const ys = points.map(({ seconds }) => Math.log(seconds));
  const mean = (/** @type {number[]} */ v) => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i] - my), 0);
  return covariance / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}
