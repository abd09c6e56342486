/** Single draws from the module's seeded generator, for code that decides one thing after the other. */
import { RandomState } from '../../random.ts';

const BLOCK = 256;
/** Length of the pool of noise: some seconds. */
const POOL = 1 << 17;

/** Choices with their weights; order matters to the draw, sums need not be 1. */
export type Weights<T extends string> = Partial<Record<T, number>>;

/** A stream of decisions. Two dice of one path give the same decisions on every machine. */
export class Dice {
  readonly #random: RandomState;
  #block = new Float32Array(0);
  #next = 0;
  #pool: Float64Array | undefined;

  constructor(random: RandomState) {
    this.#random = random;
  }

  /** The dice of a seed and a path of numbers: independent of every other path. */
  static at(seed: number, ...path: number[]): Dice {
    return new Dice(path.reduce((random, part) => random.split(part), new RandomState(seed)));
  }

  /** A number in [0, 1). */
  uniform(): number {
    if (this.#next === this.#block.length) {
      this.#block = this.#random.uniform(BLOCK);
      this.#next = 0;
    }
    return this.#block[this.#next++];
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Whether an event of probability `p` happens. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /** One of the entries. */
  oneOf<T>(entries: readonly T[]): T {
    return entries[Math.floor(this.uniform() * entries.length)];
  }

  /** One of the keys, by weight. */
  pick<T extends string>(weights: Weights<T>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[entries.length - 1][0];
  }

  /**
   * `n` values of white noise in [-1, 1), to be read only: short pieces are cut out of one pool, because a bar of
   * cymbals alone takes more noise than all else draws.
   */
  noise(n: number): Float64Array {
    if (n > POOL / 2) return this.#fresh(n);
    this.#pool ??= this.#fresh(POOL);
    const start = Math.floor(this.uniform() * (POOL - n));
    return this.#pool.subarray(start, start + n);
  }

  #fresh(n: number): Float64Array {
    const draws = this.#random.uniform(n);
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = 2 * draws[i] - 1;
    return values;
  }
}
