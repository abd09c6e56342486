/**
 * What one format has to give, so that `decode` can read it. To add a format: one file beside this one with an `open`
 * function, one row in the table of `formats.ts`, and its magic bytes in `sniff.ts`.
 */
import type { Sink } from './sink.ts';

/** The formats that are decoded here. `flac` is native FLAC or FLAC in Ogg; `mp3` is any MPEG audio layer, 1 to 3. */
export type AudioFormat = 'wav' | 'au' | 'aiff' | 'flac' | 'mp3' | 'vorbis' | 'opus';

/**
 * One running decode of one file. It takes the file's bytes in any pieces and hands samples to its sink; what it hands
 * over must not depend on where the pieces were cut, so it works in whole records (frames, pages, packets) only.
 */
export interface FormatDecoder {
  /** Takes the next bytes, which it must copy where it needs them later. */
  push(bytes: Uint8Array): void | Promise<void>;
  /** The file has ended: decodes what is left, and warns of what is missing. */
  end(): void | Promise<void>;
  /** Gives back what it holds. Called once, also after an error. */
  free(): void;
}

/** Starts a decode that writes to `sink`. Loads its library on first use. `head` holds the file's first bytes, to look at. */
export type OpenDecoder = (sink: Sink, head: Uint8Array) => FormatDecoder | Promise<FormatDecoder>;
