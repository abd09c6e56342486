// edge-runtime, Vercel's: node edge-runtime.mjs FOLDER SOURCE, SOURCE being `module` or `bytes`. Prints `{ version, digests }`.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EdgeRuntime } from 'edge-runtime';

const [out, kind] = process.argv.slice(2);
const bytes = new Uint8Array(await readFile(join(out, 'tunespace.wasm')));
// Made in this realm and handed to another one, where it is no instance of that realm's WebAssembly.Module or Uint8Array.
const source = kind === 'module' ? await WebAssembly.compile(bytes) : bytes;
const runtime = new EdgeRuntime({
  // A deployed function compiles nothing; `next dev` lets it.
  codeGeneration: { strings: false, wasm: kind === 'bytes' },
  extend: (context) => Object.assign(context, { source }),
  initialCode: `${await readFile(join(out, 'conformance.script.js'), 'utf8')}
    addEventListener('fetch', (event) => event.respondWith((async () => {
      try {
        return Response.json(await tunespaceConformance.conformance(source));
      } catch (error) {
        return new Response(error.stack, { status: 500 });
      }
    })()));`,
});
const response = await runtime.dispatchFetch('http://localhost/');
if (!response.ok) throw new Error(await response.text());
const { version } = createRequire(import.meta.url)('edge-runtime/package.json');
console.log(JSON.stringify({ version, digests: await response.json() }));
