/** The configuration of an experiment: a file's, with the options of the command line over it. */
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { FormatError } from '../errors.ts';
import { readNamed, UsageError } from './errors.ts';
import type { NamedPath } from './options.ts';
import { shown } from './output.ts';

/** The options that are keys of the configuration under the same name. */
const SAME_NAME = [
  'out',
  'cache',
  'seed',
  'seconds',
  'folds',
  'draws',
  'k',
  'nBatches',
  'epochs',
  'nComponents',
  'learningRate',
  'batchSize',
  'validationFraction',
  'patience',
  'maxNormV',
  'maxNormW',
  'genreMaxNormW',
  'alpha',
  'minTracksPerTag',
] as const;

/** The values of the command's options; absent where they were not given. */
export interface ExperimentFlags extends Partial<Record<(typeof SAME_NAME)[number], string | number>> {
  dataset?: NamedPath[];
  tags?: NamedPath[];
  config?: string;
  pathColumn?: string;
  labelColumn?: string;
  artistColumn?: string;
  soundingOnly?: string[];
}

/** Makes a path of a file relative to where the command runs. */
type Place = (value: unknown) => unknown;

/** A collection of the file with its paths placed. What is of a wrong type is left for the check to judge. */
function placeDataset(entry: unknown, below: Place): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const { path, artists, split } = entry as Record<string, unknown>;
  return {
    ...entry,
    ...('path' in entry && { path: below(path) }),
    ...('artists' in entry && { artists: artists === 'file-tags' ? artists : below(artists) }),
    ...('split' in entry && { split: Array.isArray(split) ? split.map(below) : split }),
  };
}

/** Reads a configuration file; its paths become relative to the current folder. @throws FormatError when it is no JSON object */
async function readConfig(file: string, cwd: string): Promise<Record<string, unknown>> {
  const text = (await readNamed(file, cwd)).toString('utf8').replace(/^\ufeff/, '');
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${shown(file)}: is not JSON: ${(cause as Error).message}`, file, { cause });
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new FormatError(`${shown(file)}: a configuration is one JSON object, e.g. {"datasets": []}`, file);
  }
  const folder = relative(cwd, dirname(resolve(cwd, file)));
  const below: Place = (value) =>
    typeof value === 'string' && value !== '' && !isAbsolute(value) ? join(folder, value) : value;
  const placed = { ...config } as Record<string, unknown>;
  for (const key of ['out', 'cache']) if (key in placed) placed[key] = below(placed[key]);
  for (const key of ['datasets', 'tags']) {
    const list = placed[key];
    if (Array.isArray(list)) placed[key] = list.map((entry) => placeDataset(entry, below));
  }
  return placed;
}

/**
 * The configuration of a command line, not yet checked.
 *
 * @param cwd where relative paths start
 * @throws FormatError when the file is no JSON object; the system's error when it cannot be read; UsageError when
 *   --sounding-only names no collection
 */
export async function configOf(flags: ExperimentFlags, cwd: string): Promise<Record<string, unknown>> {
  const config = flags.config === undefined ? {} : await readConfig(flags.config, cwd);
  for (const key of SAME_NAME) if (flags[key] !== undefined) config[key] = flags[key];
  // The configuration's null has a word of its own on a command line.
  if (flags.seconds === 'all') config.seconds = null;
  if (flags.patience === 0) config.patience = null;
  if (flags.genreMaxNormW === 'none') config.genreMaxNormW = null;
  // One says how long to train in place of the other, so the file's goes when the command line names one.
  if (flags.epochs !== undefined && flags.nBatches === undefined) delete config.nBatches;
  if (flags.nBatches !== undefined && flags.epochs === undefined) delete config.epochs;
  if (flags.dataset) config.datasets = flags.dataset;
  if (flags.tags) config.tags = flags.tags;
  if (flags.soundingOnly) soundOnly(config, flags.soundingOnly);
  const { pathColumn: path, labelColumn: labels, artistColumn: artist } = flags;
  const columns = {
    ...(path !== undefined && { path }),
    ...(labels !== undefined && { labels }),
    ...(artist !== undefined && { artist }),
  };
  if (Object.keys(columns).length > 0) config.columns = { ...(config.columns as object | undefined), ...columns };
  return config;
}

/** Marks the collections whose silence is dropped. @throws UsageError on a name that is none of them */
function soundOnly(config: Record<string, unknown>, wanted: readonly string[]): void {
  const found = new Set<unknown>();
  for (const key of ['datasets', 'tags']) {
    const list = config[key];
    if (!Array.isArray(list)) continue;
    config[key] = list.map((entry) => {
      if (!wanted.includes(entry?.name)) return entry;
      found.add(entry.name);
      return { ...entry, soundingOnly: true };
    });
  }
  const missing = wanted.find((name) => !found.has(name));
  if (missing !== undefined) throw new UsageError(`--sounding-only ${shown(missing)} names no collection`);
}
