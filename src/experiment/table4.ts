/**
 * Table 4: classification accuracy, mean and standard error over folds (paper, section 6.2). Least squares on windows, averaged
 * over a song's windows, the largest output wins; the folds are the same for every feature set.
 */
import { Matrix } from '../matrix.ts';
import { maxSplits, type Split, stratifiedKFold } from '../split.ts';
import { type CrossValidateOptions, type CrossValidation, crossValidate } from '../validate.ts';
import type { ClassificationResult, FeatureSet } from './results.ts';
import { breathe, type Course, countLabels, type Target } from './target.ts';

/** The folds of one collection. */
export interface Folds {
  readonly splits: readonly Split[];
  /** Whether no artist is on both sides. */
  readonly grouped: boolean;
}

/**
 * Deals a collection into folds, fewer than asked for where a class is too small (with a warning).
 *
 * @returns `undefined` where no split is possible (with a warning)
 */
export function foldsOf(
  target: Pick<Target, 'name' | 'labels' | 'groups'>,
  wanted: number,
  { seed, warn }: Pick<Course, 'seed' | 'warn'>,
): Folds | undefined {
  const { name, labels, groups } = target;
  const possible = new Set(labels).size < 2 ? 0 : maxSplits(labels, groups && { groups });
  const nSplits = Math.min(wanted, possible);
  const impossible = () =>
    warn(`${name}: cannot be split into folds (two labels with two tracks each are needed); it is not classified`);
  if (nSplits < 2) return void impossible();
  if (nSplits < wanted) {
    const why = groups ? 'a label or the artists are' : 'a label is';
    warn(`${name}: ${nSplits} folds instead of ${wanted}, because ${why} too few for more`);
  }
  const splits = stratifiedKFold(labels, { nSplits, randomState: seed, groups: groups && [...groups] });
  const usable = splits.filter(
    ({ train, test }) => test.length > 0 && new Set(Array.from(train, (i) => labels[i])).size > 1,
  );
  if (groups) warnOfLoneArtists(target, warn);
  if (usable.length < 2) return void impossible();
  if (usable.length < splits.length) {
    warn(
      `${name}: ${splits.length - usable.length} of ${nSplits} folds have nothing to learn or to test and are left out`,
    );
  }
  return { splits: usable, grouped: groups !== undefined };
}

/** A label with one artist only is always unknown where it is tested. */
function warnOfLoneArtists({ name, labels, groups }: Pick<Target, 'name' | 'labels' | 'groups'>, warn: Course['warn']) {
  const lone = [...countLabels(labels).keys()].filter(
    (label) => new Set(groups?.filter((_, i) => labels[i] === label)).size === 1,
  );
  if (lone.length === 0) return;
  warn(
    `${name}: all tracks of ${lone.map((label) => JSON.stringify(label)).join(', ')} are by one artist; split by artist, ` +
      'that label is unknown whenever it is tested',
  );
}

/**
 * The classifier of all tables, with its ridge in relative terms (`penalty: "relative"`): one alpha then means the same for
 * every feature set, and for one song of each class as for all. In scikit-learn's absolute terms 0.01 is too little here:
 * scikit-learn and we alike give .61 to .65 on `emotify` where the trial has .71 ± .03.
 */
export const classifierOf = (alpha: number) => ({ alpha, penalty: 'relative' }) as const;

/** Bytes of windows that are copied to each worker; larger collections are judged here. */
const MOST_COPIED = 100_000_000;

/** `crossValidate`, over the workers where there are any. */
export function validate(
  windows: readonly Matrix[],
  labels: readonly string[],
  { pool, signal }: Pick<Course, 'pool' | 'signal'>,
  options: CrossValidateOptions,
): Promise<CrossValidation> {
  const bytes = windows.reduce((sum, { data }) => sum + data.byteLength, 0);
  const how = { ...options, ...(signal && { signal }) };
  return pool && bytes <= MOST_COPIED ? pool.crossValidate(windows, labels, how) : crossValidate(windows, labels, how);
}

/** What a classifier learns from. */
export interface Learned {
  readonly features: FeatureSet;
  /** Windows of each song. */
  readonly windows: readonly Matrix[];
  /** Columns of the feature sets that stand side by side, where there are several. */
  readonly blocks?: readonly number[];
}

/** Which of the embedded sets stands beside base. */
const embeddedOf = ({ features }: Target) => features.get('tag') ?? features.get('genre');

/** How many there are of `learnedFrom`. */
export const countLearned = (target: Target): number => target.features.size + (embeddedOf(target) ? 1 : 0);

/**
 * Each feature set by itself, then base and embedded windows together, as `tunespace classify --features both` takes them: a classifier
 * on each, their scores averaged. That set is made when its turn comes, so that it is held no longer than it is used.
 */
export function* learnedFrom(target: Target): Generator<Learned> {
  for (const [features, windows] of target.features) yield { features, windows };
  const [base, embedded] = [target.features.get('base'), embeddedOf(target)];
  if (!base?.length || !embedded) return;
  const windows = base.map((X, i) => Matrix.hstack([X, embedded[i]]));
  yield { features: 'both', windows, blocks: [base[0].columns, embedded[0].columns] };
}

/** Table 4 for one collection: one row for each feature set. */
export async function classification(
  target: Target,
  { splits, grouped }: Folds,
  alpha: number,
  course: Course,
): Promise<ClassificationResult[]> {
  const { name, labels } = target;
  const results: ClassificationResult[] = [];
  const total = countLearned(target) * splits.length;
  for (const { features, windows, blocks } of learnedFrom(target)) {
    const before = results.length * splits.length;
    course.progress(`classification of ${name}`, before, total);
    await breathe(course);
    const { accuracy, standardError, foldAccuracies, confusion } = await validate(windows, labels, course, {
      ...classifierOf(alpha),
      ...(blocks && { blocks }),
      splits,
      onProgress: ({ done }) => course.progress(`classification of ${name}`, before + done, total),
    });
    const { classes, counts } = confusion;
    results.push({
      dataset: name,
      features,
      accuracy,
      standardError,
      folds: splits.length,
      grouped,
      foldAccuracies: [...foldAccuracies],
      labels: [...classes],
      confusion: counts.map((row) => [...row]),
    });
  }
  return results;
}
