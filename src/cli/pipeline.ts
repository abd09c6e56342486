/** From an input file to frames, windows and one vector a track: by the options of the call, or by what a model says. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { aggregate, meanRow } from '../aggregate.ts';
import { FormatError, FrontEndError, ParameterError } from '../errors.ts';
import { extract as extractHere } from '../extract.ts';
import type { FrontEnd } from '../frontend.ts';
import { FeatureStore, type Source, type TrackFrames } from '../library/features.ts';
import { Matrix } from '../matrix.ts';
import { type LogMelOptions, logMelOptions } from '../mel.ts';
import { closestWord } from '../options.ts';
import { loadKernels, type Pool } from '../runtime/node.ts';
import { spaceBytes, spaces } from '../spaces/index.ts';
import { Wsabie } from '../wsabie.ts';
import { readNamed, UsageError } from './errors.ts';
import { readFeatures } from './featurefile.ts';
import type { Input } from './inputs.ts';
import { checkKind } from './kinds.ts';
import { choice, flagOf, option, realNumber, wholeNumber } from './options.ts';
import { shown } from './output.ts';
import type { Session } from './session.ts';
import { addWorkersOption, aheadOf, poolOf, type WorkerFlags } from './workers.ts';

/** The values of `addFrontEndOptions`. */
export interface FrontEndFlags {
  sr?: number;
  nFft?: number;
  hopLength?: number;
  nMels?: number;
  fMin?: number;
  fMax?: number;
  htk?: boolean;
  norm?: 'slaney' | 'none';
  power?: number;
  aMin?: number;
  center?: boolean;
}

/** Their names. */
export const FRONT_END_FLAGS: readonly (keyof FrontEndFlags)[] = [
  'sr',
  'nFft',
  'hopLength',
  'nMels',
  'fMin',
  'fMax',
  'htk',
  'norm',
  'power',
  'aMin',
  'center',
];

/** Adds the settings of the log-Mel front end; the defaults are the paper's. */
export function addFrontEndOptions(command: Command): Command {
  command.optionsGroup('Front end (defaults: the paper):');
  for (const [flags, text, value, parse] of [
    ['--sr <HZ>', 'sample rate that audio is resampled to', 22050, wholeNumber({ min: 1 })],
    ['--n-fft <N>', 'samples in a frame, a power of two from 64 to 8192', 1024, wholeNumber({ min: 64, max: 8192 })],
    ['--hop-length <N>', 'samples from frame to frame', 512, wholeNumber({ min: 1 })],
    ['--n-mels <N>', 'Mel bands, 1 to 2048', 200, wholeNumber({ min: 1, max: 2048 })],
    ['--f-min <HZ>', 'lower end of the lowest band', 0, realNumber({ min: 0 })],
    [
      '--f-max <HZ>',
      'upper end of the highest band (default: half the sample rate)',
      undefined,
      realNumber({ above: 0 }),
    ],
    ['--norm <NAME>', 'slaney: triangles of equal area; none: of equal height', 'slaney', choice(['slaney', 'none'])],
    ['--power <X>', 'exponent of the magnitudes: 1 or 2', 1, realNumber({ above: 0 })],
    ['--a-min <X>', 'floor below the logarithm', 1e-5, realNumber({ above: 0 })],
  ] as const) {
    command.addOption(option(flags, text, { default: value, parse }));
  }
  return command
    .option('--htk', 'the HTK Mel scale instead of the Slaney scale')
    .option('--center', 'pad the start, so that frame t is centred at sample t * hop')
    .optionsGroup('Options:');
}

/** The values of `addLoadingOptions`. */
export interface LoadingFlags extends WorkerFlags {
  seconds?: number | null;
  cache?: string | boolean;
}

/**
 * Adds `--seconds`, `--workers` and `--cache`.
 *
 * @param cached whether frames are kept unless told otherwise: where the same tracks are used again and again
 */
export function addLoadingOptions(command: Command, { cached }: { cached: boolean }): Command {
  command.addOption(
    option('--seconds <N>', 'seconds from the start of each file (default: all)', { parse: realNumber({ above: 0 }) }),
  );
  addWorkersOption(command);
  if (!cached)
    return command.option('--cache <FOLDER>', 'keep frames there and take them from there (default: no cache)');
  return command
    .addOption(
      option('--cache <FOLDER>', 'where frames are kept for the next run', {
        default: true,
        defaultText: '~/.cache/tunespace',
      }),
    )
    .option('--no-cache', 'keep no frames');
}

/** The settings that the command line names itself, not by default. */
export function givenFlags(command: Command): (keyof FrontEndFlags)[] {
  return FRONT_END_FLAGS.filter((flag) => command.getOptionValueSource(flag) === 'cli');
}

