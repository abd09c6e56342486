// Asks a built edge function for its answer, in edge-runtime: node ask-edge.mjs SCRIPT WASM.
import { readFileSync } from 'node:fs';
import { BINDING } from './edge.mjs';
import { importTool } from './tools.mjs';

const { EdgeRuntime } = await importTool('edge-runtime');
const [script, wasm] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(wasm));
const runtime = new EdgeRuntime({
  // A deployed function compiles nothing.
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, { [BINDING]: module }),
  initialCode: `${readFileSync(script, 'utf8')}
    addEventListener('fetch', (event) => event.respondWith(
      edgeFunction.default().catch((error) => new Response(error.stack, { status: 500 }))));`,
});
const response = await runtime.dispatchFetch('http://localhost/');
const text = await response.text();
if (!response.ok) throw new Error(text);
console.log(text);
