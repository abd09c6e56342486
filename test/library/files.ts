/** Small trees of files in temporary folders, and the bytes of small audio files, for the tests of the library. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A fresh temporary folder; removed when the test file is done. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tunespace-test-'));
  made.push(folder);
  return folder;
}

/** Writes files below a fresh folder: `{ 'rock/a.wav': bytes }`. */
export async function makeTree(files: Record<string, string | Uint8Array>): Promise<string> {
  const root = await makeFolder();
  await addTo(root, files);
  return root;
}

/** Writes further files below a folder. */
export async function addTo(root: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

/** A mono 16-bit WAV file. */
export function wav(samples: ArrayLike<number>, sr = 22050): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sr, true);
  view.setUint32(28, sr * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(44 + i * 2, Math.round(samples[i] * 32767), true);
  return bytes;
}

/** A tone in noise, seeded by `seed`: not silent, and different for each seed. */
export function tone(n: number, seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: n }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 0.4 * Math.sin(0.05 * (seed + 1) * i) + 0.1 * (state / 2 ** 31 - 1);
  });
}

/** The head of a FLAC file with Vorbis comments and no sound: enough for whoever reads tags. */
export function taggedFlac(comments: readonly string[]): Uint8Array {
  const encode = (words: string) => new TextEncoder().encode(words);
  const sized = (words: string) => {
    const bytes = encode(words);
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, bytes.length, true);
    return [...size, ...bytes];
  };
  const total = new Uint8Array(4);
  new DataView(total.buffer).setUint32(0, comments.length, true);
  const block = [...sized('test'), ...total, ...comments.flatMap(sized)];
  const info = new Uint8Array(34);
  // 22050 Hz, one channel, 16 bits, in the 64 bits after the block and frame sizes.
  info.set([0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x05, 0x62, 0x20, 0xf0]);
  return Uint8Array.from([
    ...encode('fLaC'),
    ...[0, 0, 0, 34],
    ...info,
    ...[0x84, block.length >> 16, (block.length >> 8) & 255, block.length & 255],
    ...block,
  ]);
}