/** The front end's options of the command line's. */
function frontEndOptions(flags: FrontEndFlags): Partial<LogMelOptions> {
  const { norm, ...rest } = flags;
  const named = Object.fromEntries(
    FRONT_END_FLAGS.filter((flag) => flag !== 'norm' && rest[flag as keyof typeof rest] !== undefined).map((flag) => [
      flag,
      flags[flag],
    ]),
  );
  return { ...named, ...(norm !== undefined && { norm: norm === 'none' ? null : norm }) };
}

/**
 * The options that give frames of a recorded front end.
 *
 * @throws FrontEndError when the record is not of log-Mel frames
 */
export function optionsOfRecord(record: FrontEnd, file: string): Partial<LogMelOptions> {
  if (record.kind !== 'logMel') {
    throw new FrontEndError(
      `${shown(file)}: was learned on frames of the kind ${JSON.stringify(record.kind)}, which are not made from audio here; ` +
        'give files of such frames (.npy or .safetensors)',
      'kind',
    );
  }
  return logMelOptions(record);
}

/** A loaded space and where it came from. */
export interface LoadedSpace {
  readonly space: Wsabie;
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** The space that is used where none is named. */
export const DEFAULT_SPACE = 'instruments';

/** Reads the file of a space. @throws UsageError where it is no file, and looks like a name that no space has */
async function readSpace(file: string, session: Session): Promise<Buffer> {
  try {
    return await readNamed(file, session.cwd);
  } catch (error) {
    const isName = (error as NodeJS.ErrnoException).code === 'ENOENT' && /^[^./\\]+$/.test(file);
    if (!isName) throw error;
    const names = spaces.map(({ name }) => name);
    const meant = closestWord(file, names);
    const hint =
      meant === undefined ? `; give a file, or one that ships: ${names.join(', ')}` : `; did you mean ${meant}?`;
    throw new UsageError(`${shown(file)} is neither a file nor a space that ships${hint}`, { cause: error });
  }
}

/** Reads a space, a shipped one by its name. @throws FormatError when the file is damaged or no space; the system's error */
export async function loadSpace(file: string, session: Session): Promise<LoadedSpace> {
  await loadKernels();
  const isShipped = spaces.some(({ name }) => name === file);
  const bytes = isShipped ? await spaceBytes(file) : await readSpace(file, session);
  checkKind(bytes, 'Wsabie', file);
  const space = Wsabie.fromBytes(bytes, file);
  if (space.record_.stopped === null) {
    session.warn(`${shown(file)}: its training has not ended; "tunespace train --resume" goes on with it`);
  }
  return { space, file, bytes };
}

/** What a pipeline is made of. */
export interface PipelineOptions extends LoadingFlags {
  /** Settings of the front end; with a space, its own. */
  readonly frontEnd?: Partial<LogMelOptions>;
  readonly space?: LoadedSpace;
  /** Whether silent inputs are refused: they have nothing to compare. */
  readonly refuseSilence?: boolean;
}

/** Makes features of inputs, one at a time. */
export class Pipeline {
  readonly store: FeatureStore;
  readonly #session: Session;
  /** The space that frames are embedded in. */
  readonly space: LoadedSpace | undefined;
  readonly #refuseSilence: boolean;
  readonly #pool: Pool;
  #isSpread = false;
  /** Inputs that will be asked for, in their order. */
  #expected: Input[] = [];
  /** Those of them that are begun. */
  #begun: { readonly input: Input; readonly frames: Promise<TrackFrames> }[] = [];

