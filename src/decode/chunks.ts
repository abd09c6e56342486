/** Walks the chunks of an IFF file (WAV, AIFF): a four-letter name, a size, a body padded to an even length. */
import { ByteQueue, latin1, u32 } from './bytes.ts';

/** What to do with a chunk's body: gather it and hand it over whole, hand it over as it comes, or pass over it. */
export type ChunkUse = 'keep' | 'stream' | 'skip';

/** The file's own knowledge of its chunks. */
export interface ChunkHandler {
  /** A chunk begins. May answer with the true size where the header's is a placeholder. */
  open(id: string, size: number): { use: ChunkUse; size?: number };
  /** The whole body of a chunk that was to be kept. */
  kept(id: string, body: Uint8Array): void;
  /** The next bytes of a chunk that is streamed. */
  streamed(bytes: Uint8Array): void;
  /** Bytes where a chunk should begin and none can: called once; the walk ends there. */
  junk(offset: number): void;
}

const isName = (id: string) => /^[\x20-\x7e]{4}$/.test(id);

/** The walker; feed it what follows the file's own 12 bytes. */
export class ChunkWalker {
  readonly #queue = new ByteQueue();
  readonly #handler: ChunkHandler;
  readonly #littleEndian: boolean;
  readonly #base: number;
  #state: 'head' | 'body' | 'padding' | 'lost' = 'head';
  #id = '';
  #use: ChunkUse = 'skip';
  #left = 0;
  #padded = false;

  /** @param base bytes of the file before the first chunk, for messages */
  constructor(handler: ChunkHandler, { littleEndian, base }: { littleEndian: boolean; base: number }) {
    this.#handler = handler;
    this.#littleEndian = littleEndian;
    this.#base = base;
  }

  push(bytes: Uint8Array): void {
    if (this.#state === 'lost') return;
    this.#queue.push(bytes);
    while (this.#step());
  }

  /** Takes one step; false when it needs more bytes than there are. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#queue.length >= 8 && this.#head();
      case 'body':
        return this.#body();
      case 'padding':
        if (this.#queue.skip(1) === 0) return false;
        this.#state = 'head';
        return true;
      default:
        return false;
    }
  }

  #head(): boolean {
    const head = this.#queue.view();
    this.#id = latin1(head, 0, 4);
    if (!isName(this.#id)) {
      this.#state = 'lost';
      this.#handler.junk(this.#base + this.#queue.offset);
      return false;
    }
    const announced = u32(head, 4, this.#littleEndian);
    const { use, size = announced } = this.#handler.open(this.#id, announced);
    this.#use = use;
    this.#left = size;
    this.#padded = size % 2 === 1;
    this.#queue.skip(8);
    this.#state = 'body';
    return true;
  }

  #body(): boolean {
    if (this.#use === 'keep') {
      if (this.#queue.length < this.#left) return false;
      this.#handler.kept(this.#id, this.#queue.take(this.#left).slice());
      this.#left = 0;
    } else {
      const bytes = this.#queue.take(this.#left);
      this.#left -= bytes.length;
      if (this.#use === 'stream' && bytes.length > 0) this.#handler.streamed(bytes);
    }
    if (this.#left > 0) return false;
    this.#state = this.#padded ? 'padding' : 'head';
    return true;
  }
}
