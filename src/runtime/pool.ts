/**
 * Workers that share the work: extraction of many sounds, and cross-validation, spread over worker threads (Node) or Web
 * Workers (browsers, Deno, Bun). One compiled module goes to all workers, each has an instance of it, and data goes over as
 * transferred buffers.
 *
 * What comes out does not depend on how many workers there are.
 */
import { ParameterError } from '../errors.ts';
import { bytesOf, checkSource, type KnownSource } from '../extract/source.ts';
import { checkExtractOptions, type ExtractOptions, type ExtractSource, extractChecked } from '../extract.ts';
import { kernels } from '../kernels.ts';
import type { Matrix } from '../matrix.ts';
import { warnOnce } from '../mel/options.ts';
import { checkHooks, checkNumber, checkOptions, describe } from '../options.ts';
import { mapOrdered } from '../ordered.ts';
import type { Split } from '../split.ts';
import {
  type CrossValidateOptions,
  type CrossValidation,
  checkCrossValidation,
  judgeFolds,
  predictSplit,
} from '../validate.ts';
import { Crew, disposedError, StartError, type Task } from './pool/crew.ts';
import { Feed } from './pool/feed.ts';
import type { Line } from './pool/line.ts';
import { type Job, type Payload, type PlainMatrix, type TaskResult, toMatrix, toPlain } from './pool/messages.ts';
import { firstOf } from './pool/signals.ts';

/** A worker as its maker gives it: a Web Worker, or on Node one of `node:worker_threads`. */
export type AnyWorker = object;

/** Options of `createPool`. */
export interface PoolOptions {
  /**
   * How many workers, 0 to 64; by default as many as there are processors, at most 8. With 0, and on runtimes without
   * workers, the calling thread does all the work.
   */
  size?: number;
  /** Ends the pool and all its work with the signal's reason. */
  signal?: AbortSignal;
  /** Where the worker's script is, if not beside the package's own files: a copy of `build/runtime/worker.js` or its like. */
  workerUrl?: URL | string;
  /** Makes a worker that runs the worker's script, where a bundler wants that written out. */
  worker?: () => AnyWorker;
}

/** A sound among others. */
export interface PoolInput {
  /** Names it in results and messages. Default: `"input 0"`, ... */
  name?: string;
  /** As for `extract`, or a function that opens it when its turn comes. */
  source: ExtractSource | (() => ExtractSource | Promise<ExtractSource>);
}

/** Options of `Pool.extract`. */
export interface PoolExtractOptions extends Omit<ExtractOptions, 'name' | 'onProgress' | 'onWarning'> {
  /** Called after each input, in order. */
  onProgress?: (progress: PoolProgress) => void;
  /** Is told of damage that was got over, with the input's name. Default: not told. */
  onWarning?: (message: string, name: string) => void;
}

/** How far a pool has come with its inputs. */
export interface PoolProgress {
  readonly done: number;
  /** Where the inputs are an array. */
  readonly total: number | undefined;
  readonly name: string;
}

/** What became of one input. */
export type PoolResult =
  | { readonly name: string; readonly index: number; readonly value: Matrix; readonly error?: undefined }
  | { readonly name: string; readonly index: number; readonly error: Error; readonly value?: undefined };

/** How a runtime brings workers. */
export interface WorkerHost {
  /** Makes a worker of the package's own script, or of the one at `url`. */
  readonly open: (url: URL | string | undefined) => AnyWorker;
  /** The line to a worker. */
  readonly connect: (worker: never) => Line;
  /** How many processors there are, where that is told. */
  readonly processors: () => number | undefined;
}

/** `createPool` as every entry gives it. */
export type CreatePool = (options?: PoolOptions) => Pool;

/** Workers unless told otherwise: beyond this, memory and its bandwidth are what is short. */
const MOST = 8;

/**
 * Makes an entry's `createPool`.
 *
 * @param host how workers come by; `undefined` where there are none
 */
export function makeCreatePool(host: WorkerHost | undefined): CreatePool {
  return (options) => {
    const where = 'createPool';
    const checked = checkOptions<{ [K in keyof Required<PoolOptions>]: PoolOptions[K] }>(where, options, {
      size: undefined,
      signal: undefined,
      workerUrl: undefined,
      worker: undefined,
    });
    const { signal, workerUrl, worker } = checked;
    checkHooks(where, { signal, worker });
    signal?.throwIfAborted();
    const wanted = checked.size ?? Math.max(1, Math.min(MOST, host?.processors() || 1));
    const size = host ? checkNumber(where, 'size', wanted, { min: 0, max: 64, integer: true }) : 0;
    const { module } = kernels();
    const start = () =>
      (host as WorkerHost).connect((worker ? worker() : (host as WorkerHost).open(workerUrl)) as never);
    return new Pool(size > 0 ? new Crew(size, start, module) : undefined, signal);
  };
}

/** Fails in its place; everything else that goes wrong is one input's own fault. */
const endsAll = (error: unknown, signal: AbortSignal): boolean => signal.aborted || error instanceof StartError;

/**
 * A pool of workers, made by `createPool`. They are started when there is work for them. Dispose of it when the work is
 * done: `await pool.dispose()`, or declare it with `await using`.
 */
