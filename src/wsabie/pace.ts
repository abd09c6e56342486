/** How much of a training is done at a stretch: as much as fits between two turns of the event loop. */
import { now } from '../pause.ts';

/** Milliseconds that a portion aims at; with the turns' own it stays under what a person notices, also where it is overshot. */
const AIM = 6;

/** Multiply-adds of the kernels in the largest portion: a bound on the memory that its samples take. */
const LARGEST = 1.5e8;

/**
 * A number of steps that takes a few milliseconds, learned from the clock: machines differ tenfold, and so does one engine before
 * and after it has optimised the module. What is computed never depends on it.
 */
export class Portion {
  #size = 1;
  readonly #largest: number;

  /** @param work about how many multiply-adds a step takes */
  constructor(work: number) {
    this.#largest = Math.max(1, Math.floor(LARGEST / work));
  }

  /**
   * Does the next portion.
   *
   * @param most steps there are to do at most
   * @param work does that many steps
   * @returns how many were done
   */
  run(most: number, work: (n: number) => void): number {
    const n = Math.min(this.#size, most);
    const start = now();
    work(n);
    const spent = now() - start;
    if (spent > AIM) this.#size = Math.max(1, Math.floor((n * AIM) / spent));
    else if (n === this.#size && spent < AIM / 2) this.#size = Math.min(this.#largest, 2 * n);
    return n;
  }
}
