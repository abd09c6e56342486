// How long tunespace keeps the page's own thread from everything else, in training and in extraction. Uses the shipped build.

import { extract, loadKernels, Matrix, RandomState, Wsabie } from '/build/standalone/tunespace.js';
import { longestBlock } from '/test/runtimes/browser/page/heartbeat.js';
import { report } from '/test/runtimes/browser/page/report.js';

/** Frames of 30 s, at the paper's settings. */
const N_FRAMES = 1290;
const N_MELS = 200;

/** A collection of 20 tracks of 30 s in 10 classes: noise with another offset for each class. */
function makeSet(name, seed) {
  const noise = new RandomState(seed).normal(N_FRAMES * N_MELS);
  const tracks = Array.from({ length: 20 }, (_, i) => {
    const offset = (i % 10) / 10;
    return {
      X: new Matrix(
        noise.map((x) => x + offset),
        N_FRAMES,
        N_MELS,
      ),
      labels: [`class ${i % 10}`],
    };
  });
  return { name, tracks };
}

/** Two minutes of stereo sound in 16 bits at 44 100 Hz, in pieces as a network brings them. */
async function* makeWav() {
  const piece = Int16Array.from(new RandomState(3).normal(32768), (x) => 3000 * x);
  const n = Math.floor((120 * 44100 * 4) / piece.byteLength);
  const header = new DataView(new ArrayBuffer(44));
  const text = (at, letters) =>
    new Uint8Array(header.buffer).set(
      Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
      at,
    );
  text(0, 'RIFF');
  header.setUint32(4, 36 + n * piece.byteLength, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 2, true);
  header.setUint32(24, 44100, true);
  header.setUint32(28, 44100 * 4, true);
  header.setUint16(32, 4, true);
  header.setUint16(34, 16, true);
  text(36, 'data');
  header.setUint32(40, n * piece.byteLength, true);
  yield new Uint8Array(header.buffer);
  for (let i = 0; i < n; i++) yield new Uint8Array(piece.buffer);
}

/** Two minutes and a half of mp3, in one piece, as a dropped file is. */
async function makeMp3() {
  const clip = new Uint8Array(await (await fetch('/test/golden/decode/no-xing.mp3')).arrayBuffer());
  const bytes = new Uint8Array(300 * clip.length);
  for (let i = 0; i < 300; i++) bytes.set(clip, i * clip.length);
  return bytes;
}

/** Something else's hiccup does not come back: the shortest of up to three, which end once one is short enough. */
async function shortest(work, goal) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && least > goal; i++) least = Math.min(least, await longestBlock(work));
  return least;
}

const PLACE = 'main thread';
try {
  await loadKernels();
  const sets = [makeSet('genres', 1), makeSet('tags', 2)];
  const mp3 = await makeMp3();
  const goal = 50;
  const training = await shortest(() => new Wsabie({ nBatches: 150, randomState: 1 }).fit(sets), goal);
  const wav = await shortest(() => extract(makeWav()), goal);
  const file = await shortest(() => extract(mp3), goal);
  await report({ place: PLACE, longestBlock: { training, 'extraction of wav': wav, 'extraction of mp3': file } });
} catch (error) {
  await report({ place: PLACE, error: `${error}\n${error.stack ?? ''}` });
}
