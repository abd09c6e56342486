/**
 * From tracks to frames: files are read as streams, decoded, resampled, turned into log-Mel frames and kept in a cache.
 *
 * `FeatureStore.frames` is one unit of work without shared state but the cache, so that a pool may hand it out.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DecodeError, FormatError, ParameterError, WorkerError } from '../errors.ts';
import { type ByteSource, type ExtractOptions as ExtractOneOptions, extract as extractOne } from '../extract.ts';
import type { FrontEnd } from '../frontend.ts';
import type { Matrix } from '../matrix.ts';
import { type LogMelOptions, logMelFrontEnd } from '../mel.ts';
import { checkNumber, checkOptions, describe, findNonFinite } from '../options.ts';
import { mapOrdered } from '../ordered.ts';
import { type CacheEntry, defaultCacheFolder, FrameCache, hashFile } from './cache.ts';
import { describeFault } from './files.ts';
import { decodeNpy } from './npy.ts';
import type { Problem, Track } from './track.ts';

export { defaultCacheFolder } from './cache.ts';

/** What makes the frames, and where they are kept. */
export interface FeatureStoreOptions {
  /** Folder of the cache, or `false` for none. Default: see `defaultCacheFolder`. */
  cache?: string | false;
  /** How much of each track's start is used, in seconds; `null` (default) for all of it. Matrices are used whole. */
  seconds?: number | null;
  /** Settings of the front end. Default: the paper's, at 22 050 Hz; audio is resampled to its `sr`. */
  frontEnd?: Partial<LogMelOptions>;
  /** Gets what is worth knowing and stops nothing. Default `console.warn`. */
  onWarning?: (message: string) => void;
  /** What makes the frames of a file's bytes: `extract` (default), or a pool's `extractOne`, which gives the same bits. */
  extract?: (source: ByteSource, options: ExtractOneOptions) => Promise<Matrix>;
}

/** The frames of one track. */
export interface TrackFrames {
  /** `(nFrames, columns)`, finite. The record of the front end is absent where the numbers came from a `.npy` file. */
  readonly frames: Matrix;
  /** Whether all values are equal: digital silence lies at the logarithm's floor in every frame and band. */
  readonly silent: boolean;
  /** What the decoder survived. */
  readonly warnings: readonly string[];
  /** Whether they came from the cache. */
  readonly cached: boolean;
}

/** What a store needs to know of a track. */
export type Source = Pick<Track, 'path' | 'features'>;

/** Makes frames, and remembers them by content. */
export class FeatureStore {
  /** Record of the frames that audio gives. */
  readonly frontEnd: FrontEnd;
  readonly seconds: number | null;
  /** Folder of the cache; `undefined` without one. */
  readonly cacheFolder: string | undefined;
  readonly #cache: FrameCache | undefined;
  readonly #mel: LogMelOptions;
  readonly #extract: Required<FeatureStoreOptions>['extract'];

  /** @throws ParameterError on options that will not do */
  constructor(options: FeatureStoreOptions = {}) {
    const where = 'FeatureStore';
    const onWarning = (message: string) => console.warn(message);
    const defaults: Required<FeatureStoreOptions> = {
      cache: defaultCacheFolder(),
      seconds: null,
      frontEnd: {},
      onWarning,
      extract: extractOne,
    };
    const checked = checkOptions(where, options, defaults);
    const { cache, seconds } = checked;
    if (cache !== false && (typeof cache !== 'string' || cache === '')) {
      throw new ParameterError(`${where}: cache must be a folder's path, or false, got ${describe(cache)}`, 'cache');
    }
    this.#extract = checked.extract;
    this.seconds = seconds === null ? null : checkNumber(where, 'seconds', seconds, { above: 0 });
    this.#mel = { sr: 22_050, onWarning: checked.onWarning, ...checked.frontEnd };
    this.frontEnd = logMelFrontEnd(this.#mel);
    this.cacheFolder = cache === false ? undefined : cache;
    this.#cache = cache === false ? undefined : new FrameCache(cache, checked.onWarning);
  }

  /**
   * The frames of a track, from the cache or anew.
   *
   * @throws DecodeError when it is no audio that can be decoded here, or cannot be read
   * @throws FormatError when it is a `.npy` file that is damaged, or holds NaN or infinity
   */
  async frames(source: Source, options: { signal?: AbortSignal } = {}): Promise<TrackFrames> {
    options.signal?.throwIfAborted();
    try {
      return source.features === 'matrix' ? await readMatrix(source.path) : await this.#audio(source.path, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new DecodeError(`${source.path}: ${describeFault(error)}`, source.path, { cause: error });
    }
  }

  async #audio(path: string, { signal }: { signal?: AbortSignal }): Promise<TrackFrames> {
    const key = this.#cache && {
      content: await hashFile(path, signal),
      frontEnd: this.frontEnd,
      seconds: this.seconds,
    };
    const stored = key && (await this.#cache?.get(key));
    if (stored) return { ...stored, silent: isConstant(stored.frames), cached: true };
    const entry = await this.#compute(path, signal);
    if (key) await this.#cache?.put(key, entry);
    return { ...entry, silent: isConstant(entry.frames), cached: false };
  }

  /** One pass over the file; what is held at any time is some blocks of sound, and the frames so far. */
  async #compute(path: string, signal: AbortSignal | undefined): Promise<CacheEntry> {
    const warnings: string[] = [];
    const bytes = createReadStream(path, { highWaterMark: 1 << 16 });
    try {
      const frames = await this.#extract(bytes, {
        stage: 'frames',
        name: path,
        seconds: this.seconds,
        frontEnd: this.#mel,
        signal,
        onWarning: (message) => warnings.push(message),
      });
      return { frames, warnings };
    } finally {
      bytes.destroy();
    }
  }
}

