// Pieces mixed from the notes that the shipped space was learned from: what its labels usually score on several sounds at once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decode,
  encodeFeatures,
  loadKernels,
  logMelSpectrogram,
  Matrix,
  meanRow,
  RandomState,
  resample,
  Wsabie,
} from '../build/runtime/node.js';

const PIECES = 64;
const SECONDS = 10;
/** Of 2, 6 and 16, the one after which explanations agree best with those beside real music (half of three collections). */
const NOTES_A_SECOND = 6;
const SR = 22_050;

/** A note at 22 050 Hz, and its largest sample; `undefined` where it is silent. */
async function noteOf(path) {
  const { y, sr } = await decode(readFileSync(path), { name: path });
  const sound = resample(y, { origSr: sr, targetSr: SR });
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return peak > 1e-4 ? { sound, peak } : undefined;
}

/** One piece: notes drawn at random, anywhere in it, each 0.1 to 1 times as loud as the loudest may be. */
function mix(notes, random) {
  const n = SR * SECONDS;
  const count = NOTES_A_SECOND * SECONDS;
  const [which, when, loudness] = [
    random.integers(notes.length, count),
    random.integers(n, count),
    random.uniform(count),
  ];
  const y = new Float32Array(n);
  for (let i = 0; i < count; i++) {
    const { sound, peak } = notes[which[i]];
    const gain = (0.1 + 0.9 * loudness[i]) / peak;
    const end = Math.min(n, when[i] + sound.length);
    for (let t = when[i]; t < end; t++) y[t] += gain * sound[t - when[i]];
  }
  return y;
}

/**
 * The mean embedded frames of the pieces, `(64, nComponents)`, as a safetensors file of features.
 *
 * @param notes the folder that holds the samples in `audio/`
 * @param spaceFile the bytes of the space
 */
export async function makeMixtures(notes, spaceFile) {
  await loadKernels();
  const space = Wsabie.fromBytes(spaceFile);
  const folder = join(notes, 'audio');
  const found = [];
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.mp3'))
    .sort()) {
    const note = await noteOf(join(folder, name));
    if (note) found.push(note);
  }
  const random = new RandomState(1);
  const rows = [];
  let frontEnd;
  for (let piece = 0; piece < PIECES; piece++) {
    const embedded = space.transform(logMelSpectrogram(mix(found, random), { sr: SR }));
    frontEnd = embedded.frontEnd;
    rows.push(meanRow(embedded));
  }
  return encodeFeatures(Matrix.fromRows(rows, frontEnd));
}
