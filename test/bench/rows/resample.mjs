/**
 * 44.1 and 48 to 22.05 kHz, compared by quality: the input holds tones that must come through (up to 8 kHz) and tones that
 * must not (from 14.5 kHz on), so that what should come out is known to the last digit.
 */

import { shareValues } from '../child.mjs';
import { inProcess } from '../harness.mjs';
import { startLibsamplerate, startSpeex } from '../peers/resamplers.mjs';
import { startPython } from '../programs.mjs';

const TARGET = 22050;
const PASSED = [61, 220, 441, 997, 1760, 3001, 4400, 5900, 8000];
const STOPPED = [14500, 15800, 17200, 19100];

/** Values at each end that are left out of the comparison: peers differ in what they assume beyond the ends. */
const EDGE = 2000;
/** What a peer may err by, in dB below the signal, to count as the same work. */
const LEAST_QUALITY = 60;

/** Tones of equal amplitude, each with its own phase. */
function tones(frequencies, seconds, sr) {
  const y = new Float32Array(Math.round(seconds * sr));
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    frequencies.forEach((f, j) => {
      sum += Math.sin((2 * Math.PI * f * i) / sr + j);
    });
    y[i] = 0.06 * sum;
  }
  return y;
}

/** How far the signal is above the error, in dB, away from the ends. */
function quality(/** @type {ArrayLike<number>} */ y, /** @type {Float32Array} */ wanted) {
  let signal = 0;
  let error = 0;
  for (let i = EDGE; i < wanted.length - EDGE; i++) {
    signal += wanted[i] ** 2;
    error += (y[i] - wanted[i]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

/**
 * One rate; `targets` are how many times as fast as each peer we want to be.
 *
 * @type {(context: import('../run.mjs').Context, origSr: number, targets: { speex?: number, libsamplerate?: number, soxr?: number }) => import('../run.mjs').Case}
 */
function fromRate({ tunespace, quick }, origSr, targets) {
  const seconds = quick ? 1 : 30;
  const y = tones([...PASSED, ...STOPPED], seconds, origSr);
  const wanted = tones(PASSED, seconds, TARGET);
  const compare = (ours, theirs) => {
    if (Math.abs(theirs.length - wanted.length) > EDGE / 2) {
      return { same: false, why: `it gives ${theirs.length} samples, we give ${ours.length}` };
    }
    const [a, b] = [quality(ours, wanted), quality(theirs, wanted)];
    const why = `error ${a.toFixed(0)} dB below the signal, the peer's ${b.toFixed(0)} dB`;
    if (!(b >= LEAST_QUALITY)) return { same: false, why: `${why} (at least ${LEAST_QUALITY} dB asked for)` };
    return { same: true, why };
  };
  const shared = { y: shareValues(y), origSr, targetSr: TARGET };
  return {
    work: `${origSr / 1000} to 22.05 kHz, ${seconds} s`,
    bound: 'arithmetic',
    ours: inProcess(() => tunespace.resample(y, { origSr, targetSr: TARGET })),
    peers: [
      {
        name: 'speex-resampler-wasm SIMD, q7',
        target: targets.speex,
        compare,
        start: () => startSpeex(y, origSr, TARGET, 7),
      },
      {
        name: 'libsamplerate-js, sinc medium',
        target: targets.libsamplerate,
        compare,
        start: () => startLibsamplerate(y, origSr, TARGET),
      },
      { name: 'soxr HQ', target: targets.soxr, compare, start: () => startPython('resample', 'soxr', shared) },
    ],
  };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'resample',
  title: 'Resample 44.1 and 48 to 22.05 kHz',
  async cases(context) {
    return [
      fromRate(context, 44100, { speex: 5, libsamplerate: 8, soxr: 0.7 }),
      // Nobody set targets for this one.
      fromRate(context, 48000, {}),
    ];
  },
};
