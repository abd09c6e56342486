/** The peers that are not JavaScript: Python scripts of `python/`, and C programs of `c/`, compiled on the spot. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CannotRun, newFile, startSide } from './child.mjs';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** Compilers by preference. */
const COMPILERS = [process.env.CC, 'gcc', 'cc', 'clang'].filter((name) => name !== undefined);

let compiler;

/** The C compiler, or undefined where there is none. */
export function findCompiler() {
  compiler ??= COMPILERS.find((name) => spawnSync(name, ['--version']).status === 0) ?? '';
  return compiler || undefined;
}

/** What every C peer is compiled with. */
export const C_FLAGS = ['-O3', '-march=native'];

/**
 * Compiles a program of `c/` and starts it as a side.
 *
 * @param {string} name the file's, without `.c`
 * @param {string[]} args of the program
 * @param {string[]} libraries to link
 * @returns {Promise<import('./harness.mjs').Side>}
 * @throws CannotRun where there is no compiler, or it cannot find a header or library
 */
export async function startC(name, args, libraries = []) {
  const cc = findCompiler();
  if (!cc) throw new CannotRun('no C compiler (gcc, cc, clang)');
  const program = newFile(process.platform === 'win32' ? '.exe' : '');
  const sources = [here(`c/${name}.c`), here('c/side.c')];
  const { status, stderr } = spawnSync(cc, [...C_FLAGS, '-o', program, ...sources, ...libraries, '-lm'], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    const reason = stderr.match(/(?:fatal error|cannot find|error): ?(.*)/)?.[0] ?? stderr.slice(0, 200);
    throw new CannotRun(`${cc} could not compile c/${name}.c: ${reason.trim()}`);
  }
  return startSide(program, args);
}

let python = process.env.PYTHON ?? 'python3';

/** Chooses the Python, instead of the environment's `PYTHON` or else `python3`. */
export function usePython(/** @type {string} */ path) {
  python = path;
}

/** The Python in use. */
export const pythonCommand = () => python;

/** @throws CannotRun where Python or a module is missing */
export function checkPython(/** @type {string} */ module) {
  const { status, error } = spawnSync(python, [
    '-c',
    `import importlib.util as u; exit(u.find_spec("${module}") is None)`,
  ]);
  if (error) throw new CannotRun(error.message);
  if (status !== 0) throw new CannotRun(`No module named '${module}'`);
}

/**
 * Starts a peer of `python/<name>.py` as a side: `PEERS[peer](params)` there gives the function that does the work.
 *
 * @param {string} name the file's, without `.py`
 * @param {string} peer
 * @param {Record<string, unknown>} params handed over as JSON
 * @returns {Promise<import('./harness.mjs').Side>}
 * @throws CannotRun where there is no such Python, or it lacks a module
 */
export async function startPython(name, peer, params) {
  if (!existsSync(here(`python/${name}.py`))) throw new Error(`test/bench/python/${name}.py does not exist`);
  return startSide(python, [here('python/side.py'), name, peer, JSON.stringify(params)]);
}

const MODULES = ['numpy', 'scipy', 'librosa', 'soxr', 'torch', 'scikit-learn', 'lightfm', 'faiss-cpu'];

/** Versions of Python and of the modules that peers use, where present. */
export function pythonVersions() {
  const script = `import sys, importlib.metadata as m
print("Python " + sys.version.split()[0])
for name in ${JSON.stringify(MODULES)}:
    try: print(name + " " + m.version(name))
    except Exception: pass`;
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n') : [];
}
