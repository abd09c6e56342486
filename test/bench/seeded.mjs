/** Seeded inputs, the same on every machine and in every run. */

/**
 * Numbers from 0 to below 1 (mulberry32): plain, so that nothing of the library under test makes its own input.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Values around 0 with standard deviation 1 (the sum of four uniform ones, which is near enough to normal here).
 *
 * @param {number} n
 * @param {number} seed
 */
export function noise(n, seed) {
  const next = generator(seed);
  const scale = Math.sqrt(3);
  return Float32Array.from({ length: n }, () => (next() + next() + next() + next() - 2) * scale);
}

/**
 * Rows of noise: a block of it, shifted a little from copy to copy, because a million drawn ones take longer than a search.
 *
 * @param {number} n
 * @param {number} columns
 * @param {number} seed
 */
export function manyRows(n, columns, seed) {
  const block = noise(1000 * columns, seed);
  const data = new Float32Array(n * columns);
  for (let at = 0, copy = 0; at < data.length; at += block.length, copy++) {
    for (let i = 0; i < block.length && at + i < data.length; i++) data[at + i] = block[i] + copy * 1e-3;
  }
  return data;
}

/**
 * Something like music: notes of eight harmonics that change four times a second, over noise 40 dB below, so that no band
 * is so quiet that only rounding would be compared.
 *
 * @param {number} seconds
 * @param {number} sr
 * @param {number} [seed]
 */
export function music(seconds, sr, seed = 1) {
  const y = noise(Math.round(seconds * sr), seed);
  const next = generator(seed + 1);
  const length = Math.round(sr / 4);
  for (let start = 0; start < y.length; start += length) {
    const notes = Array.from({ length: 3 }, () => 55 * 2 ** (Math.floor(next() * 48) / 12));
    const end = Math.min(y.length, start + length);
    for (let i = start; i < end; i++) {
      const t = (i - start) / sr;
      let sum = 0;
      for (const f of notes) for (let h = 1; h <= 8; h++) sum += Math.sin(2 * Math.PI * f * h * t) / h;
      y[i] = 0.005 * y[i] + 0.15 * Math.exp(-4 * t) * sum;
    }
  }
  return y;
}
