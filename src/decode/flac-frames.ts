/**
 * Finds FLAC frames (RFC 9639, section 9) by their checksums, and reads what STREAMINFO says of them.
 *
 * libFLAC could do this too, but the package's own splitter (codec-parser) drops damaged frames without a word, does not
 * read STREAMINFO, and takes quadratic time on crafted headers; here each byte is checked once.
 */
import { type ByteQueue, SearchBudget, startsWith, u16 } from './bytes.ts';

/** STREAMINFO (RFC 9639, section 8.2). */
export interface StreamInfo {
  sr: number;
  channels: number;
  bits: number;
  /** Samples of the stream, or `undefined` where the writer did not know. */
  samples: number | undefined;
  maxBlockSize: number;
}

/** Bytes of STREAMINFO's body. */
export const STREAMINFO_SIZE = 34;

/** Reads STREAMINFO's body. */
export function readStreamInfo(body: Uint8Array): StreamInfo {
  const low = ((body[14] << 24) | (body[15] << 16) | (body[16] << 8) | body[17]) >>> 0;
  const samples = (body[13] & 15) * 4294967296 + low;
  return {
    sr: (body[10] << 12) | (body[11] << 4) | (body[12] >> 4),
    channels: ((body[12] >> 1) & 7) + 1,
    bits: (((body[12] & 1) << 4) | (body[13] >> 4)) + 1,
    samples: samples || undefined,
    maxBlockSize: u16(body, 2, false),
  };
}

/** CRC table of a polynomial of `width` bits. */
function crcTable(width: 8 | 16, polynomial: number): Uint16Array {
  const top = 1 << (width - 1);
  const mask = 2 * top - 1;
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) crc = crc & top ? ((crc << 1) ^ polynomial) & mask : crc << 1;
    return crc;
  });
}
const CRC8 = crcTable(8, 0x07);
const CRC16 = crcTable(16, 0x8005);

/** CRC-8 of a header, its own byte left out; 0 where both are given and agree. */
export function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]];
  return crc;
}

/** CRC-16 of a frame, or of its next part where the sum so far is given. */
export function crc16(bytes: Uint8Array, from: number, to: number, sum = 0): number {
  let crc = sum;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xff00) ^ CRC16[(crc >> 8) ^ bytes[i]];
  return crc;
}

/** What a frame's header tells. */
interface FrameHeader {
  /** Bytes of the header, its checksum counted. */
  length: number;
  blockSize: number;
  /** Number of the frame, or of its first sample where block sizes vary; and that of the frame that follows. */
  number: number;
  next: number;
}

const RATES = [0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];
const BITS = [0, 8, 12, 0, 16, 20, 24, 32];
/** The longest header: sync and codes 4, number 7, block size 2, rate 2, checksum 1. */
const MAX_HEADER = 16;

/** Where the parts of the frame header at `at` stand, by its codes alone. */
export function frameHeader(bytes: Uint8Array, at: number) {
  const sizeCode = bytes[at + 2] >> 4;
  const rateCode = bytes[at + 2] & 15;
  const numberBytes = codedLength(bytes[at + 4]);
  const blockSizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rateBytes = rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  const blockSizeAt = at + 4 + numberBytes;
  return {
    /** Whether the codes can be. */
    isSound: sizeCode !== 0 && rateCode !== 15 && numberBytes > 0 && blockSizeAt < bytes.length,
    blockSizeAt,
    blockSizeBytes,
    rateAt: blockSizeAt + blockSizeBytes,
    /** Bytes of the header, its checksum (the last one) counted. */
    length: blockSizeAt + blockSizeBytes + rateBytes + 1 - at,
  };
}

/** Reads a frame's header, or `undefined` where there is none that fits the stream. 16 bytes decide. */
export function readFrameHeader(bytes: Uint8Array, at: number, info: StreamInfo): FrameHeader | undefined {
  if (at + 6 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1] & 0xfe) !== 0xf8) return undefined;
  const { isSound, length, blockSizeAt, rateAt } = frameHeader(bytes, at);
  const sum = at + length - 1;
  if (!isSound || sum >= bytes.length || crc8(bytes, at, sum) !== bytes[sum]) return undefined;
  const rateCode = bytes[at + 2] & 15;
  const assignment = bytes[at + 3] >> 4;
  const bitsCode = (bytes[at + 3] >> 1) & 7;
  if (assignment > 10 || bitsCode === 3 || bytes[at + 3] & 1) return undefined;
  let sr = RATES[rateCode] || info.sr;
  if (rateCode === 12) sr = bytes[rateAt] * 1000;
  if (rateCode > 12) sr = u16(bytes, rateAt, false) * (rateCode === 14 ? 10 : 1);
  const channels = assignment < 8 ? assignment + 1 : 2;
  const fits = sr === info.sr && channels === info.channels && (BITS[bitsCode] || info.bits) === info.bits;
  if (!fits) return undefined;
  const blockSize = readBlockSize(bytes, bytes[at + 2] >> 4, blockSizeAt);
  const number = codedNumber(bytes, at + 4);
  const isVariable = (bytes[at + 1] & 1) === 1;
  return { length, blockSize, number, next: number + (isVariable ? blockSize : 1) };
}

