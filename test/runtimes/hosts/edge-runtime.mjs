// edge-runtime, which runs Vercel's and Next.js's edge functions: a realm of its own inside Node.
import { join } from 'node:path';
import { build } from 'esbuild';
import { runGuest } from '../harness/child.mjs';
import { COMPILED } from '../harness/judge.mjs';

export async function run({ root, out }) {
  await build({
    entryPoints: [join(out, 'conformance.js')],
    outfile: join(out, 'conformance.script.js'),
    format: 'iife',
    globalName: 'tunespaceConformance',
    logLevel: 'warning',
  });
  const guest = join(root, 'test/runtimes/guests/edge-runtime.mjs');
  const row = (place, source, mayMiss) =>
    runGuest({ runtime: 'edge-runtime', place, mayMiss }, process.execPath, [guest, out, source]);
  return [await row('given a module', 'module', COMPILED), await row('given bytes', 'bytes', [])];
}
