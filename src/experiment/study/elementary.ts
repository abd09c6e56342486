/**
 * Exponential and logarithm in float64 of `+ - * /` alone: the runtimes' own `Math.exp` and `Math.log` give different bits, and a
 * study's classifiers shall not. FreeBSD's msun (e_exp.c, e_log.c), within one unit in the last place.
 */

const LOG2_HIGH = 6.931471803691238e-1;
const LOG2_LOW = 1.9082149292705877e-10;
const OVER_LOG2 = Math.LOG2E;

const cell = new Float64Array(1);
const halves = new Uint32Array(cell.buffer);
/** Which half of a float64 holds sign and exponent. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** 2^k for -1022 <= k <= 1023. */
function powerOfTwo(k: number): number {
  halves[HIGH] = (k + 1023) << 20;
  halves[1 - HIGH] = 0;
  return cell[0];
}

/**
 * e^x for finite x; 0 below -708 (where results leave the normal numbers), Infinity above 709.
 *
 * x = k log 2 + r with |r| <= log(2) / 2, and e^r by the rational function of e_exp.c.
 */
export function exp(x: number): number {
  if (x < -708) return 0;
  if (x > 709) return Infinity;
  const k = Math.floor(x * OVER_LOG2 + 0.5);
  const high = x - k * LOG2_HIGH;
  const low = k * LOG2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.6666666666666602e-1 +
        t *
          (-2.7777777777015593e-3 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  return (1 - (low - (r * c) / (2 - c) - high)) * powerOfTwo(k);
}

/**
 * log(x) for x positive, normal and finite.
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

/**
 * Replaces one row of scores by their softmax, in place.
 *
 * @returns the log of the sum of the exponentials, `log sum_c e^s_c`
 */
export function softmaxRow(scores: Float64Array | Float32Array, at: number, n: number): number {
  let most = scores[at];
  for (let c = at + 1; c < at + n; c++) if (scores[c] > most) most = scores[c];
  let sum = 0;
  for (let c = at; c < at + n; c++) sum += exp(scores[c] - most);
  for (let c = at; c < at + n; c++) scores[c] = exp(scores[c] - most) / sum;
  return most + log(sum);
}
