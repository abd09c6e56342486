/** A pool's end of the line to one worker, the same for worker threads and Web Workers. */

/** What a pool needs of a worker. */
export interface Line {
  /** @throws where a value cannot be posted */
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Calls `message` for each message, and `ended` with the reason when the worker fails or ends by itself. */
  listen(message: (data: unknown) => void, ended: (reason: string, cause?: unknown) => void): void;
  /** Ends it, at once where it is busy. */
  terminate(): unknown;
  /** Says whether the process is to stay alive for it. */
  hold(busy: boolean): void;
}

/** The part of a Web Worker that is used; Bun's has `ref` and `unref`, too. */
export interface WebWorker {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  terminate(): void;
  ref?(): void;
  unref?(): void;
}

/** What an error event may carry; browsers tell nothing of a script that cannot be fetched. */
interface ErrorLike {
  readonly message?: string;
  readonly filename?: string;
  preventDefault(): void;
}

/** The line to a Web Worker. */
export function webLine(worker: WebWorker): Line {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (message, ended) => {
      worker.addEventListener('message', ({ data }: { data: unknown }) => message(data));
      worker.addEventListener('messageerror', () => ended('its message could not be read'));
      // Bun's event for a worker that ends by itself.
      worker.addEventListener('close', () => ended('it ended by itself'));
      worker.addEventListener('error', (event: ErrorLike) => {
        // It is told by the pool's error; in Deno it would end the whole program.
        event.preventDefault();
        ended(event.message || 'its script cannot be loaded', event);
      });
    },
    terminate: () => worker.terminate(),
    hold: (busy) => (busy ? worker.ref?.() : worker.unref?.()),
  };
}

/**
 * Web Workers as a pool's workers, where the runtime has them.
 *
 * @param open makes a worker of the entry's own script, or of the one at `url`
 */
export function webHost(open: (url: URL | string | undefined) => object) {
  if (typeof Worker !== 'function') return undefined;
  return { open, connect: webLine, processors: () => globalThis.navigator?.hardwareConcurrency };
}

/** The part of a worker thread that is used. */
export interface NodeWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(event: string, listener: (value: never) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

/**
 * How long a worker thread that has done its work rests before it is ended, milliseconds. V8 goes on compiling in the
 * background, and Node 20 aborts the whole process where that posts to a thread that is being ended.
 */
const REST = 100;

/** The line to a worker thread of Node. */
export function nodeLine(worker: NodeWorker): Line {
  let idleSince = Number.NEGATIVE_INFINITY;
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (message, ended) => {
      worker.on('message', message);
      worker.on('messageerror', (cause: Error) => ended('its message could not be read', cause));
      worker.on('error', (cause: Error) => ended(cause.message, cause));
      worker.on('exit', (code: number) => ended(`it ended with exit code ${code}`));
    },
    terminate: async () => {
      const left = idleSince + REST - performance.now();
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
      await worker.terminate();
    },
    hold: (busy) => {
      idleSince = busy ? Number.NEGATIVE_INFINITY : performance.now();
      if (busy) worker.ref();
      else worker.unref();
    },
  };
}