export class Pool {
  /** How many workers there may be; 0 where the calling thread does the work. */
  readonly size: number;
  readonly #crew: Crew | undefined;
  readonly #signal: AbortSignal | undefined;
  /** Aborted by `dispose` and by the pool's signal. */
  readonly #end = new AbortController();
  readonly #aborted = () => this.#close(this.#signal?.reason);
  #nextJob = 0;

  /** Made by `createPool`. */
  constructor(crew: Crew | undefined, signal: AbortSignal | undefined) {
    this.size = crew?.size ?? 0;
    this.#crew = crew;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#aborted);
  }

  /**
   * `extract` for many inputs at once. Results come in the order of the inputs; a bad input, or one whose worker ended, has
   * its error in its place and the rest goes on.
   *
   * No more than two inputs a worker are begun before their results are taken, so that memory stays bounded; `inputs` may be
   * a generator that opens files as it is asked for them. Sources are read here and go to the workers block by block.
   *
   * Whole buffers (`Uint8Array`, `ArrayBuffer`, samples) are **transferred** and empty afterwards; give a copy to keep them.
   * A view of a part of a buffer is copied. Without workers, nothing is transferred.
   *
   * Leaving the loop early, or the signal, ends the workers that are at it at once.
   *
   * @param inputs sources, or `{ name, source }`
   * @param options as of `extract`
   * @throws ParameterError on bad options or after `dispose`; WorkerError where no worker can be started; the signal's
   *   reason; what `inputs` throws
   *
   * @example
   * for await (const { name, value, error } of pool.extract(files, { space })) console.log(name, error ?? value.rows);
   */
  extract(
    inputs: Iterable<PoolInput | ExtractSource> | AsyncIterable<PoolInput | ExtractSource>,
    options: PoolExtractOptions = {},
  ): AsyncGenerator<PoolResult, void, undefined> {
    const where = 'pool.extract';
    this.#checkUsable(where);
    checkInputs(where, inputs);
    const { onProgress, onWarning, signal, ...rest } = options;
    const checked = checkExtractOptions(where, { ...rest, signal, onProgress: onProgress as never });
    const total = Array.isArray(inputs) ? inputs.length : undefined;
    const begin = this.#extraction(where, checked);
    const all = this.#map(inputs, signal, async (given, index, stop): Promise<PoolResult> => {
      const { name, source } = inputOf(given, index);
      try {
        const opened = typeof source === 'function' ? await source() : source;
        const value = await begin(opened, { name, index, warn: (message) => onWarning?.(message, name) }, stop);
        return { name, index, value };
      } catch (error) {
        if (endsAll(error, stop)) throw error;
        return { name, index, error: error instanceof Error ? error : new Error(String(error)) };
      }
    });
    return (async function* () {
      try {
        for await (const result of all) {
          onProgress?.({ done: result.index + 1, total, name: result.name });
          yield result;
        }
      } finally {
        begin.end();
      }
    })();
  }

  /**
   * `extract` of one sound, on a worker: what it takes and gives is the same, but for the transfer of whole buffers (see
   * `Pool.extract`) and for `onProgress`, which is not called.
   *
   * @throws as `extract`; WorkerError where its worker ended
   */
  async extractOne(source: ExtractSource, options: ExtractOptions = {}): Promise<Matrix> {
    const where = 'pool.extractOne';
    this.#checkUsable(where);
    const checked = checkExtractOptions(where, options);
    const begin = this.#extraction(where, checked);
    const { signal, forget } = firstOf(this.#end.signal, checked.signal);
    try {
      const about = { name: checked.name, index: undefined, warn: (message: string) => checked.onWarning?.(message) };
      return await begin(source, about, signal);
    } finally {
      forget();
      begin.end();
    }
  }

  /**
   * `crossValidate` with the folds spread over the workers, to the same result.
   *
   * @throws as `crossValidate`; WorkerError where a worker ended
   */
  async crossValidate(
    X: readonly Matrix[],
    y: readonly string[],
    options: CrossValidateOptions,
  ): Promise<CrossValidation> {
    const where = 'pool.crossValidate';
    this.#checkUsable(where);
    const { splits, signal, onProgress, classifier } = checkCrossValidation(where, X, y, options);
    const job = this.#nextJob++;
    const crew = this.#crew;
    const settings: Job | undefined = crew && { kind: 'fold', X: X.map(toPlain), y: [...y], classifier };
    const predictions: string[][] = [];
    try {
      const folds = this.#map(splits, signal, async ({ train, test }: Split, fold, stop) => {
        const split = { train: train.slice(), test: test.slice() };
        if (!crew || !settings) return predictSplit(X, y, split, { ...classifier, signal: stop });
        const payload: Payload = { kind: 'fold', split };
        return crew.run({ job, settings, payload, transfer: [], what: `fold ${fold}`, name: `fold ${fold}` }, stop);
      });
      for await (const labels of folds) {
        predictions.push(labels as string[]);
        onProgress?.({ done: predictions.length, total: splits.length });
      }
    } finally {
      crew?.forget(job);
    }
    return judgeFolds(y, splits, predictions);
  }

  /** Ends the workers and what they are at. A second call does nothing. */
  async dispose(): Promise<void> {
    await this.#close(disposedError('pool'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #close(reason: unknown): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#aborted);
    if (!this.#end.signal.aborted) this.#end.abort(reason);
    await this.#crew?.end(reason);
  }

  #checkUsable(where: string): void {
    this.#signal?.throwIfAborted();
    if (this.#end.signal.aborted) throw disposedError(where);
  }

  /** `mapOrdered` with the pool's bound, and with a signal for the work that is aborted when the results are left early. */
  async *#map<I, O>(
    items: Iterable<I> | AsyncIterable<I>,
    given: AbortSignal | undefined,
    work: (item: I, index: number, stop: AbortSignal) => Promise<O>,
  ): AsyncGenerator<O, void, undefined> {
    const { signal, forget } = firstOf(this.#end.signal, given);
    const left = new AbortController();
    const stop = firstOf(left.signal, signal);
    try {
      const limit = Math.max(1, 2 * this.size);
      yield* mapOrdered(items, { limit, signal }, (item, index) => work(item, index, stop.signal));
    } finally {
      left.abort(signal.aborted ? signal.reason : new ParameterError('pool: the results were left', 'pool'));
      stop.forget();
      forget();
    }
  }

  /** What does the extractions of one call. */
  #extraction(where: string, checked: ReturnType<typeof checkExtractOptions>) {
    const job = this.#nextJob++;
    const crew = this.#crew;
    const { stage, space, windows, seconds } = checked;
    const { onWarning: warnOfFrontEnd = warnOnce, ...frontEnd } = checked.frontEnd;
    const settings: Job = { kind: 'extract', stage, space: crew && space?.toBytes(), frontEnd, windows, seconds };
    const begin = async (given: ExtractSource, about: About, signal: AbortSignal): Promise<Matrix> => {
      const { name, index, warn } = about;
      const source = checkSource(where, given);
      if (!crew) {
        const options = { ...checked, name, signal, onProgress: undefined, onWarning: warn };
        return extractChecked(where, source, options);
      }
      const what = index === undefined ? describe(name) : `${describe(name)} (input ${index})`;
      const onWarning: Task['onWarning'] = (of, message) => (of === 'source' ? warn(message) : warnOfFrontEnd(message));
      const task = { job, settings, what, name, onWarning, ...shipped(where, name, source) };
      return toMatrix((await crew.run(task, signal)) as TaskResult & PlainMatrix);
    };
    return Object.assign(begin, { end: () => crew?.forget(job) });
  }
}

