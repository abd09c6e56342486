/**
 * libFLAC for whole frames (the package @wasm-audio-decoders/flac 0.2.11): exact samples.
 *
 * The package is given frames only, never metadata: a call that gives no samples makes it free its last buffer twice, which
 * was seen to corrupt its heap some frames later. For the same reason a frame that fails costs it its life, and the next
 * one gets a fresh instance. And each frame is given as if it were the first: libFLAC would put in silence where numbers
 * are missing, which the package cannot take.
 */
import { awake } from '../pause.ts';
import { crc8, crc16, frameHeader, type StreamInfo } from './flac-frames.ts';
import { loadLibrary } from './library.ts';
import { quietly } from './quiet.ts';

type Library = typeof import('@wasm-audio-decoders/flac');
type Decoder = InstanceType<Library['FLACDecoder']>;

/**
 * By depth: its code in a frame's header (RFC 9639, section 9.1.4), and what the package divides its integers by.
 * 12 and 20 bits are missing there: it divides them by zero.
 */
const DEPTHS: Record<number, { code: number; divisor: number }> = {
  8: { code: 1, divisor: 127 },
  16: { code: 4, divisor: 32767 },
  24: { code: 6, divisor: 8388607 },
  // The float32 nearest to 2147483647.
  32: { code: 7, divisor: 2147483648 },
};

/** The package cuts what is longer, and the parts would be calls that give no samples. No encoder makes such frames. */
const MAX_FRAME = 524_280;

/** The depths that can be decoded, for messages. */
export const FLAC_DEPTHS = Object.keys(DEPTHS).join(', ');

/** Whether samples of so many bits can be decoded. */
export const canDecode = (bits: number): boolean => bits in DEPTHS;

/**
 * The same frame as the first of a stream that needs no STREAMINFO: number 0, its depth in its own header, and any rate,
 * which plays no part in decoding.
 */
function standAlone(frame: Uint8Array, bits: number): Uint8Array {
  const { length, blockSizeAt, blockSizeBytes } = frameHeader(frame, 0);
  const blockSize = frame.subarray(blockSizeAt, blockSizeAt + blockSizeBytes);
  const head = Uint8Array.of(
    0xff,
    0xf8,
    (frame[2] & 0xf0) | 9,
    (frame[3] & 0xf0) | (DEPTHS[bits].code << 1),
    0,
    ...blockSize,
  );
  const body = frame.subarray(length, Math.max(length, frame.length - 2));
  const whole = new Uint8Array(head.length + 1 + body.length + 2);
  whole.set(head);
  whole[head.length] = crc8(head, 0, head.length);
  whole.set(body, head.length + 1);
  const sum = crc16(whole, 0, whole.length - 2);
  whole[whole.length - 2] = sum >> 8;
  whole[whole.length - 1] = sum & 0xff;
  return whole;
}

/**
 * Takes the package's scale off and puts ours on. A float32 holds up to 24 bits: there the integer is won back, and no bit
 * is lost. 32 bits are scaled as they should be.
 */
function rescale(samples: Float32Array, bits: number): void {
  if (bits === 32) return;
  const { divisor } = DEPTHS[bits];
  const fullScale = 1 << (bits - 1);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i] * divisor) / fullScale;
}

/** libFLAC for the frames of one stream. */
export class LibFlac {
  readonly #library: Library;
  readonly #info: StreamInfo;
  readonly #warn: (message: string) => void;
  #decoder: Decoder | undefined;

  private constructor(library: Library, info: StreamInfo, warn: (message: string) => void) {
    this.#library = library;
    this.#info = info;
    this.#warn = warn;
  }

  /**
   * @param info of the stream; its depth must be one of `canDecode`
   * @param warn is told of frames that cannot be decoded
   */
  static async open(info: StreamInfo, warn: (message: string) => void): Promise<LibFlac> {
    const name = '@wasm-audio-decoders/flac';
    return new LibFlac(await loadLibrary(name, () => import('@wasm-audio-decoders/flac')), info, warn);
  }

  /**
   * The samples of one frame, one array a channel, scaled so that full scale is 1: integers over `2 ** (bits - 1)`, as in
   * every other format here. An empty list where the frame cannot be decoded, which is warned about.
   *
   * @param frame a whole frame whose checksums hold
   */
  async decode(frame: Uint8Array): Promise<Float32Array[]> {
    const { bits, channels } = this.#info;
    const samples = await this.#raw(frame);
    if (typeof samples === 'string' || samples.length !== channels) {
      const fault = typeof samples === 'string' ? samples : `${samples.length} channels in place of ${channels}`;
      this.#warn(`a damaged frame of ${frame.length} bytes, left out: ${fault}`);
      return [];
    }
    for (const channel of samples) rescale(channel, bits);
    return samples;
  }

  free(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder) quietly(() => decoder.free());
  }

  /** The package's samples of one frame, or what it says is wrong with it. */
  async #raw(frame: Uint8Array): Promise<Float32Array[] | string> {
    if (!frameHeader(frame, 0).isSound) return 'its header is none';
    if (frame.length > MAX_FRAME) return `beyond the decoder's ${MAX_FRAME} bytes`;
    if (!this.#decoder) {
      this.#decoder = new this.#library.FLACDecoder();
      await awake(this.#decoder.ready);
    }
    const decoder = this.#decoder;
    const whole = standAlone(frame, this.#info.bits);
    const { channelData, samplesDecoded, errors } = await quietly(() => decoder.decodeFrames([whole]));
    if (errors.length === 0 && samplesDecoded > 0) return channelData;
    // Not freed: its heap is not to be trusted any more, and goes as a whole.
    this.#decoder = undefined;
    return errors[0]?.message ?? 'it holds no samples';
  }
}
