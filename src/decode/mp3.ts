/**
 * MPEG audio, layers 1 to 3, through mpg123 (the package mpg123-decoder).
 *
 * LAME's gapless note is heeded: encoder delay and padding are cut off, as ffmpeg does. A file without it keeps both.
 * Each Xing or Info header begins a stream of its own, so files put end to end give their parts end to end.
 */
import { awake } from '../pause.ts';
import { ByteQueue } from './bytes.ts';
import type { FormatDecoder } from './format.ts';
import { loadLibrary } from './library.ts';
import { MpegFramer, type Run } from './mpeg-framer.ts';
import { quietly } from './quiet.ts';
import type { Sink } from './sink.ts';

type Library = typeof import('mpg123-decoder');
type Mpg123 = InstanceType<Library['MPEGDecoder']>;

/** Starts reading an MPEG audio file. */
export async function open(sink: Sink): Promise<FormatDecoder> {
  return new Mp3Decoder(sink, await loadLibrary('mpg123-decoder', () => import('mpg123-decoder')));
}

class Mp3Decoder implements FormatDecoder {
  readonly #sink: Sink;
  readonly #library: Library;
  readonly #queue = new ByteQueue();
  readonly #framer: MpegFramer;
  #mpg123: Mpg123 | undefined;
  #layer = 0;
  /** Frames that the current stream's header announces, and those that came. */
  #announced: number | undefined;
  #frames = 0;

  constructor(sink: Sink, library: Library) {
    this.#sink = sink;
    this.#library = library;
    this.#framer = new MpegFramer((message) => sink.warn(message));
  }

  push(bytes: Uint8Array): Promise<void> {
    this.#queue.push(bytes);
    return this.#drain(false);
  }

  async end(): Promise<void> {
    await this.#drain(true);
    this.#tellMissing();
  }

  free(): void {
    const mpg123 = this.#mpg123;
    this.#mpg123 = undefined;
    if (mpg123) quietly(() => mpg123.free());
  }

  async #drain(ended: boolean): Promise<void> {
    for (;;) {
      const run = this.#framer.next(this.#queue, ended);
      if (!run || this.#sink.full) return;
      await this.#decode(run);
    }
  }

  async #decode({ bytes, header, frames, info }: Run): Promise<void> {
    this.#sink.start(header.sr, header.channels);
    if (info || header.layer !== this.#layer || !this.#mpg123) {
      this.#tellMissing();
      this.free();
      this.#mpg123 = new this.#library.MPEGDecoder();
      await awake(this.#mpg123.ready);
      this.#layer = header.layer;
      this.#announced = info?.frames;
      this.#frames = info ? -1 : 0;
    }
    this.#frames += frames;
    const mpg123 = this.#mpg123;
    const { errors, channelData } = quietly(() => mpg123.decode(bytes));
    for (const { message } of errors) this.#sink.warn(`a damaged frame: ${message}`);
    // mpg123 is asked for stereo, so a mono file comes as two equal channels, whose mean is each of them.
    this.#sink.write(channelData);
  }

  /** Compares what came with what the stream's first frame announced. */
  #tellMissing(): void {
    if (this.#announced !== undefined && this.#frames < this.#announced) {
      this.#sink.warn(`truncated or damaged: ${this.#announced} frames are announced, ${this.#frames} were found`);
    }
    this.#announced = undefined;
  }
}
