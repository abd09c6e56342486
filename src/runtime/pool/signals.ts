/** Many that wait for one signal. */

/** What waits for each signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `call` once when the signal is aborted. However many wait, the signal has one listener: Node warns of a leak where
 * there are more than ten.
 *
 * @returns forgets the call
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  let calls = waiting.get(signal);
  if (!calls) {
    const all = new Set<() => void>();
    signal.addEventListener('abort', () => {
      for (const each of [...all]) each();
    });
    waiting.set(signal, all);
    calls = all;
  }
  calls.add(call);
  return () => void calls.delete(call);
}

/** A signal that is aborted with the first of several, and the way to let go of them. */
export function firstOf(...given: (AbortSignal | undefined)[]): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const signals = given.filter((signal) => signal !== undefined);
  const abort = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  if (signals.some(({ aborted }) => aborted)) abort();
  const forgets = signals.map((signal) => onAbort(signal, abort));
  const forget = () => {
    for (const each of forgets) each();
  };
  return { signal: controller.signal, forget };
}
