/**
 * WAV: RIFF, RIFX (big-endian), RF64 and BW64 (EBU Tech 3306, sizes beyond 4 GiB), WAVE_FORMAT_EXTENSIBLE.
 * PCM of 8 to 32 bits, float of 32 and 64, A-law, mu-law.
 */
import { ByteQueue, startsWith, u16, u32 } from './bytes.ts';
import { type ChunkHandler, type ChunkUse, ChunkWalker } from './chunks.ts';
import type { FormatDecoder } from './format.ts';
import { type PcmLayout, PcmReader } from './pcm.ts';
import type { Sink } from './sink.ts';

/** Format tags of the registry (RFC 2361) that are met in music, for messages. */
const TAGS: Record<number, string> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG audio layer 2',
  85: 'MPEG audio layer 3',
  353: 'Windows Media Audio',
  8192: 'AC-3',
};
const EXTENSIBLE = 0xfffe;
const UNKNOWN_SIZE = 0xffffffff;
/** Chunks that are gathered are small; a larger one is a lie. */
const MAX_KEPT = 65536;

/** Starts reading a WAV file. */
export function open(sink: Sink): FormatDecoder {
  return new WavDecoder(sink);
}

class WavDecoder implements FormatDecoder, ChunkHandler {
  readonly #sink: Sink;
  readonly #head = new ByteQueue();
  #walker: ChunkWalker | undefined;
  #littleEndian = true;
  #riffSize = 0;
  /** The data chunk's size after `ds64`, where the file is RF64 or BW64. */
  #longSize: number | undefined;
  #layout: PcmLayout | undefined;
  #reader: PcmReader | undefined;

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
    const head = this.#head.take(12);
    this.#littleEndian = !startsWith(head, 'RIFX');
    this.#riffSize = u32(head, 4, this.#littleEndian);
    this.#walker = new ChunkWalker(this, { littleEndian: this.#littleEndian, base: 12 });
    this.#walker.push(this.#head.view());
  }

  end(): void {
    if (!this.#reader) {
      const missing = this.#layout ? '"data"' : '"fmt "';
      throw this.#sink.error(`WAV without a ${missing} chunk: the file ends too early; fetch it again`);
    }
    this.#reader.end();
  }

  free(): void {}

  open(id: string, size: number): { use: ChunkUse; size?: number } {
    if (this.#reader) return { use: 'skip' };
    if (id === 'fmt ' || id === 'ds64') {
      if (size > MAX_KEPT)
        throw this.#sink.error(`WAV whose "${id}" chunk claims ${size} bytes; the header is damaged`);
      return { use: 'keep' };
    }
    if (id !== 'data') return { use: 'skip' };
    if (!this.#layout) {
      throw this.#sink.error(
        'WAV whose "data" chunk comes before its "fmt " chunk; write it again, e.g. with "ffmpeg -i in.wav out.wav"',
      );
    }
    const known = this.#dataSize(size);
    if (known === undefined) this.#sink.warn('the header does not know the length (a streamed WAV); read to the end');
    this.#reader = new PcmReader(this.#sink, this.#layout, known);
    return { use: 'stream', size: known ?? Number.POSITIVE_INFINITY };
  }

  /** The data chunk's true size, or `undefined` where a writer that streamed could not know it. */
  #dataSize(size: number): number | undefined {
    if (this.#longSize !== undefined && size === UNKNOWN_SIZE) return this.#longSize;
    if (size === UNKNOWN_SIZE || size === 0x7fffffff) return undefined;
    // Zero is a placeholder where the writer did not fill in the outer size either.
    const unfinished = this.#riffSize === 0 || this.#riffSize === UNKNOWN_SIZE;
    return size === 0 && unfinished ? undefined : size;
  }

  kept(id: string, body: Uint8Array): void {
    if (id === 'ds64') {
      if (body.length < 16) throw this.#sink.error('WAV (RF64) whose "ds64" chunk is cut short; the header is damaged');
      const size = u32(body, 8, true) + u32(body, 12, true) * 4294967296;
      this.#longSize = size < Number.MAX_SAFE_INTEGER && size > 0 ? size : undefined;
    } else if (!this.#layout) {
      this.#layout = this.#readFormat(body);
    }
  }

  streamed(bytes: Uint8Array): void {
    this.#reader?.push(bytes);
  }

  junk(offset: number): void {
    if (!this.#reader)
      throw this.#sink.error(`WAV with no chunk where one should begin, at byte ${offset}; it is damaged`);
    this.#sink.warn(`junk after the samples, from byte ${offset} on, left out`);
  }

  #readFormat(body: Uint8Array): PcmLayout {
    const little = this.#littleEndian;
    if (body.length < 16)
      throw this.#sink.error(`WAV whose "fmt " chunk has ${body.length} bytes, at least 16 are due`);
    const tag = u16(body, 0, little);
    // WAVEFORMATEXTENSIBLE: the first two bytes of the sub-format's GUID are the format tag.
    const isExtensible = tag === EXTENSIBLE && body.length >= 40;
    const codec = isExtensible ? u16(body, 24, little) : tag;
    const channels = u16(body, 2, little);
    const blockAlign = u16(body, 12, little);
    const bits = u16(body, 14, little);
    const bytes = blockAlign / channels;
    const encoding = this.#encoding(codec, bits);
    this.#sink.start(u32(body, 4, little), channels);
    const possible = encoding === 'float' ? bytes === bits / 8 : bytes * 8 >= bits && bytes <= 4;
    if (!Number.isInteger(bytes) || bytes < 1 || !possible) {
      throw this.#sink.error(
        `WAV whose header announces ${channels} channels of ${bits} bits in blocks of ${blockAlign} bytes, which cannot be; ` +
          'the header is damaged',
      );
    }
    return {
      encoding: encoding === 'signed' && bytes === 1 ? 'unsigned' : encoding,
      bytes,
      littleEndian: little,
      channels,
    };
  }

  #encoding(codec: number, bits: number): PcmLayout['encoding'] {
    if (codec === 1 && bits >= 1 && bits <= 32) return 'signed';
    if (codec === 3 && (bits === 32 || bits === 64)) return 'float';
    if (codec === 6 && bits === 8) return 'alaw';
    if (codec === 7 && bits === 8) return 'mulaw';
    const kind = TAGS[codec] ?? ({ 1: 'PCM', 3: 'float', 6: 'A-law', 7: 'mu-law' } as Record<number, string>)[codec];
    throw this.#sink.error(
      `WAV that holds ${kind ?? 'an unknown codec'} (format tag ${codec}, ${bits} bits); it takes PCM of 8 to 32 bits, float ` +
        'of 32 or 64, A-law and mu-law: convert it, e.g. with "ffmpeg -i in.wav -c:a pcm_s16le out.wav"',
    );
  }
}
