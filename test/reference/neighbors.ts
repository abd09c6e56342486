/**
 * The plain float64 twin of assembly/neighbors.ts: every distance as its definition says, then a full sort.
 */

export type Row = ArrayLike<number>;

const sumOver = (a: Row, term: (i: number) => number) => Array.from(a, (_, i) => term(i)).reduce((s, x) => s + x, 0);

/** Distance of two rows: sum of |a - b|, root of the sum of (a - b)^2, or 1 - a.b / (|a| |b|) and 1 for a row of zeros. */
export function distance(metric: 'l1' | 'euclidean' | 'cosine', a: Row, b: Row): number {
  if (metric === 'l1') return sumOver(a, (i) => Math.abs(a[i] - b[i]));
  if (metric === 'euclidean') return Math.sqrt(sumOver(a, (i) => (a[i] - b[i]) ** 2));
  const lengths = Math.sqrt(sumOver(a, (i) => a[i] ** 2)) * Math.sqrt(sumOver(b, (i) => b[i] ** 2));
  return lengths === 0 ? 1 : 1 - sumOver(a, (i) => a[i] * b[i]) / lengths;
}

/** The k nearest of `rows` for which `allowed` says yes, ties by index. */
export function nearest(
  metric: 'l1' | 'euclidean' | 'cosine',
  query: Row,
  rows: readonly Row[],
  k: number,
  allowed: (row: number) => boolean = () => true,
): { index: number; distance: number }[] {
  return rows
    .map((row, index) => ({ index, distance: distance(metric, query, row) }))
    .filter(({ index }) => allowed(index))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .slice(0, k);
}
