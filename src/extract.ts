/**
 * From any source of sound to features in one call: bytes, files, streams or samples become log-Mel frames, windows of them,
 * or windows of embedded frames.
 *
 * The work is done in small steps: memory holds some blocks of sound and the result, whatever the length, and the event
 * loop has its turn every few milliseconds. The bits are those of the batch calls (`decode`, `resample`,
 * `logMelSpectrogram`, `aggregate`).
 */
import { type AggregateOptions, Aggregator } from './aggregate.ts';
import { decodeViews } from './decode.ts';
import { ParameterError } from './errors.ts';
import { bytesOf, checkSource, type ExtractSource, type KnownSource, portionsOf } from './extract/source.ts';
import { Matrix } from './matrix.ts';
import { LogMel, type LogMelOptions, logMelFrontEnd, logMelOptions } from './mel.ts';
import { checkChoice, checkHooks, checkNumber, checkOptions, describe } from './options.ts';
import { Turns } from './pause.ts';
import { Resampler } from './resample.ts';
import { checkSamplesOf } from './samples.ts';
import { Wsabie } from './wsabie.ts';

export type { ByteSource, ExtractSource, Pcm } from './extract/source.ts';

/** What is made: frames, windows of frames, or windows of frames embedded in a space. */
export type ExtractStage = (typeof STAGES)[number];

const STAGES = ['frames', 'windows', 'embedded'] as const;

/** How far an extraction has come. */
export interface ExtractProgress {
  /** Seconds of sound worked through. */
  readonly seconds: number;
  /** Rows of the result made so far. */
  readonly rows: number;
}

/** Options of `extract`. */
export interface ExtractOptions {
  /** `"frames"`, `"windows"` or `"embedded"`; unless told otherwise `"embedded"` where a space is given, else `"windows"`. */
  stage?: ExtractStage;
  /** The space of the stage `"embedded"`. */
  space?: Wsabie;
  /** Settings of the front end; audio is resampled to its `sr`. Unless told otherwise the space's, or the paper's at 22 050 Hz. */
  frontEnd?: Partial<LogMelOptions>;
  /** How frames are gathered into windows: 64 at a time unless told otherwise. */
  windows?: AggregateOptions;
  /** How much of the start is used, in seconds; `null` (default) for all. */
  seconds?: number | null;
  /** The source's name, for messages. Default: none. */
  name?: string;
  /** Ends the work with the signal's reason. */
  signal?: AbortSignal;
  /** Called each time that the event loop has had its turn, and at the end. */
  onProgress?: (progress: ExtractProgress) => void;
  /** Is told of damage in the file that was got over. Default: not told. */
  onWarning?: (message: string) => void;
}

/** Options with everything filled in. */
export interface CheckedExtractOptions {
  readonly stage: ExtractStage;
  readonly space: Wsabie | undefined;
  readonly frontEnd: LogMelOptions;
  readonly windows: AggregateOptions;
  readonly seconds: number | null;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ExtractProgress) => void) | undefined;
  readonly onWarning: ((message: string) => void) | undefined;
}

/** Checks everything that can be known before there is any sound. */
export function checkExtractOptions(where: string, options: ExtractOptions | undefined): CheckedExtractOptions {
  const merged = checkOptions<{ [K in keyof Required<ExtractOptions>]: ExtractOptions[K] }>(where, options, {
    stage: undefined,
    space: undefined,
    frontEnd: {},
    windows: {},
    seconds: null,
    name: '',
    signal: undefined,
    onProgress: undefined,
    onWarning: undefined,
  });
  const { space, windows = {}, seconds = null, name, signal } = merged;
  const stage = checkChoice(where, 'stage', merged.stage ?? (space ? 'embedded' : 'windows'), STAGES);
  if (space !== undefined && !(space instanceof Wsabie)) {
    throw new ParameterError(`${where}: space must be a fitted Wsabie, got ${describe(space)}`, 'space');
  }
  if ((stage === 'embedded') !== (space !== undefined)) {
    throw new ParameterError(
      space === undefined
        ? `${where}: the stage "embedded" needs a space; give space: a fitted Wsabie`
        : `${where}: space is used by the stage "embedded", and the stage is "${stage}"; leave one of them out`,
      'space',
    );
  }
  if (seconds !== null) checkNumber(where, 'seconds', seconds, { above: 0 });
  if (typeof name !== 'string') {
    throw new ParameterError(`${where}: name must be a string, got ${describe(name)}`, 'name');
  }
  checkHooks(where, { signal, onProgress: merged.onProgress, onWarning: merged.onWarning });
  new Aggregator(windows).dispose();
  const frontEnd = checkFrontEndOptions(where, merged.frontEnd, space);
  return { ...merged, stage, space, frontEnd, windows, seconds, name: name ?? '' } as CheckedExtractOptions;
}

