/**
 * WARP training, d = 200, D = 100, batches of 100: one epoch over 20,000 frames, for growing numbers of labels Y. Our steps are
 * timed without the checks and copies before the first; these count in the whole fit.
 *
 * NumPy and torch run the same mini-batches in vectorised form: they score all labels and find the first violating one of a
 * random order. Draws differ, so what is compared is the mean loss of the last fifth of the batches.
 */
import { shareValues } from '../child.mjs';
import { inProcessAsync } from '../harness.mjs';
import { startPython } from '../programs.mjs';
import { BATCH, COMPONENTS, FEATURES, labelledFrames, PER_TRACK, RATE, stepSide, training } from '../training.mjs';

/** Losses of two trainings with different draws, mean of the last fifth of the batches: 10 %, or little where both are. */
const LOSS_TOLERANCE = { relative: 0.1, absolute: 0.02 };

function compareLosses(ours, theirs) {
  const [a, b] = [ours[0], theirs[0]];
  const { relative, absolute } = LOSS_TOLERANCE;
  const why = `loss ${a.toFixed(3)}, the peer's ${b.toFixed(3)} (allowed: ${100 * relative} % + ${absolute})`;
  return { same: Math.abs(a - b) <= absolute + relative * a, why };
}

/** Above chance by three standard errors and more: at Y = 1000 an epoch is but a beginning. */
const LEAST_RANK = 0.52;

/** LightFM steps after each sample and scales each weight's steps (adagrad), so only the order of the labels can agree. */
function compareRanks(ours, theirs) {
  const why = `the frames' labels rank above ${percent(ours[1])} of the others, the peer's above ${percent(theirs[0])}`;
  return { same: Math.min(ours[1], theirs[0]) >= LEAST_RANK, why };
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;

/** The share of the other labels above which the frames' own label ranks, on average; every tenth frame. */
function meanRank(tunespace, space, x, labels) {
  const step = 10;
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

/** The same training for our side, by its steps alone or as a whole fit, and what the peers need for it. */
function materialOf({ tunespace, quick }, nClasses, nBatches) {
  const { x, labels, set } = labelledFrames(tunespace, quick ? nClasses : 1000, nClasses, 0.1);
  const params = training(nBatches, nBatches / 5);
  const fit = () => new tunespace.Wsabie(params).fit(set);
  const steps = stepSide(tunespace, set, nBatches, 0.1);
  const output = async () => {
    const space = await fit();
    return [space.record_.history.at(-1).loss, meanRank(tunespace, space, x, labels)];
  };
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
  const peer = (name, script, target, compare) => ({
    name,
    target,
    compare,
    start: () => startPython('warp', script, shared),
  });
  return {
    /** All batches at the pace of those between the first report and the last. */
    steps: { time: (n) => steps.time(n * nBatches), output },
    whole: { time: inProcessAsync(fit).time, output },
    lightFm: peer('LightFM WARP, 1 thread', 'lightfm', 30, compareRanks),
    vectorised: [
      peer('vectorised NumPy', 'numpy', 5, compareLosses),
      peer('torch, 1 thread', 'torch', 3, compareLosses),
    ],
  };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'warp',
  title: 'WARP training',
  async cases(context) {
    const nBatches = context.quick ? 100 : 200;
    const nAll = context.quick ? 100 : 2000;
    const cases = (context.quick ? [10] : [10, 52, 160, 1000]).map((nClasses) => {
      const { steps, lightFm, vectorised } = materialOf(context, nClasses, nBatches);
      return {
        work: `WARP, Y = ${nClasses}, ${nBatches} batches`,
        ours: steps,
        peers: [lightFm, ...vectorised],
        bound: 'arithmetic',
      };
    });
    const { whole, vectorised } = materialOf(context, context.quick ? 10 : 160, nAll);
    return [...cases, { work: `WARP, Y = 160, whole fit of ${nAll} batches`, ours: whole, peers: vectorised }];
  },
};
