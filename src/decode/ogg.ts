/**
 * Ogg (RFC 3533) with FLAC, Vorbis or Opus inside: follows the first audio stream, link by link of a chain.
 *
 * Lengths are exact: what the encoder padded in front and at the end is cut off as the pages' positions tell (Vorbis I,
 * appendix A.2; RFC 7845, section 4).
 */
import { ByteQueue } from './bytes.ts';
import type { FormatDecoder, OpenDecoder } from './format.ts';
import { codecOf } from './ogg-codecs.ts';
import { PacketJoiner } from './ogg-packets.ts';
import { type OggPage, OggPager } from './ogg-pages.ts';
import type { Sink } from './sink.ts';

/** A decoder of one codec's packets. */
export interface PacketDecoder {
  /** Samples a second that `decode` gives; known after the headers, like the next two. */
  readonly sr: number;
  readonly channels: number;
  /** Samples at the beginning that only prime the decoder. */
  readonly preSkip: number;
  /** Whether a first page that ends earlier than its samples do means that the surplus is cut off in front. */
  readonly trimsFront: boolean;
  /** Takes a packet while headers are expected; false where the packet is sound. */
  header(packet: Uint8Array): boolean | Promise<boolean>;
  /** Decodes packets that follow one another, to one array a channel, all equally long. */
  decode(packets: Uint8Array[]): Promise<Float32Array[]>;
  free(): void;
}

/** Starts reading one codec's packets. */
export type OpenPackets = (sink: Sink) => PacketDecoder;

/** Makes the opener of Ogg files whose sound is in `codec`. */
export function oggOpener(codec: string, openPackets: OpenPackets): OpenDecoder {
  return (sink) => new OggDecoder(sink, codec, openPackets);
}

class OggDecoder implements FormatDecoder {
  readonly #sink: Sink;
  readonly #codec: string;
  readonly #openPackets: OpenPackets;
  readonly #queue = new ByteQueue();
  readonly #pager: OggPager;
  #link: OggLink | undefined;
  /** Whether the pages that begin the streams of a link are being read; they all come before any other. */
  #isBeginning = false;
  readonly #ignored = new Set<string>();

  constructor(sink: Sink, codec: string, openPackets: OpenPackets) {
    this.#sink = sink;
    this.#codec = codec;
    this.#openPackets = openPackets;
    this.#pager = new OggPager((message) => sink.warn(message));
  }

  push(bytes: Uint8Array): Promise<void> {
    this.#queue.push(bytes);
    return this.#drain(false);
  }

  async end(): Promise<void> {
    await this.#drain(true);
    this.#closeLink();
  }

  free(): void {
    this.#link?.free();
    this.#link = undefined;
  }

  async #drain(ended: boolean): Promise<void> {
    while (!this.#sink.full) {
      const page = this.#pager.next(this.#queue, ended);
      if (!page) return;
      if (page.isFirst) this.#begin(page);
      else {
        this.#isBeginning = false;
        if (page.serial === this.#link?.serial) await this.#link.page(page);
      }
    }
  }

  /** Takes a page that begins a stream. */
  #begin(page: OggPage): void {
    const isNewLink = !this.#isBeginning;
    this.#isBeginning = true;
    if (isNewLink) this.#closeLink();
    const codec = codecOf(page.body);
    if (codec === this.#codec && !this.#link) {
      this.#link = new OggLink(this.#sink, page.serial, this.#openPackets(this.#sink));
      this.#link.first(page);
    } else if (codec !== 'Skeleton' && !this.#ignored.has(codec)) {
      this.#ignored.add(codec);
      this.#sink.warn(`another stream in the file, of ${codec}, passed over`);
    }
  }

  #closeLink(): void {
    try {
      this.#link?.end();
    } finally {
      this.free();
    }
  }
}

/** One logical stream from its first page to its last. */
class OggLink {
  readonly #sink: Sink;
  readonly #packets: PacketDecoder;
  readonly #joiner = new PacketJoiner();
  #firstPacket: Uint8Array | undefined;
  #inHeaders = true;
  #isEnded = false;
  #hasHole = false;
  /** Samples decoded so far, and what is to be added to give the position that the pages count. */
  #decoded = 0;
  #base: number | undefined;
  #granule: number | undefined;
  /** Samples still to be dropped in front. */
  #toDrop = 0;
  /** The last page's samples wait for the next page, which may say that some of them are padding. */
  #held: Float32Array[] = [];

