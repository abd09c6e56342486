/** Turns of the event loop: long work pauses now and then, so that input, rendering and timers are heard. */

/** Milliseconds of work after which others have their turn. */
const TURN = 12;

/** Lets everything else that waits run once. A timer rather than a promise: only a new task lets input and rendering in. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Pauses by the clock. What is computed never depends on where the pauses fall. */
export class Turns {
  #since = performance.now();

  /** @throws the signal's reason where it is aborted already */
  constructor(readonly signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
  }

  /**
   * Called between two small steps: pauses when the turn is used up.
   *
   * @returns whether it paused
   * @throws the signal's reason once it is aborted
   */
  async take(): Promise<boolean> {
    this.signal?.throwIfAborted();
    if (performance.now() - this.#since < TURN) return false;
    await pause();
    this.#since = performance.now();
    this.signal?.throwIfAborted();
    return true;
  }
}
