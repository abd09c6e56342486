/**
 * How good a space is on tracks that it does not learn from: the label ranking average precision of their frames.
 *
 * For a frame, every label that its track carries is given the share of carried labels among those that score at least as
 * high; the mean over its labels is 1 when all carried labels come first. With one label a track it is the mean
 * reciprocal rank. (scikit-learn's `label_ranking_average_precision_score`; Tsoumakas et al. 2010.) It weighs the top of the list,
 * as WARP does, and unlike a loss it does not move when all scores grow.
 */
import type { Turns } from '../pause.ts';
import type { Scale } from './scale.ts';
import type { LabelledTrack } from './sets.ts';
import { applyAffine, embedding, scoring, type Weights } from './space.ts';

/** Frames of one set that are looked at, evenly spaced in their tracks: enough for two digits, and quick. */
const MAX_FRAMES = 2048;
/** Frames of one track that are looked at. */
const MAX_FRAMES_PER_TRACK = 32;

/** The average precision of one row of scores. */
export function labelRankingAveragePrecision(scores: Float32Array, labels: Uint32Array): number {
  let sum = 0;
  for (const label of labels) {
    const score = scores[label];
    let above = 0;
    for (const other of scores) if (other >= score) above++;
    let carried = 0;
    for (const other of labels) if (scores[other] >= score) carried++;
    sum += carried / above;
  }
  return sum / labels.length;
}

/** `count` of `length` places, evenly spaced, each in the middle of its part. */
const spread = (length: number, count: number): number[] =>
  Array.from({ length: Math.min(length, count) }, (_, i) => Math.floor(((i + 0.5) * length) / Math.min(length, count)));

/** Frames of one set's held-out tracks. */
interface Sample {
  readonly tracks: readonly { readonly x: Float32Array; readonly labels: Uint32Array }[];
  readonly nClasses: number;
  readonly set: number;
}

function takeSample(heldOut: readonly LabelledTrack[], nClasses: number, set: number): Sample {
  const chosen = spread(heldOut.length, MAX_FRAMES).map((t) => heldOut[t]);
  const each = Math.max(1, Math.min(MAX_FRAMES_PER_TRACK, Math.floor(MAX_FRAMES / chosen.length)));
  const tracks = chosen.map(({ X, classes }) => ({ x: X.take(spread(X.rows, each)).data, labels: classes }));
  return { tracks, nClasses, set };
}

/** The held-out tracks of all sets. */
export class HeldOut {
  readonly #samples: readonly Sample[];
  readonly #nComponents: number;
  readonly #scale: Scale;

  /**
   * @param heldOut the tracks of each set; a set without any does not count
   * @param nClasses classes of each set
   */
  constructor(
    heldOut: readonly (readonly LabelledTrack[])[],
    nClasses: readonly number[],
    nComponents: number,
    scale: Scale,
  ) {
    this.#samples = heldOut
      .map((tracks, set) => takeSample(tracks, nClasses[set], set))
      .filter(({ tracks }) => tracks.length > 0);
    this.#nComponents = nComponents;
    this.#scale = scale;
  }

  /** Whether there is nothing to judge by. */
  get isEmpty(): boolean {
    return this.#samples.length === 0;
  }

  /** The mean over sets of the mean over tracks of the mean over frames: 0 to 1, 1 is best. */
  score(weights: Weights, turns: Turns): Promise<number> {
    const affine = embedding(weights.V, this.#scale, this.#nComponents);
    return this.scoreOf((x) => applyAffine(affine, x), weights.W, turns);
  }

  /** The same for any embedding of raw frames, `(n, nFeatures)` to `(n, nComponents)`. */
  async scoreOf(embed: (x: Float32Array) => Float32Array, W: readonly Float32Array[], turns: Turns): Promise<number> {
    let sum = 0;
    for (const { tracks, nClasses, set } of this.#samples) {
      const rank = scoring(W[set], nClasses, this.#nComponents);
      let precision = 0;
      for (const { x, labels } of tracks) {
        precision += meanPrecision(applyAffine(rank, embed(x)), labels, nClasses);
        await turns.take();
      }
      sum += precision / tracks.length;
    }
    return sum / this.#samples.length;
  }
}

/** The mean average precision of rows of scores, all with the same labels. */
function meanPrecision(scores: Float32Array, labels: Uint32Array, nClasses: number): number {
  const n = scores.length / nClasses;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += labelRankingAveragePrecision(scores.subarray(i * nClasses, (i + 1) * nClasses), labels);
  }
  return sum / n;
}
