/** Uncompressed samples and the two logarithmic companders, as WAV, AU and AIFF hold them: bytes to float32. */
import { ByteQueue } from './bytes.ts';
import type { Sink } from './sink.ts';

/** How one sample is written. Integers are scaled by their container's width: 20 bits in 24 are left-justified. */
export interface PcmLayout {
  encoding: 'signed' | 'unsigned' | 'float' | 'alaw' | 'mulaw';
  /** Bytes of one sample: 1 to 4, 8 for float64. */
  bytes: number;
  littleEndian: boolean;
  channels: number;
}

/** ITU-T G.711, table 1a and 2a: a byte to 16-bit linear. */
function companderTable(expand: (code: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => expand(code) / 32768);
}

const MU_LAW = companderTable((code) => {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
  return inverted & 0x80 ? -magnitude : magnitude;
});

const A_LAW = companderTable((code) => {
  const toggled = code ^ 0x55;
  const segment = (toggled & 0x70) >> 4;
  const mantissa = (toggled & 0x0f) << 4;
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
});

type ReadSample = (bytes: Uint8Array, view: DataView, at: number) => number;

/** The function that reads one sample at a byte offset. */
function sampleReader({ encoding, bytes, littleEndian }: PcmLayout): ReadSample {
  if (encoding === 'mulaw') return (data, _, at) => MU_LAW[data[at]];
  if (encoding === 'alaw') return (data, _, at) => A_LAW[data[at]];
  if (encoding === 'unsigned') return (data, _, at) => (data[at] - 128) / 128;
  if (encoding === 'float') {
    if (bytes === 8) return (_, view, at) => view.getFloat64(at, littleEndian);
    return (_, view, at) => view.getFloat32(at, littleEndian);
  }
  switch (bytes) {
    case 1:
      return (_, view, at) => view.getInt8(at) / 128;
    case 2:
      return (_, view, at) => view.getInt16(at, littleEndian) / 32768;
    case 3:
      return littleEndian
        ? (data, view, at) => ((view.getInt8(at + 2) << 16) | (data[at + 1] << 8) | data[at]) / 8388608
        : (data, view, at) => ((view.getInt8(at) << 16) | (data[at + 1] << 8) | data[at + 2]) / 8388608;
    default:
      return (_, view, at) => view.getInt32(at, littleEndian) / 2147483648;
  }
}

/** Reads interleaved frames to one array a channel. `bytes` holds whole frames. */
export function readPcm(bytes: Uint8Array, layout: PcmLayout): Float32Array[] {
  const { channels, bytes: width } = layout;
  const stride = width * channels;
  const frames = bytes.length / stride;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = sampleReader(layout);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0, at = channel * width; i < frames; i++, at += stride) samples[i] = read(bytes, view, at);
    return samples;
  });
}

/** Turns the bytes of a sound chunk, cut anywhere, to samples. */
export class PcmReader {
  readonly #queue = new ByteQueue();
  readonly #sink: Sink;
  readonly #layout: PcmLayout;
  readonly #announced: number | undefined;
  #received = 0;

  /**
   * @param announced bytes that the header promises, or `undefined` where it does not know
   */
  constructor(sink: Sink, layout: PcmLayout, announced: number | undefined) {
    this.#sink = sink;
    this.#layout = layout;
    this.#announced = announced;
  }

  push(bytes: Uint8Array): void {
    const wanted = bytes.subarray(0, (this.#announced ?? Number.POSITIVE_INFINITY) - this.#received);
    this.#received += wanted.length;
    this.#queue.push(wanted);
    const frameBytes = this.#layout.bytes * this.#layout.channels;
    const whole = this.#queue.length - (this.#queue.length % frameBytes);
    if (whole > 0) this.#sink.write(readPcm(this.#queue.take(whole), this.#layout));
  }

  /** The file has ended: says what is missing. */
  end(): void {
    const frameBytes = this.#layout.bytes * this.#layout.channels;
    if (this.#announced !== undefined && this.#received < this.#announced) {
      const samples = (bytes: number) => Math.floor(bytes / frameBytes);
      this.#sink.warn(
        `truncated: the header announces ${samples(this.#announced)} samples, the file holds ${samples(this.#received)}`,
      );
    } else if (this.#queue.length > 0) {
      this.#sink.warn(`the last ${this.#queue.length} bytes are no whole sample (of ${frameBytes} bytes), left out`);
    }
  }
}
