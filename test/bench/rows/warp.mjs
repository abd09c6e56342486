/**
 * WARP training, d = 200, D = 100, batches of 100: one epoch over 20,000 frames, for growing numbers of labels Y.
 *
 * NumPy and torch run the same mini-batches in vectorised form: they score all labels and find the first violating one of a
 * random order. Draws differ, so what is compared is the mean loss of the last fifth of the batches.
 */
import { shareValues } from '../child.mjs';
import { stopwatch } from '../harness.mjs';
import { startPython } from '../programs.mjs';
import { generator, noise } from '../seeded.mjs';

const FEATURES = 200;
const COMPONENTS = 100;
const BATCH = 100;
const PER_TRACK = 20;
const RATE = 0.01;

/** Frames around one centre a label; track t has label t mod Y. */
export function labelledFrames(tunespace, nTracks, nClasses) {
  const x = noise(nTracks * PER_TRACK * FEATURES, 61);
  const centres = noise(nClasses * FEATURES, 62);
  const next = generator(63);
  const labels = Int32Array.from({ length: nTracks }, (_, t) => (t < nClasses ? t : Math.floor(next() * nClasses)));
  for (let i = 0; i < nTracks * PER_TRACK; i++) {
    const centre = labels[Math.floor(i / PER_TRACK)] * FEATURES;
    for (let k = 0; k < FEATURES; k++) x[i * FEATURES + k] += 0.5 * centres[centre + k];
  }
  const tracks = Array.from({ length: nTracks }, (_, t) => ({
    X: new tunespace.Matrix(x.subarray(t * PER_TRACK * FEATURES, (t + 1) * PER_TRACK * FEATURES), PER_TRACK, FEATURES),
    labels: [`label ${String(labels[t]).padStart(4, '0')}`],
  }));
  return { x, labels, set: { name: 'bench', tracks } };
}

/** Options under which the fit is the training alone: nothing held out, no scaling, which the peers are not given either. */
export const training = (nBatches, evaluateEvery = nBatches) => ({
  nComponents: COMPONENTS,
  batchSize: BATCH,
  learningRate: RATE,
  nBatches,
  evaluateEvery,
  validationFraction: 0,
  patience: null,
  standardize: false,
});

/** Losses of two trainings with different draws, mean of a fifth of the epoch. */
const LOSS_TOLERANCE = 0.1;

function compareLosses(ours, theirs) {
  const why = `loss ${ours[0].toFixed(3)}, the peer's ${theirs[0].toFixed(3)} (allowed: ${LOSS_TOLERANCE} of it)`;
  return { same: Math.abs(ours[0] - theirs[0]) <= LOSS_TOLERANCE * ours[0], why };
}

/** LightFM steps after each sample and scales each weight's steps (adagrad), so only the order of the labels can agree. */
function compareRanks(ours, theirs) {
  const why = `the frames' labels rank above ${percent(ours[1])} of the others, the peer's above ${percent(theirs[0])}`;
  return { same: Math.min(ours[1], theirs[0]) >= 0.6, why };
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;

/** The share of the other labels above which the frames' own label ranks, on average; every hundredth frame. */
function meanRank(tunespace, space, x, labels) {
  const step = 100;
  const rows = Array.from({ length: Math.ceil(x.length / FEATURES / step) }, (_, i) => i * step);
  const X = tunespace.Matrix.fromRows(rows.map((i) => x.subarray(i * FEATURES, (i + 1) * FEATURES)));
  const scores = space.affinities(X);
  let sum = 0;
  rows.forEach((frame, i) => {
    const row = scores.row(i);
    const own = row[labels[Math.floor(frame / PER_TRACK)]];
    sum += row.filter((score) => score < own).length / (row.length - 1);
  });
  return sum / rows.length;
}

/** @type {(context: import('../run.mjs').Context, nClasses: number) => import('../run.mjs').Case} */
function caseOf({ tunespace, quick }, nClasses) {
  const nBatches = quick ? 10 : 200;
  const { x, labels, set } = labelledFrames(tunespace, quick ? nClasses : 1000, nClasses);
  const params = training(nBatches, nBatches / 5);
  const fit = () => new tunespace.Wsabie(params).fit(set);
  const shared = {
    x: shareValues(x),
    labels: shareValues(labels),
    perTrack: PER_TRACK,
    nFeatures: FEATURES,
    nClasses,
    nComponents: COMPONENTS,
    batchSize: BATCH,
    rate: RATE,
    nBatches,
  };
  const peer = (name, peer, target, compare) => ({
    name,
    target,
    compare,
    start: () => startPython('warp', peer, shared),
  });
  return {
    work: `WARP, Y = ${nClasses}, ${nBatches} batches`,
    ours: {
      async time(n) {
        const stop = stopwatch();
        for (let i = 0; i < n; i++) await fit();
        return stop();
      },
      async output() {
        const space = await fit();
        return [space.record_.history.at(-1).loss, meanRank(tunespace, space, x, labels)];
      },
    },
    peers: [
      peer('LightFM WARP, 1 thread', 'lightfm', 30, compareRanks),
      peer('vectorised NumPy', 'numpy', 5, compareLosses),
      peer('torch, 1 thread', 'torch', 3, compareLosses),
    ],
  };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'warp',
  title: 'WARP training',
  cases: async (context) => (context.quick ? [10] : [10, 52, 160, 1000]).map((nClasses) => caseOf(context, nClasses)),
};
