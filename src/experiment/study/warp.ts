/**
 * The WARP loss of a batch (Hamel et al. 2013, section 5) and its gradient, apart from what embeds the frames: so that other
 * maps and other steps than `Wsabie`'s can be learned with it.
 *
 * Every draw is the one that `Wsabie` makes for the same seed, set and number of the sample. With a linear map and the constant
 * rate the steps are therefore `Wsabie`'s (to rounding), and what differs in a study is the switch alone.
 */
import { kernels } from '../../kernels.ts';
import { RandomState } from '../../random.ts';
import { type Scale, withoutLevel } from '../../wsabie/scale.ts';
import type { LabelledTrack } from '../../wsabie/sets.ts';
import { STREAMS } from '../../wsabie/trainer.ts';
import { product, transpose } from './dense.ts';

/** 2^32. */
const WORD = 4294967296;
/** Words that are drawn at a time for one sample; a multiple of a block's 4. */
const CHUNK = 16;

/** Frames of one batch, scaled, and the track of each. */
export interface Batch {
  readonly x: Float32Array;
  readonly tracks: Uint32Array;
}

/** What a batch says: the mean loss, and its mean gradient by the embedded frames and by the set's W. */
export interface WarpGradient {
  readonly loss: number;
  readonly dz: Float32Array;
  readonly dW: Float32Array;
}

/** The words of a sample, from its own place in the stream (sample * 2^26) on. */
class SampleWords {
  #words: Uint32Array;
  #next = 0;
  #chunks = 1;

  constructor(
    readonly random: RandomState,
    readonly sample: number,
    first: Uint32Array,
  ) {
    this.#words = first;
  }

  /** One of 0 to `bound - 1`: Lemire's method, as `nextInteger` of the kernels. */
  integer(bound: number): number {
    const threshold = (WORD - bound) % bound;
    for (;;) {
      const multiple = this.#word() * bound;
      const high = Math.floor(multiple / WORD);
      if (multiple - high * WORD >= threshold) return high;
    }
  }

  #word(): number {
    if (this.#next === this.#words.length) {
      this.#words = drawWords(this.random, [this.sample], this.#chunks++)[0];
      this.#next = 0;
    }
    return this.#words[this.#next++];
  }
}

/** For each sample, `CHUNK` words from its place on, behind `chunk` others. */
function drawWords(random: RandomState, samples: readonly number[], chunk: number): Uint32Array[] {
  return kernels().run((k, { put, reserve }) => {
    const out = reserve(CHUNK * 4);
    const state = put(random.state());
    return samples.map((sample) => {
      const low = (sample % 64) * (WORD / 64) + chunk * CHUNK;
      kernels().write(state, random.state([low, Math.floor(sample / 64)]));
      k.randomWords(out, state, CHUNK);
      return kernels().readU32(out, CHUNK);
    });
  });
}

/** What drawing from a set depends on; see `WsabieParams`. */
export interface WarpOptions {
  readonly batchSize: number;
  readonly margin: number;
  readonly sampling: 'frames' | 'tracks';
  readonly randomState: number;
}

/** One labelled collection: its frames, its labels, and the draws from them. */
export class WarpSet {
  readonly #options: WarpOptions;
  readonly #frames: readonly Float32Array[];
  readonly #classes: readonly Uint32Array[];
  readonly #offsets: Uint32Array;
  readonly #rows: RandomState;
  readonly #labels: RandomState;
  readonly #mean: Float32Array;
  readonly #inverse: Float32Array;
  /** `L(r)` at r. */
  readonly #ranks: Float64Array;
  readonly #order: Uint32Array;

  /**
   * @param set number of the set, which its draws depend on
   * @param tracks its training tracks
   * @param scale brings frames to what the map takes
   */
  constructor(
    options: WarpOptions,
    set: number,
    tracks: readonly LabelledTrack[],
    readonly nClasses: number,
    scale: Scale,
  ) {
    this.#options = options;
    const nFeatures = scale.mean.length;
    this.#frames = tracks.map(({ X }) => (scale.removesLevel ? withoutLevel(X.data, nFeatures) : X.data));
    this.#classes = tracks.map(({ classes }) => classes);
    this.#offsets = new Uint32Array(tracks.length + 1);
    tracks.forEach(({ X }, t) => {
      this.#offsets[t + 1] = this.#offsets[t] + X.rows;
    });
    const random = new RandomState(options.randomState);
    this.#rows = random.split(STREAMS.rows).split(set);
    this.#labels = random.split(STREAMS.labels).split(set);
    this.#mean = Float32Array.from(scale.mean);
    this.#inverse = Float32Array.from(scale.scale, (value) => 1 / value);
    this.#ranks = new Float64Array(nClasses);
    for (let r = 1; r < nClasses; r++) this.#ranks[r] = this.#ranks[r - 1] + 1 / r;
    this.#order = new Uint32Array(nClasses);
  }

