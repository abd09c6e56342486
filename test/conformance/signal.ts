/** The sound that the conformance test starts from: drawn by the module's generator, and from there exact arithmetic. */
import { RandomState } from '../../src/index.ts';

/** What tells the kinds of clips apart: `2 cos(w)` of their two tones, samples between beats, level of the noise. */
const KINDS = [
  { steps: [1.99609375, 1.96875], beat: 11025, noise: 0.02 },
  { steps: [1.9375, 1.5], beat: 5512, noise: 0.1 },
  { steps: [1.9990234375, 1.875], beat: 22050, noise: 0.4 },
  { steps: [1.75, 0.5], beat: 2756, noise: 0.05 },
];

/** How many kinds there are. */
export const N_KINDS = KINDS.length;

/** How much of a beat is left after each sample. */
const DECAY = 1 - 1 / 4096;

/**
 * Two decaying tones, struck in a rhythm, with noise.
 *
 * Sines come from the recurrence `x[n+1] = 2 cos(w) x[n] - x[n-1]`: products and differences of doubles, which IEEE 754
 * fixes to the bit, as `Math.sin` is not.
 *
 * @param seed of the noise, and of how far the tones are from their kind's
 * @param kind 0 to `N_KINDS - 1`
 * @param n samples
 */
export function makeClip(seed: number, kind: number, n: number): Float32Array<ArrayBuffer> {
  const random = new RandomState(seed, kind);
  const { steps, beat, noise } = KINDS[kind];
  const bend = random.uniform(2);
  const hiss = random.uniform(n);
  const tuned = steps.map((step, i) => step - bend[i] / 1024);
  const y = new Float32Array(n);
  const before = [0, 0];
  const now = [0, 0];
  let level = 1;
  for (let i = 0; i < n; i++) {
    if (i % beat === 0) {
      before.fill(0);
      now.fill(1 / 32);
      level = 1;
    }
    for (let t = 0; t < 2; t++) {
      const next = tuned[t] * now[t] - before[t];
      before[t] = now[t];
      now[t] = next;
    }
    level *= DECAY;
    y[i] = level * (now[0] + now[1]) + noise * (hiss[i] - 0.5);
  }
  return y;
}
