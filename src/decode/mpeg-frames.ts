/** What an MPEG audio frame looks like (ISO/IEC 11172-3, 13818-3 and the 2.5 extension), and where the first ones are. */
import { id3v2Size, startsWith, u32 } from './bytes.ts';

/** One frame's header. */
export interface MpegHeader {
  /** 1, 2, or 2.5 for the extension to low rates. */
  version: 1 | 2 | 2.5;
  layer: 1 | 2 | 3;
  sr: number;
  channels: 1 | 2;
  /** Bytes of the frame, header counted. */
  length: number;
  /** Samples of the frame. */
  samples: number;
}

/** Bit rates in kbit/s by index 1 to 14: version 1 layers 1 to 3, then versions 2 and 2.5 layer 1, and their layers 2, 3. */
const BIT_RATES = {
  '1/1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1/2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1/3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2/1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2/2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2/3': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const RATES = [44100, 48000, 32000];

/** Reads a frame header, or `undefined` where there is none (or one of the free format, whose length is not told). */
export function readHeader(bytes: Uint8Array, at: number): MpegHeader | undefined {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1] & 0xe0) !== 0xe0) return undefined;
  const version = ([2.5, undefined, 2, 1] as const)[(bytes[at + 1] >> 3) & 3];
  const layer = ([undefined, 3, 2, 1] as const)[(bytes[at + 1] >> 1) & 3];
  const bitRate = bytes[at + 2] >> 4;
  const rate = (bytes[at + 2] >> 2) & 3;
  const isReserved = rate === 3 || bitRate === 0 || bitRate === 15 || (bytes[at + 3] & 3) === 2;
  if (!version || !layer || isReserved) return undefined;
  const sr = RATES[rate] / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const kilobits = BIT_RATES[`${version === 1 ? 1 : 2}/${layer}`][bitRate - 1];
  const padding = (bytes[at + 2] >> 1) & 1;
  const samples = layer === 1 ? 384 : layer === 3 && version !== 1 ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const length = (Math.floor(((samples / 8 / slot) * 1000 * kilobits) / sr) + padding) * slot;
  return { version, layer, sr, channels: bytes[at + 3] >> 6 === 3 ? 1 : 2, length, samples };
}

/** Whether two frames can belong to one stream. */
export function isSameStream(a: MpegHeader, b: MpegHeader): boolean {
  return a.version === b.version && a.layer === b.layer && a.sr === b.sr;
}

/** Bytes of a tag that may stand between or after frames (ID3v2, ID3v1, APEv2, Lyrics3), or 0. 32 bytes decide. */
export function tagSize(bytes: Uint8Array, at: number): number {
  if (startsWith(bytes, 'TAG', at)) return 128;
  if (startsWith(bytes, 'APETAGEX', at) && at + 32 <= bytes.length) {
    const isHeader = (bytes[at + 23] & 0x20) !== 0;
    // The size counts items and footer; where a header stands, the items follow it.
    return isHeader ? 32 + u32(bytes, at + 12, true) : 32;
  }
  return id3v2Size(bytes, at);
}

/** Frames in a row that make chance unlikely. */
const CHAIN = 3;
/** Bytes that tell whether a tag or a frame begins. */
export const LOOKAHEAD = 32;

/**
 * Whether a chain of frames begins at `at`: `undefined` when more bytes are needed to tell. At the end of the file a chain
 * may be shorter: one frame that ends there or at a tag, two of which the second is cut short.
 *
 * @param stream the stream that the frames are known to belong to: then two in a row will do
 */
export function isChain(
  bytes: Uint8Array,
  at: number,
  ended: boolean,
  stream: MpegHeader | undefined,
): boolean | undefined {
  if (at + 4 > bytes.length) return ended || bytes[at] !== 0xff ? false : undefined;
  const first = readHeader(bytes, at);
  if (!first) return false;
  const wanted = stream && isSameStream(first, stream) ? 2 : CHAIN;
  let position = at + first.length;
  for (let count = 1; count < wanted; count++) {
    if (position + LOOKAHEAD > bytes.length && !ended) return undefined;
    if (position === bytes.length || tagSize(bytes, position) > 0) return true;
    if (position > bytes.length) return count > 1;
    const next = readHeader(bytes, position);
    if (!next || !isSameStream(first, next)) return false;
    position += next.length;
  }
  return true;
}

/** Where the first chain of frames begins, `-1` where there is none, `undefined` when more bytes are needed to tell. */
export function findChain(bytes: Uint8Array, ended: boolean): number | undefined {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const answer = isChain(bytes, at, ended, undefined);
    if (answer !== false) return answer && at;
  }
  return -1;
}
