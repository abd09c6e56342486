/** From scores to probabilities that mean what they say: one factor, fitted on scores of held-out tracks. */
import { kernels } from '../kernels.ts';

/**
 * Softmax of `sharpness * scores`.
 *
 * @param scores `(n, nClasses)`, row by row
 */
export function softmax(scores: Float64Array, sharpness: number, nClasses: number): Float64Array {
  return kernels().run((kernel, { put }) => {
    const at = put(scores);
    kernel.softmaxRows(at, at, sharpness, scores.length / nClasses, nClasses);
    return kernels().readF64(at, scores.length);
  });
}

/** Held-out scores to fit on. */
export interface HeldOut {
  /** `(n, nClasses)`, row by row. */
  readonly scores: Float64Array;
  /** The true class of each row. */
  readonly classes: readonly number[];
  /** The weight of each row; all together the number of tracks. */
  readonly weights: readonly number[];
  readonly nClasses: number;
}

/**
 * What is expected before anything is held out, and how many tracks' worth of it: both from few-shot draws of real collections (the
 * half of their tracks on which choices were made).
 */
const PRIOR = { sharpness: 7, tracks: 8 };

/** The range that is searched, by halves of its ratio. */
const RANGE = [1e-3, 1e3] as const;
const STEPS = 60;

/**
 * The sharpness (1 / temperature; Guo et al., "On calibration of modern neural networks", ICML 2017) of least log loss on
 * held-out scores, under a gamma prior: a handful of tracks alone would often ask for certainty.
 *
 * The loss is convex, so that its slope is enough: `sum w (E_p[score] - score of the truth) + tracks (1 / prior - 1 / sharpness)`.
 */
export function fitSharpness({ scores, classes, weights, nClasses }: HeldOut): number {
  const slope = (sharpness: number) => {
    const p = softmax(scores, sharpness, nClasses);
    let sum = PRIOR.tracks * (1 / PRIOR.sharpness - 1 / sharpness);
    classes.forEach((truth, i) => {
      let expected = 0;
      for (let c = 0; c < nClasses; c++) expected += p[i * nClasses + c] * scores[i * nClasses + c];
      sum += weights[i] * (expected - scores[i * nClasses + truth]);
    });
    return sum;
  };
  let [low, high]: readonly number[] = RANGE;
  for (let step = 0; step < STEPS; step++) {
    const middle = Math.sqrt(low * high);
    if (slope(middle) > 0) high = middle;
    else low = middle;
  }
  return Math.sqrt(low * high);
}
