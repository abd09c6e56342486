// Bun.
import { join } from 'node:path';
import { runGuest } from '../harness/child.mjs';

export async function run({ root, out }) {
  const bun = join(root, 'test/runtimes/node_modules/.bin/bun');
  const guest = join(root, 'test/runtimes/guests/script.mjs');
  return [await runGuest({ runtime: 'Bun', place: '' }, bun, ['run', '--no-install', guest, out])];
}
