/** `tunespace train`: learns a space from labelled collections, in steps that survive an interruption. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FormatError, NotFittedError, ParameterError } from '../errors.ts';
import type { Dataset } from '../library/dataset.ts';
import { extractAll } from '../library/features.ts';
import { writeFileAtomic } from '../library/write.ts';
import { type SourceSet, Wsabie, type WsabieParams } from '../wsabie.ts';
import { addDatasetOptions, DATASET_HELP, type DatasetFlags, readDatasets } from './datasets.ts';
import { OutputError, UsageError, writing } from './errors.ts';
import {
  addCommonOptions,
  addHelp,
  addRequired,
  choice,
  collect,
  flagOf,
  type NamedPath,
  namedPath,
  option,
  realNumber,
  wholeNumber,
} from './options.ts';
import { shown } from './output.ts';
import {
  addFrontEndOptions,
  addLoadingOptions,
  type FrontEndFlags,
  type LoadingFlags,
  makePipeline,
  type Pipeline,
} from './pipeline.ts';
import type { CommonOptions, Session } from './session.ts';
import { checkWritable } from './writable.ts';

interface Options extends CommonOptions, DatasetFlags, FrontEndFlags, LoadingFlags {
  dataset?: NamedPath[];
  out: string;
  resume?: boolean;
  checkpointEvery: number;
  soundingOnly?: true | string[];
  nComponents: number;
  nBatches: number;
  batchSize: number;
  learningRate: number;
  margin: number;
  maxNormV?: number;
  maxNormW?: number;
  validationFraction: number;
  patience: number;
  evaluateEvery: number;
  sampling: 'frames' | 'tracks';
  standardize: boolean;
  level: 'kept' | 'removed';
  start: 'random' | 'cosine';
  startScale: number;
  seed: number;
}

const NOTES = `${DATASET_HELP}

Several collections are learned together: batches alternate, the map V of the sounds is shared, each collection has its own
labels. While training runs, its state is kept in OUT.partial. Ctrl-C saves it, too; the same command with --resume goes on
from there to the same bytes as without the interruption. A tenth of each collection's tracks is held out to choose the best
state (--validation-fraction).`;

/** Adds the trainer's options, the paper's values as defaults. */
function addTrainerOptions(command: Command): Command {
  const said = (flags: string, text: string, value: unknown, parse: (text: string) => unknown, defaultText?: string) =>
    command.addOption(option(flags, text, { default: value, parse, defaultText }));
  command.optionsGroup('Training:');
  said('--n-components <N>', 'dimensions of the space', 100, wholeNumber({ min: 1, max: 4096 }));
  said('--n-batches <N>', 'batches of each collection, at most', 6000, wholeNumber({ min: 1 }));
  said('--batch-size <N>', 'frames of a batch', 100, wholeNumber({ min: 1, max: 65536 }));
  said('--learning-rate <X>', 'constant step on the averaged gradient', 0.01, realNumber({ above: 0 }));
  said('--margin <X>', 'by how much a label must outscore the others', 1, realNumber({ above: 0 }));
  said('--max-norm-v <X>', 'longest column of V (default: no bound)', undefined, realNumber({ above: 0 }));
  said('--max-norm-w <X>', "longest label's row of W (default: no bound)", undefined, realNumber({ above: 0 }));
  said('--validation-fraction <X>', 'share of tracks held out, 0 for none', 0.1, realNumber({ min: 0, max: 0.9 }));
  said('--patience <N>', 'evaluations without a better one that end it, 0 for never', 10, wholeNumber({ min: 0 }));
  said('--evaluate-every <N>', 'batches of each collection between evaluations', 200, wholeNumber({ min: 1 }));
  said('--sampling <WHAT>', 'equally likely in a draw: frames or tracks', 'frames', choice(['frames', 'tracks']));
  command.option('--no-standardize', 'take frames as they are, not scaled to mean 0 and deviation 1');
  said(
    '--level <WHAT>',
    "kept, or removed: take each frame's mean over its bands away, so that loudness is not learned",
    'kept',
    choice(['kept', 'removed']),
  );
  said('--start <WHAT>', 'V at the start: random or cosine (the cepstrum)', 'random', choice(['random', 'cosine']));
  said('--start-scale <X>', 'what the start of V is multiplied by', 1, realNumber({ above: 0 }));
  said('--seed <N>', 'seed of every draw', 0, wholeNumber({ min: 0 }));
  said('--checkpoint-every <N>', 'batches of each collection between saves', 1000, wholeNumber({ min: 1 }));
  command.option('--resume', 'go on where OUT.partial was left');
  return command.optionsGroup('Options:');
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command.description('Learns a space of sounds and labels (WSABIE with the WARP loss) from labelled collections.');
  addRequired(command, '--dataset <NAME=PATH>', 'a collection; repeat to learn several together', namedPath);
  addRequired(command, '--out <FILE>', 'the space, e.g. space.safetensors');
  command.addOption(
    option(
      '--sounding-only [NAME]',
      'only frames within 5 natural-log units of the loudest, for collections of single notes: of all collections, or ' +
        'of the one named (repeat)',
      { parse: collect },
    ),
  );
  addLoadingOptions(command, { cached: true });
  addTrainerOptions(command);
  command.optionsGroup('Collections:');
  addDatasetOptions(command);
  addFrontEndOptions(command);
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "train", "out", "resumed": boolean, "params": {option: value}, "datasets": [{"name", "classes": [label], "tracks"}],\n' +
      ' "record": {"batch", "stopped": "nBatches"|"patience", "best": {"batch", "score"}, "history": [...], "fingerprint"}}\n' +
      'interrupted: {"command": "train", "interrupted": true, "out", "partial": FILE or null, "batch", "exitCode"}',
    notes: NOTES,
    examples: [
      'tunespace train --dataset genres=music/genres --out space.safetensors',
      'tunespace train --dataset tags=music/labels.csv --min-tracks 4 --seconds 30 --seed 1 --out tags.safetensors',
      'tunespace train --dataset tags=labels.csv --dataset notes=notes/labels.csv --sounding-only notes --out both.safetensors',
      'tunespace train --dataset genres=music/genres --out space.safetensors --resume',
    ],
  });
  command.action(async (options: Options) => {
    await session.open(options);
    finish(await train(options, session, command));
  });
}