  /** The kernels must be loaded. @throws ParameterError on a front end that will not do */
  constructor(session: Session, options: PipelineOptions) {
    const { frontEnd = {}, space, seconds = null, cache, refuseSilence = false, workers } = options;
    this.#pool = poolOf(session, { workers });
    this.#session = session;
    this.space = space;
    this.#refuseSilence = refuseSilence;
    const record = space?.space.frontEnd_;
    this.store = new FeatureStore({
      ...(typeof cache === 'string'
        ? { cache: resolve(session.cwd, cache) }
        : { cache: cache === true ? undefined : false }),
      seconds,
      frontEnd: space && record ? optionsOfRecord(record, space.file) : frontEnd,
      onWarning: (message) => session.warn(message),
      extract: (source, how) => (this.#isSpread ? this.#pool.extractOne(source, how) : extractHere(source, how)),
    });
  }

  /** Says how many files will be read, and is told how many of them may be begun at once. */
  spread(nFiles: number): number {
    // A single file is made sooner than a worker is started.
    this.#isSpread = this.#pool.size > 0 && nFiles > 1;
    return this.#isSpread ? aheadOf(this.#pool) : 1;
  }

  /**
   * Announces inputs whose frames will be asked for in this order: some are begun ahead, so that all workers have something
   * to do. What comes out is the same without.
   */
  expect(inputs: readonly Input[]): void {
    const isKnown = this.space === undefined || this.space.space.frontEnd_ !== undefined;
    const read = inputs.filter(({ features }) => features === 'matrix' || (features === 'audio' && isKnown));
    this.#expected = this.spread(read.length) > 1 ? read : [];
    this.#begun = [];
  }

  /** The frames of one input, begun ahead where it was announced. */
  #obtain(input: Input): Promise<TrackFrames> {
    const at = this.#begun.findIndex((one) => one.input === input);
    const [own] = at < 0 ? [] : this.#begun.splice(0, at + 1).slice(-1);
    const waits = this.#expected.indexOf(input);
    if (waits >= 0) this.#expected.splice(0, waits + 1);
    const frames = own?.frames ?? this.#begin(input);
    while (this.#expected.length > 0 && this.#begun.length < aheadOf(this.#pool)) {
      const next = this.#expected.shift() as Input;
      const begun = { input: next, frames: Promise.resolve().then(() => this.#begin(next)) };
      // Its failure is told when its turn comes.
      begun.frames.catch(() => {});
      this.#begun.push(begun);
    }
    return frames;
  }

  #begin({ path, features }: Input): Promise<TrackFrames> {
    return this.store.frames({ path, features } as Source, { signal: this.#session.signal });
  }

  /** Frames of the front end, `(nFrames, nMels)`; of a file of features, what it holds. */
  async frames(input: Input): Promise<Matrix> {
    const { path, features, name } = input;
    if (features === 'stored') return readFeatures(path, name);
    const space = this.space;
    if (features === 'audio' && space && !space.space.frontEnd_) {
      throw new ParameterError(
        `${shown(space.file)} was learned on frames of an unknown front end (.npy files); give such files, not audio`,
      );
    }
    const { frames, silent, warnings } = await this.#obtain(input);
    for (const warning of warnings) this.#session.warn(warning.includes(name) ? warning : `${shown(name)}: ${warning}`);
    if (silent) {
      const fault = 'is silent: all its frames are equal';
      if (this.#refuseSilence) throw new FormatError(`${shown(name)}: ${fault}, so there is nothing to compare`, name);
      this.#session.warn(`${shown(name)}: ${fault}`);
    }
    return frames;
  }

  /** Frames, embedded where there is a space. */
  async embedded(input: Input): Promise<Matrix> {
    const frames = await this.frames(input);
    return this.space && frames.frontEnd?.space === undefined ? this.space.space.transform(frames) : frames;
  }

  /** Windows of the (embedded) frames, `(nWindows, 4 * columns)`. */
  async windows(input: Input): Promise<Matrix> {
    const frames = await this.embedded(input);
    return frames.frontEnd?.stage === 'windows' ? frames : aggregate(frames);
  }

  /** The record of what `track` gives of audio, known without any. */
  trackRecord(): FrontEnd | undefined {
    const { frontEnd } = this.store;
    const frame = new Matrix(new Float32Array(Number(frontEnd.nMels)), 1, Number(frontEnd.nMels), frontEnd);
    return aggregate(this.space ? this.space.space.transform(frame) : frame).frontEnd;
  }

  /** One row: the mean of the windows. */
  async track(input: Input): Promise<Matrix> {
    const windows = await this.windows(input);
    return new Matrix(meanRow(windows), 1, windows.columns, windows.frontEnd);
  }
}

/**
 * The pipeline of a command line.
 *
 * @param flags front end and loading, as `addFrontEndOptions` and `addLoadingOptions` give them
 * @param model file of a space, or `undefined`
 * @throws UsageError when a front end is named beside a model, which has its own
 */
export async function makePipeline(
  session: Session,
  command: Command,
  flags: FrontEndFlags & LoadingFlags,
  options: { model?: string; refuseSilence?: boolean } = {},
): Promise<Pipeline> {
  const given = givenFlags(command);
  if (options.model !== undefined && given.length > 0) {
    throw new UsageError(
      `${flagOf(given[0])} cannot be combined with --model ${options.model}, which says how frames are made; leave one of them out`,
    );
  }
  await loadKernels();
  const space = options.model === undefined ? undefined : await loadSpace(options.model, session);
  return new Pipeline(session, { ...flags, ...options, frontEnd: frontEndOptions(flags), space });
}
