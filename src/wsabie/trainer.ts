/**
 * The training of one space: the weights in wasm memory, and batches that run on them.
 *
 * Everything random is drawn from (seed, purpose, set, number of the sample), so that a step depends on its number and the weights
 * before it, and on nothing that an interruption could lose.
 */
import { ParameterError } from '../errors.ts';
import { type Block, kernels, type NumberArray } from '../kernels.ts';
import { RandomState } from '../random.ts';
import { type Scale, withoutLevel } from './scale.ts';
import type { LabelledTrack } from './sets.ts';
import { strideOf, transposed, type Weights } from './space.ts';

/** What a seed is split into: one stream for each purpose, and in it one for each set. */
export const STREAMS = { V: 0, W: 1, heldOut: 2, rows: 3, labels: 4 } as const;

/** The options that a step depends on; see `WsabieParams`. */
export interface StepOptions {
  readonly nComponents: number;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly margin: number;
  readonly maxNormV: number | null;
  readonly maxNormW: number | null;
  readonly sampling: 'frames' | 'tracks';
  readonly standardize: boolean;
  readonly start: 'random' | 'cosine';
  readonly startScale: number;
  readonly randomState: number;
}

/** What drawing and copying a sample costs, in multiply-adds. */
const WORK_PER_SAMPLE = 5000;

/** Values of the samples that are gathered before they are learned from: so many stay in the second cache of a core. */
const GATHERED = 1.2e5;

/** Bytes of a set's record in wasm memory; see assembly/wsabie.ts. */
const SET_SIZE = 80;
const SET_RANDOM = 32;

/** `L(r)` for r from 0 to `nClasses - 1`: the sum of 1/k over k up to r. */
function rankWeights(nClasses: number): Float32Array {
  const weights = new Float32Array(nClasses);
  let sum = 0;
  for (let r = 1; r < nClasses; r++) {
    sum += 1 / r;
    weights[r] = sum;
  }
  return weights;
}

/** Normal numbers with standard deviation 1/sqrt(fanIn), `(rows, fanIn)`. */
function initialWeights(random: RandomState, rows: number, fanIn: number): Float32Array {
  const deviation = 1 / Math.sqrt(fanIn);
  return random.normal(rows * fanIn).map((value) => value * deviation);
}

/** A V that gives raw frames' cosine transform, `(rows, scale's columns)`: its rows undo the scale. */
function cosineWeights(rows: number, { scale }: Scale): Float32Array {
  const columns = scale.length;
  const cosines = kernels().run((k, { reserve }) => {
    const out = reserve(rows * columns * 4);
    k.cosineRows(out, rows, columns);
    return kernels().readF32(out, rows * columns);
  });
  return cosines.map((value, i) => value * scale[i % columns]);
}

/** The weights that training starts from. @throws ParameterError where there are fewer cosines than components */
export function startWeights(options: StepOptions, scale: Scale, nClasses: readonly number[]): Weights {
  const { nComponents, randomState, start, startScale } = options;
  const nFeatures = scale.mean.length;
  if (start === 'cosine' && nComponents >= nFeatures) {
    throw new ParameterError(
      `Wsabie.fit: start "cosine" needs nComponents below the ${nFeatures} columns of the frames, got ${nComponents}`,
      'nComponents',
    );
  }
  const random = new RandomState(randomState);
  const V =
    start === 'cosine'
      ? cosineWeights(nComponents, scale)
      : initialWeights(random.split(STREAMS.V), nComponents, nFeatures);
  return {
    V: V.map((value) => value * startScale),
    W: nClasses.map((n, s) => initialWeights(random.split(STREAMS.W).split(s), n, nComponents)),
  };
}

/** `(rows, columns)` to `(rows, stride)`, the padding 0. */
function padded(matrix: Float32Array, columns: number): Float32Array {
  const stride = strideOf(columns);
  const out = new Float32Array((matrix.length / columns) * stride);
  for (let i = 0; i < matrix.length / columns; i++) {
    out.set(matrix.subarray(i * columns, (i + 1) * columns), i * stride);
  }
  return out;
}

