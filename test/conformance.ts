/**
 * Conformance: the whole pipeline from a seeded signal on, and a SHA-256 of each stage's numbers. Every runtime must give the
 * digests of `conformance.json`.
 *
 * No test runner, no runtime's own names, nothing but what ECMAScript and WebAssembly have: it also runs in an AudioWorklet.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  accuracyScore,
  aggregate,
  confusionMatrix,
  type DecodeError,
  decode,
  decodeSafetensors,
  encodeSafetensors,
  extract,
  groupShuffleSplit,
  type KernelsSource,
  kOccurrence,
  LinearClassifier,
  loadKernels,
  logMelSpectrogram,
  Matrix,
  meanAndStandardError,
  meanRow,
  melFilterBank,
  melSpectrogram,
  NearestNeighbors,
  precisionAtK,
  RandomState,
  Resampler,
  resample,
  type SourceSet,
  samplePerClass,
  skewness,
  spectrogram,
  stft,
  stratifiedKFold,
  stratifiedShuffleSplit,
  taggingScores,
  Wsabie,
} from '../src/index.ts';
import { FewShotClassifier } from '../src/teach.ts';
import { makeClip, N_KINDS } from './conformance/signal.ts';

/** A SHA-256 in hexadecimal for each stage, or `not run: ` and why. */
export type Digests = Record<string, string>;

/** Files for the decoders: the stage's name after `decode `, and the file's bytes. */
export type Fixtures = Record<string, Uint8Array>;

/** How a stage that cannot be run here begins. */
export const NOT_RUN = 'not run: ';

type Values = Matrix | ArrayBufferView<ArrayBufferLike> | readonly (number | string)[];

/** Bytes of numbers as they lie in memory (every runtime is little-endian), of lists as float64 or text. */
function bytesOf(values: Values): Uint8Array {
  if (values instanceof Matrix) return bytesOf(values.data);
  if (ArrayBuffer.isView(values)) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (values.every((value) => typeof value === 'number')) return bytesOf(Float64Array.from(values));
  return bytesOf(Uint16Array.from(values.join('\n'), (sign) => sign.charCodeAt(0)));
}

/** One digest of several results, each with its length, so that they do not run together. */
function digest(...results: Values[]): string {
  const hash = sha256.create();
  for (const result of results) {
    const bytes = bytesOf(result);
    hash.update(bytesOf(Uint32Array.of(bytes.length))).update(bytes);
  }
  return bytesToHex(hash.digest());
}

const SR = 22050;
/** Clips of each kind, and seconds of a clip. */
const CLIPS = 5;
const SECONDS = 3;
/** Sample rates that clips come with, in turn. */
const RATES = [44100, 48000, 22050, 32000];

interface Clip {
  readonly kind: number;
  readonly sr: number;
  readonly y: Float32Array<ArrayBuffer>;
}

const makeClips = (): Clip[] =>
  Array.from({ length: CLIPS * N_KINDS }, (_, i) => {
    const kind = i % N_KINDS;
    const sr = RATES[Math.floor(i / N_KINDS) % RATES.length];
    // No two clips are of one length, and none is a round number of frames.
    return { kind, sr, y: makeClip(i, kind, SECONDS * sr + 97 * i) };
  });

function drawRandom(): string {
  const random = new RandomState(20131104, 3);
  return digest(
    random.words(1001),
    random.integers(10, 1000),
    random.integers(3000000000, 1000),
    random.uniform(1001),
    random.normal(10001),
    random.permutation(1000),
    random.split(7).words(10),
  );
}

