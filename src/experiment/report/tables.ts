/** The tables of a report, built from the results. Each is absent where there is nothing to show. */
import { type ExperimentResults, type FeatureSet, featureSets, type SimilarityResult } from '../results.ts';
import { type Cell, cell, type TableBlock } from './document.ts';

const three = (value: number) => value.toFixed(3);
const none = cell('–');
const featureNames: Record<FeatureSet, string> = { base: 'base', genre: 'genre', tag: 'tag', both: 'both' };
const metricNames = { l1: 'L1', euclidean: 'Euclidean', cosine: 'cosine' };

const distinct = <T>(values: Iterable<T>): T[] => [...new Set(values)];
const featuresOf = (rows: readonly { features: FeatureSet }[]) =>
  featureSets.filter((features) => rows.some((row) => row.features === features));

/** The values of one row, the largest in bold as shown (so that equals are all bold). */
function bestInBold<T>(entries: readonly (T | undefined)[], value: (entry: T) => number, text: (entry: T) => string) {
  const shown = entries.map((entry) => (entry === undefined ? undefined : three(value(entry))));
  const best = shown.reduce(
    (a, b) => (b !== undefined && (a === undefined || Number(b) > Number(a)) ? b : a),
    undefined,
  );
  const several = entries.filter((entry) => entry !== undefined).length > 1;
  return entries.map(
    (entry, i): Cell => (entry === undefined ? none : cell(text(entry), several && shown[i] === best)),
  );
}

/** Empties each first cell that repeats the one above it. */
function withoutRepeats(rows: Cell[][]): Cell[][] {
  return rows.map((row, i) => (i > 0 && rows[i - 1][0].text === row[0].text ? [cell(''), ...row.slice(1)] : row));
}

/** The collections: what Tables 1 and 2 of the paper say of theirs. */
export function collectionsTable({ collections }: ExperimentResults): TableBlock {
  return {
    kind: 'table',
    id: 'collections',
    caption: 'The collections. Genre collections are sources and targets, tag collections are sources.',
    header: ['Collection', 'Role', 'Tracks', 'Labels', 'Tracks per label', 'Artists', 'Windows', 'Skipped'],
    words: 2,
    rows: collections.map(({ name, role, tracks, artists, classes, windows, skipped }) => {
      const sizes = classes.map((entry) => entry.tracks);
      const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
      const range = sizes.length === 0 ? '–' : least === most ? String(least) : `${least}–${most}`;
      return [name, role, tracks, classes.length, range, artists ?? '–', windows, skipped.length].map((v) => cell(v));
    }),
  };
}

/** The embeddings that were learned, and from what. */
export function spacesTable({ spaces }: ExperimentResults): TableBlock | undefined {
  if (spaces.length === 0) return undefined;
  const uses = {
    genre: 'genre features',
    tag: 'tag features',
    joint: 'nearest classes, map',
    tagging: 'tag annotation',
  };
  return {
    kind: 'table',
    id: 'spaces',
    caption:
      'The embeddings. Excluded are tracks of a source that the target also holds. For tag annotation, the source is the ' +
      'training part of the collection. A star: stopped early, since the score on held-out tracks rose no more.',
    header: ['Serves', 'Targets', 'Learned on', 'Tracks', 'Labels', 'Excluded', 'Batches a source'],
    words: 3,
    rows: spaces.map(({ purpose, targets, sources, batches, stoppedEarly }) => [
      cell(uses[purpose]),
      cell(targets.join(', ')),
      cell(sources.map(({ dataset }) => dataset).join(', ')),
      cell(sources.reduce((sum, { tracks }) => sum + tracks, 0)),
      cell(sources.reduce((sum, { classes }) => sum + classes, 0)),
      cell(sources.reduce((sum, { excluded }) => sum + excluded.length, 0)),
      cell(`${batches}${stoppedEarly ? ' *' : ''}`),
    ]),
  };
}

/** Table 4: accuracy, mean and standard error. */
export function classificationTable({ classification }: ExperimentResults): TableBlock | undefined {
  if (classification.length === 0) return undefined;
  const features = featuresOf(classification);
  const rows = distinct(classification.map(({ dataset }) => dataset)).map((dataset) => {
    const mine = classification.filter((row) => row.dataset === dataset);
    const entries = features.map((name) => mine.find((row) => row.features === name));
    return [
      cell(dataset),
      cell(mine[0].grouped ? 'by artist' : 'by track'),
      cell(mine[0].folds),
      ...bestInBold(
        entries,
        ({ accuracy }) => accuracy,
        ({ accuracy, standardError }) => `${three(accuracy)} ± ${three(standardError)}`,
      ),
    ];
  });
  return {
    kind: 'table',
    id: 'classification',
    caption:
      'Classification accuracy, mean ± standard error over the folds (Table 4 of the paper). The folds are stratified and the ' +
      'same for every feature set; split by artist, no artist is on both sides. The largest of a row is bold.',
    header: ['Collection', 'Split', 'Folds', ...features.map((name) => featureNames[name])],
    words: 2,
    rows,
  };
}

/** What a row of similarities says: the cells of all such rows, and the results behind them. */
interface SimilarityRow {
  readonly dataset: string;
  readonly metric: SimilarityResult['metric'];
  readonly entries: readonly (SimilarityResult | undefined)[];
  /** Artist filter, k, and the precision of each feature set. */
  readonly cells: readonly Cell[];
}

