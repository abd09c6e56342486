/** The whole experiment, from a configuration to results on disk. */
import { join } from 'node:path';
import { ParameterError } from '../errors.ts';
import { FRONT_END_VERSION } from '../frontend.ts';
import { FeatureStore } from '../library/features.ts';
import type { Matrix } from '../matrix.ts';
import { type CheckedConfig, checkExperimentConfig, type ExperimentConfig, type ExperimentHooks } from './config.ts';
import { Embeddings, embeddedWindows, sourcesFor } from './embedding.ts';
import { learningCurve } from './figure3.ts';
import { latentMap } from './map.ts';
import { type Collection, collectionFacts, frontEndOf, groupsOf, readCollections, readSongs } from './material.ts';
import { packageVersion, writeResults } from './output.ts';
import { type ExperimentResults, type FeatureSet, RESULTS_VERSION, roundResults, settingsSchema } from './results.ts';
import { Stopwatch } from './stopwatch.ts';
import { renderSyntheticCorpus } from './synthetic/render.ts';
import { nearestClasses } from './table3.ts';
import { classification, foldsOf } from './table4.ts';
import { similarity } from './table5.ts';
import { tagging } from './tagging.ts';
import type { Course, Target } from './target.ts';

/**
 * Runs every experiment that the collections allow, writes `results.json` (with its schema), `report.md`, `report.html`,
 * the figures and `timings.json` into `config.out`, and gives the results back.
 *
 * Without any collection, the synthetic corpus is rendered (into the cache) and used; everything shown says so.
 *
 * Needs loaded kernels. Two runs of one configuration give the same bytes of `results.json`.
 *
 * @param config see `experimentConfigSchema`; unknown keys are refused
 * @throws ParameterError on a bad configuration; FormatError on a collection that cannot be read at all; WriteError where
 *   results cannot be written; the signal's reason when stopped. What was computed stays in the cache
 */
export async function runExperiment(
  config: ExperimentConfig = {},
  hooks: ExperimentHooks = {},
): Promise<ExperimentResults> {
  const checked = checkExperimentConfig(config);
  const watch = new Stopwatch(hooks);
  const warnings: string[] = [];
  const course: Course = {
    seed: checked.seed,
    signal: hooks.signal,
    ...(hooks.pool && hooks.pool.size > 0 && { pool: hooks.pool }),
    warn: (message) => {
      if (warnings.includes(message)) return;
      warnings.push(message);
      hooks.onWarning?.(message);
    },
    note: (message) => hooks.onWarning?.(message),
    progress: watch.progress,
  };
  const settled = await withCollections(checked, course);
  const collections = await readAll(settled, course);
  const found = await judge(settled, collections, course);
  const results = roundResults({ ...describeRun(settled, collections), ...found, warnings });
  await writeResults(settled.out, results, watch.timings());
  return results;
}

/** Adds the synthetic corpus where no collection was named. */
async function withCollections(config: CheckedConfig, course: Course): Promise<CheckedConfig> {
  if (config.datasets.length + config.tags.length > 0) return config;
  course.note(
    'no collections were named: the synthetic corpus is rendered and used, which says nothing about real music',
  );
  const folder = join(config.cache, `synthetic-${config.seed}`);
  const rendered = await renderSyntheticCorpus(folder, {
    seed: config.seed,
    signal: course.signal,
    onProgress: ({ stage, done, total }) => course.progress(stage, done, total),
  });
  return { ...config, ...rendered };
}

/** Reads all collections and the frames of their tracks. */
async function readAll(config: CheckedConfig, course: Course): Promise<Collection[]> {
  const { pool } = course;
  const store = new FeatureStore({
    cache: config.cache,
    seconds: config.seconds,
    onWarning: course.note,
    extract: pool && ((source, how) => pool.extractOne(source, how)),
  });
  const read = await readCollections(config, course);
  const tracksInAll = read.reduce((sum, [, { tracks }]) => sum + tracks.length, 0);
  const collections: Collection[] = [];
  for (const [i, [entry, dataset]] of read.entries()) {
    const role = i < config.datasets.length ? 'genre' : 'tag';
    const settings = { tracksInAll, minTracksPerTag: config.minTracksPerTag };
    collections.push(await readSongs(role, entry, dataset, store, settings, course));
  }
  checkWidths(collections);
  return collections.filter(({ name, songs }) => {
    if (songs.length > 0) return true;
    course.warn(`${name}: no track can be used; the collection is left out`);
    return false;
  });
}