/** A stream in blocks of odd sizes; its samples end to end are those of the batch call. */
function streamed(y: Float32Array, origSr: number): Float32Array[] {
  const resampler = new Resampler({ origSr, targetSr: SR });
  const parts: Float32Array[] = [];
  for (let at = 0, size = 1; at < y.length; at += size, size = (3 * size + 1) % 4099) {
    parts.push(resampler.push(y.subarray(at, at + size)));
  }
  parts.push(resampler.flush());
  resampler.dispose();
  return parts;
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Every clip at 22 050 Hz, every third by the stream. */
const resampleAll = (clips: readonly Clip[]) =>
  clips.map(({ y, sr }, i) => (i % 3 === 0 ? joined(streamed(y, sr)) : resample(y, { origSr: sr, targetSr: SR })));

function transformFourier(y: Float32Array): string {
  const paper = stft(y);
  const centred = stft(y, { nFft: 512, hopLength: 199, center: true });
  const power = spectrogram(y, { nFft: 4096, hopLength: 1000, power: 2 });
  return digest(paper.real, paper.imag, centred.real, centred.imag, spectrogram(y), power);
}

function makeMel(y: Float32Array): string {
  const htk = { sr: SR, nFft: 2048, nMels: 64, htk: true, fMin: 30, fMax: 8000 } as const;
  return digest(
    melFilterBank({ sr: SR, nFft: 1024, nMels: 200 }),
    melFilterBank({ ...htk, norm: null }),
    melSpectrogram(y, { sr: SR }),
    melSpectrogram(y, { ...htk, hopLength: 441, power: 2, center: true }),
  );
}

/** Genres, one a track; and tags, several a track, some of them shared by kinds. */
function makeSets(clips: readonly Clip[], frames: readonly Matrix[]): SourceSet[] {
  const genres = ['rock', 'jazz', 'folk', 'techno'];
  const tags = [
    ['guitar', 'loud'],
    ['piano', 'calm'],
    ['guitar', 'calm'],
    ['synth', 'loud', 'fast'],
  ];
  const half = Math.ceil(clips.length / 2);
  const tracks = clips.map(({ kind }, i) => ({ X: frames[i], kind }));
  return [
    { name: 'genres', tracks: tracks.slice(0, half).map(({ X, kind }) => ({ X, labels: [genres[kind]] })) },
    { name: 'tags', tracks: tracks.slice(half).map(({ X, kind }) => ({ X, labels: tags[kind] })) },
  ];
}

const TRAINING = {
  nComponents: 24,
  batchSize: 50,
  nBatches: 120,
  evaluateEvery: 30,
  validationFraction: 0.2,
  learningRate: 0.05,
  maxNormW: 1,
  randomState: 11,
} as const;

/**
 * Trains until the first checkpoint, breaks off there, and goes on from the checkpoint's bytes in another object.
 *
 * @returns the checkpoint and the space
 */
async function trainWithBreak(sets: readonly SourceSet[]) {
  const stop = new Error('broken off on purpose');
  let checkpoint: Uint8Array<ArrayBuffer> | undefined;
  const onWarning = () => {};
  const onCheckpoint = (bytes: Uint8Array<ArrayBuffer>) => {
    checkpoint = bytes;
    throw stop;
  };
  try {
    await new Wsabie(TRAINING).fit(sets, { checkpointEvery: 47, onCheckpoint, onWarning });
  } catch (error) {
    if (error !== stop) throw error;
  }
  if (!checkpoint) throw new Error('the training was not broken off');
  return { checkpoint, space: await Wsabie.fromBytes(checkpoint).fit(sets, { onWarning }) };
}

function embed(space: Wsabie, frames: readonly Matrix[]) {
  const embedded = frames.map((X) => space.transform(X));
  const tagged = frames.flatMap((X) => space.tagTrack(X, { set: 'tags', k: 2 }));
  const nearest = space.nearestClasses({ k: 2 });
  const digests = digest(
    ...embedded,
    space.affinities(frames[0], 'genres'),
    tagged.map(({ label }) => label),
    tagged.map(({ score }) => score),
    nearest.flatMap(({ label, neighbours }) => [label, ...neighbours.map((neighbour) => neighbour.label)]),
    nearest.flatMap(({ neighbours }) => neighbours.map(({ distance }) => distance)),
  );
  return { embedded, digests };
}

/** The same in one call, which works in small steps with pauses: windows of frames, and of embedded frames. */
async function extractAll(space: Wsabie, clips: readonly Clip[]): Promise<string> {
  const results: Matrix[] = [];
  for (const { y, sr } of clips.slice(0, 6)) {
    results.push(await extract({ y, sr }), await extract({ y, sr }, { space, windows: { hopLength: 16 } }));
  }
  return digest(...results);
}

/** Learns from every window but the last of each clip, and judges those; and from all frames, so many that they are refined. */
function classify(windows: readonly Matrix[], frames: readonly Matrix[], labels: readonly string[]) {
  const classifier = new LinearClassifier({ alpha: 0.01, penalty: 'relative' });
  windows.forEach((X, i) => {
    const train = X.slice(0, X.rows - 1);
    classifier.partialFit(train, Array(train.rows).fill(labels[i]), { classes: [...labels] });
  });
  const tests = Matrix.concatenate(windows.map((X) => X.slice(X.rows - 1)));
  const scores = classifier.decisionFunction(tests);
  const predictions = classifier.predict(tests);
  const tracks = windows.map((X) => classifier.predictTrack(X));
  const bytes = classifier.toBytes();
  const plain = new LinearClassifier({ alpha: 1 }).fit(tests, labels);
  const ofFrames = frames.flatMap(({ rows }, i) => Array<string>(rows).fill(labels[i]));
  const refined = new LinearClassifier({ penalty: 'relative' }).fit(Matrix.concatenate(frames), ofFrames);
  const learned = [bytes, plain.toBytes(), refined.toBytes()];
  const digests = digest(scores, predictions, ...tracks.map((track) => track.scores), ...learned);
  return { scores, predictions, digests };
}

/** Labels from a few tracks each, artists apart, asked of all; and one label alone, which ranks. */
function learnFew(space: Wsabie, frames: readonly Matrix[], labels: readonly string[], artists: readonly string[]) {
  const few = frames.slice(0, 3 * N_KINDS);
  const mine = new FewShotClassifier({ space, randomState: 3 });
  mine.fit(few, labels.slice(0, few.length), { groups: artists.slice(0, few.length) });
  const liked = new FewShotClassifier({ space }).fit(few.slice(0, 2), ['liked', 'liked']);
  const found = [mine.toBytes(), mine.predictProba(frames), liked.toBytes(), liked.distances(frames)];
  return digest(...found, mine.predict(frames));
}

function findNeighbours(tracks: Matrix, artists: readonly string[]) {
  const lists = (['l1', 'euclidean', 'cosine'] as const).flatMap((metric) => {
    const index = new NearestNeighbors({ metric, nNeighbors: 5 }).fit(tracks, { groups: artists });
    return [index.kNeighbors(), index.kNeighbors(undefined, { groups: true, nNeighbors: 3 })];
  });
  return { neighbours: lists[0], digests: digest(...lists.flatMap(({ distances, indices }) => [distances, indices])) };
}

function judge(found: {
  labels: readonly string[];
  predictions: readonly string[];
  scores: Matrix;
  neighbours: ReturnType<NearestNeighbors['kNeighbors']>;
}): string {
  const { labels, predictions, scores, neighbours } = found;
  const { classes, counts } = confusionMatrix(labels, predictions);
  const truth = new Matrix(new Float32Array(scores.data.length), scores.rows, scores.columns);
  labels.forEach((label, i) => {
    truth.data[i * truth.columns + [...new Set(labels)].sort().indexOf(label)] = 1;
  });
  const tagging = taggingScores(scores, truth, { k: [1, 2] });
  const occurrence = kOccurrence(neighbours, labels.length);
  const spread = meanAndStandardError(Float64Array.from(occurrence, (count) => count / 7));
  return digest(
    [accuracyScore(labels, predictions), precisionAtK(neighbours, labels, { k: 3 })],
    classes,
    counts.flat(),
    [tagging.rocAuc, tagging.prAuc, tagging.map, ...tagging.precisionAtK.map(({ precision }) => precision)],
    occurrence,
    [skewness(occurrence), spread.mean, spread.standardError],
  );
}

function divide(labels: readonly string[], artists: readonly string[]): string {
  const splits = [
    ...stratifiedKFold(labels, { nSplits: 3, randomState: 5 }),
    ...stratifiedKFold(labels, { nSplits: 2, randomState: 5, groups: artists }),
    ...stratifiedShuffleSplit(labels, { nSplits: 3, testSize: 0.3, randomState: 5 }),
    ...groupShuffleSplit(artists, { nSplits: 3, randomState: 5 }),
  ];
  const sample = samplePerClass(
    labels.map((_, i) => i),
    labels,
    { perClass: 2, randomState: 5 },
  );
  return digest(...splits.flatMap(({ train, test }) => [train, test]), sample);
}

function pack(X: Matrix): string {
  const bytes = encodeSafetensors(
    {
      frames: { dtype: 'F32', shape: [X.rows, X.columns], data: X.data },
      counts: { dtype: 'I32', shape: [3], data: Int32Array.of(-1, 0, 1) },
      means: { dtype: 'F64', shape: [2], data: Float64Array.of(1 / 3, 0.1) },
    },
    { name: 'Fr\u00e9d\u00e9ric \u266b \ud83c\udfb5', quote: '"\\\u0007' },
  );
  const { tensors, metadata } = decodeSafetensors(bytes);
  return digest(bytes, [metadata.name, metadata.quote], ...Object.values(tensors).map(({ data }) => data));
}

/** Decodes one file; a runtime that does not let bytes be compiled says so by the error's words. */
async function decodeFile(bytes: Uint8Array): Promise<string> {
  try {
    const { y, sr, channels } = await decode(bytes);
    return digest(y, [sr, channels]);
  } catch (error) {
    const { message } = error as DecodeError;
    if (/does not let WebAssembly be compiled/.test(message)) return NOT_RUN + message;
    throw error;
  }
}

/**
 * The stage `log` where a program outside of the library makes the frames (the WASI build's).
 *
 * @param source what `loadKernels` takes
 * @param framesOf from samples at 22 050 Hz to frames `(nFrames, 200)`, both as bytes of float32
 */
export async function conformanceOfProgram(
  source: KernelsSource,
  framesOf: (y: Uint8Array) => Promise<Uint8Array>,
): Promise<Digests> {
  await loadKernels(source);
  const frames: Uint8Array[] = [];
  for (const y of resampleAll(makeClips())) frames.push(await framesOf(bytesOf(y)));
  return { log: digest(...frames) };
}

/**
 * Runs every stage.
 *
 * @param source what `loadKernels` takes
 * @param fixtures files to decode, one a format
 * @returns digests by stage, in the order of the pipeline
 */
export async function conformance(source: KernelsSource, fixtures: Fixtures = {}): Promise<Digests> {
  await loadKernels(source);
  const digests: Digests = { random: drawRandom() };

  for (const [name, bytes] of Object.entries(fixtures)) digests[`decode ${name}`] = await decodeFile(bytes);

  const clips = makeClips();
  digests.pcm = digest(...clips.map(({ y }) => y));
  const signals = resampleAll(clips);
  digests.resample = digest(...signals);
  digests.stft = transformFourier(signals[1]);
  digests.mel = makeMel(signals[2]);
  const frames = signals.map((y) => logMelSpectrogram(y, { sr: SR }));
  digests.log = digest(...frames);
  digests.windows = digest(
    ...frames.map((X) => aggregate(X)),
    aggregate(frames[0], { windowLength: 43, hopLength: 17 }),
  );

  const { checkpoint, space } = await trainWithBreak(makeSets(clips, frames));
  digests.checkpoint = digest(checkpoint);
  digests.training = digest(space.toBytes());
  const { embedded, digests: embedding } = embed(space, frames);
  digests.embedding = embedding;
  digests.extract = await extractAll(space, clips);

  const labels = clips.map(({ kind }) => `kind ${kind}`);
  const artists = clips.map((_, i) => `artist ${Math.floor(i / 3)}`);
  const windows = embedded.map((X) => aggregate(X, { windowLength: 32, hopLength: 16 }));
  const { scores, predictions, digests: leastSquares } = classify(windows, frames, labels);
  digests.leastSquares = leastSquares;
  digests.teach = learnFew(space, frames, labels, artists);
  const tracks = Matrix.fromRows(windows.map(meanRow));
  const { neighbours, digests: nearest } = findNeighbours(tracks, artists);
  digests.neighbours = nearest;
  digests.metrics = judge({ labels, predictions, scores, neighbours });
  digests.split = divide(labels, artists);
  digests.safetensors = pack(frames[0]);
  return digests;
}
