/** `tunespace classify`: one label a file, by a classifier that labelled music has taught. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FormatError, ParameterError } from '../errors.ts';
import type { Dataset } from '../library/dataset.ts';
import { writeFileAtomic } from '../library/write.ts';
import { LinearClassifier } from '../linear.ts';
import { Matrix } from '../matrix.ts';
import type { ConfusionMatrix } from '../metrics.ts';
import { decodeModel } from '../model.ts';
import { spaces } from '../spaces/index.ts';
import { stratifiedKFold } from '../split.ts';
import { crossValidate } from '../validate.ts';
import {
  addFeatureOptions,
  blocksOf,
  chosenBy,
  chosenFor,
  type FeatureFlags,
  type Features,
  teachBlocks,
  windowsOf,
} from './classifierfeatures.ts';
import { addDatasetOptions, DATASET_HELP, type DatasetFlags, readDatasets } from './datasets.ts';
import { readNamed, UsageError, writing } from './errors.ts';
import { findInputs } from './inputs.ts';
import { checkKind } from './kinds.ts';
import {
  addCommonOptions,
  addHelp,
  flagOf,
  type NamedPath,
  namedPath,
  option,
  realNumber,
  wholeNumber,
} from './options.ts';
import { csvLine, fixed, shown } from './output.ts';
import {
  addFrontEndOptions,
  addLoadingOptions,
  FRONT_END_FLAGS,
  type FrontEndFlags,
  type LoadingFlags,
  makePipeline,
  type Pipeline,
} from './pipeline.ts';
import { addResultOptions, type ResultFlags, ResultWriter } from './results.ts';
import type { Session } from './session.ts';
import { classifyTaught, readTaught } from './taught.ts';
import { checkWritable } from './writable.ts';

interface Options extends ResultFlags, DatasetFlags, FeatureFlags, FrontEndFlags, LoadingFlags {
  train?: NamedPath[];
  classifier?: string;
  save?: string;
  folds?: number;
  ignoreArtists?: boolean;
  alpha: number;
  seed: number;
}

/** A labelled track, as windows. */
interface Song {
  readonly windows: Matrix;
  readonly label: string;
  readonly artist: string | undefined;
  readonly id: string;
}

/** How well the classifier does on tracks that it has not heard. */
interface Judged {
  readonly folds: number;
  readonly accuracy: number;
  readonly standardError: number;
  readonly foldAccuracies: readonly number[];
  /** Whether no artist was on both sides of a fold. */
  readonly grouped: boolean;
  readonly confusion: ConfusionMatrix;
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description(
      'Teaches a linear classifier the labels of a collection, or loads one, and says which label fits each file: least ' +
        'squares on windows, averaged over the track.',
    )
    .argument('[FILE|FOLDER|CSV...]', 'audio files, folders of them, or a CSV that lists them; frames as .npy')
    .addOption(option('--train <NAME=PATH>', 'a collection with one label a track to learn from', { parse: namedPath }))
    .option('--classifier <FILE>', 'a classifier that --save wrote, in place of --train');
  addFeatureOptions(command)
    .option('--save <FILE>', 'keep the classifier, e.g. genres.safetensors')
    .addOption(
      option('--folds <N>', 'print the accuracy on held-out tracks, mean ± standard error of N folds', {
        parse: wholeNumber({ min: 2 }),
      }),
    )
    .option('--ignore-artists', 'let tracks of one artist be on both sides of a fold')
    .addOption(
      option('--alpha <X>', "ridge, relative to the columns' variance", {
        default: 0.01,
        parse: realNumber({ min: 0 }),
      }),
    )
    .addOption(option('--seed <N>', 'seed of the folds', { default: 0, parse: wholeNumber({ min: 0 }) }));
  addResultOptions(command, ['text', 'csv', 'json']);
  addLoadingOptions(command, { cached: true });
  command.optionsGroup('Collection:');
  addDatasetOptions(command);
  addFrontEndOptions(command);
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "classify", "features", "classes": [label], "saved"?: FILE, "crossValidation"?: {"folds", "accuracy", "standardError",\n' +
      ' "foldAccuracies", "grouped", "confusion": {"classes", "counts"}}, "results": [{"file", "label", "scores": {label: score}}]}\n' +
      'of a taught model {..., "results": [{"file", "label", "probability", "probabilities": {label: probability}}]}, or, of one label,\n' +
      ' [{"rank", "file", "distance"}]',
    notes: `${DATASET_HELP}

With --features both (the default) two classifiers learn, one from windows of frames and one from windows of embedded frames, and
their scores are averaged; what --save writes knows which features it takes.

CSV columns: file, label, score, then score:LABEL for each class; of what "tunespace teach" made, probabilities in
place of scores, or file, rank, distance where one label was taught.`,
    examples: [
      'tunespace classify --train genres=music/genres --folds 10',
      'tunespace classify --train genres=music/genres --save genres.safetensors',
      'tunespace classify --classifier genres.safetensors new/*.mp3 --format csv',
      'tunespace classify --train genres=music/genres --features embedded --model space.safetensors --folds 10',
      'tunespace classify --model mine.safetensors new/*.mp3',
    ],
  });
  command.action(async (files: string[], options: Options) => {
    await session.open(options);
    const taught = isAlone(options) ? await readTaught(options.model as string, session) : undefined;
    if (taught) {
      checkAlone(command, options);
      finish(await classifyTaught(files, taught, options, session));
      return;
    }
    checkUsage(files, options);
    finish(await classify(files, options, session, command));
  });
}