/** Frames of all collections must have one width; those of matrices may be any. */
function checkWidths(collections: readonly Collection[]): void {
  const widths = collections.flatMap(({ name, songs }) =>
    songs.slice(0, 1).map(({ training }) => ({ name, columns: training.columns })),
  );
  const other = widths.find(({ columns }) => columns !== widths[0].columns);
  if (!other) return;
  throw new ParameterError(
    `experiment: frames of "${widths[0].name}" have ${widths[0].columns} values, those of "${other.name}" ${other.columns}; ` +
      'give collections of one front end',
    'datasets',
  );
}

type Found = Pick<
  ExperimentResults,
  'spaces' | 'classification' | 'similarity' | 'learningCurve' | 'nearestClasses' | 'tagging' | 'map'
>;

/** Every table and figure that the collections allow. */
async function judge(config: CheckedConfig, collections: readonly Collection[], course: Course): Promise<Found> {
  const embeddings = new Embeddings(config, course);
  const genres = collections.filter(({ role }) => role === 'genre');
  const tags = collections.filter(({ role }) => role === 'tag');
  const found: Found = {
    spaces: [],
    classification: [],
    similarity: [],
    learningCurve: [],
    nearestClasses: [],
    tagging: [],
    map: null,
  };
  if (genres.length === 1) {
    course.warn('one genre collection was given: genre features are learned on the others, so there are none');
  }
  for (const collection of genres) {
    const target = await targetOf(collection, genres, tags, config, embeddings, course);
    const folds = foldsOf(target, config.folds, course);
    if (folds) {
      const table = await classification(target, folds, config.alpha, course);
      found.classification.push(...table);
      found.learningCurve.push(...(await learningCurve(target, folds, table, config, course)));
    }
    found.similarity.push(...(await similarity(target, config.k, course)));
  }
  for (const collection of tags) {
    const judged = await tagging(collection, embeddings, config.minTracksPerTag, course);
    if (judged) found.tagging.push(judged);
  }
  await addJoint(genres.length > 0 ? genres : tags, config, embeddings, found, course);
  return { ...found, spaces: embeddings.facts };
}

/** The joint embedding of all collections, its nearest classes and its map. */
async function addJoint(
  collections: readonly Collection[],
  config: CheckedConfig,
  embeddings: Embeddings,
  found: Found,
  course: Course,
): Promise<void> {
  const sources = sourcesFor(undefined, collections, config, course.warn);
  if (sources.length === 0) return;
  const mapped = collections.filter(({ name }) => sources.some((source) => source.name === name));
  const names = mapped.map(({ name }) => name);
  const space = await embeddings.learn('joint', names, sources);
  if (mapped.every(({ role }) => role === 'genre')) found.nearestClasses.push(...nearestClasses(space));
  found.map = await latentMap(space, mapped, course);
}

/** A collection under every feature set that the others allow. */
async function targetOf(
  collection: Collection,
  genres: readonly Collection[],
  tags: readonly Collection[],
  config: CheckedConfig,
  embeddings: Embeddings,
  course: Course,
): Promise<Target> {
  const { name, songs } = collection;
  const features = new Map<FeatureSet, readonly Matrix[]>([['base', songs.map(({ windows }) => windows)]]);
  const others = { genre: genres.filter((other) => other !== collection), tag: tags };
  for (const purpose of ['genre', 'tag'] as const) {
    const sources = sourcesFor(collection, others[purpose], config, course.warn);
    if (sources.length === 0) continue;
    const space = await embeddings.learn(purpose, [name], sources);
    features.set(purpose, await embeddedWindows(songs, space, `${purpose} features of ${name}`, course));
  }
  return { name, labels: songs.map(({ labels }) => labels[0]), groups: groupsOf(songs), features };
}

/** What the results say of the run itself. */
function describeRun(
  config: CheckedConfig,
  collections: readonly Collection[],
): Omit<ExperimentResults, keyof Found | 'warnings'> {
  return {
    format: 'tunespace results',
    version: RESULTS_VERSION,
    synthetic: config.synthetic,
    versions: { tunespace: packageVersion(), frontEnd: FRONT_END_VERSION },
    settings: pickSettings(config),
    frontEnd: frontEndOf(collections),
    collections: collections.map(collectionFacts),
  };
}

/** What of the configuration has a bearing on the numbers; names and folders have not. */
function pickSettings(config: CheckedConfig): ExperimentResults['settings'] {
  const names = Object.keys(settingsSchema.shape) as (keyof ExperimentResults['settings'])[];
  return Object.fromEntries(names.map((name) => [name, config[name]])) as ExperimentResults['settings'];
}
