/**
 * AIFF and AIFF-C (Apple, 1989 and 1991): PCM of 1 to 32 bits, big-endian or not (sowt), float of 32 and 64, A-law, mu-law.
 */
import { ByteQueue, latin1, startsWith, u16, u32 } from './bytes.ts';
import { type ChunkHandler, type ChunkUse, ChunkWalker } from './chunks.ts';
import type { FormatDecoder } from './format.ts';
import { type PcmLayout, PcmReader } from './pcm.ts';
import type { Sink } from './sink.ts';

type Compression = (bits: number) => Pick<PcmLayout, 'encoding' | 'bytes' | 'littleEndian'> | undefined;

const integer =
  (littleEndian: boolean): Compression =>
  (bits) =>
    bits >= 1 && bits <= 32 ? { encoding: 'signed', bytes: Math.ceil(bits / 8), littleEndian } : undefined;
const fixed =
  (encoding: PcmLayout['encoding'], bytes: number, littleEndian = false): Compression =>
  () => ({ encoding, bytes, littleEndian });

/** Compression types, in lower case: Apple wrote some of them both ways. */
const COMPRESSIONS: Record<string, Compression> = {
  none: integer(false),
  twos: integer(false),
  sowt: integer(true),
  'raw ': fixed('unsigned', 1),
  in24: fixed('signed', 3),
  in32: fixed('signed', 4),
  '42ni': fixed('signed', 3, true),
  '23ni': fixed('signed', 4, true),
  fl32: fixed('float', 4),
  fl64: fixed('float', 8),
  alaw: fixed('alaw', 1),
  ulaw: fixed('mulaw', 1),
};
const MAX_KEPT = 65536;

/** Starts reading an AIFF or AIFF-C file. */
export function open(sink: Sink): FormatDecoder {
  return new AiffDecoder(sink);
}

/** An IEEE 754 80-bit extended number, as `COMM` gives the sample rate; NaN where it is no finite positive one. */
function extended(bytes: Uint8Array, at: number): number {
  const exponent = u16(bytes, at, false);
  if (exponent === 0 || exponent >= 0x7fff) return Number.NaN;
  const mantissa = u32(bytes, at + 2, false) * 4294967296 + u32(bytes, at + 6, false);
  // mantissa * 2 ** (exponent - 16383 - 63) in exact steps; no sample rate is out of their reach.
  let scale = 1;
  for (let e = exponent - 16446; e < 0 && scale > 0; e++) scale /= 2;
  for (let e = exponent - 16446; e > 0 && scale < 1e300; e--) scale *= 2;
  return mantissa * scale;
}

class AiffDecoder implements FormatDecoder, ChunkHandler {
  readonly #sink: Sink;
  readonly #head = new ByteQueue();
  #walker: ChunkWalker | undefined;
  #isCompressed = false;
  #layout: PcmLayout | undefined;
  #frames = 0;
  #reader: PcmReader | undefined;
  /** Of the sound chunk's own 8 bytes (offset and block size) and its offset, what is still to come. */
  readonly #prefix = new ByteQueue();
  #offset: number | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    if (this.#walker) {
      this.#walker.push(bytes);
      return;
    }
    this.#head.push(bytes);
    if (this.#head.length < 12) return;
    this.#isCompressed = startsWith(this.#head.take(12), 'AIFC', 8);
    this.#walker = new ChunkWalker(this, { littleEndian: false, base: 12 });
    this.#walker.push(this.#head.view());
  }

  end(): void {
    if (!this.#reader) {
      const missing = this.#layout ? '"SSND"' : '"COMM"';
      throw this.#sink.error(`AIFF without a ${missing} chunk: the file ends too early; fetch it again`);
    }
    this.#reader.end();
  }

  free(): void {}

  open(id: string, size: number): { use: ChunkUse; size?: number } {
    if (this.#reader) return { use: 'skip' };
    if (id === 'COMM') {
      if (size > MAX_KEPT)
        throw this.#sink.error(`AIFF whose "COMM" chunk claims ${size} bytes; the header is damaged`);
      return { use: 'keep' };
    }
    if (id !== 'SSND') return { use: 'skip' };
    if (!this.#layout) {
      throw this.#sink.error(
        'AIFF whose "SSND" chunk comes before its "COMM" chunk; write it again, e.g. with "ffmpeg -i in.aiff out.aiff"',
      );
    }
    this.#reader = new PcmReader(this.#sink, this.#layout, this.#soundBytes(size, this.#layout));
    return { use: 'stream', size: size < 8 || size === 0xffffffff ? Number.POSITIVE_INFINITY : size };
  }

  /** Bytes of samples, or `undefined` where a writer that streamed could not know: COMM's count of frames decides. */
  #soundBytes(size: number, { bytes, channels }: PcmLayout): number | undefined {
    if (this.#frames > 0) return this.#frames * bytes * channels;
    if (size === 8) return 0;
    this.#sink.warn('the header does not know the length (a streamed AIFF); read to the end');
    return undefined;
  }

  kept(_: string, body: Uint8Array): void {
    this.#layout ??= this.#readCommon(body);
  }

  streamed(bytes: Uint8Array): void {
    let sound = bytes;
    if (this.#offset === undefined) {
      this.#prefix.push(bytes);
      if (this.#prefix.length < 8) return;
      this.#offset = u32(this.#prefix.take(8), 0, false);
      sound = this.#prefix.view();
    }
    const skipped = Math.min(this.#offset, sound.length);
    this.#offset -= skipped;
    this.#reader?.push(sound.subarray(skipped));
  }

  junk(offset: number): void {
    if (!this.#reader)
      throw this.#sink.error(`AIFF with no chunk where one should begin, at byte ${offset}; it is damaged`);
    this.#sink.warn(`junk after the samples, from byte ${offset} on, left out`);
  }

  #readCommon(body: Uint8Array): PcmLayout {
    const due = this.#isCompressed ? 22 : 18;
    if (body.length < due)
      throw this.#sink.error(`AIFF whose "COMM" chunk has ${body.length} bytes, at least ${due} are due`);
    const channels = u16(body, 0, false);
    const bits = u16(body, 6, false);
    const exact = extended(body, 8);
    const sr = Math.round(exact);
    const type = this.#isCompressed ? latin1(body, 18, 4) : 'NONE';
    const kind = COMPRESSIONS[type.toLowerCase()]?.(bits);
    if (!kind) {
      throw this.#sink.error(
        `AIFF-C that holds ${bits}-bit samples of type "${type}"; it takes PCM of 1 to 32 bits, float, A-law and mu-law: ` +
          'convert it, e.g. with "ffmpeg -i in.aifc out.wav"',
      );
    }
    this.#sink.start(sr, channels);
    if (sr !== exact) this.#sink.warn(`the sample rate of ${exact} Hz was taken as ${sr} Hz`);
    this.#frames = u32(body, 2, false);
    return { ...kind, channels };
  }
}
