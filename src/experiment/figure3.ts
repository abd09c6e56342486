/**
 * Figure 3: accuracy against the number of training songs per class. Each draw takes the next fold of Table 4 as its test
 * part and draws its training songs from the rest, so that the end of the curve is Table 4 itself and no artist is on both
 * sides; the songs of a smaller draw lie within those of a larger one.
 */
import { samplePerClass } from '../split.ts';
import type { ClassificationResult, LearningCurveResult } from './results.ts';
import { classifierOf, countLearned, type Folds, learnedFrom, validate } from './table4.ts';
import { breathe, type Course, countLabels, type Target } from './target.ts';

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** The points before the last: at least half of the classes have so many training songs in every fold. */
export function pointsOf(labels: readonly string[], { splits }: Pick<Folds, 'splits'>): number[] {
  const medians = splits.map(({ train }) => {
    const counts = [...countLabels(Array.from(train, (i) => labels[i])).values()].sort((a, b) => b - a);
    return counts[Math.ceil(counts.length / 2) - 1];
  });
  const most = medians.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return steps.filter((step) => step < most);
}

/**
 * The learning curves of one collection.
 *
 * @param table its rows of Table 4, which are the last points
 * @param draws of each point but the last
 */
export async function learningCurve(
  target: Target,
  folds: Folds,
  table: readonly ClassificationResult[],
  { alpha, draws }: { alpha: number; draws: number },
  course: Course,
): Promise<LearningCurveResult[]> {
  const { name, labels } = target;
  const { splits } = folds;
  const points = pointsOf(labels, folds);
  const total = countLearned(target) * points.length * draws;
  const results: LearningCurveResult[] = [];
  let done = 0;
  for (const { features, windows, blocks } of learnedFrom(target)) {
    for (const perClass of points) {
      course.progress(`learning curve of ${name}`, done, total);
      await breathe(course);
      const drawn = Array.from({ length: draws }, (_, draw) => {
        const { train, test } = splits[draw % splits.length];
        const options = { perClass, allowFewer: true, randomState: course.seed + 1 + draw };
        return { train: samplePerClass(train, labels, options), test };
      });
      const { accuracy, standardError } = await validate(windows, labels, course, {
        ...classifierOf(alpha),
        ...(blocks && { blocks }),
        splits: drawn,
        onProgress: () => course.progress(`learning curve of ${name}`, ++done, total),
      });
      results.push({ dataset: name, features, perClass, all: false, accuracy, standardError, draws });
    }
    const full = table.find((row) => row.features === features);
    if (full) results.push(lastPoint(full, labels, folds));
  }
  course.progress(`learning curve of ${name}`, total, total);
  return results;
}

/** Table 4 as the end of the curve: all training songs, on average so many of each class. */
function lastPoint(row: ClassificationResult, labels: readonly string[], { splits }: Folds): LearningCurveResult {
  const trained = splits.reduce((sum, { train }) => sum + train.length, 0) / splits.length;
  return {
    dataset: row.dataset,
    features: row.features,
    perClass: trained / new Set(labels).size,
    all: true,
    accuracy: row.accuracy,
    standardError: row.standardError,
    draws: row.folds,
  };
}