  /** The frames of one batch, by its number in the set. */
  batch(number: number): Batch {
    const { batchSize, sampling } = this.#options;
    const picks = kernels().run((k, { put, reserve }) => {
      const out = reserve(batchSize * 8);
      const byTrack = Number(sampling === 'tracks');
      const offsets = put(this.#offsets);
      k.warpRows(
        out,
        put(this.#rows.state()),
        offsets,
        byTrack,
        number * batchSize,
        batchSize,
        this.#offsets.length - 1,
      );
      return kernels().readU32(out, batchSize * 2);
    });
    const nFeatures = this.#mean.length;
    const x = new Float32Array(batchSize * nFeatures);
    const tracks = new Uint32Array(batchSize);
    for (let i = 0, to = 0; i < batchSize; i++) {
      tracks[i] = picks[i * 2];
      const frames = this.#frames[tracks[i]];
      const from = picks[i * 2 + 1] * nFeatures;
      for (let k = 0; k < nFeatures; k++) {
        x[to++] = Math.fround(frames[from + k] - this.#mean[k]) * this.#inverse[k];
      }
    }
    return { x, tracks };
  }

  /**
   * The loss of a batch and its gradient, both the mean over all its samples.
   *
   * @param number of the batch in the set, which alone decides the draws
   * @param tracks the track of each sample
   * @param z the embedded samples, `(batchSize, nComponents)`
   * @param W `(nClasses, nComponents)`
   */
  gradient(number: number, tracks: Uint32Array, z: Float32Array, W: Float32Array): WarpGradient {
    const n = tracks.length;
    const nComponents = z.length / n;
    const scores = product(z, transpose(W, nComponents), nComponents, this.nClasses);
    const first = number * this.#options.batchSize;
    const samples = Array.from({ length: n }, (_, i) => first + i);
    const words = drawWords(this.#labels, samples, 0);
    const dz = new Float32Array(z.length);
    const dW = new Float64Array(W.length);
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const hit = this.#findViolation(
        new SampleWords(this.#labels, samples[i], words[i]),
        this.#classes[tracks[i]],
        scores.subarray(i * this.nClasses, (i + 1) * this.nClasses),
      );
      if (!hit) continue;
      loss += hit.weight * hit.violation;
      const weight = hit.weight / n;
      const [p, q, at] = [hit.positive * nComponents, hit.negative * nComponents, i * nComponents];
      for (let j = 0; j < nComponents; j++) {
        dz[at + j] = weight * (W[q + j] - W[p + j]);
        dW[p + j] -= weight * z[at + j];
        dW[q + j] += weight * z[at + j];
      }
    }
    return { loss: loss / n, dz, dW: Float32Array.from(dW) };
  }

  /** Draws a label of the sample, then others without repetition until one violates the margin; see `assembly/wsabie.ts`. */
  #findViolation(words: SampleWords, labels: Uint32Array, scores: Float32Array) {
    const order = this.#order;
    const swap = (i: number, j: number) => {
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    };
    const positive = labels[words.integer(labels.length)];
    const nNegatives = this.nClasses - labels.length;
    for (let i = 0; i < order.length; i++) order[i] = i;
    for (let t = labels.length - 1; t >= 0; t--) swap(labels[t], nNegatives + t);
    for (let n = 0; n < nNegatives; n++) {
      swap(n, n + words.integer(nNegatives - n));
      const negative = order[n];
      const violation = this.#options.margin + scores[negative] - scores[positive];
      if (violation <= 0) continue;
      const rank = Math.max(1, Math.floor((this.nClasses - 1) / (n + 1)));
      return { positive, negative, weight: this.#ranks[rank], violation };
    }
    return undefined;
  }
}
