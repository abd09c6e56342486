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
import { MAX_NOISE, quietly } from './quiet.ts';
import type { Sink } from './sink.ts';

type Library = typeof import('mpg123-decoder');

/** A piece of the package's memory. */
interface Piece<T> {
  readonly ptr: number;
  readonly len: number;
  readonly buf: T;
}

/**
 * A decoder of the package, version 1.0.3, from inside: its own `decode` copies all samples twice before they are read once.
 * The memory never grows, so that its pieces stay.
 */
interface Mpg123 {
  readonly ready: Promise<void>;
  readonly _common: {
    readonly wasm: {
      mpeg_decoder_feed(decoder: number, bytes: number, length: number): number;
      mpeg_decoder_read(decoder: number, to: number, room: number, count: number, rate: number, fault: number): number;
    };
  };
  readonly _decoder: number;
  readonly _input: Piece<Uint8Array>;
  /** All samples of the first channel, then those of the second. */
  readonly _output: Piece<Float32Array>;
  readonly _samplesDecodedPtr: Piece<Uint32Array>;
  readonly _sampleRatePtr: Piece<Uint32Array>;
  readonly _errorStringPtr: Piece<Uint32Array>;
  _getErrorMessage(code: number): string;
  free(): void;
}

/** What mpg123 says where it has no samples, besides faults: it wants bytes; a stream begins. */
const NEED_MORE = -10;
const NEW_FORMAT = -11;

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
      this.#mpg123 = new this.#library.MPEGDecoder() as unknown as Mpg123;
      await awake(this.#mpg123.ready);
      this.#layer = header.layer;
      this.#announced = info?.frames;
      this.#frames = info ? -1 : 0;
    }
    this.#frames += frames;
    const mpg123 = this.#mpg123;
    quietly(() => this.#feed(mpg123, bytes));
  }

  /** Gives mpg123 bytes, and the sink all samples that come of them. */
  #feed(mpg123: Mpg123, bytes: Uint8Array): void {
    const { _common, _decoder, _input } = mpg123;
    for (let at = 0; at < bytes.length; at += _input.len) {
      const part = bytes.subarray(at, at + _input.len);
      _input.buf.set(part);
      if (_common.wasm.mpeg_decoder_feed(_decoder, _input.ptr, part.length) !== NEED_MORE) this.#read(mpg123);
    }
  }

  #read(mpg123: Mpg123): void {
    const { _common, _decoder, _output, _samplesDecodedPtr, _sampleRatePtr, _errorStringPtr } = mpg123;
    for (let faults = 0; ; ) {
      const code = _common.wasm.mpeg_decoder_read(
        _decoder,
        _output.ptr,
        _output.len,
        _samplesDecodedPtr.ptr,
        _sampleRatePtr.ptr,
        _errorStringPtr.ptr,
      );
      const count = _samplesDecodedPtr.buf[0];
      _samplesDecodedPtr.buf[0] = 0;
      // mpg123 is asked for stereo, so a mono file comes as two equal channels, whose mean is each of them.
      if (count > 0) this.#sink.write([_output.buf.subarray(0, count), _output.buf.subarray(count, 2 * count)]);
      if (code === NEED_MORE) return;
      if (code === 0 || code === NEW_FORMAT) continue;
      const message = mpg123._getErrorMessage(code);
      this.#sink.warn(`a damaged frame: ${message}`);
      faults += 1;
      // A read that fails is repeated, and may fail for ever.
      if (faults > MAX_NOISE) throw new Error(`fails again and again: ${message}`);
    }
  }

  /** Compares what came with what the stream's first frame announced. */
  #tellMissing(): void {
    if (this.#announced !== undefined && this.#frames < this.#announced) {
      this.#sink.warn(`truncated or damaged: ${this.#announced} frames are announced, ${this.#frames} were found`);
    }
    this.#announced = undefined;
  }
}
