/** Whether two programs computed the same thing, which is asked before either is timed. */

/**
 * What the outputs may differ by: `absolute + relative * |ours|` in each value.
 *
 * @typedef {{ absolute?: number, relative?: number }} Tolerance
 */

/**
 * Compares two outputs value by value.
 *
 * @param {ArrayLike<number>} ours
 * @param {ArrayLike<number>} theirs
 * @param {Tolerance} tolerance
 * @returns {{ same: boolean, largest: number, why: string }} the largest absolute difference, and in words how it went
 */
export function compareOutputs(ours, theirs, { absolute = 0, relative = 0 }) {
  if (ours.length !== theirs.length) {
    return { same: false, largest: Number.NaN, why: `it gives ${theirs.length} values, we give ${ours.length}` };
  }
  let largest = 0;
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i]);
    if (!(difference <= largest)) largest = difference;
    const over = difference - (absolute + relative * Math.abs(ours[i]));
    // Written so that NaN is worse than anything.
    if (!(over <= excess)) [excess, worst] = [over, i];
  }
  const allowed = describeTolerance({ absolute, relative });
  return worst < 0
    ? { same: true, largest, why: `differs by ${largest.toExponential(1)} at the most (allowed: ${allowed})` }
    : {
        same: false,
        largest,
        why: `value ${worst} is ${theirs[worst]}, ours ${ours[worst]} (allowed: ${allowed})`,
      };
}

/** @param {Tolerance} tolerance */
export function describeTolerance({ absolute = 0, relative = 0 }) {
  const parts = [];
  if (absolute > 0) parts.push(`${absolute}`);
  if (relative > 0) parts.push(`${relative} of the value`);
  return parts.join(' + ') || 'nothing';
}