  constructor(
    sink: Sink,
    readonly serial: number,
    packets: PacketDecoder,
  ) {
    this.#sink = sink;
    this.#packets = packets;
  }

  /** Takes the page that names the codec. */
  first(page: OggPage): void {
    const [packet] = this.#joiner.take(page);
    this.#firstPacket = packet?.slice();
  }

  async page(page: OggPage): Promise<void> {
    if (this.#isEnded) return;
    const packets = this.#joiner.take(page);
    if (this.#firstPacket) {
      packets.unshift(this.#firstPacket);
      this.#firstPacket = undefined;
    }
    if (this.#joiner.hasGap) {
      this.#hasHole = true;
      if (!this.#inHeaders) this.#sink.warn(`damaged: pages are missing before page ${page.sequence}`);
    }
    while (this.#inHeaders && packets.length > 0) {
      if (await this.#packets.header(packets[0])) packets.shift();
      else this.#start();
    }
    const block = packets.length > 0 ? await this.#packets.decode(packets) : [];
    this.#place(block, page);
  }

  /** The stream has ended: says what is missing. @throws DecodeError when not even its headers are whole */
  end(): void {
    if (this.#inHeaders) throw this.#sink.error('Ogg whose headers are cut short or damaged; fetch the file again');
    this.#emit(this.#held);
    this.#held = [];
    if (!this.#isEnded && !this.#sink.full) {
      this.#sink.warn('the file ends without a last page: truncated, or recorded from a stream');
    }
  }

  free(): void {
    this.#packets.free();
  }

  #start(): void {
    this.#inHeaders = false;
    this.#toDrop = this.#packets.preSkip;
    this.#sink.start(this.#packets.sr, this.#packets.channels);
  }

  /** Puts a page's samples where its position says. */
  #place(block: Float32Array[], page: OggPage): void {
    const length = block[0]?.length ?? 0;
    const previous = this.#granule;
    this.#decoded += length;
    if (page.granule !== undefined && length > 0) this.#findBase(page.granule, page.isLast);
    if (page.granule !== undefined) this.#granule = page.granule;
    if (!page.isLast) {
      if (length === 0) return;
      this.#emit(this.#held);
      this.#held = block;
      return;
    }
    this.#isEnded = true;
    const both = [this.#held, block].filter((part) => part.length > 0);
    this.#held = [];
    const surplus = this.#surplus(page.granule, previous, length);
    const end = joinBlocks(both);
    const kept = Math.max(0, (end[0]?.length ?? 0) - Math.max(0, surplus));
    this.#emit(end.map((samples) => samples.subarray(0, kept)));
    if (surplus < 0) this.#sink.warn(`damaged: ${-surplus} samples are missing`);
  }

  /** How many samples were decoded beyond the stream's announced end. */
  #surplus(granule: number | undefined, previous: number | undefined, length: number): number {
    if (granule === undefined || this.#base === undefined) return 0;
    // After a hole the count from the beginning is of no use: the last page's own is.
    if (this.#hasHole) return previous === undefined ? 0 : Math.max(0, length - (granule - previous));
    return this.#decoded + this.#base - granule;
  }

  /** Compares the first page's position with its samples: a stream may begin later than at 0, or with padding. */
  #findBase(granule: number, isLast: boolean): void {
    if (this.#base !== undefined) return;
    const base = granule - this.#decoded;
    this.#base = isLast ? 0 : Math.max(base, this.#packets.trimsFront ? base : 0);
    if (this.#base < 0) this.#toDrop -= this.#base;
  }

  #emit(block: Float32Array[]): void {
    if (block.length === 0) return;
    const dropped = Math.min(this.#toDrop, block[0].length);
    this.#toDrop -= dropped;
    this.#sink.write(dropped > 0 ? block.map((samples) => samples.subarray(dropped)) : block);
  }
}

/** Joins blocks of one array a channel end to end. */
export function joinBlocks(blocks: readonly Float32Array[][]): Float32Array[] {
  if (blocks.length <= 1) return blocks[0] ?? [];
  const length = blocks.reduce((sum, [first]) => sum + first.length, 0);
  return blocks[0].map((_, channel) => {
    const joined = new Float32Array(length);
    let at = 0;
    for (const block of blocks) {
      joined.set(block[channel], at);
      at += block[channel].length;
    }
    return joined;
  });
}
