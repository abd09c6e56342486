/** Long work in small portions: gives the event loop its turn, and stops when it is asked to. */
import { pause } from '../pause.ts';

/** Multiply-adds of the kernels between two turns of the event loop: 15 to 50 ms on one core of today. */
const PORTION = 1.5e8;

/** What a step of plain JavaScript over a number costs, in multiply-adds of the kernels. */
export const PLAIN_STEP = 10;

/** Counts work done and pauses now and then. What is computed never depends on where the pauses fall. */
export class Pace {
  #spent = 0;

  constructor(readonly signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
  }

  /**
   * Adds work to the count and, when a portion is full, lets others run.
   *
   * @param work about how many multiply-adds were done
   * @throws the signal's reason once it is aborted
   */
  async spend(work: number): Promise<void> {
    this.#spent += work;
    if (this.#spent < PORTION) return;
    this.#spent = 0;
    await pause();
    this.signal?.throwIfAborted();
  }

  /** How many pieces of `work` multiply-adds fit into one portion; at least 1. */
  static pieces(work: number): number {
    return Math.max(1, Math.floor(PORTION / work));
  }
}
