/** node tunespace.mjs FOLDER OUT: windows of all files of a folder, one file after the other, as raw float32. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createPool, loadKernels } from '../../../build/runtime/node.js';

const [folder, out] = process.argv.slice(2);
await loadKernels();
const pool = createPool();
const files = readdirSync(folder).sort();
const inputs = files.map((name) => ({ name, source: () => new Uint8Array(readFileSync(`${folder}/${name}`)) }));
const parts = [];
for await (const { name, value, error } of pool.extract(inputs)) {
  if (error) throw new Error(`${name}: ${error.message}`);
  parts.push(Buffer.from(value.data.buffer, value.data.byteOffset, value.data.byteLength));
}
await pool.dispose();
writeFileSync(out, Buffer.concat(parts));
// Node 20 can hang at the end of the event loop, where V8 still compiles in the background.
process.exit();
