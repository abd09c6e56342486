/** The golden audio files of the decoders, and small hands for building and breaking files. */
import { readFileSync } from 'node:fs';
import { type AudioFormat, decode, decodeStream } from '../../src/decode.ts';

const folder = new URL('../golden/decode/', import.meta.url);

/** What the peer programs read from a golden file. */
export interface Expected {
  format: AudioFormat;
  sr: number;
  channels: number;
  samples: number;
  exact: boolean;
  peer: string;
  at: number;
  count: number;
}

const { stride, files } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  stride: number;
  files: Record<string, Expected>;
};
const values = new Float32Array(Uint8Array.from(readFileSync(new URL('expected.bin', folder))).buffer);

/** The golden files, by name. */
export const EXPECTED = files;
export const NAMES = Object.keys(files);
/** Every `STRIDE`-th sample is known. */
export const STRIDE = stride;

/** Whether a golden file is uncompressed: those decode in no time, the others start a decoder each. */
export const isPlain = (name: string) => /\.(wav|au|aiff|aifc)$/.test(name);

/** A golden file's bytes. */
export const golden = (name: string) => Uint8Array.from(readFileSync(new URL(name, folder)));

/** What the peer reads from a golden file: every `STRIDE`-th sample. */
export const expectedSamples = ({ at, count }: Expected) => values.subarray(at, at + count);

/** Every `STRIDE`-th sample of `y`. */
export const thinned = (y: Float32Array) => y.filter((_, i) => i % stride === 0);

/** Signal to error in decibels. */
export function snr(signal: Float32Array, y: Float32Array): number {
  let power = 0;
  let error = 0;
  signal.forEach((value, i) => {
    power += value * value;
    error += (value - y[i]) * (value - y[i]);
  });
  return 10 * Math.log10(power / error);
}

/** Bytes end to end; strings are Latin-1. */
export function bytesOf(...parts: (string | number | ArrayLike<number>)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part];
      return typeof part === 'string' ? Array.from(part, (letter) => letter.charCodeAt(0)) : Array.from(part);
    }),
  );
}

/** A word of `size` bytes. */
export function word(value: number, size: number, littleEndian = true): number[] {
  const bytes = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
  return littleEndian ? bytes : bytes.reverse();
}

/** `bytes` with `part` at `at`. */
export function patched(bytes: Uint8Array, at: number, ...part: Parameters<typeof bytesOf>): Uint8Array {
  const copy = bytes.slice();
  copy.set(bytesOf(...part), at);
  return copy;
}

/** Where the Latin-1 text `needle` stands. */
export function find(bytes: Uint8Array, needle: string, from = 0): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(needle, from, 'latin1');
}

/** The fields of a WAV file's header that tests bend. */
export interface WavFields {
  channels?: number;
  sr?: number;
  bits?: number;
  tag?: number;
  blockAlign?: number;
  data?: ArrayLike<number>;
  dataSize?: number;
  riffSize?: number;
}

/** A RIFF/WAVE file. `data` is the body of its data chunk; sizes are honest unless given. */
export function wav({ channels = 1, sr = 8000, bits = 16, tag = 1, data = [], ...rest }: WavFields): Uint8Array {
  const { blockAlign = channels * Math.ceil(bits / 8), dataSize = data.length, riffSize = 36 + data.length } = rest;
  const format = [word(tag, 2), word(channels, 2), word(sr, 4), word(sr * blockAlign, 4)].flat();
  const head = bytesOf('RIFF', word(riffSize, 4), 'WAVEfmt ', word(16, 4), format, word(blockAlign, 2), word(bits, 2));
  const file = new Uint8Array(head.length + 8 + data.length);
  file.set(head);
  file.set(bytesOf('data', word(dataSize, 4)), head.length);
  file.set(data, head.length + 8);
  return file;
}

/** 16-bit samples as bytes. */
export const s16 = (...samples: number[]) => samples.flatMap((value) => word((value + 65536) % 65536, 2));

/** `bytes` in pieces of the given sizes, taken in turn. */
export async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + Math.max(1, sizes[i % sizes.length]);
    // A copy that is spoilt afterwards: nobody may keep a view of what he was given.
    const piece = bytes.slice(at, end);
    yield piece;
    piece.fill(0xff);
    at = end;
  }
}

/** What became of a file: its samples and warnings, or its error, with the function's name left out. */
export interface Outcome {
  y?: Float32Array;
  sr?: number;
  warnings: string[];
  error?: unknown;
  message?: string;
}

const failure = (error: unknown, warnings: string[]): Outcome => ({
  warnings,
  error,
  message: String((error as Error).message).replace(/^decode(Stream)?: /, ''),
});

/** `decode`, with its error as a value. */
export async function decoded(bytes: Uint8Array, name?: string): Promise<Outcome> {
  try {
    const { y, sr, warnings } = await decode(bytes, { name });
    return { y, sr, warnings };
  } catch (error) {
    return failure(error, []);
  }
}

/** `decodeStream` of pieces, with its error as a value. */
export async function streamed(bytes: Uint8Array, sizes: readonly number[], name?: string): Promise<Outcome> {
  const warnings: string[] = [];
  const blocks: Float32Array[] = [];
  let sr = 0;
  try {
    for await (const block of decodeStream(pieces(bytes, sizes), { name, onWarning: (text) => warnings.push(text) })) {
      blocks.push(block.y);
      sr = block.sr;
    }
  } catch (error) {
    return failure(error, warnings);
  }
  const y = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    y.set(block, at);
    at += block.length;
  }
  return { y, sr, warnings };
}
