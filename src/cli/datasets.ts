/** Labelled collections on the command line: the options that say how they are read, and the reading. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FormatError } from '../errors.ts';
import { checkFacts, type Dataset, type DatasetOptions, readDataset } from '../library/dataset.ts';
import { layouts } from '../library/layouts.ts';
import { choice, collect, type NamedPath, option, wholeNumber } from './options.ts';
import { shown } from './output.ts';
import type { Session } from './session.ts';

/** The values of `addDatasetOptions`. */
export interface DatasetFlags {
  labels?: DatasetOptions['labels'];
  layout?: DatasetOptions['layout'];
  pathColumn?: string;
  labelColumn?: string;
  artistColumn?: string;
  delimiter?: string;
  labelPrefix?: string;
  single?: boolean;
  minTracks?: number;
  maxTracks?: number;
  split?: string[];
  artists?: string;
  use?: DatasetOptions['features'];
}

/** What NAME=PATH may be, for help texts. */
export const DATASET_HELP = `
A collection is a folder with a folder per label, a CSV (columns path, then tags, genre or label, and artist; several labels
split at ";"; paths relative to the CSV), a folder of audio files that carry genre tags, .npy matrices of frames in any of
these, or a published layout: ${Object.values(layouts)
  .map(({ title }) => title)
  .join(', ')}.`;

const delimiters: Record<string, DatasetOptions['delimiter']> = { auto: 'auto', comma: ',', semicolon: ';', tab: '\t' };

/** Adds the options that say how collections are read. They hold for all collections of the call. */
export function addDatasetOptions(command: Command): Command {
  return command
    .addOption(
      option('--labels <FROM>', 'where labels come from: auto, folders, table or file-tags', {
        default: 'auto',
        parse: choice(['auto', 'folders', 'table', 'file-tags']),
      }),
    )
    .addOption(
      option('--layout <NAME>', `published layout: auto, none, ${Object.keys(layouts).join(', ')}`, {
        default: 'auto',
        parse: choice(['auto', 'none', ...Object.keys(layouts)]),
      }),
    )
    .option('--path-column <NAME>', 'column of the file in a CSV (default: path)')
    .option('--label-column <NAME>', 'column of the labels (default: the first of tags, genre, label)')
    .option('--artist-column <NAME>', 'column of the artist (default: artist, where there is one)')
    .addOption(
      option('--delimiter <WHICH>', 'between cells: auto, comma, semicolon or tab', {
        default: 'auto',
        parse: choice(Object.keys(delimiters)),
      }),
    )
    .option('--label-prefix <TEXT>', 'only labels that start like this, without it: "genre/"')
    .option('--single', 'only tracks with exactly one label')
    .addOption(
      option('--min-tracks <N>', 'labels of fewer tracks are dropped', { default: 1, parse: wholeNumber({ min: 1 }) }),
    )
    .addOption(
      option('--max-tracks <N>', 'at most so many tracks of each label (default: all)', {
        parse: wholeNumber({ min: 1 }),
      }),
    )
    .addOption(
      option('--split <FILE>', 'list of a published split, repeated for more, or "fault-filtered" for GTZAN', {
        parse: collect,
      }),
    )
    .option('--artists <FILE>', 'a CSV with path and artist, or "file-tags" for the audio files\' own')
    .addOption(
      option('--use <KIND>', 'audio, matrix (.npy files of frames), or auto: audio where there is any', {
        default: 'auto',
        parse: choice(['auto', 'audio', 'matrix']),
      }),
    );
}

/** The library's options of the command line's. */
function datasetOptions(flags: DatasetFlags, session: Session): DatasetOptions {
  const { pathColumn: path, labelColumn: labels, artistColumn: artist, split, artists } = flags;
  const columns = { ...(path && { path }), ...(labels && { labels }), ...(artist && { artist }) };
  const inCwd = (file: string) => resolve(session.cwd, file);
  return {
    labels: flags.labels,
    layout: flags.layout,
    columns,
    delimiter: delimiters[flags.delimiter ?? 'auto'],
    labelPrefix: flags.labelPrefix,
    kind: flags.single ? 'single' : 'auto',
    minTracks: flags.minTracks,
    maxTracks: flags.maxTracks,
    features: flags.use,
    ...(split && { split: split[0] === 'fault-filtered' && split.length === 1 ? split[0] : split.map(inCwd) }),
    ...(artists && { artists: artists === 'file-tags' ? artists : inCwd(artists) }),
    signal: session.signal,
  };
}

/**
 * Reads collections. Files that cannot be used go to the session's failures; what options left out is said as a note.
 *
 * @throws FormatError when a collection holds nothing that can be used
 */
export async function readDatasets(
  pairs: readonly NamedPath[],
  flags: DatasetFlags,
  session: Session,
): Promise<Dataset[]> {
  const datasets: Dataset[] = [];
  for (const { name, path } of pairs) {
    const where = resolve(session.cwd, path);
    const dataset = await readDataset(where, { ...datasetOptions(flags, session), name });
    for (const { file, message } of dataset.problems) session.fail(new FormatError(message), file);
    for (const note of dataset.notes) session.info(`note: ${name}: ${note}`);
    for (const warning of checkFacts(dataset)) session.warn(`${name}: ${warning}`);
    session.info(`${shown(name)}: ${summaryOf(dataset)}`);
    datasets.push(dataset);
  }
  return datasets;
}

/** How many tracks of how many labels, in a few words. */
export function summaryOf({ tracks, kind }: Dataset): string {
  const labels = new Set(tracks.flatMap((track) => track.labels)).size;
  const artists = new Set(tracks.flatMap(({ artist }) => artist ?? [])).size;
  const by = artists > 0 ? ` by ${artists} artists` : '';
  return `${tracks.length} tracks${by}, ${labels} ${kind === 'single' ? 'classes' : 'tags'}`;
}
