/**
 * The plain float64 twin of assembly/neighbors.ts and src/neighbors/proximity.ts: every distance as its definition says,
 * then a full sort.
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

/**
 * Mutual proximity with empirical distributions taken as independent (Schnitzer and others 2012): the share of rows further from x
 * than y, times the share of rows further from y than x. `toX` and `toY` are the distances of x and of y to other rows.
 */
export function mutualProximity(distance: number, toX: readonly number[], toY: readonly number[]): number {
  const above = (distances: readonly number[]) => distances.filter((d) => d > distance).length;
  // Divided once, so that equal proximities are equal numbers.
  return (above(toX) * above(toY)) / (toX.length * toY.length);
}

/** The k rows of the greatest mutual proximity for which `allowed` says yes, ties by distance, then by index. */
export function nearestMutual(
  metric: 'l1' | 'euclidean' | 'cosine',
  query: Row,
  rows: readonly Row[],
  k: number,
  { own = -1, allowed = () => true }: { own?: number; allowed?: (row: number) => boolean } = {},
): { index: number; proximity: number }[] {
  const distancesOf = (from: Row, leftOut: number) =>
    rows.filter((_, i) => i !== leftOut).map((row) => distance(metric, from, row));
  const toQuery = distancesOf(query, own);
  return rows
    .map((row, index) => {
      const d = distance(metric, query, row);
      return { index, d, proximity: mutualProximity(d, toQuery, distancesOf(row, index)) };
    })
    .filter(({ index }) => index !== own && allowed(index))
    .sort((a, b) => b.proximity - a.proximity || a.d - b.d || a.index - b.index)
    .slice(0, k)
    .map(({ index, proximity }) => ({ index, proximity }));
}
