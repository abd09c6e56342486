/**
 * WSABIE with the WARP loss in float64, as the paper writes it (Hamel et al. 2013, section 5): f_i(x) = W_i . V x, V is
 * (D, d), W is (Y, D).
 */
import type { ReferenceRandom } from './random.ts';

/** Rows 1 to n of the orthonormal cosine transform (DCT-II) of `columns` values. */
export const cosineRows = (n: number, columns: number): number[][] =>
  Array.from({ length: n }, (_, k) =>
    Array.from({ length: columns }, (_, t) => {
      return Math.sqrt(2 / columns) * Math.cos((Math.PI * (k + 1) * (t + 0.5)) / columns);
    }),
  );

export interface Sample {
  readonly x: readonly number[];
  /** Classes that it carries, ascending. */
  readonly labels: readonly number[];
}

export interface Step {
  readonly learningRate: number;
  readonly margin: number;
  readonly maxNormV: number;
  readonly maxNormW: number;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const swap = (list: number[], i: number, j: number) => {
  [list[i], list[j]] = [list[j], list[i]];
};

/** The negatives of a sample in random order, one after the other. */
function* randomNegatives(nClasses: number, labels: readonly number[], random: ReferenceRandom): Generator<number> {
  const order = Array.from({ length: nClasses }, (_, i) => i);
  const n = nClasses - labels.length;
  for (let t = labels.length - 1; t >= 0; t--) swap(order, labels[t], n + t);
  for (let i = 0; i < n; i++) {
    swap(order, i, i + random.integer(n - i));
    yield order[i];
  }
}

/** L(r): the sum of 1/k up to r. */
const rankLoss = (r: number) => Array.from({ length: r }, (_, k) => 1 / (k + 1)).reduce((sum, term) => sum + term, 0);

/** A violation: the positive and negative label drawn, L(r), and by how much the margin is missed. */
function findViolation(W: number[][], z: number[], { labels }: Sample, margin: number, random: ReferenceRandom) {
  const positive = labels[random.integer(labels.length)];
  let N = 0;
  for (const negative of randomNegatives(W.length, labels, random)) {
    N++;
    const violation = margin + dot(W[negative], z) - dot(W[positive], z);
    if (violation <= 0) continue;
    const rank = Math.max(1, Math.floor((W.length - 1) / N));
    return { positive, negative, weight: rankLoss(rank), violation };
  }
  return undefined;
}

function project(vector: number[], maxNorm: number): number[] {
  const norm = Math.sqrt(dot(vector, vector));
  return norm > maxNorm ? vector.map((value) => (value * maxNorm) / norm) : vector;
}

/** All rows of W and all columns of V brought into their norm balls (Weston 2011, section 3). */
export function projectWeights(V: number[][], W: number[][], { maxNormV, maxNormW }: Step): void {
  W.forEach((row, i) => {
    W[i] = project(row, maxNormW);
  });
  for (let k = 0; k < V[0].length; k++) {
    const column = project(
      V.map((row) => row[k]),
      maxNormV,
    );
    column.forEach((value, j) => {
      V[j][k] = value;
    });
  }
}

/** One step on the mean gradient of a batch, V and W in place. Returns the mean loss. */
export function warpStep(
  V: number[][],
  W: number[][],
  batch: readonly Sample[],
  randomOf: (i: number) => ReferenceRandom,
  options: Step,
): number {
  const dV = V.map((row) => row.map(() => 0));
  const dW = W.map((row) => row.map(() => 0));
  let loss = 0;
  batch.forEach((sample, i) => {
    const z = V.map((row) => dot(row, sample.x));
    const found = findViolation(W, z, sample, options.margin, randomOf(i));
    if (!found) return;
    const { positive, negative, weight, violation } = found;
    loss += weight * violation;
    for (let j = 0; j < z.length; j++) {
      dW[positive][j] -= weight * z[j];
      dW[negative][j] += weight * z[j];
      const dz = weight * (W[negative][j] - W[positive][j]);
      for (let k = 0; k < sample.x.length; k++) dV[j][k] += dz * sample.x[k];
    }
  });
  const rate = options.learningRate / batch.length;
  for (let j = 0; j < V.length; j++) for (let k = 0; k < V[j].length; k++) V[j][k] -= rate * dV[j][k];
  for (let i = 0; i < W.length; i++) for (let j = 0; j < W[i].length; j++) W[i][j] -= rate * dW[i][j];
  projectWeights(V, W, options);
  return loss / batch.length;
}

/** One labelled collection: each track's frames and classes. */
export interface Collection {
  readonly tracks: readonly { readonly frames: readonly (readonly number[])[]; readonly labels: readonly number[] }[];
}

/** The sample of a number: its own words of the stream choose a frame of all frames, or a track and then a frame. */
function drawSample({ tracks }: Collection, random: ReferenceRandom, sampling: string): Sample {
  if (sampling === 'tracks') {
    const { frames, labels } = tracks[random.integer(tracks.length)];
    return { x: frames[random.integer(frames.length)], labels };
  }
  const all = tracks.flatMap(({ frames, labels }) => frames.map((x) => ({ x, labels })));
  return all[random.integer(all.length)];
}

/** Words of random bits that each sample has for itself. */
const SAMPLE_WORDS = 1n << 26n;

/** Batches `0` to `nSteps - 1` of collections that take turns; returns the losses. */
export function warpTrain(
  V: number[][],
  W: number[][][],
  sets: readonly Collection[],
  seed: ReferenceRandom,
  nSteps: number,
  options: Step & { readonly batchSize: number; readonly sampling: string },
): number[] {
  for (const rows of W) projectWeights(V, rows, options);
  return Array.from({ length: nSteps }, (_, step) => {
    const s = step % sets.length;
    const first = Math.floor(step / sets.length) * options.batchSize;
    const own = (purpose: number, i: number) =>
      seed
        .split(purpose)
        .split(s)
        .at(BigInt(first + i) * SAMPLE_WORDS);
    const batch = Array.from({ length: options.batchSize }, (_, i) => drawSample(sets[s], own(3, i), options.sampling));
    return warpStep(V, W[s], batch, (i) => own(4, i), options);
  });
}