/** The trainer's parameters of a command line. */
export function paramsOf(options: Options): Partial<WsabieParams> {
  const { nComponents, nBatches, batchSize, learningRate, margin, maxNormV = null, maxNormW = null } = options;
  const { validationFraction, patience, evaluateEvery, sampling, standardize, level, start, startScale, seed } =
    options;
  return {
    nComponents,
    nBatches,
    batchSize,
    learningRate,
    margin,
    maxNormV,
    maxNormW,
    validationFraction,
    patience: patience === 0 ? null : patience,
    evaluateEvery,
    sampling,
    standardize,
    level,
    start,
    startScale,
    randomState: seed,
  };
}

/** An interrupted training's space, where there is one. @throws UsageError when it was begun with other options */
async function resumed(partial: string, params: WsabieParams, shownAs: string): Promise<Wsabie | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(partial);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const space = Wsabie.fromBytes(bytes, shownAs);
  for (const name of Object.keys(params) as (keyof WsabieParams)[]) {
    if (space.params[name] === params[name]) continue;
    const flag = flagOf(name === 'randomState' ? 'seed' : name);
    throw new UsageError(
      `${shown(shownAs)} was begun with ${flag} ${space.params[name] ?? 'not set'}, this call has ${params[name] ?? 'none'}; ` +
        'give the same options, or leave out --resume to start anew',
    );
  }
  return space;
}

/** The frames of all collections. Tracks that cannot be used go to the session's failures. */
async function loadSets(
  datasets: readonly Dataset[],
  pipeline: Pipeline,
  soundingOnly: Options['soundingOnly'],
  session: Session,
): Promise<SourceSet[]> {
  const sets: SourceSet[] = [];
  for (const { name, tracks } of datasets) {
    const stage = session.progress.stage(`frames of ${name}`, tracks.length, 'tracks');
    const only = soundingOnly === true || (soundingOnly?.includes(name) ?? false);
    const onProgress = ({ done, track }: { done: number; track: { id: string } }) =>
      stage.update(done, tracks.length, track.id);
    try {
      const { frames, problems, warnings } = await extractAll(tracks, {
        store: pipeline.store,
        ahead: pipeline.spread(tracks.length),
        soundingOnly: only,
        signal: session.signal,
        onProgress,
      });
      for (const { file, message } of problems) session.fail(new FormatError(message), file);
      for (const { file, message } of warnings) session.warn(`${shown(file)}: ${message}`);
      const usable = tracks.filter(({ id }) => frames.has(id));
      if (usable.length === 0) {
        session.reportFailures();
        throw new FormatError(`no track of the collection "${name}" can be used; see the reasons above`);
      }
      sets.push({ name, tracks: usable.map(({ id, labels }) => ({ X: frames.get(id)!, labels, name: id })) });
    } finally {
      stage.end();
    }
  }
  return sets;
}

function checkNames(soundingOnly: Options['soundingOnly'], names: readonly string[]): void {
  const unknown = Array.isArray(soundingOnly) ? soundingOnly.find((name) => !names.includes(name)) : undefined;
  if (unknown === undefined) return;
  throw new UsageError(
    `--sounding-only ${shown(unknown)} names no collection; they are ${names.map(shown).join(', ')}`,
  );
}

/** Where a training's files lie, as they are opened and as they are called. */
interface Places {
  readonly out: string;
  readonly partial: string;
  readonly partialName: string;
}