/** A row for each collection, distance, and use of the artist filter that there are results of. */
function similarityRows(
  rows: readonly SimilarityResult[],
  metrics: readonly SimilarityResult['metric'][],
  features: readonly FeatureSet[],
): SimilarityRow[] {
  const keys = distinct(rows.map(({ dataset }) => dataset)).flatMap((dataset) =>
    metrics.flatMap((metric) => [false, true].map((artistFilter) => ({ dataset, metric, artistFilter }))),
  );
  return keys.flatMap(({ dataset, metric, artistFilter }) => {
    const mine = rows.filter(
      (row) => row.dataset === dataset && row.metric === metric && row.artistFilter === artistFilter,
    );
    if (mine.length === 0) return [];
    const entries = features.map((name) => mine.find((row) => row.features === name));
    const precisions = bestInBold(
      entries,
      ({ precision }) => precision,
      ({ precision }) => three(precision),
    );
    return [{ dataset, metric, entries, cells: [cell(artistFilter ? 'yes' : 'no'), cell(mine[0].k), ...precisions] }];
  });
}

/** Table 5: precision at k by L1 distance, with hubness beside it. */
export function similarityTable({ similarity }: ExperimentResults): TableBlock | undefined {
  const rows = similarity.filter(({ metric }) => metric === 'l1');
  if (rows.length === 0) return undefined;
  const features = featuresOf(rows);
  const out = similarityRows(rows, ['l1'], features).map(({ dataset, entries, cells }) => [
    cell(dataset),
    ...cells,
    ...entries.map((entry) => (entry?.hubness == null ? none : cell(entry.hubness.toFixed(2)))),
  ]);
  return {
    kind: 'table',
    id: 'similarity',
    caption:
      'Precision at k of the nearest tracks by L1 distance (Table 5 of the paper); with the artist filter, tracks by the ' +
      "query's artist are left out. Hubness is the skewness of the k-occurrence: how unevenly tracks turn up as neighbours. The " +
      'largest precision of a row is bold.',
    header: [
      'Collection',
      'Artist filter',
      'k',
      ...features.map((name) => featureNames[name]),
      ...features.map((name) => `hubness, ${featureNames[name]}`),
    ],
    words: 2,
    rows: withoutRepeats(out),
  };
}

/** Table 5 by the other distances. */
export function otherMetricsTable({ similarity }: ExperimentResults): TableBlock | undefined {
  const rows = similarity.filter(({ metric }) => metric !== 'l1');
  if (rows.length === 0) return undefined;
  const features = featuresOf(rows);
  const out = similarityRows(rows, ['euclidean', 'cosine'], features).map(({ dataset, metric, cells }) => [
    cell(dataset),
    cell(metricNames[metric]),
    ...cells,
  ]);
  return {
    kind: 'table',
    id: 'similarity-metrics',
    caption: 'Precision at k by Euclidean and cosine distance, as in the table before.',
    header: ['Collection', 'Distance', 'Artist filter', 'k', ...features.map((name) => featureNames[name])],
    words: 3,
    rows: withoutRepeats(out),
  };
}

/** Tag annotation of held-out tracks. */
export function taggingTable({ tagging }: ExperimentResults): TableBlock | undefined {
  if (tagging.length === 0) return undefined;
  return {
    kind: 'table',
    id: 'tagging',
    caption:
      'Tag annotation of held-out tracks. Precision at 1 and 3: share of right ones among the best tags of a track; ROC-AUC and ' +
      'PR-AUC: means over tags; MAP: average precision of the ranked tags, mean over tracks.',
    header: ['Collection', 'Split', 'Train', 'Test', 'Tags', 'P@1', 'P@3', 'ROC-AUC', 'PR-AUC', 'MAP'],
    words: 2,
    rows: tagging.map((row) => [
      cell(row.dataset),
      cell(row.grouped ? 'by artist' : 'by track'),
      cell(row.trainTracks),
      cell(row.testTracks),
      cell(row.tags),
      ...[row.precisionAt1, row.precisionAt3, row.rocAuc, row.prAuc, row.map].map((value) => cell(three(value))),
    ]),
  };
}

/** Table 3: nearest classes in other collections. */
export function nearestClassesTable({ nearestClasses }: ExperimentResults): TableBlock | undefined {
  if (nearestClasses.length === 0) return undefined;
  const count = Math.max(...nearestClasses.map(({ neighbours }) => neighbours.length));
  return {
    kind: 'table',
    id: 'nearest-classes',
    caption:
      'The nearest classes of other collections in the joint embedding, nearest first (Table 3 of the paper): L1 distance ' +
      'between the rows of W, in brackets.',
    header: ['Collection', 'Class', `The ${count === 1 ? 'nearest class' : `${count} nearest classes`}`],
    words: 3,
    rows: withoutRepeats(
      nearestClasses.map(({ dataset, label, neighbours }) => [
        cell(dataset),
        cell(label),
        cell(neighbours.map((near) => `${near.label} – ${near.dataset} (${near.distance.toFixed(1)})`).join('; ')),
      ]),
    ),
  };
}
