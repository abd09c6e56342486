// Runs in Node, Deno and Bun: node script.mjs FOLDER. Prints `{ version, digests }`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const out = process.argv[2];
const { conformance } = await import(pathToFileURL(join(out, 'conformance.js')));
const version = globalThis.Deno?.version.deno ?? globalThis.Bun?.version ?? process.versions.node;
const digests = await conformance(new Uint8Array(await readFile(join(out, 'tunespace.wasm'))));
console.log(JSON.stringify({ version, digests }));
