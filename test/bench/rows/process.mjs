/**
 * A folder of mp3 files to windows by whole processes, start-up included, on all cores: the scripts that a user of each
 * library would write (`scripts/`, `python/folder.py`).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newFile, shareValues } from '../child.mjs';
import { stopwatch } from '../harness.mjs';
import { makeMp3, tagged, tinyMp3 } from '../mp3.mjs';
import { checkPython, pythonCommand } from '../programs.mjs';
import { quantile } from '../statistics.mjs';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Sounds that differ; the other files are these again, under another tag. */
const SOUNDS = 4;

/** What windows may differ by, in log units: decoders, resamplers and single precision are not the same. */
const TOLERANCE = 0.1;
/** The share of the values that has to keep to it. */
const SHARE = 0.95;

/** @returns {Promise<string>} the folder */
async function makeFolder(nFiles, seconds, quick) {
  const folder = newFile('-mp3');
  mkdirSync(folder);
  const sounds = [];
  for (let s = 0; s < Math.min(SOUNDS, nFiles); s++) sounds.push(quick ? tinyMp3() : await makeMp3(seconds, 81 + s));
  for (let i = 0; i < nFiles; i++) {
    writeFileSync(`${folder}/${String(i).padStart(4, '0')}.mp3`, tagged(sounds[i % sounds.length], i));
  }
  return folder;
}

/**
 * A whole process as a side.
 *
 * @param {string} command
 * @param {string[]} args to which the path of the output is added
 * @returns {import('../harness.mjs').Side}
 */
function processSide(command, args, env = {}) {
  const out = newFile('.windows');
  const runOnce = () => {
    const options = { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 900_000 };
    const { status, stderr, error } = spawnSync(command, [...args, out], options);
    if (error || status !== 0)
      throw new Error(`${command} ${args[0]} failed: ${error?.message ?? stderr.slice(-2000)}`);
  };
  return {
    time(n) {
      const stop = stopwatch();
      for (let i = 0; i < n; i++) runOnce();
      const { wall } = stop();
      return { wall, cpu: wall };
    },
    output() {
      runOnce();
      const bytes = readFileSync(out);
      rmSync(out);
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
  };
}

/** Windows of the same sounds by other decoders and resamplers: nearly all values are nearly the same. */
function compareWindows(ours, theirs) {
  if (ours.length !== theirs.length) {
    return { same: false, why: `it gives ${theirs.length} values, we give ${ours.length}` };
  }
  const differences = Array.from(ours, (value, i) => Math.abs(value - theirs[i]));
  const most = quantile(differences, SHARE);
  const why = `${100 * SHARE} % of the values differ by ${most.toFixed(3)} at the most (allowed: ${TOLERANCE})`;
  return { same: most <= TOLERANCE, why };
}

/**
 * One folder of `nFiles` against some peers.
 *
 * @param {(folder: string) => import('../run.mjs').Peer[]} peersOf
 * @param {number} most turns at the most
 * @returns {Promise<import('../run.mjs').Case>}
 */
async function caseOf(nFiles, seconds, quick, most, peersOf) {
  const folder = await makeFolder(nFiles, seconds, quick);
  return {
    work: `${nFiles} mp3 files of ${seconds} s to windows, all cores`,
    ours: {
      ...processSide(process.execPath, [here('scripts/tunespace.mjs'), folder]),
      close: () => rmSync(folder, { recursive: true }),
    },
    timing: { whole: true, least: 1, most: quick ? 1 : most, clock: 'wall' },
    peers: peersOf(folder),
  };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'process',
  title: 'mp3 files to windows, whole process',
  async cases({ tunespace, quick }) {
    const seconds = quick ? 1 : 30;
    const bank = shareValues(tunespace.melFilterBank({ sr: 22050 }).data);
    return [
      await caseOf(quick ? 3 : 200, seconds, quick, 2, (folder) => [
        {
          name: 'librosa script (native decoder, one process a core)',
          target: 1,
          compare: compareWindows,
          async start() {
            checkPython('librosa');
            const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', NUMBA_NUM_THREADS: '1' };
            return processSide(pythonCommand(), [here('python/folder.py'), folder], oneThread);
          },
        },
      ]),
      // 200 files would take it half an hour a turn; with few, start-up weighs more on both sides.
      await caseOf(quick ? 2 : 12, seconds, quick, 3, (folder) => [
        {
          name: 'essentia.js script (same decoder as ours, one worker a core)',
          target: 20,
          compare: compareWindows,
          async start() {
            await import('essentia.js');
            return processSide(process.execPath, [here('scripts/essentia.mjs'), folder, bank]);
          },
        },
      ]),
    ];
  },
};
