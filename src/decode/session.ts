/** One decode from the first byte to the last: passes over tags, finds the format, feeds its decoder. */
import { DecodeError } from '../errors.ts';
import { ByteQueue, id3v2Size } from './bytes.ts';
import type { AudioFormat, FormatDecoder } from './format.ts';
import { FORMATS } from './formats.ts';
import { LoadError } from './library.ts';
import type { Sink } from './sink.ts';
import { SEARCHED, sniff } from './sniff.ts';
import { describeBytes } from './unknown.ts';

export { Sink } from './sink.ts';

/** A running decode into a sink. Bytes may come in any pieces. */
export class Session {
  /** The format, once it is known. */
  format: AudioFormat | undefined;
  readonly #sink: Sink;
  readonly #head = new ByteQueue();
  #decoder: FormatDecoder | undefined;
  /** Of an ID3v2 tag in front, what is still to come. */
  #tag = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Takes the next bytes. @throws DecodeError */
  push(bytes: Uint8Array): Promise<void> {
    return this.#guard(async () => {
      if (this.#decoder) return this.#decoder.push(bytes);
      this.#head.push(bytes);
      await this.#begin(false);
    });
  }

  /** The file has ended. @throws DecodeError */
  end(): Promise<void> {
    return this.#guard(async () => {
      if (!this.#decoder) await this.#begin(true);
      await this.#decoder?.end();
      this.#sink.finish();
    });
  }

  /** Gives the decoder's memory back. */
  free(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    try {
      decoder?.free();
    } catch {
      // A decoder that has trapped cannot give back; it goes as a whole with its memory.
    }
  }

  async #begin(ended: boolean): Promise<void> {
    for (;;) {
      this.#tag -= this.#head.skip(this.#tag);
      if (this.#tag > 0 && !ended) return;
      if (this.#tag > 0) throw this.#sink.error(`ends inside its ID3v2 tag, ${this.#tag} bytes early; fetch it again`);
      if (this.#head.length < 10 && !ended) return;
      this.#tag = id3v2Size(this.#head.view());
      if (this.#tag === 0) break;
    }
    const verdict = sniff(this.#head.view(), ended);
    if (!verdict) return;
    if ('foreign' in verdict) {
      throw this.#sink.error(verdict.foreign ?? describeBytes(this.#head.view().subarray(0, SEARCHED)));
    }
    this.format = verdict.format;
    const { open } = await FORMATS[verdict.format]();
    const head = this.#head.take(this.#head.length).slice();
    this.#decoder = await open(this.#sink, head);
    await this.#decoder.push(head);
  }

  /** Turns whatever a decoder throws into a DecodeError that names the file. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof DecodeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof LoadError) throw this.#sink.error(`${this.format} cannot be decoded here: ${reason}`, error);
      throw this.#sink.error(
        `the ${this.format} decoder gives up: ${reason}; the file is probably damaged: fetch it again, or convert it, e.g. ` +
          'with "ffmpeg -i in out.flac"',
        error,
      );
    }
  }
}
