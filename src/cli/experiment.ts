/** `tunespace experiment`: every table and figure of the paper, for whatever collections it is given. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { FormatError, ParameterError } from '../errors.ts';
import {
  checkExperimentConfig,
  type ExperimentConfig,
  type ExperimentResults,
  runExperiment,
} from '../experiment/index.ts';
import { loadKernels } from '../runtime/node.ts';
import { UsageError } from './errors.ts';
import { configOf, type ExperimentFlags } from './experimentconfig.ts';
import { addCommonOptions, addHelp, collect, namedPath, option, realNumber, wholeNumber } from './options.ts';
import { shown } from './output.ts';
import type { CommonOptions, Session } from './session.ts';
import { staged } from './staged.ts';
import { addWorkersOption, poolOf, type WorkerFlags } from './workers.ts';
import { checkWritable } from './writable.ts';

const DESCRIPTION =
  'Runs every experiment of the paper that the given collections allow: nearest classes across collections, accuracy and ' +
  'precision at k of base, genre and tag features, accuracy of base and embedded ones together, learning curves, tag annotation, ' +
  'a map. Writes results.json, report.md and report.html, and prints the report. Without collections it renders a small synthetic corpus and says so.';

const NOTES = `
The configuration file holds the same settings: {"datasets": [{"name", "path", ...}], "tags": [...], "columns":
{"path", "labels", "artist"}, "out", "seed", "seconds", "nBatches", ...}: the options' names in camelCase. A collection may
have "columns", "labels", "layout", "labelPrefix", "split", "artists" and "soundingOnly" of its own. Paths are relative to
the file. Where --dataset or --tags is given, it replaces the file's list.`;

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command.description(DESCRIPTION);
  addSettings(command);
  addWorkersOption(command);
  addCommonOptions(command);
  addHelp(command, {
    json: '{"command": "experiment", "out": folder, "files": [path], "results": what results.json holds (see results.schema.json)}',
    notes: NOTES,
    examples: [
      'tunespace experiment --out report',
      'tunespace experiment --dataset gtzan=music/gtzan --dataset homburg=music/homburg \\',
      '    --tags tagatune=music/annotations.csv --out report/',
      'tunespace experiment --config paper.json --seed 2 --json > results.json',
    ],
  });
  command.action(async (options: ExperimentFlags & CommonOptions & WorkerFlags) => {
    await session.open(options);
    finish(await experiment(options, session));
  });
}

/** Adds the settings. Defaults are the configuration's own, so that they do not overwrite what a file says. */
function addSettings(command: Command): void {
  const rows: readonly [string, string, ((text: string, previous: never) => unknown)?][] = [
    [
      '--dataset <NAME=PATH>',
      'a genre collection (one label a track): a folder per label, a CSV, or a published layout; repeat for more',
      namedPath,
    ],
    ['--tags <NAME=PATH>', 'a tag collection (several labels a track); repeat for more', namedPath],
    ['--config <FILE>', 'settings as JSON; options on the command line win over it'],
    ['--out <FOLDER>', 'where the results go (default: report)'],
    ['--cache <FOLDER>', 'where features and embeddings are kept for the next run (default: ~/.cache/tunespace)'],
    ['--path-column <NAME>', 'column of the file in every CSV (default: path)'],
    ['--label-column <NAME>', 'column of the labels in every CSV (default: the first of tags, genre, label)'],
    ['--artist-column <NAME>', 'column of the artist in every CSV (default: artist, where there is one)'],
    ['--sounding-only <NAME>', 'drop the silence around the notes of this collection; repeat for more', collect],
    ['--min-tracks-per-tag <N>', 'tags of fewer tracks are left out (default: 4)', wholeNumber({ min: 1 })],
    ['--seed <N>', 'seed behind every draw (default: 1)', wholeNumber({ min: 0, max: 0xffffffff })],
    ['--seconds <N|all>', 'seconds from the start of each track, or "all" (default: 30)', secondsOrAll],
    ['--folds <N>', 'folds of the cross-validation (default: 10; synthetic: 5)', wholeNumber({ min: 2, max: 1000 })],
    [
      '--draws <N>',
      'draws behind each point of the learning curve (default: as --folds)',
      wholeNumber({ min: 2, max: 1000 }),
    ],
    ['-k, --k <N>', 'neighbours that precision at k looks at (default: 10)', wholeNumber({ min: 1, max: 1000 })],
    ['--n-batches <N>', 'batches per source collection (default: 6000; synthetic: 1000)', wholeNumber({ min: 1 })],
    ['--epochs <N>', 'instead of --n-batches: passes over the largest source', realNumber({ above: 0 })],
    ['--n-components <N>', 'dimensions of the space (default: 100)', wholeNumber({ min: 1, max: 1000 })],
    ['--learning-rate <X>', 'step of the WARP trainer (default: 0.01)', realNumber({ above: 0 })],
    ['--batch-size <N>', 'frames in a batch (default: 100)', wholeNumber({ min: 1, max: 10000 })],
    [
      '--validation-fraction <X>',
      'share of tracks held out for the early stop (default: 0.1)',
      realNumber({ min: 0, max: 0.9 }),
    ],
    [
      '--patience <N>',
      'evaluations without a better one that end a training, 0 for never (default: 10)',
      wholeNumber({ min: 0 }),
    ],
    ['--max-norm-v <X>', 'longest column of V (default: no bound)', realNumber({ above: 0 })],
    ['--max-norm-w <X>', "longest label's row of W, of tags (default: no bound)", realNumber({ above: 0 })],
    ['--genre-max-norm-w <X|none>', 'the same of genres (default: 0.5)', boundOrNone],
    [
      '--alpha <X>',
      'ridge of the classifier, relative to the variance of the columns (default: 0.01)',
      realNumber({ min: 0 }),
    ],
  ];
  for (const [flags, text, parse] of rows) command.addOption(option(flags, text, { parse }));
}

