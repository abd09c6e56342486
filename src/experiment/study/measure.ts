/** What a study measures of one target under one recipe: precision at k, accuracy over folds, accuracy from few examples. */
import { z } from 'zod';
import { meanRow } from '../../aggregate.ts';
import { Matrix } from '../../matrix.ts';
import { kOccurrence, precisionsAtK, skewness } from '../../metrics.ts';
import { NearestNeighbors } from '../../neighbors.ts';
import { samplePerClass } from '../../split.ts';
import { classifierOf, type Folds, foldsOf, validate } from '../table4.ts';
import { reachableK } from '../table5.ts';
import type { Course } from '../target.ts';
import type { CheckedPlan } from './plan.ts';
import type { Recipe } from './recipe.ts';

const share = z.number().min(0).max(1);

/** The numbers of one target; those that are not measured are absent. */
export const measuresSchema = z.strictObject({
  k: z.int().min(1).optional().describe('neighbours that were looked at'),
  precisions: z.array(share).optional().describe('precision at k of each track'),
  hubness: z.number().nullable().optional().describe('skewness of the k-occurrence'),
  foldAccuracies: z.array(share).optional(),
  correct: z
    .array(share)
    .optional()
    .describe('for each track whether its label was found, 0 or 1; tracks in no fold count 0'),
  fewShot: z
    .array(z.strictObject({ perClass: z.int(), accuracies: z.array(share).describe('of each draw') }))
    .optional(),
});
export type Measures = z.output<typeof measuresSchema>;

/** One target as it is judged: songs in one order everywhere. */
export interface Judged {
  readonly name: string;
  readonly labels: readonly string[];
  readonly groups: readonly string[] | undefined;
}

type Settings = CheckedPlan['measure'];

/** Precision at k, a track being the mean of its windows (Table 5 of the paper). */
function similarity(judged: Judged, windows: readonly Matrix[], recipe: Recipe, wanted: number, course: Course) {
  const { labels, groups } = judged;
  const k = reachableK(judged, wanted, course.warn);
  if (k === 0) return {};
  const index = new NearestNeighbors({ nNeighbors: k, metric: recipe.distance });
  index.fit(Matrix.fromRows(windows.map(meanRow)), groups && { groups });
  try {
    const neighbors = index.kNeighbors(undefined, recipe.artistFilter && groups ? { groups: true } : {});
    return {
      k,
      precisions: [...precisionsAtK(neighbors, labels)],
      hubness: skewness(kOccurrence(neighbors, labels.length)),
    };
  } finally {
    index.dispose();
  }
}

/** Accuracy over folds (Table 4). */
async function classification(judged: Judged, windows: readonly Matrix[], folds: Folds, alpha: number, course: Course) {
  const { labels } = judged;
  const { splits } = folds;
  const { foldAccuracies, predictions } = await validate(windows, labels, course, { ...classifierOf(alpha), splits });
  const correct = labels.map(() => 0);
  splits.forEach(({ test }, fold) => {
    test.forEach((track, i) => {
      correct[track] = predictions[fold][i] === labels[track] ? 1 : 0;
    });
  });
  return { foldAccuracies: [...foldAccuracies], correct };
}

/** Accuracy from a few examples of each class (Figure 3): draws from what the folds train on. */
async function fewExamples(
  judged: Judged,
  windows: readonly Matrix[],
  { splits }: Folds,
  { fewShot, draws, alpha }: Settings,
  course: Course,
) {
  const results: NonNullable<Measures['fewShot']> = [];
  for (const perClass of fewShot) {
    const drawn = Array.from({ length: draws }, (_, draw) => {
      const { train, test } = splits[draw % splits.length];
      const options = { perClass, allowFewer: true, randomState: course.seed * 1000 + draw };
      return { train: samplePerClass(train, judged.labels, options), test };
    });
    const { foldAccuracies } = await validate(windows, judged.labels, course, {
      ...classifierOf(alpha),
      splits: drawn,
    });
    results.push({ perClass, accuracies: [...foldAccuracies] });
  }
  return { fewShot: results };
}

/**
 * Judges one target. Folds and draws depend on the course's seed and the target alone, so that cells can be compared pair by pair.
 *
 * @param windows of each track
 * @param what the measures wanted
 */
export async function measure(
  judged: Judged,
  windows: readonly Matrix[],
  recipe: Recipe,
  settings: Settings,
  what: Settings['what'],
  course: Course,
): Promise<Measures> {
  const found: Measures = what.includes('precision') ? similarity(judged, windows, recipe, settings.k, course) : {};
  if (!what.includes('accuracy') && !what.includes('fewShot')) return found;
  const folds = foldsOf(judged, settings.folds, course);
  if (!folds) return found;
  if (what.includes('accuracy')) {
    Object.assign(found, await classification(judged, windows, folds, settings.alpha, course));
  }
  if (what.includes('fewShot')) Object.assign(found, await fewExamples(judged, windows, folds, settings, course));
  return found;
}
