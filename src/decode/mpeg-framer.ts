/**
 * Cuts MPEG audio to runs of frames, past tags, junk and damage.
 *
 * The decoder behind it also looks for frames, but gives up after 1 KiB of junk, and says nothing of what it passed over.
 */
import { type ByteQueue, startsWith, u32 } from './bytes.ts';
import { isChain, isSameStream, LOOKAHEAD, type MpegHeader, readHeader, tagSize } from './mpeg-frames.ts';

/**
 * Samples and frames of a whole stream as its first frame tells (Xing's and LAME's "Xing" or "Info", Fraunhofer's "VBRI"),
 * or `undefined` where the frame is an ordinary one.
 *
 * @returns the number of frames that follow, or `undefined` inside where it is not told
 */
export function readInfo(frame: Uint8Array, header: MpegHeader): { frames: number | undefined } | undefined {
  if (header.layer !== 3) return undefined;
  const sideInfo = header.version === 1 ? (header.channels === 1 ? 17 : 32) : header.channels === 1 ? 9 : 17;
  // Where the frame has a checksum, it stands before the side information.
  const at = 4 + sideInfo + (frame[1] & 1 ? 0 : 2);
  if (startsWith(frame, 'Xing', at) || startsWith(frame, 'Info', at)) {
    const hasCount = at + 12 <= frame.length && (frame[at + 7] & 1) === 1;
    return { frames: hasCount ? u32(frame, at + 8, false) : undefined };
  }
  if (startsWith(frame, 'VBRI', 36) && frame.length >= 54) return { frames: u32(frame, 50, false) };
  return undefined;
}

/** Frames that follow one another without a gap and belong to one stream. */
export interface Run {
  bytes: Uint8Array;
  /** Of the first frame. */
  header: MpegHeader;
  frames: number;
  /** Given where the first frame is such a header, which begins a new stream. */
  info: { frames: number | undefined } | undefined;
}

/** Cuts a file to runs of frames. What it finds does not depend on the pieces in which the file came. */
export class MpegFramer {
  readonly #warn: (message: string) => void;
  #stream: MpegHeader | undefined;
  #synced = false;
  #toSkip = 0;
  #junk = 0;
  #junkAt = 0;

  /** @param warn is told of junk and of frames cut short */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Takes the next run off the queue; `undefined` when there is none yet (or, once `ended`, none at all). */
  next(queue: ByteQueue, ended: boolean): Run | undefined {
    for (;;) {
      this.#toSkip -= queue.skip(this.#toSkip);
      if (queue.length === 0 || (queue.length < LOOKAHEAD && !ended)) break;
      const run = this.#synced ? this.#gather(queue, ended) : undefined;
      if (run) return run;
      // Still in step means that the next frame has not come whole.
      if (this.#synced || !this.#seek(queue, ended)) break;
    }
    if (ended) this.#tellJunk();
    return undefined;
  }

  /** Passes over what is no frame at the front of the queue; false when more bytes are needed to tell. */
  #seek(queue: ByteQueue, ended: boolean): boolean {
    const bytes = queue.view();
    this.#toSkip = tagSize(bytes, 0);
    if (this.#toSkip > 0) return true;
    const isFrame = isChain(bytes, 0, ended, this.#stream);
    if (isFrame === undefined) return false;
    if (isFrame) {
      this.#tellJunk();
      this.#synced = true;
      // A chain may also be of another stream, which is then the one to follow.
      this.#stream = undefined;
      return true;
    }
    if (this.#junk === 0) this.#junkAt = queue.offset;
    this.#junk += queue.skip(nextCandidate(bytes));
    return true;
  }

  /** Gathers the frames at the front of the queue; out of step where there is something else. */
  #gather(queue: ByteQueue, ended: boolean): Run | undefined {
    const bytes = queue.view();
    let at = 0;
    let frames = 0;
    let first: MpegHeader | undefined;
    let info: Run['info'];
    while (at + 4 <= bytes.length) {
      const header = readHeader(bytes, at);
      if (!header || (this.#stream && !isSameStream(header, this.#stream))) break;
      if (first && header.channels !== first.channels) break;
      if (at + header.length > bytes.length) {
        if (ended && frames === 0) {
          this.#warn(`truncated: the last frame has ${bytes.length} of ${header.length} bytes, left out`);
          queue.skip(bytes.length);
        } else if (frames === 0) {
          return undefined;
        }
        break;
      }
      const begins = readInfo(bytes.subarray(at, at + header.length), header);
      if (begins && frames > 0) break;
      info ??= begins;
      first ??= header;
      this.#stream = header;
      frames += 1;
      at += header.length;
    }
    if (first) return { bytes: queue.take(at), header: first, frames, info };
    this.#synced = false;
    return undefined;
  }

  #tellJunk(): void {
    if (this.#junk > 0) this.#warn(`${this.#junk} bytes that are no MPEG audio at byte ${this.#junkAt}, passed over`);
    this.#junk = 0;
  }
}

/** The next place after the first byte where a frame or a tag may begin. */
function nextCandidate(bytes: Uint8Array): number {
  for (let i = 1; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0xff || byte === 0x54 || byte === 0x41 || byte === 0x49) return i;
  }
  return bytes.length;
}
