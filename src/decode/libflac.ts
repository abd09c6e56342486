/**
 * libFLAC for whole frames (the package @wasm-audio-decoders/flac 0.2.11): exact samples, whatever depth they have.
 *
 * The package is given frames only, never metadata: a call that gives no samples makes it free its last buffer twice, which
 * was seen to corrupt its heap some frames later. For the same reason a frame that fails costs it its life, and the next
 * one gets a fresh instance; frames do not depend on one another.
 */
import { crc8, crc16, frameHeaderLength, type StreamInfo } from './flac-frames.ts';
import { quietly } from './quiet.ts';

type Library = typeof import('@wasm-audio-decoders/flac');
type Decoder = InstanceType<Library['FLACDecoder']>;

/** Codes of the depths in a frame's header (RFC 9639, section 9.1.4); other depths stand in STREAMINFO only. */
const DEPTH_CODES: Record<number, number> = { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7 };

/** Two to the power of a whole number. */
function powerOfTwo(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power *= 2;
  return power;
}

/**
 * A mono frame of 192 equal samples (RFC 9639, section 9.2.3: a constant subframe).
 *
 * @param value the sample, at least 0, below `2 ** (bits - 1)`
 */
function constantFrame(bits: number, value: number): Uint8Array {
  const header = [0xff, 0xf8, 0x19, DEPTH_CODES[bits] << 1, 0];
  header.push(crc8(Uint8Array.from(header), 0, header.length));
  // The sample stands left-justified in whole bytes behind the subframe's own zero byte.
  const size = Math.ceil(bits / 8);
  const word = value * powerOfTwo(size * 8 - bits);
  const sample = Array.from({ length: size }, (_, i) => Math.floor(word / powerOfTwo(8 * (size - 1 - i))) % 256);
  const body = Uint8Array.of(...header, 0, ...sample);
  const sum = crc16(body, 0, body.length);
  return Uint8Array.of(...body, sum >> 8, sum & 0xff);
}

/** The frame with its depth and rate in its own header where it left them to STREAMINFO. */
function selfContained(frame: Uint8Array, bits: number): Uint8Array {
  const [rates, depths] = [frame[2], frame[3]];
  if ((rates & 15) !== 0 && (depths & 14) !== 0) return frame;
  const copy = frame.slice();
  // Any rate will do: it plays no part in decoding, and codes below 12 take no further bytes.
  if ((rates & 15) === 0) copy[2] = rates | 9;
  copy[3] = (depths & 0xf1) | (DEPTH_CODES[bits] << 1);
  const header = frameHeaderLength(copy, 0);
  copy[header - 1] = crc8(copy, 0, header - 1);
  const sum = crc16(copy, 0, copy.length - 2);
  copy[copy.length - 2] = sum >> 8;
  copy[copy.length - 1] = sum & 0xff;
  return copy;
}

/** libFLAC for the frames of one stream. */
export class LibFlac {
  readonly #library: Library;
  readonly #info: StreamInfo;
  readonly #warn: (message: string) => void;
  #decoder: Decoder | undefined;
  #divisor = 1;

  private constructor(library: Library, info: StreamInfo, warn: (message: string) => void) {
    this.#library = library;
    this.#info = info;
    this.#warn = warn;
  }

  /**
   * @param info of the stream
   * @param warn is told of frames that cannot be decoded
   * @throws Error on depths that only STREAMINFO can tell (not 8, 12, 16, 20, 24 or 32 bits)
   */
  static async open(info: StreamInfo, warn: (message: string) => void): Promise<LibFlac> {
    if (!DEPTH_CODES[info.bits]) throw new Error(`samples of ${info.bits} bits are beyond the FLAC decoder`);
    const flac = new LibFlac(await import('@wasm-audio-decoders/flac'), info, warn);
    await flac.#calibrate();
    return flac;
  }

  /**
   * The samples of one frame, one array a channel, scaled so that full scale is 1: integers over `2 ** (bits - 1)`, as in
   * every other format here. An empty list where the frame cannot be decoded, which is warned about.
   *
   * @param frame a whole frame whose checksums hold
   */
  async decode(frame: Uint8Array): Promise<Float32Array[]> {
    const { bits, channels } = this.#info;
    const samples = await this.#raw(selfContained(frame, bits));
    if (typeof samples === 'string' || samples.length !== channels) {
      const fault = typeof samples === 'string' ? samples : `${samples.length} channels in place of ${channels}`;
      this.#warn(`a damaged frame of ${frame.length} bytes, left out: ${fault}`);
      return [];
    }
    const fullScale = powerOfTwo(bits - 1);
    // A float32 holds up to 24 bits: there the integer is won back, and so no bit is lost. Beyond, it is rounded once.
    const isExact = bits <= 24;
    for (const channel of samples) {
      for (let i = 0; i < channel.length; i++) {
        const integer = channel[i] * this.#divisor;
        channel[i] = (isExact ? Math.round(integer) : integer) / fullScale;
      }
    }
    return samples;
  }

  free(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder) quietly(() => decoder.free());
  }

  /**
   * Finds the divisor with which the package turns integers to floats: 32767 for 16 bits, for example, and for 12 and 20
   * bits, which its table forgets, whatever the compiler left. A sample of known value tells.
   */
  async #calibrate(): Promise<void> {
    const value = powerOfTwo(this.#info.bits - 2);
    const samples = await this.#raw(constantFrame(this.#info.bits, value));
    const divisor = typeof samples === 'string' ? Number.NaN : Math.round(value / samples[0][0]);
    if (!(divisor > 0 && divisor < Number.POSITIVE_INFINITY)) {
      throw new Error(`samples of ${this.#info.bits} bits are beyond the FLAC decoder`);
    }
    this.#divisor = divisor;
  }

  /** The package's samples of one frame, or what it says is wrong with it. */
  async #raw(frame: Uint8Array): Promise<Float32Array[] | string> {
    if (!this.#decoder) {
      this.#decoder = new this.#library.FLACDecoder();
      await this.#decoder.ready;
    }
    const decoder = this.#decoder;
    const { channelData, samplesDecoded, errors } = await quietly(() => decoder.decodeFrames([frame]));
    if (errors.length === 0 && samplesDecoded > 0) return channelData;
    // Not freed: its heap is not to be trusted any more, and goes as a whole.
    this.#decoder = undefined;
    return errors[0]?.message ?? 'it holds no samples';
  }
}
