/**
 * Ogg pages (RFC 3533), checked by their checksums. Damage is told, not hidden.
 */
import { type ByteQueue, SearchBudget, startsWith, u32 } from './bytes.ts';

/** One page. */
export interface OggPage {
  /** Which logical stream it belongs to. */
  serial: number;
  /** Its number within the stream. */
  sequence: number;
  /** Position of the last sample of the last packet that ends here, or `undefined` where no packet does. */
  granule: number | undefined;
  isFirst: boolean;
  isLast: boolean;
  isContinued: boolean;
  /** Lengths of the segments (lacing values). */
  segments: Uint8Array;
  body: Uint8Array;
}

/** CRC-32 of Ogg: polynomial 0x04c11db7, neither reflected nor inverted. */
const CRC32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** Checksum of a page, its own field taken as zero. */
export function pageChecksum(page: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i];
    crc = (crc << 8) ^ CRC32[(crc >>> 24) ^ byte];
  }
  return crc >>> 0;
}

const HEADER = 27;

/** Takes the pages off a queue. */
export class OggPager {
  readonly #warn: (message: string) => void;
  #damaged = 0;
  #damagedAt = 0;
  readonly #budget = new SearchBudget();

  /** @param warn is told of bytes that are no whole page */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /**
   * The next page, a view that is good until the queue grows; `undefined` when there is none yet (or at all).
   *
   * @throws Error when the file is made to be searched for ever
   */
  next(queue: ByteQueue, ended: boolean): OggPage | undefined {
    while (queue.length >= HEADER) {
      const bytes = queue.view();
      const length = pageLength(bytes);
      if (length > bytes.length && !ended) return undefined;
      if (length > 0 && length <= bytes.length) {
        const page = bytes.subarray(0, length);
        if (pageChecksum(page) === u32(page, 22, true)) {
          this.#tellDamage(false);
          queue.skip(length);
          return readPage(page);
        }
        this.#budget.spend(length, queue.offset);
      }
      this.#passOver(queue, bytes);
    }
    if (!ended) return undefined;
    if (queue.length > 0) this.#passOver(queue, queue.view().subarray(0, 0));
    this.#tellDamage(true);
    return undefined;
  }

  /** Drops bytes up to where the next page may begin. */
  #passOver(queue: ByteQueue, bytes: Uint8Array): void {
    if (this.#damaged === 0) this.#damagedAt = queue.offset;
    const next = bytes.indexOf(0x4f, 1);
    this.#damaged += queue.skip(next < 0 ? queue.length : next);
  }

  #tellDamage(ended: boolean): void {
    if (this.#damaged > 0) {
      const what = ended ? 'truncated, damaged, or followed by junk' : 'damaged';
      this.#warn(`${what}: ${this.#damaged} bytes at byte ${this.#damagedAt} are no whole Ogg page, passed over`);
    }
    this.#damaged = 0;
  }
}

/** Bytes of the page at the front, of which 27 are there; 0 where none begins; infinite where that is not known yet. */
function pageLength(bytes: Uint8Array): number {
  if (!startsWith(bytes, 'OggS') || bytes[4] !== 0) return 0;
  const header = HEADER + bytes[26];
  if (bytes.length < header) return Number.POSITIVE_INFINITY;
  let length = header;
  for (let i = HEADER; i < header; i++) length += bytes[i];
  return length;
}

function readPage(bytes: Uint8Array): OggPage {
  const flags = bytes[5];
  const low = u32(bytes, 6, true);
  const high = u32(bytes, 10, true) | 0;
  const bodyAt = HEADER + bytes[26];
  return {
    serial: u32(bytes, 14, true),
    sequence: u32(bytes, 18, true),
    granule: high < 0 ? undefined : high * 4294967296 + low,
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    segments: bytes.subarray(HEADER, bodyAt),
    body: bytes.subarray(bodyAt),
  };
}
