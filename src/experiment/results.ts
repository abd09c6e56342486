/**
 * `results.json`: every number of every table and figure, with the settings and the seed that give them again.
 *
 * The schema is the documentation: `resultsJsonSchema()` is written beside the results. It holds nothing that differs
 * between two runs of one seed: no time, no duration, no path of this machine.
 */
import { z } from 'zod';
import { FormatError } from '../errors.ts';

/** Version of the layout of `results.json`; rises when a field changes its meaning or goes. */
export const RESULTS_VERSION = 1;

const name = z.string().describe('name of a collection');
const label = z.string();
const share = z.number().min(0).max(1);
const count = z.int().min(0);
const standardError = z.number().min(0).describe('sample standard deviation / sqrt(folds or draws)');

/**
 * The feature sets: aggregated log-Mel windows, windows of frames embedded by genres or by tags, and, where something is classified,
 * the first beside one of the others.
 */
export const featureSets = ['base', 'genre', 'tag', 'both'] as const;
export const featuresSchema = z
  .enum(featureSets)
  .describe(
    'base: log-Mel windows; genre: embedded by the other genre collections; tag: embedded by the tag collections; both: a ' +
      'classifier on base and one on tag (on genre where there are no tags), scores averaged',
  );
export const metricSchema = z.enum(['l1', 'euclidean', 'cosine']);

const skippedSchema = z.strictObject({
  path: z.string().describe("relative to the collection's root"),
  reason: z.string(),
  duplicate: z.boolean().describe('whether it is a copy of another track, which is no fault'),
});

const collectionSchema = z.strictObject({
  name,
  role: z.enum(['genre', 'tag']),
  tracks: count.describe('tracks that were used'),
  artists: count.nullable().describe('distinct artists, or null where they are not known'),
  classes: z.array(z.strictObject({ label, tracks: count })).describe('labels used, and the tracks that carry each'),
  windows: count.describe('windows of all tracks'),
  skipped: z.array(skippedSchema).describe('tracks that were left out, and why'),
});

const spaceSchema = z.strictObject({
  purpose: z.enum(['genre', 'tag', 'joint', 'tagging']),
  targets: z.array(name).describe('the collections that it serves'),
  sources: z.array(
    z.strictObject({
      dataset: name,
      tracks: count,
      classes: count,
      excluded: z.array(z.string()).describe('tracks left out because the target holds the same file'),
    }),
  ),
  nBatches: count.describe('batches per source, at most'),
  batches: count.describe('batches per source that were done'),
  stoppedEarly: z.boolean().describe('whether the held-out score had stopped rising; the best weights are used'),
});

const classificationSchema = z.strictObject({
  dataset: name,
  features: featuresSchema,
  accuracy: share.describe('mean over the folds'),
  standardError,
  folds: count,
  grouped: z.boolean().describe('whether no artist is on both sides of a split'),
  foldAccuracies: z.array(share),
  labels: z.array(label),
  confusion: z.array(z.array(count)).describe('row: true label, column: predicted one, in the order of labels'),
});

const similaritySchema = z.strictObject({
  dataset: name,
  features: featuresSchema,
  metric: metricSchema,
  k: count,
  artistFilter: z.boolean().describe("whether tracks of the query's artist are left out"),
  precision: share.describe("share of the k nearest tracks that carry the query's label, mean over all queries"),
  hubness: z.number().nullable().describe('skewness of the k-occurrence; null where it is not defined'),
});

const learningCurveSchema = z.strictObject({
  dataset: name,
  features: featuresSchema,
  perClass: z.number().positive().describe('training tracks per class; the mean over classes where all are taken'),
  all: z.boolean().describe('whether every training track was taken'),
  accuracy: share.describe('mean over the draws'),
  standardError,
  draws: count,
});

const nearestClassesSchema = z.strictObject({
  dataset: name,
  label,
  neighbours: z.array(z.strictObject({ dataset: name, label, distance: z.number().min(0).describe('L1 on W') })),
});

const taggingSchema = z.strictObject({
  dataset: name,
  precisionAt1: share,
  precisionAt3: share,
  rocAuc: share.describe('mean over tags'),
  prAuc: share.describe('average precision, mean over tags'),
  map: share.describe('average precision of the ranked tags of a track, mean over tracks'),
  tags: count.describe('tags that were judged: on both sides of the split'),
  trainTracks: count,
  testTracks: count,
  grouped: z.boolean().describe('whether no artist is on both sides of the split'),
});

