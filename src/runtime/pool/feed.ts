/** The pool's end of a source: reads it block by block, as a worker asks. */
import { ParameterError } from '../../errors.ts';
import { describe } from '../../options.ts';

/** Bytes of a block, which is what a decoder works on at a time. */
const BLOCK = 65_536;

type Source = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Reads a source in order. Blocks are copies of their own, so that they can be given away whatever the source does next. */
export class Feed {
  readonly #read: () => Promise<Uint8Array | undefined>;
  readonly #cancel: () => unknown;
  /** What was read and not yet given on. */
  #rest = new Uint8Array(0);
  #ended = false;
  /** Reads follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly where: string,
    source: Source,
  ) {
    const stream = source as Partial<AsyncIterable<unknown> & ReadableStream<unknown>> & { destroy?(): void };
    if (typeof stream.getReader === 'function') {
      const reader = stream.getReader();
      // Deno's declarations leave `value` out at the end of a stream.
      this.#read = async () => this.#checked((await reader.read()) as IteratorResult<unknown>);
      this.#cancel = () => reader.cancel();
    } else {
      const iterator = (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      this.#read = async () => this.#checked(await iterator.next());
      this.#cancel = () => {
        // A stream of Node that waits for data would first wait for it; `destroy` ends that.
        stream.destroy?.();
        return iterator.return?.();
      };
    }
  }

  /** The next bytes, up to 64 KiB, or `null` at the end. @throws what the source throws; ParameterError on other chunks */
  next(): Promise<Uint8Array<ArrayBuffer> | null> {
    const next = this.#last.then(() => this.#fill());
    this.#last = next.catch(() => {});
    return next;
  }

  /** Closes a source that was not read to its end. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    // It may be failing already, and nobody needs it any more.
    Promise.resolve(this.#cancel()).catch(() => {});
  }

  #checked({ done, value }: IteratorResult<unknown, unknown>): Uint8Array | undefined {
    if (done) return undefined;
    if (value instanceof Uint8Array) return value;
    throw new ParameterError(`${this.where}: source must give Uint8Array chunks, got ${describe(value)}`, 'source');
  }

  /** Small chunks are gathered, so that each block is worth its message. */
  async #fill(): Promise<Uint8Array<ArrayBuffer> | null> {
    const block = new Uint8Array(BLOCK);
    let length = 0;
    while (length < BLOCK) {
      if (this.#rest.length === 0) {
        const chunk = this.#ended ? undefined : await this.#read();
        if (!chunk) {
          this.#ended = true;
          break;
        }
        this.#rest = chunk as Uint8Array<ArrayBuffer>;
      }
      const part = this.#rest.subarray(0, BLOCK - length);
      block.set(part, length);
      length += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    if (length === 0) return null;
    return length === BLOCK ? block : block.slice(0, length);
  }
}
