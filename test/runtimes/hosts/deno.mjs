// Deno, with leave to read files and nothing else.
import { join } from 'node:path';
import { runGuest } from '../harness/child.mjs';

export async function run({ root, out }) {
  const deno = join(root, 'test/runtimes/node_modules/.bin/deno');
  const guest = join(root, 'test/runtimes/guests/script.mjs');
  // Deno would otherwise read the package.json beside the guest, and look for its packages.
  const args = [
    'run',
    '--no-config',
    '--no-lock',
    '--cached-only',
    '--node-modules-dir=none',
    '--allow-read',
    guest,
    out,
  ];
  const env = {
    ...process.env,
    DENO_DIR: join(out, 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
    DENO_NO_PACKAGE_JSON: '1',
    NO_COLOR: '1',
  };
  return [await runGuest({ runtime: 'Deno', place: '' }, deno, args, { env })];
}
