/**
 * Runs `work` while this thread's heart beats: each beat is a task that asks for the next one.
 *
 * @returns the longest time between two beats, in milliseconds: how long a click would have had to wait at worst
 */
export async function longestBlock(work) {
  const { port1, port2 } = new MessageChannel();
  let longest = 0;
  let last = performance.now();
  const beat = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  port1.onmessage = () => {
    beat();
    port2.postMessage(undefined);
  };
  port2.postMessage(undefined);
  try {
    await work();
  } finally {
    beat();
    port1.close();
  }
  return longest;
}