/** An input's name and place, and who is told of its damage. */
interface About {
  readonly name: string;
  readonly index: number | undefined;
  readonly warn: (message: string) => void;
}

function checkInputs(where: string, inputs: unknown): void {
  const value = inputs as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  const isBytes = ArrayBuffer.isView(inputs) || typeof inputs === 'string';
  const iterates =
    typeof value?.[Symbol.iterator] === 'function' || typeof value?.[Symbol.asyncIterator] === 'function';
  if (iterates && !isBytes) return;
  throw new ParameterError(
    `${where}: inputs must be an array, an iterable or an async iterable of sources or { name, source }, got ` +
      `${describe(inputs)}; for one sound use pool.extractOne`,
    'inputs',
  );
}

function inputOf(given: PoolInput | ExtractSource, index: number): PoolInput & { name: string } {
  const unnamed = `input ${index}`;
  if (typeof given === 'object' && given !== null && 'source' in given) {
    return { name: given.name ?? unnamed, source: given.source };
  }
  const { name } = given as { name?: unknown };
  return { name: typeof name === 'string' && name !== '' ? name : unnamed, source: given as ExtractSource };
}

/**
 * Values that are ours to give away: where they are all of their buffer it is taken over, at once and not when a worker comes
 * to it, else they are copied.
 */
function taken<T extends Uint8Array | Float32Array>(values: T, make: (buffer: ArrayBuffer) => T): T {
  const { buffer, byteLength } = values;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return values.slice() as T;
  try {
    return make(structuredClone(buffer, { transfer: [buffer] }));
  } catch {
    // Some buffers cannot be given away, e.g. those of other WebAssembly memories.
    return values.slice() as T;
  }
}

/** How a source goes to a worker. */
function shipped(where: string, name: string, source: KnownSource): Pick<Task, 'payload' | 'transfer' | 'feed'> {
  if (source.kind === 'bytes') {
    const bytes = taken<Uint8Array>(source.bytes, (buffer) => new Uint8Array(buffer));
    return { payload: { kind: 'bytes', name, bytes }, transfer: [bytes.buffer as ArrayBuffer] };
  }
  if (source.kind === 'pcm') {
    const y = taken<Float32Array>(source.y, (buffer) => new Float32Array(buffer));
    return { payload: { kind: 'pcm', name, y, sr: source.sr }, transfer: [y.buffer as ArrayBuffer] };
  }
  return { payload: { kind: 'stream', name }, transfer: [], feed: new Feed(where, bytesOf(source)) };
}
