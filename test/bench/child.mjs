/**
 * A program of another language as a side: it is started once, sets itself up, and is then asked for one turn at a time
 * over its standard input, so that turns can alternate.
 *
 * The protocol is lines of text: it prints `ready` (or `cannot: why`), answers `run N` with the seconds that N executions
 * took, by the wall's clock and by the CPU's, and `output PATH` with `ok` once it has written what one execution computed, as raw float32.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Libraries that would otherwise take every core. */
export const ONE_THREAD = Object.fromEntries(
  ['OMP', 'OPENBLAS', 'MKL', 'NUMBA', 'VECLIB_MAXIMUM', 'NUMEXPR', 'BLIS'].map((name) => [`${name}_NUM_THREADS`, '1']),
);

/** An answer that does not come within this many milliseconds is taken for a hang. */
const PATIENCE = 300_000;

/** A folder for what is passed between programs, gone when this process ends. */
const folder = mkdtempSync(join(tmpdir(), 'tunespace-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** The path of a file that does not exist yet. */
export const newFile = (suffix = '') => join(folder, `${files++}${suffix}`);

/**
 * Writes values as raw bytes.
 *
 * @param {NodeJS.ArrayBufferView} values
 * @returns {string} the path
 */
export function shareValues(values) {
  const path = newFile('.bin');
  writeFileSync(path, values);
  return path;
}

/** Raised when a program says that it cannot take part. */
export class CannotRun extends Error {}

/**
 * Starts a program that speaks the protocol above.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<import('./harness.mjs').Side>}
 * @throws CannotRun when it says so
 */
export async function startSide(command, args, env = ONE_THREAD) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((_, reject) => {
    child.once('error', (error) => reject(new CannotRun(error.message)));
  });
  failed.catch(() => {});
  child.stdin.on('error', () => {});

  const nextLine = async () => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${command} ${args[0]} did not answer in ${PATIENCE / 1000} s`));
      }, PATIENCE);
    });
    const { value, done } = await Promise.race([lines.next(), failed, late]).finally(() => clearTimeout(timer));
    if (done) throw new Error(`${command} ${args.join(' ').slice(0, 200)} ended: ${complaints.trim() || 'no message'}`);
    return value;
  };
  const ask = async (line) => {
    child.stdin.write(`${line}\n`);
    return nextLine();
  };
  const close = () => {
    child.stdin.end();
    child.kill();
  };

  try {
    const greeting = await nextLine();
    if (greeting !== 'ready') throw new CannotRun(greeting.replace(/^cannot: /, ''));
  } catch (error) {
    close();
    throw error;
  }
  return {
    async time(n) {
      const [wall, cpu] = (await ask(`run ${n}`)).split(' ').map(Number);
      return { wall, cpu };
    },
    async output() {
      const path = newFile('.out');
      await ask(`output ${path}`);
      const bytes = readFileSync(path);
      rmSync(path);
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
    close,
  };
}