/** The inverse of `padded`. */
function unpadded(matrix: Float32Array, columns: number): Float32Array {
  const stride = strideOf(columns);
  const rows = matrix.length / stride;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) out.set(matrix.subarray(i * stride, i * stride + columns), i * columns);
  return out;
}

/** A set's tracks on the host, and where its rows and labels are drawn. */
interface SetState {
  /** The frames of each track. */
  readonly frames: readonly Float32Array[];
  readonly nClasses: number;
  readonly w: Block;
  /** Where each track's rows begin, and the end. */
  readonly rowOffsets: Block;
  readonly rows: RandomState;
}

/** Weights in wasm memory, trained batch by batch. Its owner disposes of it. */
export class Trainer {
  readonly #options: StepOptions;
  readonly #nFeatures: number;
  readonly #stride: number;
  readonly #blocks: Block[] = [];
  readonly #v: Block;
  readonly #sets: SetState[];
  readonly #records: Block;
  readonly #scale: { mean: Block; inverse: Block } | undefined;

  /**
   * @param training the training tracks of each set
   * @param nClasses classes of each set
   * @param weights where to start or go on
   */
  constructor(
    options: StepOptions,
    training: readonly (readonly LabelledTrack[])[],
    nClasses: readonly number[],
    scale: Scale,
    weights: Weights,
  ) {
    this.#options = options;
    this.#nFeatures = scale.mean.length;
    this.#stride = strideOf(options.nComponents);
    try {
      this.#v = this.#keep(transposed(weights.V, options.nComponents, this.#nFeatures));
      this.#records = this.#keep(training.length * SET_SIZE);
      this.#sets = training.map((tracks, s) => this.#addSet(s, tracks, nClasses[s], weights.W[s], scale));
      this.#scale = options.standardize
        ? {
            mean: this.#keep(Float32Array.from(scale.mean)),
            inverse: this.#keep(Float32Array.from(scale.scale, (value) => 1 / value)),
          }
        : undefined;
      this.#project();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #keep(content: number | NumberArray): Block {
    const block = kernels().allocate(content);
    this.#blocks.push(block);
    return block;
  }

  #addSet(s: number, tracks: readonly LabelledTrack[], nClasses: number, W: Float32Array, scale: Scale): SetState {
    const random = new RandomState(this.#options.randomState);
    const rowOffsets = new Uint32Array(tracks.length + 1);
    const labelOffsets = new Uint32Array(tracks.length + 1);
    tracks.forEach(({ X, classes }, t) => {
      rowOffsets[t + 1] = rowOffsets[t] + X.rows;
      labelOffsets[t + 1] = labelOffsets[t] + classes.length;
    });
    const labels = new Uint32Array(labelOffsets[tracks.length]);
    tracks.forEach(({ classes }, t) => {
      labels.set(classes, labelOffsets[t]);
    });
    const w = this.#keep(padded(W, this.#options.nComponents));
    const record = Uint32Array.of(
      w.pointer,
      nClasses,
      this.#keep(labelOffsets).pointer,
      this.#keep(labels).pointer,
      this.#keep(rankWeights(nClasses)).pointer,
      this.#keep(Uint32Array.from({ length: nClasses }, (_, i) => i)).pointer,
      this.#keep(nClasses * 4).pointer,
      0,
    );
    kernels().write(this.#records.pointer + s * SET_SIZE, record);
    kernels().write(this.#records.pointer + s * SET_SIZE + SET_RANDOM, random.split(STREAMS.labels).split(s).state());
    const rows = random.split(STREAMS.rows).split(s);
    const frames = tracks.map(({ X }) => (scale.removesLevel ? withoutLevel(X.data, this.#nFeatures) : X.data));
    return { frames, nClasses, w, rowOffsets: this.#keep(rowOffsets), rows };
  }

  /** Brings all weights into their norm balls; a step keeps them there. */
  #project(): void {
    const { maxNormV, maxNormW } = this.#options;
    kernels().run((k) => {
      k.projectRows(this.#v.pointer, maxNormV ?? Infinity, this.#nFeatures, this.#stride);
      for (const { w, nClasses } of this.#sets) k.projectRows(w.pointer, maxNormW ?? Infinity, nClasses, this.#stride);
    });
  }

  /** About how many multiply-adds a batch takes: two products, and for each sample its draws and its way into memory. */
  get workPerBatch(): number {
    return this.#options.batchSize * (2 * this.#nFeatures * this.#stride + WORK_PER_SAMPLE);
  }

  /**
   * Runs the batches `step` to `step + n - 1` of all sets; batch t is set t mod nSets's (paper, section 5: the datasets
   * alternate).
   *
   * @returns the mean loss of each batch; not a number once the training has diverged
   */
  run(step: number, n: number): Float64Array {
    const losses = new Float64Array(n);
    const atOnce = Math.max(1, Math.floor(GATHERED / (this.#options.batchSize * this.#nFeatures)));
    for (let done = 0; done < n; done += atOnce) {
      losses.set(this.#runGathered(step + done, Math.min(atOnce, n - done)), done);
    }
    return losses;
  }

  /** `run` of as many batches as are gathered at once. */
  #runGathered(step: number, n: number): Float64Array {
    const { batchSize, learningRate, margin, maxNormV, maxNormW } = this.#options;
    const plan = new Uint32Array(n * 2);
    for (let b = 0; b < n; b++) {
      plan[b * 2] = (step + b) % this.#sets.length;
      plan[b * 2 + 1] = Math.floor((step + b) / this.#sets.length);
    }
    const settings = Float32Array.of(learningRate, margin, maxNormV ?? Infinity, maxNormW ?? Infinity);
    const tracks = new Uint32Array(n * batchSize);
    const out = kernels().run((k, { put, reserve }) => {
      const outAt = reserve(n * 24);
      const work = reserve(batchSize * (2 * this.#stride + 4) * 4);
      const size = batchSize * this.#nFeatures * 4;
      const x = reserve(n * size);
      for (let b = 0; b < n; b++) {
        const picks = this.#draw(plan[b * 2], plan[b * 2 + 1]);
        kernels().gather(x + b * size, this.#sets[plan[b * 2]].frames, picks, this.#nFeatures);
        for (let i = 0; i < batchSize; i++) tracks[b * batchSize + i] = picks[i * 2];
      }
      k.warpEpoch(
        outAt,
        this.#v.pointer,
        this.#records.pointer,
        put(plan),
        x,
        this.#scale?.mean.pointer ?? 0,
        this.#scale?.inverse.pointer ?? 0,
        put(tracks),
        work,
        put(settings),
        batchSize,
        this.#nFeatures,
        this.#stride,
        n,
      );
      return kernels().readF64(outAt, n * 3);
    });
    return out.filter((_, i) => i % 3 === 0);
  }

  /** Draws the rows of one batch of set `s`: for each sample its track, and its row there. */
  #draw(s: number, batch: number): Uint32Array {
    const { batchSize, sampling } = this.#options;
    const { rows, rowOffsets, frames } = this.#sets[s];
    return kernels().run((k, { put, reserve }) => {
      const out = reserve(batchSize * 8);
      const byTrack = Number(sampling === 'tracks');
      k.warpRows(out, put(rows.state()), rowOffsets.pointer, byTrack, batch * batchSize, batchSize, frames.length);
      return kernels().readU32(out, batchSize * 2);
    });
  }

  /** Copies the weights out. */
  weights(): Weights {
    const { nComponents } = this.#options;
    const v = kernels().readF32(this.#v.pointer, this.#nFeatures * this.#stride);
    const V = new Float32Array(nComponents * this.#nFeatures);
    for (let k = 0; k < this.#nFeatures; k++) {
      for (let j = 0; j < nComponents; j++) V[j * this.#nFeatures + k] = v[k * this.#stride + j];
    }
    const W = this.#sets.map(({ w, nClasses }) =>
      unpadded(kernels().readF32(w.pointer, nClasses * this.#stride), nComponents),
    );
    return { V, W };
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const block of this.#blocks.splice(0)) block.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
