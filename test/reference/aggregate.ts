/**
 * The plain float64 twin of assembly/aggregate.ts: two passes, one column after the other, as the words are defined.
 */

/** Mean, population variance, maximum and minimum of `values`. */
export function statistics(values: readonly number[]): { mean: number; variance: number; max: number; min: number } {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  return { mean, variance, max: Math.max(...values), min: Math.min(...values) };
}

/** Windows of `frames` (rows of equal length), each `[means, variances, maxima, minima]` flattened. */
export function aggregate(frames: readonly ArrayLike<number>[], windowLength: number, hopLength: number): number[][] {
  const length = Math.min(windowLength, frames.length);
  const windows: number[][] = [];
  for (let start = 0; start + length <= frames.length; start += hopLength) {
    const rows = frames.slice(start, start + length);
    const columns = Array.from(rows[0], (_, c) => statistics(rows.map((row) => row[c])));
    windows.push([
      ...columns.map(({ mean }) => mean),
      ...columns.map(({ variance }) => variance),
      ...columns.map(({ max }) => max),
      ...columns.map(({ min }) => min),
    ]);
  }
  return windows;
}