function readBlockSize(bytes: Uint8Array, code: number, at: number): number {
  if (code === 6) return bytes[at] + 1;
  if (code === 7) return u16(bytes, at, false) + 1;
  return code === 1 ? 192 : code < 6 ? 144 << code : 1 << code;
}

/** Bytes of a number coded as UTF-8 would (up to 36 bits), by its first byte; 0 where that cannot be. */
function codedLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc0 || byte === 0xff) return 0;
  return Math.clz32(~(byte << 24));
}

/** The number coded as UTF-8 would, which is whole. */
function codedNumber(bytes: Uint8Array, at: number): number {
  const length = codedLength(bytes[at]);
  let number = length === 1 ? bytes[at] : bytes[at] & (0x7f >> length);
  for (let i = 1; i < length; i++) number = number * 64 + (bytes[at + i] & 0x3f);
  return number;
}

/** Cuts the frames out of a native FLAC stream. What it finds does not depend on the pieces in which the file came. */
export class FlacFramer {
  readonly #info: StreamInfo;
  readonly #warn: (message: string) => void;
  #damaged = 0;
  #damagedAt = 0;
  /** Where the search for the current frame's end goes on. */
  #at = 0;
  /** The checksum of the current frame's first bytes, and how many they are. */
  #sum = 0;
  #summed = 0;
  readonly #budget = new SearchBudget();

  /** @param warn is told of bytes that are no whole frame */
  constructor(info: StreamInfo, warn: (message: string) => void) {
    this.#info = info;
    this.#warn = warn;
  }

  /**
   * Takes the next frame off the queue; `undefined` when there is none yet (or, once `ended`, none at all).
   *
   * @throws Error when the file is made to be searched for ever
   */
  next(queue: ByteQueue, ended: boolean): Uint8Array | undefined {
    while (queue.length >= MAX_HEADER || (ended && queue.length > 0)) {
      const bytes = queue.view();
      const header = readFrameHeader(bytes, 0, this.#info);
      const end = header ? this.#findEnd(bytes, header, ended) : -1;
      if (end === undefined) return undefined;
      if (header && end < 0) this.#budget.spend(this.#at, queue.offset);
      this.#at = 0;
      this.#sum = 0;
      this.#summed = 0;
      if (end > 0) {
        this.#tellDamage(false);
        return queue.take(end);
      }
      if (ended && isTag(bytes)) {
        queue.skip(bytes.length);
        break;
      }
      if (this.#damaged === 0) this.#damagedAt = queue.offset;
      const sync = bytes.indexOf(0xff, 1);
      this.#damaged += queue.skip(sync < 0 ? bytes.length : sync);
    }
    if (ended) this.#tellDamage(true);
    return undefined;
  }

  /**
   * Where the frame at the front ends: where a frame begins and the checksum holds. `-1` where the next frame in number
   * begins and it does not, or where none begins within the largest size that a frame can have and it never holds;
   * `undefined` when more bytes are needed to tell.
   */
  #findEnd(bytes: Uint8Array, header: FrameHeader, ended: boolean): number | undefined {
    // A block that is not compressed at all (verbatim, with the side channel's extra bit) is the largest there is.
    const samples = header.blockSize * this.#info.channels;
    const largest = header.length + Math.ceil((samples * (this.#info.bits + 1)) / 8) + 16 * this.#info.channels + 2;
    const smallest = header.length + 3;
    const stop = Math.min(largest + 1, ended ? bytes.length : bytes.length - MAX_HEADER);
    let at = bytes.indexOf(0xff, Math.max(this.#at, smallest));
    for (; at >= 0 && at < stop; at = bytes.indexOf(0xff, at + 1)) {
      const next = readFrameHeader(bytes, at, this.#info);
      if (!next) continue;
      this.#sum = crc16(bytes, this.#summed, at, this.#sum);
      this.#summed = at;
      this.#at = at;
      if (this.#sum === 0) return at;
      if (next.number === header.next) return -1;
    }
    this.#at = Math.max(this.#at, stop);
    return ended || stop > largest ? endBySum(bytes, smallest, Math.min(largest, bytes.length)) : undefined;
  }

  #tellDamage(ended: boolean): void {
    if (this.#damaged > 0) {
      const what = ended ? 'truncated, damaged, or followed by junk' : 'damaged';
      this.#warn(`${what}: ${this.#damaged} bytes at byte ${this.#damagedAt} are no whole frame, passed over`);
    }
    this.#damaged = 0;
  }
}

/** Whether an ID3v1 tag or an APE tag begins here, which some programs append. */
function isTag(bytes: Uint8Array): boolean {
  return startsWith(bytes, 'TAG') || startsWith(bytes, 'APETAGEX');
}

/**
 * Where a frame ends that no frame follows (the last one, or one before damage): the first place between `from` and `to`
 * where the checksum holds. At the file's end the place from where on it holds, which it goes on to do over zeros. `-1`
 * where there is none.
 */
function endBySum(bytes: Uint8Array, from: number, to: number): number {
  let first = -1;
  let since = -1;
  let sum = crc16(bytes, 0, from);
  for (let at = from; at <= to; at++) {
    if (sum !== 0) since = -1;
    else if (since < 0) since = at;
    if (first < 0) first = since;
    if (at < bytes.length) sum = crc16(bytes, at, at + 1, sum);
  }
  return to === bytes.length && since > 0 ? since : first;
}
