/** The twin of test/golden/signals.py: the same operations in float64, rounded once to float32. */

/** Uniform in [-1, 1), from a linear congruential generator. */
export function noise(n: number, seed = 1): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A sine by its recurrence; step is 2 cos(w). */
export function tone(n: number, step: number): Float64Array {
  let [before, now] = [0, 0.03125];
  return Float64Array.from({ length: n }, () => {
    const value = now;
    [before, now] = [now, step * now - before];
    return value;
  });
}

/** One of the named signals. */
export function signal(name: string, n: number): Float32Array {
  const noisy = noise(n);
  switch (name) {
    case 'noise':
      return Float32Array.from(noisy, (x) => 0.5 * x);
    case 'quiet':
      return Float32Array.from(noisy, (x) => 1e-6 * x);
    case 'tone':
      return Float32Array.from(tone(n, 1.96875), (x, i) => 2 * x + 0.000001 * noisy[i]);
    case 'burst':
      return Float32Array.from(tone(n, 1.5), (x, i) => (i >= 600 && i < 1400 ? 4 * x : 0));
    case 'silence':
      return new Float32Array(n);
    default:
      throw new Error(`no signal "${name}"`);
  }
}
