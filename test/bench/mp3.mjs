/** Seeded mp3 files, 44.1 kHz stereo at 128 kbit/s, made by LAME in WebAssembly: no audio needs to be had or kept. */
import { readFileSync } from 'node:fs';
import { CannotRun } from './child.mjs';
import { music } from './seeded.mjs';

const SR = 44100;

/**
 * One file.
 *
 * @param {number} seconds
 * @param {number} seed
 * @returns {Promise<Uint8Array>}
 * @throws CannotRun where the encoder is not installed
 */
export async function makeMp3(seconds, seed) {
  const { createMp3Encoder } = await import('wasm-media-encoders').catch(() => {
    throw new CannotRun('the mp3 encoder (wasm-media-encoders) is not installed');
  });
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: SR, channels: 2, bitrate: 128 });
  const left = music(seconds, SR, seed);
  const right = left.map((value, i) => 0.7 * value + 0.3 * left[Math.max(0, i - 400)]);
  // The encoder gives views of its memory, which the next call overwrites.
  const parts = [encoder.encode([left, right]).slice(), encoder.finalize().slice()];
  return new Uint8Array(Buffer.concat(parts));
}

/** A second or less of mp3 that is there without any encoder: one of the decoders' fixtures. */
export const tinyMp3 = () => new Uint8Array(readFileSync(new URL('../golden/decode/cbr128.mp3', import.meta.url)));

/**
 * The same sound in another file: a tag in front makes its bytes, and so its hash, another's.
 *
 * @param {Uint8Array} bytes
 * @param {number} number up to 9999
 */
export function tagged(bytes, number) {
  const text = `\0file ${String(number).padStart(4, '0')}`;
  // ID3v2.3: one text frame, the title.
  const frame = Buffer.concat([
    Buffer.from('TIT2'),
    Buffer.of(0, 0, 0, text.length, 0, 0),
    Buffer.from(text, 'latin1'),
  ]);
  return new Uint8Array(Buffer.concat([Buffer.from('ID3'), Buffer.of(3, 0, 0, 0, 0, 0, frame.length), frame, bytes]));
}
