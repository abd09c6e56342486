/**
 * AU (also .snd), the format of Sun, NeXT and the GTZAN collection: a header of six 32-bit words, then samples.
 * PCM of 8 to 32 bits, float of 32 and 64, mu-law, A-law; the byte-swapped variant ("dns.") too.
 */
import { ByteQueue, startsWith, u32 } from './bytes.ts';
import type { FormatDecoder } from './format.ts';
import { type PcmLayout, PcmReader } from './pcm.ts';
import type { Sink } from './sink.ts';

/** Encodings of the header's fourth word. */
const ENCODINGS: Record<number, Pick<PcmLayout, 'encoding' | 'bytes'>> = {
  1: { encoding: 'mulaw', bytes: 1 },
  2: { encoding: 'signed', bytes: 1 },
  3: { encoding: 'signed', bytes: 2 },
  4: { encoding: 'signed', bytes: 3 },
  5: { encoding: 'signed', bytes: 4 },
  6: { encoding: 'float', bytes: 4 },
  7: { encoding: 'float', bytes: 8 },
  27: { encoding: 'alaw', bytes: 1 },
};
const UNKNOWN_SIZE = 0xffffffff;

/** Starts reading an AU file. */
export function open(sink: Sink): FormatDecoder {
  return new AuDecoder(sink);
}

class AuDecoder implements FormatDecoder {
  readonly #sink: Sink;
  readonly #head = new ByteQueue();
  #reader: PcmReader | undefined;
  /** Bytes of the header that are still to pass over: the annotation. */
  #annotation = 0;
  #left = Number.POSITIVE_INFINITY;
  #trailing = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    if (!this.#reader) {
      this.#head.push(bytes);
      if (this.#head.length < 24) return;
      this.#reader = this.#readHeader(this.#head.take(24));
      this.#samples(this.#head.take(this.#head.length));
    } else {
      this.#samples(bytes);
    }
  }

  end(): void {
    if (!this.#reader) {
      throw this.#sink.error(`AU whose header is cut short (${this.#head.length} of 24 bytes); fetch the file again`);
    }
    this.#reader.end();
    if (this.#trailing > 0) this.#sink.warn(`${this.#trailing} bytes after the samples, left out`);
  }

  free(): void {}

  #samples(bytes: Uint8Array): void {
    const skipped = Math.min(this.#annotation, bytes.length);
    this.#annotation -= skipped;
    const sound = bytes.subarray(skipped, skipped + this.#left);
    this.#left -= sound.length;
    this.#trailing += bytes.length - skipped - sound.length;
    this.#reader?.push(sound);
  }

  #readHeader(head: Uint8Array): PcmReader {
    const littleEndian = startsWith(head, 'dns.');
    const word = (i: number) => u32(head, 4 * i, littleEndian);
    const [start, size, code, sr, channels] = [1, 2, 3, 4, 5].map(word);
    if (start < 24) {
      throw this.#sink.error(
        `AU whose header says that samples begin at byte ${start}, at least 24 is due; it is damaged`,
      );
    }
    const kind = ENCODINGS[code];
    if (!kind) {
      throw this.#sink.error(
        `AU with encoding ${code}; it takes 1 (mu-law), 2 to 5 (PCM), 6, 7 (float) and 27 (A-law): convert it, e.g. with ` +
          '"ffmpeg -i in.au out.wav"',
      );
    }
    this.#sink.start(sr, channels);
    this.#annotation = start - 24;
    const known = size === UNKNOWN_SIZE ? undefined : size;
    this.#left = known ?? Number.POSITIVE_INFINITY;
    return new PcmReader(this.#sink, { ...kind, littleEndian, channels }, known);
  }
}
