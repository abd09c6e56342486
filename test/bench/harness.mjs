/**
 * How two programs are timed against each other: in one run, turn by turn, each turn long enough for the clock.
 *
 * A *side* is one program on one piece of work: `time(n)` does the work n times and gives the seconds that took, measured
 * where the work is done (a Python or C side times itself, so that the pipe to it is not counted). `output()` gives what
 * it computed, to be compared before anything is timed.
 *
 * @typedef {object} Side
 * @property {(n: number) => number | Promise<number>} time seconds that n executions took
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} [output] what one execution computes
 * @property {() => void | Promise<void>} [close] gives back what it holds
 */
import { summary } from './statistics.mjs';

/** A turn lasts at least this long, in seconds, so that clock and timer interrupts do not matter. */
const TURN = 0.03;

/**
 * A side of this process.
 *
 * @param {() => ArrayLike<number>} work one execution, which returns what it computed
 * @returns {Side}
 */
export function inProcess(work) {
  return {
    time(n) {
      const start = performance.now();
      for (let i = 0; i < n; i++) work();
      return (performance.now() - start) / 1000;
    },
    output: work,
  };
}

/**
 * A side of this process whose work is asynchronous.
 *
 * @param {() => Promise<ArrayLike<number>>} work
 * @returns {Side}
 */
export function inProcessAsync(work) {
  return {
    async time(n) {
      const start = performance.now();
      for (let i = 0; i < n; i++) await work();
      return (performance.now() - start) / 1000;
    },
    output: work,
  };
}

/**
 * Warms a side up until it no longer gets faster, and finds how many executions fill a turn.
 *
 * @param {Side} side
 * @param {number} turn seconds
 */
async function calibrate(side, turn) {
  let n = 1;
  let seconds = await side.time(1);
  for (let round = 0; round < 12 && seconds < turn; round++) {
    n = Math.max(n + 1, Math.min(n * 8, Math.ceil((n * turn * 1.2) / Math.max(seconds, 1e-7))));
    seconds = await side.time(n);
  }
  return { n, seconds };
}

/**
 * Times `ours` and `peer` in turns, A B A B, and compares each of our turns with the peer's turn right after it.
 *
 * @param {Side} ours
 * @param {Side} peer
 * @param {{ budget?: number, least?: number, most?: number, turn?: number }} [options] seconds to spend, and pairs of turns
 *   at the least and the most
 * @returns {Promise<{ ours: number, peer: number, ratio: { median: number, q1: number, q3: number }, pairs: number }>} seconds
 *   of one execution (medians), and the peer's time as a multiple of ours
 */
export async function alternate(ours, peer, { budget = 6, least = 9, most = 61, turn = TURN } = {}) {
  const a = await calibrate(ours, turn);
  const b = await calibrate(peer, turn);
  const pairs = Math.round(Math.min(most, Math.max(least, budget / (a.seconds + b.seconds))));
  const [ourTimes, peerTimes, ratios] = [[], [], []];
  for (let i = 0; i < pairs; i++) {
    ourTimes.push((await ours.time(a.n)) / a.n);
    peerTimes.push((await peer.time(b.n)) / b.n);
    ratios.push(peerTimes[i] / ourTimes[i]);
  }
  return { ours: summary(ourTimes).median, peer: summary(peerTimes).median, ratio: summary(ratios), pairs };
}

/**
 * Seconds of one execution of one side alone: median and quartiles of several turns.
 *
 * @param {Side} side
 * @param {{ budget?: number, least?: number, most?: number, turn?: number }} [options]
 */
export async function alone(side, { budget = 3, least = 7, most = 41, turn = TURN } = {}) {
  const { n, seconds } = await calibrate(side, turn);
  const turns = Math.round(Math.min(most, Math.max(least, budget / seconds)));
  const times = [];
  for (let i = 0; i < turns; i++) times.push((await side.time(n)) / n);
  return summary(times);
}
