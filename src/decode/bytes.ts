/** Bytes that arrive in pieces, and the small words that are read from them. */

/** A queue of bytes: pieces go in at the end, whole records come out at the front. Grows to its largest record only. */
export class ByteQueue {
  #buffer = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #consumed = 0;

  /** Bytes held. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Offset of the first byte held, counted from the first byte ever pushed. */
  get offset(): number {
    return this.#consumed;
  }

  /** Appends a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** What is held, as a view that is good until the next `push`. */
  view(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Drops the first `count` bytes, or as many as are held, and says how many that were. */
  skip(count: number): number {
    const dropped = Math.min(count, this.length);
    this.#start += dropped;
    this.#consumed += dropped;
    return dropped;
  }

  /** The first `count` bytes, as a view that is good until the next `push`; they are dropped. */
  take(count: number): Uint8Array {
    const taken = this.#buffer.subarray(this.#start, Math.min(this.#start + count, this.#end));
    this.skip(count);
    return taken;
  }

  #makeRoom(more: number): void {
    const held = this.length;
    // Moving to the front is enough where at least half is free; otherwise the buffer doubles.
    const target = (held + more) * 2 <= this.#buffer.length ? this.#buffer : new Uint8Array((held + more) * 2);
    target.set(this.view(), 0);
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
}

/**
 * Bounds the search for the next good record in a damaged file. Natural damage costs a few looks at each byte; a file
 * made of false beginnings, each of which must be read to its end, could cost a hundred thousand.
 */
export class SearchBudget {
  #spent = 0;

  /**
   * @param bytes looked at in vain
   * @param offset how far into the file
   * @throws Error when that is beyond all proportion
   */
  spend(bytes: number, offset: number): void {
    this.#spent += bytes;
    if (this.#spent > 16_777_216 + 64 * offset) {
      throw new Error(`the file is damaged beyond repair: the search for the next good record went on too long`);
    }
  }
}

/** Unsigned 16-bit word, little-endian where `little` is set. */
export function u16(bytes: Uint8Array, at: number, little: boolean): number {
  return little ? bytes[at] | (bytes[at + 1] << 8) : (bytes[at] << 8) | bytes[at + 1];
}

/** Unsigned 32-bit word, little-endian where `little` is set. */
export function u32(bytes: Uint8Array, at: number, little: boolean): number {
  const high = little ? u16(bytes, at + 2, true) : u16(bytes, at, false);
  const low = little ? u16(bytes, at, true) : u16(bytes, at + 2, false);
  return high * 65536 + low;
}

/** `length` bytes as Latin-1 text. */
export function latin1(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < Math.min(at + length, bytes.length); i++) text += String.fromCharCode(bytes[i]);
  return text;
}

/** Whether the bytes at `at` are the Latin-1 text `word`. */
export function startsWith(bytes: Uint8Array, word: string, at = 0): boolean {
  if (at + word.length > bytes.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/**
 * Size in bytes of the ID3v2 tag at `at`, header and footer counted, or 0 where there is none (ID3v2.4.0, section 3.1).
 * Ten bytes decide.
 */
export function id3v2Size(bytes: Uint8Array, at = 0): number {
  if (!startsWith(bytes, 'ID3', at) || at + 10 > bytes.length) return 0;
  const size = bytes.subarray(at + 6, at + 10);
  if (bytes[at + 3] === 0xff || bytes[at + 4] === 0xff || size.some((byte) => byte > 0x7f)) return 0;
  const footer = bytes[at + 5] & 0x10 ? 10 : 0;
  return 10 + footer + ((size[0] << 21) | (size[1] << 14) | (size[2] << 7) | size[3]);
}
