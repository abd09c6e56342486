/** What the rows about WARP training share: labelled frames, options, and the time of a batch. */
import { stopwatch } from './harness.mjs';
import { generator, noise } from './seeded.mjs';

export const FEATURES = 200;
export const COMPONENTS = 100;
export const BATCH = 100;
export const PER_TRACK = 20;
export const RATE = 0.01;

/** Noise, of which a collection beyond 1000 tracks has the same again: drawing it would take longer than training. */
function repeatedNoise(n, seed) {
  const block = noise(Math.min(n, 1000 * PER_TRACK * FEATURES), seed);
  if (block.length === n) return block;
  const x = new Float32Array(n);
  for (let at = 0; at < n; at += block.length) x.set(block.subarray(0, n - at), at);
  return x;
}

/**
 * Frames of noise around one centre a label; the first Y tracks have the labels in order, the others any. A `spread` of 0.1 leaves classes that overlap, as
 * those of music do: training goes on finding violations. One of 0.5 lets it converge.
 */
export function labelledFrames(tunespace, nTracks, nClasses, spread) {
  const x = repeatedNoise(nTracks * PER_TRACK * FEATURES, 61);
  const centres = noise(nClasses * FEATURES, 62);
  const next = generator(63);
  const labels = Int32Array.from({ length: nTracks }, (_, t) => (t < nClasses ? t : Math.floor(next() * nClasses)));
  for (let i = 0; i < nTracks * PER_TRACK; i++) {
    const centre = labels[Math.floor(i / PER_TRACK)] * FEATURES;
    for (let k = 0; k < FEATURES; k++) x[i * FEATURES + k] += spread * centres[centre + k];
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

/**
 * Seconds of one batch of a training, taken between two of its reports: checks and copies before the first are not counted.
 *
 * @param {number} from share of the batches after which the clock runs
 */
export function stepSide(tunespace, set, nBatches, from) {
  return {
    async time(n) {
      let stop;
      let first = 0;
      let last = 0;
      let spent = { wall: 0, cpu: 0 };
      await new tunespace.Wsabie(training(nBatches)).fit(set, {
        onProgress({ batch }) {
          if (batch < from * nBatches) return;
          if (stop) spent = stop();
          else [stop, first] = [stopwatch(), batch];
          last = batch;
        },
      });
      const steps = last - first;
      return { wall: (n * spent.wall) / steps, cpu: (n * spent.cpu) / steps };
    },
  };
}
