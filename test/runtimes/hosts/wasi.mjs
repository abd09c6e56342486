// The WASI build: its kernels, and its program, which makes log-Mel frames without a host of ours.
import { join } from 'node:path';
import { runGuest } from '../harness/child.mjs';

/** The hosts, and what they are called. */
const HOSTS = { node: 'node:wasi', shim: '@bjorn3/browser_wasi_shim' };

export async function run({ root, out }) {
  const guest = join(root, 'test/runtimes/guests/wasi.mjs');
  const file = join(root, 'build/tunespace.wasi.wasm');
  const results = [];
  for (const [host, name] of Object.entries(HOSTS)) {
    for (const [what, stages] of [
      ['kernels', undefined],
      ['program', ['log']],
    ]) {
      const about = { runtime: 'WASI', place: `${name}, ${what}`, stages };
      results.push(await runGuest(about, process.execPath, ['--no-warnings', guest, out, file, host, what]));
    }
  }
  return results;
}
