// The small real job that each project of this folder does with the installed package: the same bits are expected of all.
import {
  aggregate,
  createPool,
  decode,
  LinearClassifier,
  logMelSpectrogram,
  Matrix,
  meanRow,
  NearestNeighbors,
  resample,
} from 'tunespace';
import { Explainer } from 'tunespace/explain';
import { loadSpace, spaceBytes, spaces } from 'tunespace/spaces';
import { teach } from 'tunespace/teach';
import { files } from './files.js';

/** A 16-bit stereo WAV file of 3.2 seconds: a triangle wave, over which noise is laid in the second channel. Integers only. */
function wav(period, seed) {
  const sr = 44100;
  const length = Math.floor(3.2 * sr);
  const bytes = new DataView(new ArrayBuffer(44 + 4 * length));
  const text = (at, word) => {
    for (let i = 0; i < word.length; i++) bytes.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + 4 * length, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 2, true);
  bytes.setUint32(24, sr, true);
  bytes.setUint32(28, 4 * sr, true);
  bytes.setUint16(32, 4, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, 4 * length, true);
  let noise = seed;
  for (let i = 0; i < length; i++) {
    noise = (Math.imul(noise, 1664525) + 1013904223) | 0;
    const triangle = Math.floor((Math.abs((i % period) - period / 2) * 32000) / period) - 8000;
    bytes.setInt16(44 + 4 * i, triangle, true);
    bytes.setInt16(46 + 4 * i, triangle + (noise >> 19), true);
  }
  return bytes.buffer;
}

/** Of the bytes of typed arrays, put end to end. */
export async function digestOf(arrays) {
  const all = new Uint8Array(await new Blob(arrays).arrayBuffer());
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** From WAV files to windows, a classifier and neighbours: the digest of all their numbers. Load the kernels first. */
export async function music() {
  const labels = ['low', 'low', 'high', 'high'];
  const tracks = await Promise.all(
    [400, 320, 41, 53].map(async (period, i) => {
      const { y, sr } = await decode(wav(period, i + 1), { name: `${labels[i]}.wav` });
      return aggregate(logMelSpectrogram(resample(y, { origSr: sr, targetSr: 22050 }), { sr: 22050 }));
    }),
  );
  const windows = Matrix.concatenate(tracks);
  const words = tracks.flatMap((track, i) => Array(track.rows).fill(labels[i]));
  const classifier = new LinearClassifier({ alpha: 0.1 }).fit(windows, words);
  if (String(tracks.map((track) => classifier.predictTrack(track).label)) !== String(labels)) {
    throw new Error('the classifier does not know its own tracks');
  }
  const { distances, indices } = new NearestNeighbors({ nNeighbors: 3 }).fit(windows).kNeighbors();
  return digestOf([windows.data, classifier.decisionFunction(windows).data, distances, indices]);
}

/**
 * A clip in the space that ships, whose path is another than the package's: both must find the same kernels. The digest of its
 * embedded windows, of how well each label of the space fits it, of how sure labels are that four more clips taught in it, and
 * of what it sounds like beside those.
 */
export async function shipped() {
  const [{ name, sha256 }] = spaces;
  const whole = await digestOf([await spaceBytes(name)]);
  if (!sha256.startsWith(whole)) throw new Error(`the space ${name} has the digest ${whole}..., listed is ${sha256}`);
  const framesOf = async (period, seed) => {
    const { y, sr } = await decode(wav(period, seed), { name: 'clip.wav' });
    return logMelSpectrogram(resample(y, { origSr: sr, targetSr: 22050 }), { sr: 22050 });
  };
  const frames = await framesOf(100, 1);
  const space = await loadSpace();
  const tags = space.tagTrack(frames);
  const examples = [400, 320, 41, 53].map(async (period, i) => {
    const label = i < 2 ? 'low' : 'high';
    return { name: `${label} ${i}`, label, X: await framesOf(period, i + 1) };
  });
  const others = await Promise.all(examples);
  const taught = teach(others, { space, onWarning: () => {} });
  const { probabilities } = taught.predictTrack(frames);
  const vectorOf = (X) => meanRow(aggregate(space.transform(X)));
  const collection = Matrix.fromRows([frames, ...others.map(({ X }) => X)].map(vectorOf));
  const [heard] = new Explainer(space).fit(collection).explain(collection);
  return digestOf([
    vectorOf(frames),
    Float64Array.from(tags, ({ score }) => score),
    probabilities,
    Float64Array.from(heard, ({ score }) => score),
  ]);
}

/** The readers that load with the first file of their kind, each from a chunk and a package of its own. */
export async function readers() {
  const decoded = [];
  for (const [name, base64] of Object.entries(files)) {
    decoded.push((await decode(bytesOf(base64), { name })).y);
  }
  return digestOf(decoded);
}

/** Frames of the same files, made by two workers; `options` are those of `createPool`. */
export async function pooled(options) {
  const pool = createPool({ size: 2, ...options });
  try {
    const inputs = Object.entries(files).map(([name, base64]) => ({ name, source: bytesOf(base64) }));
    const frames = [];
    for await (const { value, error } of pool.extract(inputs)) {
      if (error) throw error;
      frames.push(value.data);
    }
    return await digestOf(frames);
  } finally {
    pool.dispose();
  }
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
