/** Opus in Ogg (RFC 7845), through libopus (the package opus-decoder). Always 48 kHz, which is Opus's own rate. */
import { awake } from '../pause.ts';
import { startsWith, u16 } from './bytes.ts';
import { loadLibrary } from './library.ts';
import { joinBlocks, oggOpener, type PacketDecoder } from './ogg.ts';
import { quietly } from './quiet.ts';
import type { Sink } from './sink.ts';

type Library = typeof import('opus-decoder');
type Decoder = InstanceType<Library['OpusDecoder']>;

/** Starts reading Opus in Ogg. */
export const open = oggOpener('Opus', (sink) => new OpusPackets(sink));

/** `10 ** (2 ** k / 5120)` for k = 0 to 14: the gain of 2 ** k / 256 decibels. Powers differ between runtimes, products do not. */
const GAINS = [
  1.0004498247918177, 1.0008998519259789, 1.0018005135854464, 1.0036042690200642, 1.0072215287952975,
  1.0144952080687362, 1.0292005271944282, 1.0592537251772889, 1.1220184543019633, 1.2589254117941673,
  1.5848931924611134, 2.51188643150958, 6.3095734448019325, 39.81071705534973, 1584.8931924611136,
];

/** The factor of a gain in 1/256 decibel (RFC 7845, section 5.1). */
export function gainFactor(gain: number): number {
  let factor = 1;
  const steps = Math.min(Math.abs(gain), 32767);
  for (const [k, power] of GAINS.entries()) if ((steps >> k) & 1) factor *= power;
  return gain < 0 ? 1 / factor : factor;
}

class OpusPackets implements PacketDecoder {
  readonly sr = 48000;
  channels = 0;
  preSkip = 0;
  readonly trimsFront = false;
  readonly #sink: Sink;
  #headers = 0;
  #gain = 1;
  #maxPacket = 0;
  #decoder: Decoder | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async header(packet: Uint8Array): Promise<boolean> {
    if (this.#headers === 2) return false;
    this.#headers += 1;
    if (this.#headers === 1) await this.#begin(packet);
    else if (!startsWith(packet, 'OpusTags')) throw this.#damaged('its comment header "OpusTags" is missing');
    return true;
  }

  async decode(packets: Uint8Array[]): Promise<Float32Array[]> {
    const decoder = this.#decoder as Decoder;
    const blocks: Float32Array[][] = [];
    for (const packet of packets) {
      if (packet.length === 0 || packet.length > this.#maxPacket) {
        this.#sink.warn(`a damaged packet of ${packet.length} bytes, left out`);
        continue;
      }
      const { channelData, samplesDecoded, errors } = quietly(() => decoder.decodeFrame(packet));
      if (errors.length > 0)
        this.#sink.warn(`a damaged packet of ${packet.length} bytes, left out: ${errors[0].message}`);
      else if (samplesDecoded > 0) blocks.push(channelData);
    }
    const joined = joinBlocks(blocks);
    if (this.#gain !== 1)
      for (const samples of joined) for (let i = 0; i < samples.length; i++) samples[i] *= this.#gain;
    return joined;
  }

  free(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder) quietly(() => decoder.free());
  }

  /** Reads the identification header (RFC 7845, section 5.1). */
  async #begin(head: Uint8Array): Promise<void> {
    if (!startsWith(head, 'OpusHead') || head.length < 19 || head[8] >> 4 !== 0)
      throw this.#damaged('its first header is no "OpusHead"');
    const channels = head[9];
    const family = head[18];
    this.channels = channels;
    this.preSkip = u16(head, 10, true);
    this.#gain = gainFactor((u16(head, 16, true) << 16) >> 16);
    const [streams, coupled] = family === 0 ? [1, channels - 1] : [head[19], head[20]];
    const mapping = family === 0 ? [0, 1].slice(0, channels) : [...head.subarray(21, 21 + channels)];
    const possible =
      channels > 0 &&
      mapping.length === channels &&
      streams > 0 &&
      coupled <= streams &&
      streams + coupled <= 255 &&
      mapping.every((stream) => stream === 255 || stream < streams + coupled);
    if (!possible) throw this.#damaged(`it cannot have ${channels} channels in ${streams} streams`);
    if (family > 1 && family !== 255) {
      throw this.#sink.error(
        `Ogg Opus with channel mapping family ${family} (ambisonics); convert it, e.g. with "ffmpeg -i in.opus -ac 2 out.wav"`,
      );
    }
    const { OpusDecoder } = await loadLibrary('opus-decoder', () => import('opus-decoder'));
    // The package's input buffer has 3840 bytes a channel.
    this.#maxPacket = 3840 * channels;
    const decoder = new OpusDecoder({
      channels,
      streamCount: streams,
      coupledStreamCount: coupled,
      channelMappingTable: mapping,
    });
    await awake(decoder.ready);
    this.#decoder = decoder;
  }

  #damaged(fault: string): Error {
    return this.#sink.error(`Ogg Opus whose header is damaged: ${fault}; fetch the file again`);
  }
}
