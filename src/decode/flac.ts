/** FLAC (RFC 9639), native and in Ogg (its section 10.1), through libFLAC (the package @wasm-audio-decoders/flac). */
import { ByteQueue, startsWith, u16 } from './bytes.ts';
import { FlacFramer, readStreamInfo, STREAMINFO_SIZE, type StreamInfo } from './flac-frames.ts';
import type { FormatDecoder } from './format.ts';
import { canDecode, FLAC_DEPTHS, LibFlac } from './libflac.ts';
import { joinBlocks, oggOpener, type PacketDecoder } from './ogg.ts';
import type { Sink } from './sink.ts';

const openOgg = oggOpener('FLAC', (sink) => new FlacPackets(sink));

/** Starts reading FLAC, whose first bytes tell whether it is in Ogg. */
export function open(sink: Sink, head: Uint8Array): FormatDecoder | Promise<FormatDecoder> {
  return startsWith(head, 'OggS') ? openOgg(sink, head) : new FlacDecoder(sink);
}

function openLibFlac(sink: Sink, info: StreamInfo): Promise<LibFlac> {
  if (!canDecode(info.bits)) {
    throw sink.error(
      `FLAC of ${info.bits} bits a sample; the decoder takes ${FLAC_DEPTHS}: convert it, e.g. with ` +
        '"ffmpeg -i in.flac -sample_fmt s32 out.flac"',
    );
  }
  return LibFlac.open(info, (message) => sink.warn(message));
}

class FlacDecoder implements FormatDecoder {
  readonly #sink: Sink;
  readonly #queue = new ByteQueue();
  #info: StreamInfo | undefined;
  #framer: FlacFramer | undefined;
  #libflac: LibFlac | undefined;
  /** Where reading stands: the magic word, a metadata block's head, a block to pass over, or frames. */
  #state: 'magic' | 'block' | 'frames' = 'magic';
  #toSkip = 0;
  #isLastBlock = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#queue.push(bytes);
    await this.#drain(false);
  }

  async end(): Promise<void> {
    await this.#drain(true);
    if (this.#state !== 'frames') throw this.#sink.error('FLAC whose header is cut short; fetch the file again');
    const announced = this.#info?.samples;
    if (announced !== undefined && announced !== this.#sink.length && !this.#sink.full) {
      this.#sink.warn(`truncated or damaged: ${announced} samples are announced, ${this.#sink.length} were found`);
    }
  }

  free(): void {
    this.#libflac?.free();
    this.#libflac = undefined;
  }

  async #drain(ended: boolean): Promise<void> {
    while (this.#state !== 'frames') if (!(await this.#readMetadata())) return;
    for (;;) {
      const frame = this.#framer?.next(this.#queue, ended);
      if (!frame || this.#sink.full) return;
      this.#sink.write(await (this.#libflac as LibFlac).decode(frame));
    }
  }

  /** Reads the magic word or one metadata block; false when it has not come whole. */
  async #readMetadata(): Promise<boolean> {
    this.#toSkip -= this.#queue.skip(this.#toSkip);
    if (this.#toSkip > 0) return false;
    if (this.#state === 'block' && this.#isLastBlock) {
      await this.#begin();
      return true;
    }
    if (this.#queue.length < 4) return false;
    const head = this.#queue.view();
    if (this.#state === 'magic') {
      if (!startsWith(head, 'fLaC')) throw this.#sink.error('FLAC without its first word "fLaC"; it is damaged');
      this.#queue.skip(4);
      this.#state = 'block';
      return true;
    }
    const size = (head[1] << 16) | (head[2] << 8) | head[3];
    if ((head[0] & 0x7f) === 0 && !this.#info) {
      if (this.#queue.length < 4 + STREAMINFO_SIZE) return false;
      if (size !== STREAMINFO_SIZE) {
        throw this.#sink.error(`FLAC whose STREAMINFO has ${size} bytes, 34 are due; the header is damaged`);
      }
      this.#info = readStreamInfo(head.subarray(4));
    }
    this.#isLastBlock = (head[0] & 0x80) !== 0;
    this.#toSkip = 4 + size;
    return true;
  }

  async #begin(): Promise<void> {
    const info = this.#info;
    if (!info) throw this.#sink.error('FLAC without STREAMINFO, which comes first; the header is damaged');
    this.#sink.start(info.sr, info.channels);
    this.#libflac = await openLibFlac(this.#sink, info);
    this.#framer = new FlacFramer(info, (message) => this.#sink.warn(message));
    this.#state = 'frames';
  }
}

/** FLAC in Ogg: the first packet holds STREAMINFO, each sound packet is one frame. */
class FlacPackets implements PacketDecoder {
  sr = 0;
  channels = 0;
  readonly preSkip = 0;
  readonly trimsFront = false;
  readonly #sink: Sink;
  #libflac: LibFlac | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async header(packet: Uint8Array): Promise<boolean> {
    // Headers end where frames begin: a frame's first byte is 0xff, a metadata block's never.
    if (this.#libflac) return packet[0] !== 0xff;
    const at = 13 + 4;
    if (
      !startsWith(packet, '\x7fFLAC') ||
      packet.length < at + STREAMINFO_SIZE ||
      u16(packet, at - 2, false) !== STREAMINFO_SIZE
    ) {
      throw this.#sink.error('Ogg FLAC whose first header is damaged; fetch the file again');
    }
    const info = readStreamInfo(packet.subarray(at));
    this.sr = info.sr;
    this.channels = info.channels;
    this.#libflac = await openLibFlac(this.#sink, info);
    return true;
  }

  async decode(packets: Uint8Array[]): Promise<Float32Array[]> {
    const blocks: Float32Array[][] = [];
    for (const packet of packets) {
      const block = packet.length > 0 ? await (this.#libflac as LibFlac).decode(packet) : [];
      if (block.length > 0) blocks.push(block);
    }
    return joinBlocks(blocks);
  }

  free(): void {
    this.#libflac?.free();
    this.#libflac = undefined;
  }
}
