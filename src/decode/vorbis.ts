/** Vorbis in Ogg, through libvorbis (the package @wasm-audio-decoders/ogg-vorbis). */
import { awake } from '../pause.ts';
import { startsWith, u32 } from './bytes.ts';
import { loadLibrary } from './library.ts';
import { joinBlocks, oggOpener, type PacketDecoder } from './ogg.ts';
import { quietly } from './quiet.ts';
import type { Sink } from './sink.ts';

type Library = typeof import('@wasm-audio-decoders/ogg-vorbis');
type Decoder = InstanceType<Library['OggVorbisDecoder']>;
type Pages = Parameters<Decoder['decodeOggPages']>[0];

/** The package's input buffer; a larger packet is no music. */
const MAX_PACKET = 131072;

/** Starts reading Vorbis in Ogg. */
export const open = oggOpener('Vorbis', (sink) => new VorbisPackets(sink));

/**
 * Feeds the package with pages that we have checked and cut: its own splitter (codec-parser) does not check the pages'
 * sums, and turns in a circle on a setup header of zeros.
 */
class VorbisPackets implements PacketDecoder {
  sr = 0;
  channels = 0;
  readonly preSkip = 0;
  readonly trimsFront = true;
  readonly #sink: Sink;
  #headers: Uint8Array[] = [];
  #decoder: Decoder | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async header(packet: Uint8Array): Promise<boolean> {
    const count = this.#headers.length;
    if (count === 3) return false;
    // Identification, comment and setup have the types 1, 3 and 5 (Vorbis I, section 4.2.1).
    if (
      packet[0] !== 2 * count + 1 ||
      !startsWith(packet, 'vorbis', 1) ||
      packet.length > (count === 1 ? Infinity : MAX_PACKET)
    ) {
      throw this.#sink.error(`Ogg Vorbis whose header packet ${count + 1} is damaged; fetch the file again`);
    }
    if (count === 0) this.#identify(packet);
    this.#headers.push(count === 1 ? new Uint8Array(0) : packet.slice());
    if (count === 2) await this.#begin();
    return true;
  }

  async decode(packets: Uint8Array[]): Promise<Float32Array[]> {
    const decoder = this.#decoder as Decoder;
    const blocks: Float32Array[][] = [];
    for (const packet of packets) {
      // Audio packets are even; the package would repeat the block before in place of any other.
      if (packet.length === 0 || packet.length > MAX_PACKET || packet[0] & 1) continue;
      const frame = { data: packet, header: { vorbisSetup: this.#headers[2] } };
      const { channelData, samplesDecoded, errors } = await quietly(() =>
        decoder.decodeOggPages([pageOf(this.#headers[2], [frame])]),
      );
      if (errors.length > 0)
        this.#sink.warn(`a damaged packet of ${packet.length} bytes, left out: ${errors[0].message}`);
      else if (samplesDecoded > 0) blocks.push(channelData);
    }
    return joinBlocks(blocks);
  }

  free(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder) quietly(() => decoder.free());
  }

  /** Reads the identification header (Vorbis I, section 4.2.2). */
  #identify(packet: Uint8Array): void {
    const [small, large] = [packet[28] & 15, packet[28] >> 4];
    const isSound = packet.length >= 30 && u32(packet, 7, true) === 0 && packet[29] & 1;
    if (!isSound || small < 6 || large > 13 || small > large || packet[11] === 0) {
      throw this.#sink.error('Ogg Vorbis whose first header is damaged; fetch the file again');
    }
    this.channels = packet[11];
    this.sr = u32(packet, 12, true);
  }

  async #begin(): Promise<void> {
    const { OggVorbisDecoder } = await loadLibrary(
      '@wasm-audio-decoders/ogg-vorbis',
      () => import('@wasm-audio-decoders/ogg-vorbis'),
    );
    const decoder = new OggVorbisDecoder();
    await awake(decoder.ready);
    this.#decoder = decoder;
    await quietly(() => decoder.decodeOggPages([pageOf(this.#headers[0], [])]));
  }
}

/** A page as the package wants it: of codec-parser's page it reads `data`, `codecFrames` and `isLastPage` only. */
function pageOf(data: Uint8Array, codecFrames: object[]): Pages[number] {
  return { data, codecFrames, isLastPage: false, totalSamples: 0 } as unknown as Pages[number];
}
