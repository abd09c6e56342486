/**
 * The workers of a pool and who does what: one task a worker, the others wait in line. A worker that fails, or whose task is
 * given up, is ended; the next task that finds no idle worker starts another.
 */
import { ParameterError, WorkerError } from '../../errors.ts';
import type { Feed } from './feed.ts';
import type { Line } from './line.ts';
import { type FromWorker, type Job, type Payload, type TaskResult, toError } from './messages.ts';
import { onAbort } from './signals.ts';

/** One piece of work. */
export interface Task {
  readonly job: number;
  readonly settings: Job;
  readonly payload: Payload;
  /** Buffers of the payload that go over without a copy. */
  readonly transfer: ArrayBuffer[];
  /** Who is to blame, for messages: `"song.mp3"`, `input 3`. */
  readonly what: string;
  readonly name: string;
  readonly feed?: Feed;
  readonly onWarning?: (about: 'source' | 'frontEnd', message: string) => void;
}

/** The workers cannot be started at all: no fault of any input. */
export class StartError extends WorkerError {}

/** A task and the promise of its result. */
interface Entry {
  readonly id: number;
  readonly task: Task;
  readonly resolve: (value: TaskResult) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal;
  /** Stops listening to the signal. */
  forget: () => void;
  /** What the source threw, which says more than what the worker made of it. */
  sourceError?: { readonly error: unknown };
}

/** One worker. */
interface Worker {
  readonly line: Line;
  isReady: boolean;
  /** Jobs that it was told. */
  readonly jobs: Set<number>;
  entry?: Entry;
}

/** Workers and the line of tasks before them. */
export class Crew {
  readonly #workers = new Set<Worker>();
  readonly #waiting: Entry[] = [];
  #nextTask = 0;
  #ended: { readonly reason: unknown } | undefined;

  /**
   * @param size how many workers at most
   * @param start makes one
   * @param module the compiled kernels, of which each worker has an instance
   */
  constructor(
    readonly size: number,
    readonly start: () => Line,
    readonly module: WebAssembly.Module,
  ) {}

