/** What the numbers were measured on. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findCompiler, pythonVersions } from './programs.mjs';

/** SIMD extensions worth naming, in the kernel's words. */
const SIMD = ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'neon', 'asimd', 'sve'];

/** CPU flags of interest; empty where the system does not say. */
function simdFlags() {
  const path = '/proc/cpuinfo';
  if (!existsSync(path)) return [];
  const flags =
    readFileSync(path, 'utf8')
      .match(/^(?:flags|Features)\s*:(.*)$/m)?.[1]
      .split(/\s+/) ?? [];
  return SIMD.filter((name) => flags.includes(name));
}

function compilerVersion() {
  const compiler = findCompiler();
  return compiler && spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
}

/** Versions of the npm peers. */
function npmVersions() {
  const file = fileURLToPath(new URL('package.json', import.meta.url));
  const { dependencies } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}

/** Load of the last minute, which other programs on the machine raise. */
export const load = () => loadavg()[0].toFixed(2);

/**
 * Machine and versions, as pairs of words; what is not present is left out.
 *
 * @returns {Record<string, string>}
 */
export function environment() {
  const all = {
    date: new Date().toISOString().slice(0, 10),
    CPU: cpus()[0]?.model.trim(),
    cores: String(cpus().length),
    SIMD: simdFlags().join(' '),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}, ${process.arch}`,
    Node: `${process.versions.node} (V8 ${process.versions.v8})`,
    'C compiler': compilerVersion(),
    Python: pythonVersions().join(', '),
    npm: npmVersions().join(', '),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}
