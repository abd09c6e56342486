/** Runs decoders without their noise on the console, and without their endless loops. */

/** So much noise, or so many faults, in one call mean that the decoder turns in a circle: it has no other sign. */
export const MAX_NOISE = 1000;

/**
 * Calls `work`, which must be synchronous as far as it may speak, with `console` silenced.
 *
 * The decoders write damage to `console.error`, which belongs to the application, and also return it. And mpg123-decoder
 * 1.0.3 repeats a read that fails for as long as it fails, so that only its message gives a place to stop it.
 *
 * @throws whatever `work` throws; an Error with the last message when it turned in a circle
 */
export function quietly<T>(work: () => T): T {
  let count = 0;
  const listen = (...words: unknown[]) => {
    count += 1;
    if (count > MAX_NOISE) throw new Error(`fails again and again: ${words.map(String).join(' ')}`);
  };
  const { log, warn, error } = console;
  Object.assign(console, { log: listen, warn: listen, error: listen });
  try {
    return work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}
