// workerd, driven by miniflare (which needs Node 22 or newer): node workerd.mjs FOLDER. Prints `{ version, digests }`.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';

const out = process.argv[2];
const worker = `
  import { conformance } from './conformance.js';
  import module from './tunespace.wasm';
  export default {
    async fetch() {
      try {
        return Response.json(await conformance(module));
      } catch (error) {
        return new Response(error.stack, { status: 500 });
      }
    },
  };
`;
const miniflare = new Miniflare({
  // Otherwise it asks the network where on earth it is.
  cf: false,
  compatibilityDate: '2026-01-01',
  modules: [
    { type: 'ESModule', path: 'worker.mjs', contents: worker },
    { type: 'ESModule', path: 'conformance.js', contents: await readFile(join(out, 'conformance.js'), 'utf8') },
    { type: 'CompiledWasm', path: 'tunespace.wasm', contents: await readFile(join(out, 'tunespace.wasm')) },
  ],
});
try {
  const response = await miniflare.dispatchFetch('http://localhost/');
  if (!response.ok) throw new Error(await response.text());
  const { version } = createRequire(import.meta.url)('workerd/package.json');
  console.log(JSON.stringify({ version, digests: await response.json() }));
} finally {
  await miniflare.dispose();
}
