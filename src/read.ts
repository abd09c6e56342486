/**
 * All bytes of something that comes from elsewhere (a request, a response, a dropped file, a stream), within bounds: a body
 * without end or without haste costs no more than the caller allows.
 */
import { ByteQueue } from './decode/bytes.ts';
import { LimitError, ParameterError, TimeoutError } from './errors.ts';
import { checkAttached, checkHooks, checkNumber, checkOptions, describe } from './options.ts';

/** What `readBytes` reads: a `File` is a Blob, and Node's streams are AsyncIterables. */
export type BytesSource = Request | Response | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Options of `readBytes`. */
export interface ReadBytesOptions {
  /** The most bytes that are taken, 1 or more; 64 MiB by default. */
  maxBytes?: number;
  /** Milliseconds until the last byte must be there, 1 to 2^31 - 1. Default: no bound. */
  timeout?: number;
  /** Ends the work with the signal's reason. */
  signal?: AbortSignal;
  /** What messages call the source. Default: its URL where it has one, `"the source"`. */
  name?: string;
}

/** What all sources are read as. `cancel` does not wait for a `next` that has stalled. */
interface Reader {
  next(): Promise<{ done?: boolean; value?: unknown }>;
  cancel(): unknown;
}

/**
 * Reads a source to its end, into memory of its own.
 *
 * A source that says beforehand that it is too large (Content-Length, a Blob's size) is refused before a byte is read; one
 * that goes beyond the limit is left there. Whatever ends the reading early, the source is cancelled.
 *
 * @returns the bytes, alone in their buffer, so that `new Float32Array(bytes.buffer)` is all of them; empty without a body
 * @throws LimitError beyond `maxBytes`; TimeoutError after `timeout`; the signal's reason when aborted
 * @throws ParameterError on another source, a body that was read before, a Response with an error's status, or chunks that
 *   are no bytes; errors of the source pass through
 */
export async function readBytes(source: BytesSource, options?: ReadBytesOptions): Promise<Uint8Array<ArrayBuffer>> {
  const where = 'readBytes';
  const { maxBytes, timeout, signal, name } = checkReadOptions(where, options, source);
  const tooLarge = (fault: string) =>
    new LimitError(`${where}: ${name} ${fault}, at most ${maxBytes} are allowed; send a shorter part of it`, maxBytes);
  const said = sizeOf(source);
  const reader = open(where, name, source);
  const bytes = new ByteQueue();
  const stopped = stopAfter(timeout, signal, () => {
    const sent = `${bytes.length} bytes had come after ${timeout} ms`;
    return new TimeoutError(`${where}: ${name} is too slow: ${sent}; send it faster, or less`, timeout as number);
  });
  try {
    signal?.throwIfAborted();
    if (said > maxBytes) throw tooLarge(`is ${said} bytes long`);
    for (;;) {
      const { done, value } = await Promise.race([reader.next(), stopped.promise]);
      if (done) return bytes.view().slice();
      const chunk = checkChunk(where, name, value);
      if (bytes.length + chunk.length > maxBytes) throw tooLarge('goes on beyond its limit');
      bytes.push(chunk);
    }
  } catch (error) {
    // Not awaited: a source that has stalled may never answer.
    Promise.resolve(reader.cancel()).catch(() => {});
    throw error;
  } finally {
    stopped.clear();
  }
}

/** How many bytes a source says that it has; 0 where it says nothing. */
function sizeOf(source: BytesSource): number {
  const { headers, size } = (source ?? {}) as Partial<Response & Blob>;
  return Number(headers?.get?.('content-length') ?? size) || 0;
}

/** Begins reading. Told by what they can do, since classes differ between realms. */
function open(where: string, name: string, source: BytesSource): Reader {
  const refuse = (fault: string): never => {
    throw new ParameterError(`${where}: ${name} ${fault}`, 'source');
  };
  const { headers, body, bodyUsed, status, stream } = (source ?? {}) as Partial<Response & Blob>;
  if (bodyUsed) refuse('was read before; read it once, or a clone() of it');
  if (status !== undefined && status >= 400) refuse(`is an answer with HTTP status ${status}; check its address`);
  if (headers && body === null) return { next: async () => ({ done: true }), cancel: () => {} };
  const from = headers && body ? body : typeof stream === 'function' ? stream.call(source) : source;
  const { getReader, [Symbol.asyncIterator]: iterate } = (from ?? {}) as ReadableStream & AsyncIterable<unknown>;
  if (typeof getReader === 'function') {
    if ((from as ReadableStream).locked) refuse('is being read by another reader; give it to one');
    const reader = (from as ReadableStream).getReader();
    return { next: () => reader.read(), cancel: () => reader.cancel() };
  }
  if (typeof iterate !== 'function') {
    const kinds = 'a Request, a Response, a Blob, a ReadableStream or an AsyncIterable';
    throw new ParameterError(`${where}: source must be ${kinds} of bytes, got ${describe(source)}`, 'source');
  }
  const iterator = iterate.call(from);
  return { next: () => iterator.next(), cancel: () => iterator.return?.() };
}

/** A promise that fails with `late()` after a time, or with the signal's reason. */
function stopAfter(timeout: number | undefined, signal: AbortSignal | undefined, late: () => Error) {
  let stop: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, reject) => {
    stop = reject;
  });
  // Whoever has ended meanwhile no longer listens.
  promise.catch(() => {});
  const timer = timeout && setTimeout(() => stop(late()), timeout);
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const clear = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  return { promise, clear };
}

function checkChunk(where: string, name: string, chunk: unknown): Uint8Array {
  if (!ArrayBuffer.isView(chunk)) {
    throw new ParameterError(`${where}: ${name} must give Uint8Array chunks, got ${describe(chunk)}`, 'source');
  }
  checkAttached(where, 'a chunk', chunk);
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function checkReadOptions(where: string, options: ReadBytesOptions | undefined, source: unknown) {
  const checked = checkOptions(where, options, {
    maxBytes: 64 * 1024 * 1024,
    timeout: undefined as number | undefined,
    signal: undefined as AbortSignal | undefined,
    name: (source as Partial<Response> | null)?.url || 'the source',
  });
  checkNumber(where, 'maxBytes', checked.maxBytes, { min: 1, integer: true });
  // Timers take a longer time for none.
  if (checked.timeout !== undefined) checkNumber(where, 'timeout', checked.timeout, { min: 1, max: 0x7fffffff });
  checkHooks(where, { signal: checked.signal });
  return checked;
}
