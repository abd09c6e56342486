// Bun.
import { join } from 'node:path';
import { runGuest } from '../harness/child.mjs';

export async function run({ root, out }) {
  const bun = join(root, 'test/runtimes/node_modules/.bin/bun');
  const guest = join(root, 'test/runtimes/guests/script.mjs');
  // Keeps nothing in the user's folders.
  const env = { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' };
  return [await runGuest({ runtime: 'Bun', place: '' }, bun, ['run', '--no-install', guest, out], { env })];
}
