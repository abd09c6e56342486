// workerd, the runtime of Cloudflare Workers: a fetch handler, with the kernels as a module of the deployment.
import { join } from 'node:path';
import { runGuest } from '../harness/child.mjs';
import { COMPILED } from '../harness/judge.mjs';

export async function run({ root, out, node24 }) {
  const guest = join(root, 'test/runtimes/guests/workerd.mjs');
  // It compiles no bytes, and the decoders' packages hold theirs as bytes.
  return [await runGuest({ runtime: 'workerd', place: 'fetch handler', mayMiss: COMPILED }, node24, [guest, out])];
}