async function train(options: Options, session: Session, command: Command): Promise<number> {
  const pairs = options.dataset as NamedPath[];
  checkNames(
    options.soundingOnly,
    pairs.map(({ name }) => name),
  );
  await checkWritable(options.out, session.cwd);
  const out = resolve(session.cwd, options.out);
  const places = { out, partial: `${out}.partial`, partialName: `${options.out}.partial` };
  const pipeline = await makePipeline(session, command, options);
  const { params } = new Wsabie(paramsOf(options));
  const begun = await takeUp(options, params, places, session);
  const datasets = await readDatasets(pairs, options, session);
  const sets = await loadSets(datasets, pipeline, options.soundingOnly, session);
  const space = begun ?? new Wsabie(params);
  if (!(await learn(space, sets, options, places, session))) return interrupted(space, options, places, session);
  await keep(space, options, places);
  report(space, begun !== undefined, options, session);
  session.reportFailures(sets.reduce((sum, { tracks }) => sum + tracks.length, 0));
  return session.exitAfter(1);
}

/** The interrupted training to go on with, if there is one and it is wanted; says what it does about it. */
async function takeUp(
  { resume }: Options,
  params: WsabieParams,
  { partial, partialName }: Places,
  session: Session,
): Promise<Wsabie | undefined> {
  const name = shown(partialName);
  if (!resume) {
    if (existsSync(partial))
      session.info(`note: ${name} of an interrupted training will be replaced; --resume goes on with it`);
    return undefined;
  }
  const begun = await resumed(partial, params, partialName);
  const batch = begun?.record_.batch;
  session.info(
    begun
      ? `resuming at batch ${batch} of ${params.nBatches}`
      : `note: there is no ${name} to resume; starting at the beginning`,
  );
  return begun;
}

/** Trains to the end (`true`) or until the signal (`false`). Checkpoints on the way. */
async function learn(
  space: Wsabie,
  sets: readonly SourceSet[],
  { checkpointEvery }: Options,
  places: Places,
  session: Session,
): Promise<boolean> {
  const stage = session.progress.stage('training', space.params.nBatches, 'batches');
  try {
    await space.fit(sets, {
      signal: session.signal,
      onProgress: ({ batch, nBatches, loss, score }) => {
        const heldOut = score === undefined ? '' : `, held out ${score.toFixed(3)}`;
        stage.update(batch, nBatches, `loss ${loss.toFixed(3)}${heldOut}`);
      },
      onCheckpoint: (bytes) => save(bytes, places),
      checkpointEvery,
      onWarning: (message) => session.warn(message),
    });
    return true;
  } catch (error) {
    if (session.signal.aborted) return false;
    throw blameOption(error);
  } finally {
    stage.end();
  }
}

function save(bytes: Uint8Array, { partial, partialName }: Places): Promise<void> {
  return writing(partialName, () => writeFileAtomic(partial, bytes));
}

/** Writes the finished space and clears away what was kept on the way. */
async function keep(space: Wsabie, { out: name }: Options, { out, partial, partialName }: Places): Promise<void> {
  try {
    await writing(name, () => writeFileAtomic(out, space.toBytes()));
  } catch (error) {
    if (!(error instanceof OutputError && existsSync(partial))) throw error;
    error.message += `. A late state is in ${shown(partialName)}: the same command with --resume goes on from there`;
    throw error;
  }
  await rm(partial, { force: true });
}

/** Faults of the trainer speak of its parameters; some of them have another name on the command line. */
function blameOption(error: unknown): unknown {
  const flag = error instanceof ParameterError && error.parameter === 'randomState' ? '--seed' : undefined;
  return flag === undefined ? error : new UsageError(`${(error as Error).message} (option ${flag})`, { cause: error });
}

/** Saves the state of an interrupted training and says how to go on. */
async function interrupted(space: Wsabie, { out }: Options, places: Places, session: Session): Promise<number> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = space.toBytes();
  } catch (error) {
    // Interrupted before the first batch: nothing was learned that could be saved.
    if (!(error instanceof NotFittedError)) throw error;
  }
  const exitCode = session.interruptedExit();
  if (bytes) await save(bytes, places);
  const batch = bytes ? space.record_.batch : 0;
  const partial = bytes ? places.partialName : null;
  session.note(
    partial === null
      ? 'tunespace: interrupted before the training began; the frames made so far are kept in the cache'
      : `tunespace: interrupted after batch ${batch}; saved in ${shown(partial)}. The same command with --resume goes on`,
  );
  if (session.json) session.printJson({ command: 'train', interrupted: true, out, partial, batch, exitCode });
  return exitCode;
}

function report(space: Wsabie, wasResumed: boolean, { out }: Options, session: Session): void {
  const { record_: record, datasets_: datasets, params } = space;
  if (session.json) {
    session.printJson({
      command: 'train',
      out,
      resumed: wasResumed,
      params,
      datasets: datasets.map(({ name, classes, nTraining, nHeldOut }) => ({
        name,
        classes,
        tracks: nTraining + nHeldOut,
      })),
      record: { ...record, best: record.best ?? null },
    });
    return;
  }
  const why =
    record.stopped === 'patience'
      ? `no better state for ${params.patience} evaluation${params.patience === 1 ? '' : 's'}`
      : 'all batches done';
  const best = record.best
    ? `; best at batch ${record.best.batch}, held-out score ${record.best.score.toFixed(3)}`
    : '';
  session.info(`trained ${record.batch} batches (${why})${best}`);
  session.print(shown(out));
}
