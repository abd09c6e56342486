/**
 * Table 5: precision at k of the nearest songs (paper, sections 3.2 and 6.3), a song being the mean of its windows; by three
 * distances, with and without the artist filter, and how uneven the neighbours are (hubness).
 */
import { meanRow } from '../aggregate.ts';
import { Matrix } from '../matrix.ts';
import { kOccurrence, precisionAtK, skewness } from '../metrics.ts';
import { type Metric, NearestNeighbors } from '../neighbors.ts';
import type { SimilarityResult } from './results.ts';
import { breathe, type Course, countLabels, type Target } from './target.ts';

const metrics: readonly Metric[] = ['l1', 'euclidean', 'cosine'];

/**
 * How many neighbours are looked at: as many as asked for, but no more than a song of the smallest label can find of its
 * own (with a warning), since full precision must be within reach.
 *
 * @returns 0 where there is nothing to find
 */
export function reachableK({ name, labels }: Pick<Target, 'name' | 'labels'>, wanted: number, warn: Course['warn']) {
  const counts = countLabels(labels);
  const [label, least] = [...counts].reduce((a, b) => (b[1] < a[1] ? b : a), ['', Number.POSITIVE_INFINITY]);
  const k = Math.min(wanted, least - 1, labels.length - 1);
  if (counts.size < 2 || k < 1) {
    warn(`${name}: precision at k needs two labels with two tracks each; similarity is left out`);
    return 0;
  }
  if (k < wanted) {
    warn(
      `${name}: precision at ${k} instead of ${wanted}, because the smallest label, "${label}", has ${least} tracks`,
    );
  }
  return k;
}

/** Table 5 for one collection. */
export async function similarity(target: Target, wanted: number, course: Course): Promise<SimilarityResult[]> {
  const { name, labels, groups } = target;
  const k = reachableK(target, wanted, course.warn);
  if (k === 0) return [];
  const results: SimilarityResult[] = [];
  const filters = groups ? [false, true] : [false];
  const total = target.features.size * metrics.length * filters.length;
  for (const [features, windows] of target.features) {
    const songs = Matrix.fromRows(windows.map(meanRow));
    for (const metric of metrics) {
      const index = new NearestNeighbors({ nNeighbors: k, metric }).fit(songs, groups && { groups });
      try {
        for (const artistFilter of filters) {
          course.progress(`similarity in ${name}`, results.length, total);
          await breathe(course);
          const neighbors = index.kNeighbors(undefined, artistFilter ? { groups: true } : {});
          results.push({
            dataset: name,
            features,
            metric,
            k,
            artistFilter,
            precision: precisionAtK(neighbors, labels),
            hubness: skewness(kOccurrence(neighbors, labels.length)),
          });
        }
      } finally {
        index.dispose();
      }
    }
  }
  course.progress(`similarity in ${name}`, total, total);
  return results;
}
