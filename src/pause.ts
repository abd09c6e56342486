/** Turns of the event loop: long work pauses now and then, so that input, rendering and timers are heard. */

/** Milliseconds of work after which others have their turn. */
const TURN = 12;

/** Milliseconds since some moment. An AudioWorklet has no clock but that of the calendar. */
export const now = typeof performance === 'object' ? () => performance.now() : () => Date.now();

/** Where it is given, the cheapest way to a new task: a few microseconds, a channel takes tens. */
declare const setImmediate: ((call: () => void) => unknown) | undefined;

/**
 * Ends the current task and goes on in a new one: only that lets input, rendering, timers and messages in.
 *
 * In browsers, which have no `setImmediate`, a message to oneself rather than a timer: they let timers of a hidden tab fire
 * once a second, later once a minute, and make each wait 4 ms once they follow one another. Timers stand in where there are
 * no channels. An AudioWorklet has neither; there the work goes on at once.
 */
export function pause(): Promise<void> {
  if (typeof setImmediate === 'function') return nextRound(setImmediate);
  if (typeof MessageChannel === 'function') return nextMessage();
  if (typeof setTimeout === 'function') return new Promise((resolve) => setTimeout(resolve));
  return Promise.resolve();
}

/** Twice, because the first comes before the messages that wait, where the task is itself one of the round's messages. */
function nextRound(after: (call: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => void after(() => after(resolve)));
}

function nextMessage(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      // An open port keeps Node's event loop alive.
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Pauses by the clock. What is computed never depends on where the pauses fall. */
export class Turns {
  #since = now();

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
    if (now() - this.#since < TURN) return false;
    await pause();
    this.#since = now();
    this.signal?.throwIfAborted();
    return true;
  }
}

/**
 * Waits for WebAssembly to be compiled, with a timer beside it.
 *
 * Node blocks its main thread once the event loop has nothing else to wait for, until its compiler's threads are done. One of them
 * that asks the main thread to collect garbage meanwhile never is: the process hangs for good (nodejs/node#54918; seen on Node 20,
 * once in some tens of decoded files on a busy machine). With a timer, the loop is never without.
 */
export async function awake<T>(compiling: PromiseLike<T>): Promise<T> {
  const timer = startTimer();
  try {
    return await compiling;
  } finally {
    if (timer !== undefined) clearInterval(timer);
  }
}

function startTimer(): ReturnType<typeof setInterval> | undefined {
  try {
    return setInterval(() => {}, 1000);
  } catch {
    // An AudioWorklet has no timers, and workerd none outside of a request; neither has such a loop.
    return undefined;
  }
}
