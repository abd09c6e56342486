/**
 * How two programs are timed against each other: in one run, turn by turn, each turn long enough for the clock.
 *
 * A *side* is one program on one piece of work: `time(n)` does the work n times and gives the seconds that took, measured
 * where the work is done (a Python or C side times itself, so that the pipe to it is not counted). `output()` gives what
 * it computed, to be compared before anything is timed.
 *
 * @typedef {{ wall: number, cpu: number }} Seconds what a clock on the wall shows, and what the cores spent on the process
 * @typedef {object} Side
 * @property {(n: number) => Seconds | Promise<Seconds>} time seconds that n executions took
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} [output] what one execution computes
 * @property {() => void | Promise<void>} [close] gives back what it holds
 */
import { summary } from './statistics.mjs';

/** A turn lasts at least this long, in seconds, so that clock and timer interrupts do not matter. */
const TURN = 0.03;

/** Starts a stopwatch; the function that it gives stops it. @returns {() => Seconds} */
export function stopwatch() {
  const start = performance.now();
  const used = process.cpuUsage();
  return () => {
    const wall = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(used);
    return { wall, cpu: (user + system) / 1e6 };
  };
}

/**
 * A side of this process.
 *
 * @param {() => ArrayLike<number>} work one execution, which returns what it computed
 * @returns {Side}
 */
export function inProcess(work) {
  return {
    time(n) {
      const stop = stopwatch();
      for (let i = 0; i < n; i++) work();
      return stop();
    },
    output: work,
  };
}

/**
 * A side of this process whose work returns nothing: what it computed is read from where it put it.
 *
 * @param {() => void} work
 * @param {() => ArrayLike<number>} [read]
 * @returns {Side}
 */
export function inPlace(work, read) {
  const output = () => {
    work();
    return read?.();
  };
  return { ...inProcess(work), output: read && output };
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
      const stop = stopwatch();
      for (let i = 0; i < n; i++) await work();
      return stop();
    },
    output: work,
  };
}

/**
 * Warms a side up until it no longer gets faster, and finds how many executions fill a turn.
 *
 * @param {Side} side
 * @param {number} turn seconds
 * @param {boolean} whole
 */
async function calibrate(side, turn, whole) {
  if (whole) return { n: 1, seconds: 0 };
  let n = 1;
  let { wall: seconds } = await side.time(1);
  for (let round = 0; round < 12 && seconds < turn; round++) {
    n = Math.max(n + 1, Math.min(n * 8, Math.ceil((n * turn * 1.2) / Math.max(seconds, 1e-7))));
    seconds = (await side.time(n)).wall;
  }
  return { n, seconds };
}

/**
 * How turns are taken and measured: seconds to spend; turns at the least and the most; seconds of a turn; and the clock. The
 * CPU's clock leaves out what other programs on a busy machine took, but counts threads of one side one by one. `whole` is for
 * whole processes: a turn is one execution, `most` of them, and nothing is warmed up before.
 *
 * @typedef {{ budget?: number, least?: number, most?: number, turn?: number, clock?: 'wall' | 'cpu', whole?: boolean }} Timing
 */

/**
 * Times `ours` and `peer` in turns, A B A B, and compares each of our turns with the peer's turn right after it.
 *
 * @param {Side} ours
 * @param {Side} peer
 * @param {Timing} [timing]
 * @returns {Promise<{ ours: number, peer: number, ratio: { median: number, q1: number, q3: number }, pairs: number }>} seconds
 *   of one execution (medians), and the peer's time as a multiple of ours
 */
export async function alternate(
  ours,
  peer,
  { budget = 6, least = 9, most = 61, turn = TURN, clock = 'wall', whole = false } = {},
) {
  const a = await calibrate(ours, turn, whole);
  const b = await calibrate(peer, turn, whole);
  const pairs = Math.round(Math.min(most, Math.max(least, budget / (a.seconds + b.seconds))));
  const [ourTimes, peerTimes, ratios] = [[], [], []];
  for (let i = 0; i < pairs; i++) {
    ourTimes.push((await ours.time(a.n))[clock] / a.n);
    peerTimes.push((await peer.time(b.n))[clock] / b.n);
    ratios.push(peerTimes[i] / ourTimes[i]);
  }
  return { ours: summary(ourTimes).median, peer: summary(peerTimes).median, ratio: summary(ratios), pairs };
}

/**
 * Seconds of one execution of one side alone: median and quartiles of several turns.
 *
 * @param {Side} side
 * @param {Timing} [timing]
 */
export async function alone(
  side,
  { budget = 3, least = 7, most = 41, turn = TURN, clock = 'wall', whole = false } = {},
) {
  const { n, seconds } = await calibrate(side, turn, whole);
  const turns = Math.round(Math.min(most, Math.max(least, budget / seconds)));
  const times = [];
  for (let i = 0; i < turns; i++) times.push((await side.time(n))[clock] / n);
  return summary(times);
}
