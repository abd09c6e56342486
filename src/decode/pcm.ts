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
  return inverted & 0x80 ? 0 - magnitude : magnitude;
});

const A_LAW = companderTable((code) => {
  const toggled = code ^ 0x55;
  const segment = (toggled & 0x70) >> 4;
  const mantissa = (toggled & 0x0f) << 4;
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
});

/** The bytes of interleaved frames, and how to walk through one channel of them. */
interface Walk {
  bytes: Uint8Array;
  view: DataView;
  /** Offset of the channel's first sample. */
  start: number;
  /** Bytes from one of its samples to the next. */
  stride: number;
  littleEndian: boolean;
}

/** Fills `out` with one channel's samples. Loops of their own, because a call for each sample takes five times as long. */
type ReadChannel = (out: Float32Array, walk: Walk) => void;

const readTable =
  (table: Float32Array): ReadChannel =>
  (out, { bytes, start, stride }) => {
    for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = table[bytes[at]];
  };

const readUnsigned8: ReadChannel = (out, { bytes, start, stride }) => {
  for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = (bytes[at] - 128) / 128;
};

const readSigned8: ReadChannel = (out, { view, start, stride }) => {
  for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = view.getInt8(at) / 128;
};

const readSigned16: ReadChannel = (out, { view, start, stride, littleEndian }) => {
  for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = view.getInt16(at, littleEndian) / 32768;
};

const readSigned24: ReadChannel = (out, { bytes, start, stride, littleEndian }) => {
  const [low, high] = littleEndian ? [0, 2] : [2, 0];
  for (let i = 0, at = start; i < out.length; i++, at += stride) {
    // The sign stands in the top byte: shifted there and back.
    const word = (bytes[at + high] << 24) | (bytes[at + 1] << 16) | (bytes[at + low] << 8);
    out[i] = word / 2147483648;
  }
};

const readSigned32: ReadChannel = (out, { view, start, stride, littleEndian }) => {
  for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = view.getInt32(at, littleEndian) / 2147483648;
};

const readFloat32: ReadChannel = (out, { view, start, stride, littleEndian }) => {
  for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = view.getFloat32(at, littleEndian);
};

const readFloat64: ReadChannel = (out, { view, start, stride, littleEndian }) => {
  for (let i = 0, at = start; i < out.length; i++, at += stride) out[i] = view.getFloat64(at, littleEndian);
};

function channelReader({ encoding, bytes }: PcmLayout): ReadChannel {
  if (encoding === 'mulaw') return readTable(MU_LAW);
  if (encoding === 'alaw') return readTable(A_LAW);
  if (encoding === 'unsigned') return readUnsigned8;
  if (encoding === 'float') return bytes === 8 ? readFloat64 : readFloat32;
  return [readSigned8, readSigned16, readSigned24, readSigned32][bytes - 1];
}

/** Reads interleaved frames to one array a channel. `bytes` holds whole frames. */
export function readPcm(bytes: Uint8Array, layout: PcmLayout): Float32Array[] {
  const { channels, bytes: width, littleEndian } = layout;
  const stride = width * channels;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = channelReader(layout);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(bytes.length / stride);
    read(samples, { bytes, view, start: channel * width, stride, littleEndian });
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
