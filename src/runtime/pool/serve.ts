/** What runs inside a worker, whatever its kind: takes jobs and tasks, gives results. */
import { extractChecked } from '../../extract.ts';
import { loadKernels } from '../../kernels.ts';
import { predictSplit } from '../../validate.ts';
import { Wsabie } from '../../wsabie.ts';
import {
  type FromWorker,
  type Job,
  type Payload,
  type TaskResult,
  type ToWorker,
  toMatrix,
  toPlain,
  toPlainError,
} from './messages.ts';

/** The worker's end of the line. */
export interface Port {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  /** Every message of the pool, from the first on. */
  listen(listener: (message: ToWorker) => void): void;
}

/** The answers to `pull`. */
type Chunk = Extract<ToWorker, { type: 'chunk' }>;

/** Blocks of a source that are on their way or waiting here. */
const AHEAD = 2;

/** The source of a task, whose bytes lie with the pool. */
class Pulled {
  readonly #chunks: Chunk[] = [];
  #wake = () => {};

  constructor(readonly ask: () => void) {}

  take(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < AHEAD; i++) this.ask();
    for (;;) {
      while (this.#chunks.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const { bytes, failed } = this.#chunks.shift() as Chunk;
      // The pool keeps the error itself, which may be of any kind.
      if (failed) throw new Error('the source failed');
      if (bytes === null) return;
      this.ask();
      yield bytes;
    }
  }
}

/** Does the tasks of one job. */
type Work = (task: number, payload: Payload) => Promise<TaskResult>;

/** Serves a pool until the worker is ended from outside. */
export function serve(port: Port): void {
  const jobs = new Map<number, () => Work>();
  const sources = new Map<number, Pulled>();
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.post(message, transfer);

  const makeWork = (settings: Job): Work => {
    if (settings.kind === 'fold') {
      const X = settings.X.map(toMatrix);
      return async (_, payload) => {
        if (payload.kind !== 'fold') throw new Error(`a fold was expected, got ${payload.kind}`);
        return predictSplit(X, settings.y, payload.split, settings.classifier);
      };
    }
    const space = settings.space && Wsabie.fromBytes(settings.space, 'the space');
    return async (task, payload) => {
      if (payload.kind === 'fold') throw new Error('a sound was expected, got a fold');
      const warn = (about: 'source' | 'frontEnd') => (message: string) =>
        post({ type: 'warning', task, about, message });
      const options = {
        ...settings,
        space,
        frontEnd: { ...settings.frontEnd, onWarning: warn('frontEnd') },
        name: payload.name,
        signal: undefined,
        onProgress: undefined,
        onWarning: warn('source'),
      };
      if (payload.kind !== 'stream') return toPlain(await extractChecked('pool.extract', payload, options));
      const stream = new Pulled(() => post({ type: 'pull', task }));
      sources.set(task, stream);
      return toPlain(await extractChecked('pool.extract', { kind: 'stream', stream }, options));
    };
  };

  let loading: Promise<unknown> = Promise.resolve();
  const load = async (module: WebAssembly.Module) => {
    try {
      await loadKernels(module);
      post({ type: 'ready' });
    } catch (error) {
      post({ type: 'unusable', error: toPlainError(error) });
    }
  };

  const run = async (task: number, job: number, payload: Payload) => {
    await loading;
    try {
      const work = jobs.get(job);
      if (!work) throw new Error(`the job ${job} was never told`);
      const value = await work()(task, payload);
      post({ type: 'result', task, value }, 'data' in value ? [value.data.buffer as ArrayBuffer] : []);
    } catch (error) {
      post({ type: 'error', task, error: toPlainError(error) });
    } finally {
      sources.delete(task);
    }
  };

  /** Work of a job, made by its first task, which it fails where that cannot be done. */
  const once = (settings: Job): (() => Work) => {
    let work: Work | undefined;
    return () => {
      work ??= makeWork(settings);
      return work;
    };
  };

  port.listen((message) => {
    if (message.type === 'load') loading = load(message.module);
    else if (message.type === 'job') jobs.set(message.job, once(message.settings));
    else if (message.type === 'forget') jobs.delete(message.job);
    else if (message.type === 'task') run(message.task, message.job, message.payload);
    else if (message.type === 'chunk') sources.get(message.task)?.take(message);
  });
}