const boundOrNone = (text: string): number | 'none' => (text === 'none' ? text : realNumber({ above: 0 })(text));

const secondsOrAll = (text: string): number | 'all' => (text === 'all' ? text : realNumber({ above: 0 })(text));

async function experiment(options: ExperimentFlags & WorkerFlags, session: Session): Promise<number> {
  const config = checked(await configOf(options, session.cwd), options.config);
  const { out = 'report' } = config;
  await checkWritable(join(out, 'results.json'), session.cwd);
  await loadKernels();
  const pool = poolOf(session, options);
  const results = await staged(session, (hooks) => runExperiment(config, { pool, ...hooks }));
  const files = ['results.json', 'report.md', 'report.html'].map((name) => join(out, name));
  noteSkipped(results, session);
  if (session.json) session.printJson({ command: 'experiment', out, files, results });
  else session.print((await readFile(resolve(session.cwd, files[1]), 'utf8')).trimEnd());
  session.info(`written: ${files.map(shown).join(', ')}`);
  session.reportFailures(results.collections.reduce((sum, { tracks }) => sum + tracks, 0));
  return session.exitAfter(1);
}

/** A configuration that will do. @throws UsageError where it will not, naming the file where it came from one */
function checked(config: Record<string, unknown>, file: string | undefined): ExperimentConfig {
  try {
    checkExperimentConfig(config, file ?? 'experiment');
    return config;
  } catch (error) {
    if (error instanceof ParameterError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** Tracks that were left out for a fault of theirs go to the failures; a file that is there twice has none. */
function noteSkipped({ collections }: ExperimentResults, session: Session): void {
  for (const { name, skipped } of collections) {
    for (const { path, reason, duplicate } of skipped) {
      if (!duplicate) session.fail(new FormatError(reason), join(name, path));
    }
  }
}
