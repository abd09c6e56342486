/**
 * What an experiment is told: which collections, which settings. The command line and a JSON file say it in the same words.
 */
import { z } from 'zod';
import { defaultCacheFolder } from '../library/cache.ts';
import type { Pool } from '../runtime/pool.ts';
import { checkAgainst } from './issues.ts';

/** Columns of a CSV. */
export const columnsSchema = z
  .strictObject({
    path: z.string().min(1).describe('column that holds the file, relative to the CSV; "path" unless told otherwise'),
    labels: z
      .string()
      .min(1)
      .describe('column that holds the labels; "tags", "genre" or "label" unless told otherwise'),
    artist: z.string().min(1).describe('column that holds the artist; "artist" unless told otherwise'),
  })
  .partial();

/** A collection and how it is read. */
export const datasetSchema = z.strictObject({
  name: z.string().min(1).max(60).describe('what tables and figures call the collection'),
  path: z.string().min(1).describe('a folder with a folder per label, a CSV, or a published layout'),
  columns: columnsSchema.optional().describe('columns of the CSV; over those that hold for all collections'),
  labels: z.enum(['auto', 'folders', 'table', 'file-tags']).optional().describe('where labels come from'),
  layout: z
    .enum(['auto', 'none', '1517-artists', 'gtzan', 'homburg', 'unique', 'magnatagatune'])
    .optional()
    .describe('published layout, where it is not recognised by itself'),
  labelPrefix: z.string().optional().describe('keeps the labels that start like this, without it'),
  split: z
    .union([z.literal('fault-filtered'), z.array(z.string())])
    .optional()
    .describe('lists whose tracks are kept'),
  artists: z.string().optional().describe('a list of artists, or "file-tags"'),
  soundingOnly: z.boolean().optional().describe('drops the silence around single notes'),
});

/** The settings of an experiment, with their ranges and defaults. */
export const experimentConfigSchema = z
  .strictObject({
    datasets: z.array(datasetSchema).default([]).describe('genre collections: one label a track. The targets.'),
    tags: z.array(datasetSchema).default([]).describe('tag collections: several labels a track. Sources only.'),
    columns: columnsSchema.default({}).describe('columns of every CSV'),
    out: z.string().min(1).default('report').describe('folder that the results are written to'),
    cache: z.string().min(1).optional().describe("folder of features and embeddings; by default the user's cache"),
    seed: z.int().min(0).max(0xffffffff).default(1).describe('behind every draw'),
    seconds: z.number().positive().nullable().default(30).describe('the start of each track that is used; null is all'),
    folds: z.int().min(2).max(1000).optional().describe('folds of the cross-validation; 10, synthetic corpus 5'),
    draws: z.int().min(2).max(1000).optional().describe('draws behind each point of the learning curve; as folds'),
    k: z.int().min(1).max(1000).default(10).describe('neighbours that precision at k looks at'),
    nBatches: z.int().min(1).optional().describe('batches per source collection; 6000, synthetic corpus 1000'),
    epochs: z.number().positive().optional().describe("instead of nBatches: passes over a training's largest source"),
    nComponents: z.int().min(1).max(1000).default(100).describe('dimensions of the latent space'),
    learningRate: z.number().positive().default(0.01).describe('step of the WARP trainer'),
    batchSize: z.int().min(1).max(10000).default(100).describe('frames in a batch'),
    validationFraction: z.number().min(0).max(0.9).default(0.1).describe('tracks held out for the early stop'),
    patience: z.int().min(1).nullable().default(10).describe('evaluations without a better score; null: no early stop'),
    maxNormV: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe('bound on the columns of V, one a feature; null: none'),
    maxNormW: z.number().positive().nullable().default(null).describe('bound on the rows of W, tags; null: none'),
    genreMaxNormW: z
      .number()
      .positive()
      .nullable()
      .default(0.5)
      .describe("bound on the rows of W, genres: the paper's proposal for its weak genre embedding; null: none"),
    alpha: z
      .number()
      .min(0)
      .default(0.01)
      .describe(
        'ridge of the classifier, relative: mean squared error + alpha * squared weights of standardised columns',
      ),
    minTracksPerTag: z.int().min(1).default(4).describe('tags of fewer tracks are left out'),
    synthetic: z
      .boolean()
      .default(false)
      .describe('whether the collections are rendered, which everything shown then says'),
  })
  .superRefine((config, context) => {
    if (config.nBatches !== undefined && config.epochs !== undefined) {
      context.addIssue({ code: 'custom', path: ['epochs'], message: 'give nBatches or epochs, not both' });
    }
    const seen = new Set<string>();
    for (const list of ['datasets', 'tags'] as const) {
      config[list].forEach(({ name }, i) => {
        if (seen.has(name)) {
          context.addIssue({ code: 'custom', path: [list, i, 'name'], message: `"${name}" is taken; name each once` });
        }
        seen.add(name);
      });
    }
  });

/** What a caller gives: everything has a default. Without collections, the synthetic corpus is rendered and used. */
export type ExperimentConfig = z.input<typeof experimentConfigSchema>;
type Parsed = z.output<typeof experimentConfigSchema>;
/** The same with the defaults filled in. One of `nBatches` and `epochs` is a number. */
export type CheckedConfig = Omit<Parsed, 'folds' | 'draws' | 'cache' | 'nBatches' | 'epochs'> & {
  folds: number;
  draws: number;
  cache: string;
  nBatches: number | null;
  epochs: number | null;
};
/** One collection as the configuration names it. */
export type DatasetConfig = CheckedConfig['datasets'][number];

/** How far a stage has come. Stages follow one another; `done` ends at `total`. */
export interface ExperimentProgress {
  /** What is being done, in a few words: `"features of emotify"`. */
  stage: string;
  done: number;
  total: number;
}

/** How the outside looks in. */
export interface ExperimentHooks {
  /** Stops the run: it rejects with the signal's reason, and what was computed stays in the cache. */
  signal?: AbortSignal;
  onProgress?: (progress: ExperimentProgress) => void;
  /** Workers to spread frames and cross-validation over, to the same results. Default: none. */
  pool?: Pool;
  /** Called with each warning that the report will also hold. */
  onWarning?: (message: string) => void;
}

/** The defaults that depend on other settings. The synthetic corpus is small and is not to keep anyone waiting. */
function withDefaults(config: Parsed): CheckedConfig {
  const synthetic = config.synthetic || config.datasets.length + config.tags.length === 0;
  const folds = config.folds ?? (synthetic ? 5 : 10);
  return {
    ...config,
    synthetic,
    folds,
    draws: config.draws ?? folds,
    cache: config.cache ?? defaultCacheFolder(),
    nBatches: config.epochs === undefined ? (config.nBatches ?? (synthetic ? 1000 : 6000)) : null,
    epochs: config.epochs ?? null,
  };
}

/**
 * Checks a configuration and fills in the defaults.
 *
 * @param value what was given, e.g. parsed from JSON
 * @param where first word of the message: a file's name, or the function's
 * @throws ParameterError naming every key at fault and, for an unknown one, what was probably meant
 */
export function checkExperimentConfig(value: unknown, where = 'runExperiment'): CheckedConfig {
  return withDefaults(checkAgainst(experimentConfigSchema, value, where));
}
