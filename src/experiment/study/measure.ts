/** What a study measures of one target under one recipe: precision at k, accuracy over folds, accuracy from few examples. */
import { z } from 'zod';
import { meanRow } from '../../aggregate.ts';
import { Matrix } from '../../matrix.ts';
import { kOccurrence, precisionsAtK, skewness } from '../../metrics.ts';
import { NearestNeighbors } from '../../neighbors.ts';
import { type Split, samplePerClass } from '../../split.ts';
import type { CrossValidation } from '../../validate.ts';
import { classifierOf, type Folds, foldsOf, validate } from '../table4.ts';
import { reachableK } from '../table5.ts';
import type { Course } from '../target.ts';
import { balancePatterns, patternColumns } from './blockpatterns.ts';
import type { CheckedPlan } from './plan.ts';
import type { Recipe } from './recipe.ts';
import { validateHead } from './validatehead.ts';

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

/** Columns that are still classified: least squares takes the square of them in memory, and their cube in time. */
const MOST_COLUMNS = 1500;

/** A vector for each track: the mean of its windows. */
function trackRows(windows: readonly Matrix[], { features, patterns }: Recipe): Matrix {
  const rows = Matrix.fromRows(windows.map(meanRow));
  if (features === 'windows') return rows;
  // Each pattern has its own number of columns and its own units.
  const nComponents = Number(windows[0].frontEnd?.nComponents ?? windows[0].frontEnd?.nMels);
  return balancePatterns(rows, patternColumns(nComponents, patterns));
}

/** Precision at k, a track being the mean of its windows (Table 5 of the paper). */
function similarity(judged: Judged, windows: readonly Matrix[], recipe: Recipe, wanted: number, course: Course) {
  const { labels, groups } = judged;
  const k = reachableK(judged, wanted, course.warn);
  if (k === 0) return {};
  const index = new NearestNeighbors({ nNeighbors: k, metric: recipe.distance });
  index.fit(trackRows(windows, recipe), groups && { groups });
  try {
    const { mutualProximity, artistFilter } = recipe;
    const neighbors = index.kNeighbors(undefined, { mutualProximity, ...(artistFilter && groups && { groups: true }) });
    return {
      k,
      precisions: [...precisionsAtK(neighbors, labels)],
      hubness: skewness(kOccurrence(neighbors, labels.length)),
    };
  } finally {
    index.dispose();
  }
}

/** Folds judged by the recipe's head. */
function judgeHead(
  { labels }: Judged,
  windows: readonly Matrix[],
  splits: readonly Split[],
  { recipe: { head }, settings: { alpha }, course }: How,
): Promise<CrossValidation> {
  if (head === 'ridge') return validate(windows, labels, course, { ...classifierOf(alpha), splits });
  const { seed, signal } = course;
  return validateHead(head, windows, labels, { splits, randomState: seed, ...(signal && { signal }) });
}

/** What a classification needs beside windows. */
type How = { readonly recipe: Recipe; readonly folds: Folds; readonly settings: Settings; readonly course: Course };

/** Accuracy over folds (Table 4). */
async function classification(judged: Judged, windows: readonly Matrix[], how: How) {
  const { labels } = judged;
  const { splits } = how.folds;
  const { foldAccuracies, predictions } = await judgeHead(judged, windows, splits, how);
  const correct = labels.map(() => 0);
  splits.forEach(({ test }, fold) => {
    test.forEach((track, i) => {
      correct[track] = predictions[fold][i] === labels[track] ? 1 : 0;
    });
  });
  return { foldAccuracies: [...foldAccuracies], correct };
}

/** Accuracy from a few examples of each class (Figure 3): draws from what the folds train on. */
async function fewExamples(judged: Judged, windows: readonly Matrix[], how: How) {
  const { splits } = how.folds;
  const { fewShot, draws } = how.settings;
  const results: NonNullable<Measures['fewShot']> = [];
  for (const perClass of fewShot) {
    const drawn = Array.from({ length: draws }, (_, draw) => {
      const { train, test } = splits[draw % splits.length];
      const options = { perClass, allowFewer: true, randomState: how.course.seed * 1000 + draw };
      return { train: samplePerClass(train, judged.labels, options), test };
    });
    const { foldAccuracies } = await judgeHead(judged, windows, drawn, how);
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
  const { columns } = windows[0];
  if (columns > MOST_COLUMNS) {
    course.warn(`${judged.name}: ${columns} columns are too many to classify by; such cells have a precision alone`);
    return found;
  }
  const folds = foldsOf(judged, settings.folds, course);
  if (!folds) return found;
  const how = { recipe, folds, settings, course };
  if (what.includes('accuracy')) Object.assign(found, await classification(judged, windows, how));
  if (what.includes('fewShot')) Object.assign(found, await fewExamples(judged, windows, how));
  return found;
}
