/** Packets of Ogg (RFC 3533), from the pages that they lie on: all that a decoder needs of Ogg, and telling formats apart does not. */
import type { OggPage } from './ogg-pages.ts';

/** A packet beyond this is a lie; the largest honest ones are comments with pictures. */
const MAX_PACKET = 32 * 1024 * 1024;

/** Joins the packets of one logical stream, which may run over pages. */
export class PacketJoiner {
  #sequence: number | undefined;
  /** The parts of a packet that has begun on earlier pages, or `undefined` where none is open. */
  #open: Uint8Array[] | undefined;
  #openLength = 0;

  /** Whether pages are missing before the one given last. */
  hasGap = false;

  /**
   * The packets that end on this page: views of it where they also begin there.
   *
   * @throws Error on a packet of a size that no codec has
   */
  take(page: OggPage): Uint8Array[] {
    this.hasGap = this.#sequence !== undefined && page.sequence !== (this.#sequence + 1) >>> 0;
    this.#sequence = page.sequence;
    if (!page.isContinued || this.hasGap) this.#open = undefined;
    // The rest of a packet whose beginning is lost is of no use.
    let isOrphan = page.isContinued && !this.#open;
    const packets: Uint8Array[] = [];
    let from = 0;
    let to = 0;
    for (const [i, segment] of page.segments.entries()) {
      to += segment;
      const goesOn = segment === 255;
      if (goesOn && i < page.segments.length - 1) continue;
      const part = page.body.subarray(from, to);
      from = to;
      if (isOrphan) isOrphan = false;
      else if (goesOn) this.#keep(part);
      else packets.push(this.#close(part));
    }
    return packets;
  }

  #keep(part: Uint8Array): void {
    if (!this.#open) this.#openLength = 0;
    this.#open ??= [];
    this.#open.push(part.slice());
    this.#openLength += part.length;
    if (this.#openLength > MAX_PACKET) throw new Error(`Ogg packet of more than ${MAX_PACKET} bytes`);
  }

  #close(last: Uint8Array): Uint8Array {
    if (!this.#open) return last;
    const packet = new Uint8Array(this.#openLength + last.length);
    let at = 0;
    for (const part of [...this.#open, last]) {
      packet.set(part, at);
      at += part.length;
    }
    this.#open = undefined;
    return packet;
  }
}
