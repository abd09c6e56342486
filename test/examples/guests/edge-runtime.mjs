// The edge function on edge-runtime, Vercel's: node edge-runtime.mjs FOLDER RUNTIMES. Prints `{ version, shown }`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { exercise } from './exercise.mjs';

const [out, runtimes] = process.argv.slice(2);
const require = createRequire(runtimes);
const { EdgeRuntime } = require('edge-runtime');
const bytes = (name) => new Uint8Array(readFileSync(join(out, name)));
const files = {
  'tunespace.wasm': await WebAssembly.compile(bytes('tunespace.wasm')),
  'space.safetensors': bytes('space.safetensors'),
  'index.safetensors': bytes('index.safetensors'),
};
const runtime = new EdgeRuntime({
  // A deployed function compiles nothing.
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, { files }),
  initialCode: `${readFileSync(join(out, 'worker.script.js'), 'utf8')}
    addEventListener('fetch', (event) => event.respondWith(worker.default.fetch(event.request)));`,
});
const answered = await exercise(out, async (path, body, headers = {}) => {
  const sent = body instanceof Uint8Array ? body : ReadableStream.from(body);
  const sized = body instanceof Uint8Array ? { 'content-length': String(body.length) } : {};
  const init = { method: 'POST', body: sent, headers: { ...headers, ...sized }, duplex: 'half' };
  const response = await runtime.dispatchFetch(`http://localhost${path}`, init);
  return { status: response.status, json: await response.json() };
});
const { version } = require('edge-runtime/package.json');
console.log(JSON.stringify({ version, shown: `${answered} requests answered as they must be` }));
process.exit(0);
