/**
 * The seeded generator behind every draw: Philox4x32-10 in the module, so that a seed gives the same numbers everywhere.
 *
 * A draw depends on (seed, stream, position) alone: generators of two streams never overlap, and drawing 3 and then 5
 * values gives the bits of drawing 8.
 */
import type { KernelExports } from './exports.ts';
import { kernels } from './kernels.ts';
import { checkNumber } from './options.ts';

/** Largest seed and stream: what a JavaScript number holds exactly. */
const MAX_SEED = Number.MAX_SAFE_INTEGER;

/** 2^32. */
const WORD = 4294967296;

/** Words at and beyond 2^63 name the streams of `split`; draws never get there. */
const SPLIT_POSITION = 0x80000000;

type Pair = readonly [low: number, high: number];

/** The two words of a whole number below 2^53. */
const pair = (value: number): Pair => [value % WORD, Math.floor(value / WORD)];

/**
 * A seeded stream of random numbers.
 *
 * @example
 * const random = new RandomState(1);
 * random.permutation(10); // the same ten numbers on every machine
 */
export class RandomState {
  /** The seed it was made with. */
  readonly seed: number;
  #stream: Pair;
  /** Words of 32 bits drawn so far. */
  #position = 0;

  /**
   * @param seed whole number from 0 to 2^53 - 1
   * @param stream which of the seed's independent streams, likewise; 0 unless told otherwise
   * @throws ParameterError on anything else
   */
  constructor(seed: number, stream = 0) {
    this.seed = checkNumber('RandomState', 'seed', seed, { min: 0, max: MAX_SEED, integer: true });
    this.#stream = pair(checkNumber('RandomState', 'stream', stream, { min: 0, max: MAX_SEED, integer: true }));
  }

  /**
   * `n` whole numbers from 0 to `bound - 1`, every one equally likely (Lemire's method with rejection).
   *
   * @param bound 1 to 2^32
   */
  integers(bound: number, n: number): Uint32Array<ArrayBuffer> {
    checkNumber('RandomState.integers', 'bound', bound, { min: 1, max: WORD, integer: true });
    const words = this.#draw('integers', n, (k, out, state) => k.randomIntegers(out, state, bound % WORD, n));
    return new Uint32Array(words);
  }

  /** `n` numbers in [0, 1), multiples of 2^-24. */
  uniform(n: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#draw('uniform', n, (k, out, state) => k.randomUniform(out, state, n)));
  }

  /** `n` normal numbers of mean 0 and standard deviation 1 (inverse distribution function, one word each). */
  normal(n: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#draw('normal', n, (k, out, state) => k.randomNormal(out, state, n)));
  }

  /** The numbers 0 to `n - 1` in random order (Fisher-Yates). */
  permutation(n: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#draw('permutation', n, (k, out, state) => k.randomPermutation(out, state, n)));
  }

  /** `n` raw words of 32 random bits: Philox's own output, block after block. */
  words(n: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#draw('words', n, (k, out, state) => k.randomWords(out, state, n)));
  }

  /**
   * An independent generator, the same one however much was drawn here before.
   *
   * @param stream which one, 0 to 2^53 - 1. Splits may be split again: the path of numbers names the generator.
   */
  split(stream: number): RandomState {
    checkNumber('RandomState.split', 'stream', stream, { min: 0, max: MAX_SEED, integer: true });
    const child = new RandomState(this.seed);
    const [low, high] = pair(stream);
    // 4 * stream in words is block `stream`, of which two words name the child.
    const position: Pair = [(low * 4) % WORD, SPLIT_POSITION + high * 4 + Math.floor((low * 4) / WORD)];
    const words = kernels().run((k, { put, reserve }) => {
      const out = reserve(8);
      k.randomWords(out, put(this.state(position)), 2);
      return new Uint32Array(kernels().readI32(out, 2).buffer);
    });
    child.#stream = [words[0], words[1]];
    return child;
  }

  /**
   * The state as the kernels take it: seed, stream, position, room for a block; 12 words.
   *
   * @param position where to start, as two words; where this generator stands unless told otherwise
   */
  state(position: Pair = pair(this.#position)): Uint32Array {
    return Uint32Array.of(...pair(this.seed), ...this.#stream, ...position, 0, 0, 0, 0, 0, 0);
  }

  /** Runs a kernel that fills `n` words from a state, and moves on by what it took. */
  #draw(name: string, n: number, fill: (k: KernelExports, out: number, state: number) => void): ArrayBuffer {
    checkNumber(`RandomState.${name}`, 'n', n, { min: 0, max: WORD - 1, integer: true });
    return kernels().run((k, { put, reserve }) => {
      const out = reserve(n * 4);
      const state = put(this.state());
      fill(k, out, state);
      const [low, high] = new Uint32Array(kernels().readI32(state + 16, 2).buffer);
      this.#position = high * WORD + low;
      return kernels().readI32(out, n).buffer;
    });
  }
}