/** Whether the model may be all that is needed: what `tunespace teach` has made. */
const isAlone = ({ train, classifier, model }: Options) =>
  train === undefined && classifier === undefined && model !== undefined && !spaces.some(({ name }) => name === model);

/** Refuses what a taught model has no use for. */
function checkAlone(command: Command, { model }: Options): void {
  const idle = ['features', 'save', 'folds', 'alpha', 'seed', 'ignoreArtists', ...FRONT_END_FLAGS];
  const given = idle.find((name) => command.getOptionValueSource(name) === 'cli');
  if (given === undefined) return;
  throw new UsageError(
    `${flagOf(given)} cannot be combined with --model ${shown(model as string)}, which "tunespace teach" made and which is as it is`,
  );
}

function checkUsage(files: readonly string[], { train, classifier, save, folds }: Options): void {
  if ((train === undefined) === (classifier === undefined)) {
    throw new UsageError(
      train === undefined
        ? 'give --train NAME=PATH to learn from a collection, --classifier FILE to use one that was saved, or --model FILE ' +
            'that "tunespace teach" made'
        : '--train and --classifier exclude one another; give one of them',
    );
  }
  if (train && train.length > 1) throw new UsageError('--train takes one collection; put them into one folder or CSV');
  const fresh = [save !== undefined && '--save', folds !== undefined && '--folds'].find((flag) => flag !== false);
  if (classifier !== undefined && fresh) throw new UsageError(`${fresh} needs --train; a saved classifier is as it is`);
  if (files.length === 0 && save === undefined && folds === undefined) {
    throw new UsageError('nothing to do: give files to classify, --save FILE, or --folds N');
  }
}

async function classify(
  files: readonly string[],
  options: Options,
  session: Session,
  command: Command,
): Promise<number> {
  const writer = new ResultWriter(session, options, '; --save FILE keeps the classifier');
  await writer.check();
  if (options.save !== undefined) await checkWritable(options.save, session.cwd);
  const { classifier, crossValidation, features, pipeline } = options.train
    ? await learn(options.train, options, session, command)
    : await load(options, session, command);
  if (crossValidation) showValidation(crossValidation, writer, session);
  if (options.save !== undefined) {
    const { save } = options;
    await writing(save, () => writeFileAtomic(resolve(session.cwd, save), classifier.toBytes()));
    session.info(`classifier saved in ${shown(save)}`);
  }
  const classes = classifier.classes_;
  const inputs = await findInputs(files, session);
  pipeline.expect(inputs);
  if (writer.format === 'csv' && files.length > 0) {
    writer.line(csvLine(['file', 'label', 'score', ...classes.map((label) => `score:${label}`)]));
  }
  const width = Math.max(...classes.map((label) => shown(label).length));
  const { results } = await session.each(
    'classify',
    inputs,
    ({ name }) => name,
    async (input) => {
      const { label, scores } = classifier.predictTrack(await windowsOf(pipeline, features, input));
      const score = scores[classes.indexOf(label)];
      if (writer.format === 'csv') writer.line(csvLine([input.name, label, score, ...scores]));
      if (writer.format === 'text')
        writer.line(`${shown(label).padEnd(width)}  ${fixed(score).padStart(6)}  ${shown(input.name)}`);
      return { file: input.name, label, scores: Object.fromEntries(classes.map((name, i) => [name, scores[i]])) };
    },
  );
  await writer.end({
    command: 'classify',
    features,
    classes,
    ...(options.save !== undefined && { saved: options.save }),
    ...(crossValidation && { crossValidation }),
    results,
  });
  session.reportFailures(results.length);
  // Teaching was work, too: a bad file among those to be classified leaves that done.
  return session.exitAfter(results.length + (options.save !== undefined || crossValidation ? 1 : 0));
}

/** A classifier, what makes its windows, and how well it does where that was asked for. */
interface Learned {
  readonly classifier: LinearClassifier;
  readonly features: Features;
  readonly pipeline: Pipeline;
  readonly crossValidation?: Judged;
}