const mapSchema = z.strictObject({
  sources: z.array(name),
  points: z.array(
    z.strictObject({
      kind: z.enum(['track', 'label']),
      dataset: name,
      label: label.describe('of a track: its first label'),
      x: z.number(),
      y: z.number(),
    }),
  ),
});

/** The settings behind the numbers, by their names in the configuration. */
export const settingsSchema = z.strictObject({
  seed: count,
  seconds: z.number().nullable(),
  folds: count,
  draws: count,
  k: count,
  nBatches: count.nullable().describe('null where epochs were given'),
  epochs: z.number().nullable(),
  nComponents: count,
  learningRate: z.number(),
  batchSize: count,
  validationFraction: z.number(),
  patience: count.nullable(),
  maxNormV: z.number().nullable(),
  maxNormW: z.number().nullable().describe('of spaces learned from tags'),
  genreMaxNormW: z.number().nullable().describe('of spaces learned from genres, the joint one included'),
  alpha: z.number(),
  minTracksPerTag: count,
});

export const resultsSchema = z
  .strictObject({
    format: z.literal('tunespace results'),
    version: z.literal(RESULTS_VERSION),
    synthetic: z.boolean().describe('true: rendered audio, so that nothing here says anything about real music'),
    versions: z.strictObject({
      tunespace: z.string(),
      frontEnd: count.describe('version of the numerics up to frames'),
    }),
    settings: settingsSchema,
    frontEnd: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe('how the frames were made'),
    collections: z.array(collectionSchema),
    spaces: z.array(spaceSchema).describe('the embeddings that were learned'),
    classification: z.array(classificationSchema).describe('Table 4'),
    similarity: z.array(similaritySchema).describe('Table 5'),
    learningCurve: z.array(learningCurveSchema).describe('Figure 3'),
    nearestClasses: z.array(nearestClassesSchema).describe('Table 3'),
    tagging: z.array(taggingSchema),
    map: mapSchema.nullable().describe("Figure 2's idea: tracks and labels on one map"),
    warnings: z.array(z.string()).describe('what departs from what was asked, in sentences'),
  })
  .describe('Results of `tunespace experiment`.');

/** Everything an experiment has found. */
export type ExperimentResults = z.infer<typeof resultsSchema>;
/** One of the feature sets. */
export type FeatureSet = z.infer<typeof featuresSchema>;
/** One row of Table 4. */
export type ClassificationResult = z.infer<typeof classificationSchema>;
/** One cell of Table 5. */
export type SimilarityResult = z.infer<typeof similaritySchema>;
/** One point of Figure 3. */
export type LearningCurveResult = z.infer<typeof learningCurveSchema>;
/** One row of Table 3. */
export type NearestClassesResult = z.infer<typeof nearestClassesSchema>;
/** Tag annotation of one collection. */
export type TaggingResult = z.infer<typeof taggingSchema>;
/** The map. */
export type MapResult = z.infer<typeof mapSchema>;
/** Facts of one collection. */
export type CollectionFacts = z.infer<typeof collectionSchema>;
/** Facts of one learned embedding. */
export type SpaceFacts = z.infer<typeof spaceSchema>;

/** The JSON Schema (draft 2020-12) of `results.json`, for programs that are not ours. */
export function resultsJsonSchema(): object {
  return z.toJSONSchema(resultsSchema);
}

/** Six decimals: more than any of these numbers carries, and short enough to read. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1e6) / 1e6 : value;

/** Rounds every number to six decimals, so that what is returned, written and read back is one thing. */
export function roundResults<T>(results: T): T {
  return JSON.parse(JSON.stringify(results, rounded));
}

/**
 * The text of `results.json`: checked, keys in the order of the schema, two spaces.
 *
 * @throws FormatError when a number or a name is missing or impossible, which would be a fault of the experiment's
 */
export function encodeResults(results: ExperimentResults): string {
  return `${JSON.stringify(checkResults(results, 'results'), undefined, 2)}\n`;
}

/**
 * Reads `results.json`.
 *
 * @param text the file's text
 * @param file its name, for the message
 * @throws FormatError naming the first fields at fault
 */
export function decodeResults(text: string, file = 'results.json'): ExperimentResults {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${file}: not JSON (${(cause as Error).message}); run the experiment again`, file, { cause });
  }
  return checkResults(value, file);
}

function checkResults(value: unknown, file: string): ExperimentResults {
  const result = resultsSchema.safeParse(value);
  if (result.success) return result.data;
  const shown = result.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new FormatError(`${file}: not the results of an experiment: ${shown.join('; ')}`, file);
}
