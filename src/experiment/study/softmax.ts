/**
 * The cross-entropy of a softmax, in float64. The exponentials are the module's, many rows a call; of the logarithm, which the module
 * does not export (and which nothing but the study would use), one a row is taken here, of `+ - * /` alone: the runtimes' own
 * `Math.exp` and `Math.log` give different bits, and a study's classifiers shall not.
 */
import { kernels } from '../../kernels.ts';

const LOG2_HIGH = 6.931471803691238e-1;
const LOG2_LOW = 1.9082149292705877e-10;

const cell = new Float64Array(1);
const halves = new Uint32Array(cell.buffer);
/** Which half of a float64 holds sign and exponent. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * log(x) for x positive, normal and finite; FreeBSD's msun (e_log.c), within one unit in the last place.
 *
 * x = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2), s = f / (2 + f), log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))).
 */
export function log(x: number): number {
  cell[0] = x;
  const shifted = halves[HIGH] + (0x3ff00000 - 0x3fe6a09e);
  const k = (shifted >>> 20) - 1023;
  halves[HIGH] = (shifted & 0xfffff) + 0x3fe6a09e;
  const f = cell[0] - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940942e-1 + w * (2.2222198432149784e-1 + w * 1.5313837699209373e-1));
  const odd =
    z * (6.666666666666735e-1 + w * (2.857142874366239e-1 + w * (1.818357216161805e-1 + w * 1.4798198605116586e-1)));
  return s * (half + (odd + even)) + k * LOG2_LOW - half + f + k * LOG2_HIGH;
}

/** A loss and its gradient. */
export interface SoftmaxLoss {
  /** The sum over the rows of `log sum_c e^s_c - s_label`. */
  readonly loss: number;
  /** By the scores, `(rows, nClasses)`: each row's softmax, less one at its label. */
  readonly gradient: Float64Array;
}

/**
 * The cross-entropy of rows of scores, summed. Scores may be as large as they like: of two that are far apart the smaller counts 0.
 *
 * @param scores `(rows, nClasses)`, finite
 * @param labels the class of each row
 */
export function softmaxLoss(scores: Float64Array, labels: ArrayLike<number>, nClasses: number): SoftmaxLoss {
  const rows = scores.length / nClasses;
  const gradient = kernels().run((kernel, { put }) => {
    const at = put(scores);
    kernel.softmaxRows(at, at, 1, rows, nClasses);
    return kernels().readF64(at, scores.length);
  });
  let loss = 0;
  for (let i = 0, at = 0; i < rows; i++, at += nClasses) {
    let most = at;
    for (let c = at + 1; c < at + nClasses; c++) if (scores[c] > scores[most]) most = c;
    const own = at + labels[i];
    // The largest score's exponential is 1, so that its share is one by the sum, and never 0.
    loss += scores[most] - scores[own] - log(gradient[most]);
    gradient[own] -= 1;
  }
  return { loss, gradient };
}