/** A saved classifier; one that was taught in a space needs that space. */
async function load(options: Options, session: Session, command: Command): Promise<Learned> {
  const file = options.classifier as string;
  const bytes = await readNamed(file, session.cwd);
  checkKind(bytes, 'LinearClassifier', file);
  const classifier = LinearClassifier.fromBytes(bytes, file);
  const { frontEnd } = decodeModel(bytes, 'LinearClassifier', file);
  const { features, model } = await chosenBy(frontEnd, file, options, session);
  return {
    classifier,
    features,
    pipeline: await makePipeline(session, command, options, { model, refuseSilence: true }),
  };
}

async function learn(
  pairs: readonly NamedPath[],
  options: Options,
  session: Session,
  command: Command,
): Promise<Learned> {
  const [dataset] = await readDatasets(pairs, options, session);
  if (dataset.kind === 'multi') {
    const many = dataset.tracks.find(({ labels }) => labels.length > 1) ?? dataset.tracks[0];
    throw new FormatError(
      `${shown(dataset.name)}: ${shown(many.id)} has ${many.labels.length} labels, and a classifier needs one a track; ` +
        'choose with --label-column, --label-prefix or --single, or use "tunespace tag"',
    );
  }
  const { features, model } = chosenFor(dataset, options, command, session);
  const pipeline = await makePipeline(session, command, options, { model, refuseSilence: true });
  const songs = await loadSongs(dataset, features, pipeline, session);
  const blocks = blocksOf(songs[0].windows, features, pipeline);
  const learned = { classifier: teach(songs, options.alpha, blocks), features, pipeline };
  if (options.folds === undefined) return learned;
  return { ...learned, crossValidation: await judge(dataset.name, songs, options.folds, blocks, options, session) };
}

async function loadSongs(
  { name, tracks }: Dataset,
  features: Features,
  pipeline: Pipeline,
  session: Session,
): Promise<Song[]> {
  const inputs = tracks.map((track) => ({ name: track.path, path: track.path, features: track.features, track }));
  pipeline.expect(inputs);
  const { results, interrupted } = await session.each(
    `windows of ${name}`,
    inputs,
    ({ path }) => path,
    async (input) => {
      const { id, artist, labels } = input.track;
      return { windows: await windowsOf(pipeline, features, input), label: labels[0], artist, id };
    },
  );
  if (interrupted) session.signal.throwIfAborted();
  if (results.length === 0) {
    session.reportFailures();
    throw new FormatError(`no track of the collection "${name}" can be used; see the reasons above`);
  }
  return results;
}

const classifierOf = (alpha: number) => ({ alpha, penalty: 'relative' }) as const;

function teach(songs: readonly Song[], alpha: number, blocks: readonly number[] | undefined): LinearClassifier {
  const X = Matrix.concatenate(songs.map(({ windows }) => windows));
  const y = songs.flatMap(({ windows, label }) => Array.from({ length: windows.rows }, () => label));
  return teachBlocks(X, y, classifierOf(alpha), blocks);
}

async function judge(
  name: string,
  songs: readonly Song[],
  folds: number,
  blocks: readonly number[] | undefined,
  { alpha, seed, ignoreArtists }: Options,
  session: Session,
): Promise<Judged> {
  const labels = songs.map(({ label }) => label);
  const grouped = !ignoreArtists && songs.some(({ artist }) => artist !== undefined);
  // A track whose artist nobody names is a group of its own.
  const groups = grouped ? songs.map(({ artist }, i) => (artist === undefined ? `#${i}` : `@${artist}`)) : undefined;
  const splits = splitsOf(name, labels, folds, seed, groups);
  const stage = session.progress.stage('cross-validation', folds, 'folds');
  try {
    const windows = songs.map((song) => song.windows);
    const { accuracy, standardError, foldAccuracies, confusion } = await crossValidate(windows, labels, {
      ...classifierOf(alpha),
      ...(blocks && { blocks }),
      splits,
      signal: session.signal,
      onProgress: () => stage.advance(),
    });
    return { folds, accuracy, standardError, foldAccuracies, grouped, confusion };
  } finally {
    stage.end();
  }
}

function splitsOf(name: string, labels: string[], nSplits: number, randomState: number, groups: string[] | undefined) {
  try {
    return stratifiedKFold(labels, { nSplits, randomState, ...(groups && { groups }) });
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    // The library's words for what is called otherwise here.
    const message = error.message.replace(/^stratifiedKFold: /, '').replaceAll('nSplits', '--folds');
    throw new UsageError(`${shown(name)}: ${message}`, { cause: error });
  }
}

function showValidation(result: Judged, writer: ResultWriter, session: Session): void {
  const { folds, accuracy, standardError, grouped } = result;
  const by = grouped ? ', no artist on both sides of a fold' : '';
  const line = `accuracy ${fixed(accuracy)} ± ${fixed(standardError)} (${folds} folds${by})`;
  if (writer.format === 'text') writer.line(line);
  else session.note(line);
}
