// Asks a built Worker for its answer, in workerd through miniflare: node ask-workerd.mjs FOLDER. Needs Node 22 or newer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTool } from './tools.mjs';

const { Miniflare } = await importTool('miniflare');
const folder = process.argv[2];
const miniflare = new Miniflare({
  // Otherwise it asks the network where on earth it is.
  cf: false,
  compatibilityDate: '2026-01-01',
  modules: [
    { type: 'ESModule', path: 'worker.js', contents: readFileSync(join(folder, 'worker.js'), 'utf8') },
    { type: 'CompiledWasm', path: 'tunespace.wasm', contents: readFileSync(join(folder, 'tunespace.wasm')) },
  ],
});
try {
  const response = await miniflare.dispatchFetch('http://localhost/');
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  console.log(text);
} finally {
  await miniflare.dispose();
}