  /**
   * Does a task when its turn comes.
   *
   * @param signal gives it up: a worker that is at it is ended
   * @throws what the task throws; WorkerError where its worker ended; StartError where there is none; the signal's reason
   */
  run(task: Task, signal: AbortSignal): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended.reason);
      if (signal.aborted) return reject(signal.reason);
      const entry: Entry = { id: this.#nextTask++, task, resolve, reject, signal, forget: () => {} };
      entry.forget = onAbort(signal, () => this.#stop(entry));
      this.#waiting.push(entry);
      this.#deal();
    }).finally(() => task.feed?.close()) as Promise<TaskResult>;
  }

  /** No further task of this job will come. */
  forget(job: number): void {
    for (const { line, jobs } of this.#workers) {
      if (!jobs.delete(job)) continue;
      line.post({ type: 'forget', job }, []);
    }
  }

  /** Ends all workers; what is under way or waits rejects with `reason`, and so will what comes. */
  async end(reason: unknown): Promise<void> {
    this.#ended ??= { reason };
    for (const entry of this.#waiting.splice(0)) this.#settle(entry, () => entry.reject(reason));
    await Promise.all([...this.#workers].map((worker) => this.#dismiss(worker, reason)));
  }

  /** Gives the waiting tasks to idle workers, and to new ones while there are fewer than there may be. */
  #deal(): void {
    while (this.#waiting.length > 0) {
      const worker = [...this.#workers].find(({ entry }) => !entry) ?? this.#hire();
      if (!worker) return;
      this.#give(worker, this.#waiting.shift() as Entry);
    }
  }

  /** Another worker, where there is room and it can be had; where it cannot, the next task is told. */
  #hire(): Worker | undefined {
    if (this.#workers.size >= this.size) return undefined;
    let line: Line;
    try {
      line = this.start();
    } catch (cause) {
      const entry = this.#waiting.shift() as Entry;
      this.#settle(entry, () => entry.reject(startError((cause as Error)?.message ?? String(cause), cause)));
      return this.#waiting.length > 0 ? this.#hire() : undefined;
    }
    const worker: Worker = { line, isReady: false, jobs: new Set() };
    this.#workers.add(worker);
    line.listen(
      (message) => this.#hear(worker, message as FromWorker),
      (reason, cause) => this.#fail(worker, reason, cause),
    );
    line.post({ type: 'load', module: this.module }, []);
    return worker;
  }

  #give(worker: Worker, entry: Entry): void {
    worker.entry = entry;
    worker.line.hold(true);
    // Until a worker is ready, what befalls it is no fault of the task.
    if (worker.isReady) this.#send(worker, entry);
  }

  #send(worker: Worker, entry: Entry): void {
    const { job, settings, payload, transfer } = entry.task;
    const { line, jobs } = worker;
    try {
      if (!jobs.has(job)) line.post({ type: 'job', job, settings }, []);
      jobs.add(job);
      line.post({ type: 'task', task: entry.id, job, payload }, transfer);
    } catch (error) {
      this.#finish(worker, entry, () => entry.reject(error));
    }
  }

  #hear(worker: Worker, message: FromWorker): void {
    if (!this.#workers.has(worker)) return;
    if (message.type === 'ready') {
      worker.isReady = true;
      if (worker.entry) this.#send(worker, worker.entry);
      return;
    }
    if (message.type === 'unusable') {
      this.#fail(worker, message.error.message, toError(message.error));
      return;
    }
    const { entry } = worker;
    if (!entry || entry.id !== message.task) return;
    if (message.type === 'pull') this.#feed(worker, entry);
    else if (message.type === 'warning') entry.task.onWarning?.(message.about, message.message);
    else if (message.type === 'result') this.#finish(worker, entry, () => entry.resolve(message.value));
    else {
      const { sourceError } = entry;
      this.#finish(worker, entry, () => entry.reject(sourceError ? sourceError.error : toError(message.error)));
    }
  }

  /** Answers a worker that asks for the next bytes of its source. */
  async #feed(worker: Worker, entry: Entry): Promise<void> {
    let bytes: Uint8Array<ArrayBuffer> | null = null;
    try {
      bytes = (await entry.task.feed?.next()) ?? null;
    } catch (error) {
      entry.sourceError = { error };
    }
    if (worker.entry !== entry) return;
    const chunk = { type: 'chunk', task: entry.id, bytes, failed: entry.sourceError !== undefined };
    worker.line.post(chunk, bytes ? [bytes.buffer] : []);
  }

  /** A task has come to its end, and its worker is free. */
  #finish(worker: Worker, entry: Entry, settle: () => void): void {
    worker.entry = undefined;
    worker.line.hold(false);
    this.#settle(entry, settle);
    this.#deal();
  }

  #settle(entry: Entry, settle: () => void): void {
    entry.forget();
    settle();
  }

  /** A task is given up. What its worker computes cannot be interrupted from inside, so the worker is ended. */
  #stop(entry: Entry): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      this.#settle(entry, () => entry.reject(entry.signal.reason));
      return;
    }
    const worker = [...this.#workers].find((one) => one.entry === entry);
    if (worker) this.#dismiss(worker, entry.signal.reason);
    this.#deal();
  }

  /** A worker has failed or ended by itself: its task fails, the rest goes on. */
  #fail(worker: Worker, reason: string, cause?: unknown): void {
    if (!this.#workers.has(worker)) return;
    const { entry, isReady } = worker;
    const error = isReady ? lostError(entry?.task, reason, cause) : startError(reason, cause);
    this.#dismiss(worker, error);
    this.#deal();
  }

  /** Ends a worker. Its task, if it has one, rejects with `reason`. */
  async #dismiss(worker: Worker, reason: unknown): Promise<void> {
    const { entry, line } = worker;
    this.#workers.delete(worker);
    worker.entry = undefined;
    if (entry) this.#settle(entry, () => entry.reject(reason));
    await line.terminate();
  }
}

function lostError(task: Task | undefined, reason: string, cause: unknown): WorkerError {
  const what = task ? `${task.what}: ` : '';
  return new WorkerError(
    `pool: ${what}its worker ended while it worked on this (${reason}); another takes its place and the rest goes on. Try ` +
      'this one alone, or with fewer workers where memory is short',
    task?.name ?? '',
    { cause },
  );
}

function startError(reason: string, cause: unknown): StartError {
  return new StartError(
    `pool: no worker can be started (${reason}); say where its script is, createPool({ workerUrl }) or ` +
      'createPool({ worker: () => new Worker(...) }), or do without workers, createPool({ size: 0 })',
    '',
    { cause },
  );
}

/** What a pool says once it has been disposed of. */
export const disposedError = (where: string) =>
  new ParameterError(`${where}: the pool was disposed of; make another with createPool()`, 'pool');