/** The front end's options: the caller's over those of the space. */
function checkFrontEndOptions(where: string, given: unknown, space: Wsabie | undefined): LogMelOptions {
  if (typeof given !== 'object' || given === null) {
    throw new ParameterError(`${where}: frontEnd must be an object of options, got ${describe(given)}`, 'frontEnd');
  }
  const record = space?.frontEnd_;
  if (space && !record && Object.keys(given).length === 0) {
    throw new ParameterError(
      `${where}: the space was learned on frames of an unknown front end; say with frontEnd how such frames are made`,
      'frontEnd',
    );
  }
  const options: LogMelOptions = { ...(record ? logMelOptions(record) : { sr: 22_050 }), ...given };
  logMelFrontEnd(options);
  return options;
}

/**
 * Makes features of one piece of sound.
 *
 * @param source the bytes of an audio file (`Uint8Array`, `ArrayBuffer`, `Blob`, `File`, a stream of `Uint8Array`), or mono
 *   samples `{ y, sr }`. It is only read; a stream is closed when the work ends early
 * @returns frames `(nFrames, nMels)`, windows `(nWindows, 4 * nMels)`, or embedded windows `(nWindows, 4 * nComponents)`, at
 *   least one row, with their front end's record
 * @throws DecodeError when the bytes are no audio that can be decoded here; ParameterError on another source, a transferred
 *   buffer, or a wrong option; FrontEndError where the space wants another front end; the signal's reason; errors of a stream
 *   pass through
 *
 * @example
 * const windows = await extract(file, { space, name: file.name, signal });
 */
export async function extract(source: ExtractSource, options?: ExtractOptions): Promise<Matrix> {
  const where = 'extract';
  return extractChecked(where, checkSource(where, source), checkExtractOptions(where, options));
}

/** `extract` of what is checked. */
export async function extractChecked(
  where: string,
  source: KnownSource,
  options: CheckedExtractOptions,
): Promise<Matrix> {
  const { signal, onProgress } = options;
  const turns = new Turns(signal);
  const chain = new Chain(options);
  try {
    for await (const { y, sr, offset } of soundOf(source, options)) {
      let at = offset;
      for (const portion of portionsOf(y)) {
        if (source.kind === 'pcm') checkSamplesOf(where, portion, at);
        at += portion.length;
        chain.push(portion, sr);
        if (await turns.take()) onProgress?.(chain.progress);
      }
    }
    const result = chain.end();
    onProgress?.(chain.progress);
    return result;
  } finally {
    chain.dispose();
  }
}

/** The samples of a source, with the index of each block's first one. */
async function* soundOf(source: KnownSource, options: CheckedExtractOptions) {
  const { name, seconds, signal, onWarning } = options;
  if (source.kind === 'pcm') {
    const { y, sr } = source;
    const length = seconds === null ? y.length : Math.max(1, Math.round(seconds * sr));
    yield { y: y.subarray(0, length), sr, offset: 0 };
    return;
  }
  let offset = 0;
  const decoding = { name, signal, ...(seconds !== null && { seconds }), ...(onWarning && { onWarning }) };
  for await (const { y, sr } of decodeViews('decodeStream', bytesOf(source), decoding)) {
    yield { y, sr, offset };
    offset += y.length;
  }
}

/** Samples in, rows out: resampling, frames and, where they are wanted, the space and the windows. */
class Chain {
  readonly #options: CheckedExtractOptions;
  readonly #mel: LogMel;
  readonly #aggregator: Aggregator | undefined;
  #resampler: Resampler | undefined;
  #rows: Matrix[] = [];
  #progress: ExtractProgress = { seconds: 0, rows: 0 };

  constructor(options: CheckedExtractOptions) {
    this.#options = options;
    this.#mel = new LogMel(options.frontEnd);
    this.#aggregator = options.stage === 'frames' ? undefined : new Aggregator(options.windows);
  }

  get progress(): ExtractProgress {
    return this.#progress;
  }

  push(y: Float32Array, sr: number): void {
    this.#resampler ??= new Resampler({ origSr: sr, targetSr: this.#options.frontEnd.sr });
    this.#take(this.#mel.push(this.#resampler.push(y)), y.length / sr);
  }

  /** Ends the sound. */
  end(): Matrix {
    if (this.#resampler) this.#take(this.#mel.push(this.#resampler.flush()), 0);
    this.#take(this.#mel.flush(), 0);
    if (this.#aggregator) this.#rows.push(this.#aggregator.flush());
    const result = Matrix.concatenate(this.#rows);
    this.#progress = { ...this.#progress, rows: result.rows };
    return result;
  }

  #take(frames: Matrix, seconds: number): void {
    const { space } = this.#options;
    const features = space ? space.transform(frames) : frames;
    const rows = this.#aggregator ? this.#aggregator.push(features) : features;
    // Of the many without rows one is kept, for the columns of the result.
    if (rows.rows > 0 || this.#rows.length === 0) this.#rows.push(rows);
    const { seconds: before, rows: made } = this.#progress;
    this.#progress = { seconds: before + seconds, rows: made + rows.rows };
  }

  dispose(): void {
    this.#resampler?.dispose();
    this.#mel.dispose();
    this.#aggregator?.dispose();
  }
}