async function readMatrix(path: string): Promise<TrackFrames> {
  const frames = decodeNpy(await readFile(path), path);
  if (frames.rows === 0) throw new FormatError(`${path}: holds no frames; make it anew`, path);
  const bad = findNonFinite(frames.data);
  if (bad >= 0) {
    const [row, column] = [Math.floor(bad / frames.columns), bad % frames.columns];
    throw new FormatError(`${path}: holds ${frames.data[bad]} in row ${row}, column ${column}; make it anew`, path);
  }
  return { frames, silent: isConstant(frames), warnings: [], cached: false };
}

function isConstant({ data }: Matrix): boolean {
  return data.every((value) => value === data[0]);
}

/**
 * The frames that sound: those whose strongest band is within so many natural-log units of the loudest frame's. For
 * single notes, whose files are mostly the silence around them.
 *
 * @param frames log frames `(nFrames, nMels)`
 * @param within 5 unless told otherwise: 43 dB of amplitude
 * @returns at least one frame, in order; `frames` itself where all sound
 */
export function soundingFrames(frames: Matrix, within = 5): Matrix {
  checkNumber('soundingFrames', 'within', within, { min: 0 });
  const levels = Float32Array.from({ length: frames.rows }, (_, i) => {
    return frames.row(i).reduce((strongest, value) => Math.max(strongest, value), Number.NEGATIVE_INFINITY);
  });
  const loudest = levels.reduce((most, level) => Math.max(most, level), Number.NEGATIVE_INFINITY);
  const kept = Array.from(levels.keys()).filter((i) => levels[i] >= loudest - within);
  return kept.length === frames.rows ? frames : frames.take(kept);
}

/** How frames of many tracks are made. */
export interface ExtractOptions {
  store: FeatureStore;
  /** Keeps the sounding frames only (see `soundingFrames`). Default false. */
  soundingOnly?: boolean;
  /** How many tracks may be begun before the first of them is taken: more than 1 (default) where the store has a pool. */
  ahead?: number;
  signal?: AbortSignal;
  /** Called after each track, the bad ones too. */
  onProgress?: (progress: { done: number; total: number; track: Track }) => void;
}

/** What became of one track: its frames, or the problem for which it is left out. */
export type Extracted =
  | {
      readonly track: Track;
      readonly frames: Matrix;
      readonly warnings: readonly string[];
      readonly problem?: undefined;
    }
  | { readonly track: Track; readonly problem: Problem; readonly frames?: undefined };

/**
 * The frames of many tracks, in their order; no more are held than `ahead`.
 *
 * A track that cannot be used gives a problem and the rest goes on; silent ones are among them, because a constant frame
 * has nothing to teach or to compare. What was computed stays in the store's cache, also when `signal` ends the work.
 *
 * @throws the signal's reason
 */
export async function* extract(tracks: readonly Track[], options: ExtractOptions): AsyncGenerator<Extracted> {
  const { store, soundingOnly = false, ahead = 1, signal, onProgress } = options;
  const work = (track: Track) => framesOrProblem(track, store, soundingOnly, signal);
  let done = 0;
  for await (const result of mapOrdered(tracks, { limit: ahead, signal }, work)) {
    yield result;
    onProgress?.({ done: ++done, total: tracks.length, track: result.track });
    // The event loop gets its turn between tracks, so that Ctrl-C is heard even when all come from the cache.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What is one track's own: the rest goes on without it. */
const FAULTS = [DecodeError, FormatError, ParameterError, WorkerError];

async function framesOrProblem(
  track: Track,
  store: FeatureStore,
  soundingOnly: boolean,
  signal: AbortSignal | undefined,
): Promise<Extracted> {
  const fails = (message: string): Extracted => ({
    track,
    problem: { file: track.path, message: track.note ? `${message} (${track.note})` : message },
  });
  try {
    const { frames, silent, warnings } = await store.frames(track, { signal });
    if (silent) return fails('is silent: all its frames are equal; left out');
    return { track, frames: soundingOnly ? soundingFrames(frames) : frames, warnings };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!FAULTS.some((fault) => error instanceof fault)) throw error;
    return fails(withoutName((error as Error).message, track.path));
  }
}

/** A message without the words up to and with the file's name, which a problem holds apart. */
function withoutName(message: string, path: string): string {
  const at = message.indexOf(`${path}: `);
  return at < 0 ? message : message.slice(at + path.length + 2);
}

/** The frames of a whole collection. */
export interface ExtractedAll {
  /** By the tracks' ids, in the tracks' order. */
  readonly frames: Map<string, Matrix>;
  /** Tracks that were left out. */
  readonly problems: Problem[];
  /** What decoders survived, by file. */
  readonly warnings: Problem[];
}

/** `extract`, all held at once: 30 seconds of sound are about 1 MB. */
export async function extractAll(tracks: readonly Track[], options: ExtractOptions): Promise<ExtractedAll> {
  const all: ExtractedAll = { frames: new Map(), problems: [], warnings: [] };
  for await (const result of extract(tracks, options)) {
    if (result.problem) {
      all.problems.push(result.problem);
    } else {
      all.frames.set(result.track.id, result.frames);
      all.warnings.push(...result.warnings.map((message) => ({ file: result.track.path, message })));
    }
  }
  return all;
}
