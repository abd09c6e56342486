/** Runs a row: compares each peer's output with ours, and only then times it. */
import { CannotRun } from './child.mjs';
import { compareOutputs } from './compare.mjs';
import { countInProcess } from './counting.mjs';
import { alone, alternate } from './harness.mjs';
import { arithmeticSide, describeCounts, readingSide } from './peaks.mjs';
import { growthExponent } from './statistics.mjs';

/** Why a peer is not there, or undefined where the error is one of ours. */
function absence(error) {
  if (error instanceof CannotRun) return error.message;
  return error?.code === 'ERR_MODULE_NOT_FOUND' ? 'the package is not installed' : undefined;
}

/**
 * One peer of a case.
 *
 * @param {import('./run.mjs').Case} work
 * @param {import('./run.mjs').Peer} peer
 * @param {ArrayLike<number>} output ours
 * @returns {Promise<import('./run.mjs').Result>}
 */
async function measurePeer(work, peer, output, options) {
  const result = { work: work.work, peer: peer.name, target: peer.target, note: peer.note };
  let side;
  try {
    side = await peer.start();
  } catch (error) {
    const notRun = absence(error);
    if (notRun === undefined) throw error;
    return { ...result, notRun };
  }
  try {
    if (side.output && work.ours.output) {
      const theirs = await side.output();
      const { same, why } = peer.compare
        ? peer.compare(output, theirs)
        : compareOutputs(output, theirs, peer.tolerance ?? work.tolerance ?? {});
      result.agreement = why;
      if (!same) return { ...result, notCompared: why };
    }
    const {
      ours,
      peer: theirs,
      ratio,
      pairs,
    } = await alternate(work.ours, side, { ...options, ...work.timing, ...peer.timing });
    return { ...result, ours, theirs, ratio, pairs };
  } finally {
    await side.close?.();
  }
}

/** Operations by row and work, once counted. */
const counted = new Map();

/** Tiny work is not counted: that takes a compilation. */
const FEW = { 'f32x4 add': 1000, 'f32x4 mul': 1000, 'f64x2 add': 1000 };

/**
 * A case against the least time that the machine could take for its operations or bytes.
 *
 * @param {import('./run.mjs').Case} work
 * @returns {Promise<import('./run.mjs').Bound>}
 */
async function measureBound({ work, ours, bound, timing }, row, { kernels, quick, timing: general }) {
  let side;
  let what;
  if (bound === 'arithmetic') {
    if (!quick && !counted.has(row)) counted.set(row, countInProcess(row));
    const counts = quick ? FEW : counted.get(row)[work];
    side = await arithmeticSide(kernels, counts);
    what = describeCounts(counts);
  } else {
    side = await readingSide(kernels, bound.bytes);
    what = `${Number((bound.bytes / 1e6).toPrecision(3))} MB read`;
  }
  const { ours: seconds, peer, ratio } = await alternate(ours, side, { ...general, ...timing });
  await side.close?.();
  return { work, what, ours: seconds, bound: peer, share: ratio };
}

/** The cases of a row; none where what its input is made with is missing, which is told. */
async function casesOf(row, context, on) {
  try {
    return (await row.cases?.(context)) ?? [];
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    on.result({ work: row.title, peer: 'all', notRun: error.message });
    return [];
  }
}

/**
 * Everything of one row; each result is handed over as soon as it is there.
 *
 * @param {import('./run.mjs').Row} row
 * @param {import('./run.mjs').Context} context
 * @param {{ result: Function, curve: Function, bound: Function }} on
 */
export async function measureRow(row, context, on) {
  for (const work of await casesOf(row, context, on)) {
    const output = (await work.ours.output?.()) ?? [];
    for (const peer of context.peers ? work.peers : []) {
      on.result(await measurePeer(work, peer, output, context.timing));
    }
    if (!(context.peers || work.timing?.whole)) await alone(work.ours, { ...context.timing, ...work.timing });
    if (work.bound) on.bound(await measureBound(work, row.name, context));
    await work.ours.close?.();
  }
  for (const { work, unit, sizes, make, expected, most, after, timing } of (await row.curves?.(context)) ?? []) {
    const points = [];
    for (const size of sizes) {
      const side = await make(size);
      points.push({ size, seconds: (await alone(side, { ...timing, ...context.timing })).median, note: after?.(size) });
      await side.close?.();
    }
    const exponent = growthExponent(points);
    on.curve({ work, unit, points, exponent, expected, held: exponent <= most });
  }
}
