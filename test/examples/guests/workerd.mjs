// The edge function on workerd, driven by miniflare: node workerd.mjs FOLDER RUNTIMES. Prints `{ version, shown, kB }`.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { exercise } from './exercise.mjs';

const [out, runtimes] = process.argv.slice(2);
const require = createRequire(runtimes);
const { Miniflare } = require('miniflare');
const STARTS = 9;

const TYPES = { wasm: 'CompiledWasm', safetensors: 'Data' };
const parts = readdirSync(out).filter((name) =>
  ['tunespace.wasm', 'space.safetensors', 'index.safetensors'].includes(name),
);
const example = [
  { type: 'ESModule', path: 'worker.js', contents: readFileSync(join(out, 'worker.js'), 'utf8') },
  ...parts.map((path) => ({ type: TYPES[path.split('.').at(-1)], path, contents: readFileSync(join(out, path)) })),
];
const bare = [{ type: 'ESModule', path: 'worker.js', contents: `export default { fetch: () => new Response('{}') };` }];

/** Starts a worker. `cf: false`, because it would otherwise ask the network where on earth it is. */
const start = (modules) => new Miniflare({ cf: false, compatibilityDate: '2026-01-01', modules });

/** A request over a socket of its own: an answer may come, and end the connection, while the body is still on its way. */
function postTo(url) {
  return (path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const sized = body instanceof Uint8Array ? { 'content-length': body.length } : {};
      const sent = request(new URL(path, url), { method: 'POST', agent: false, headers: { ...headers, ...sized } });
      let answered = false;
      sent.on('response', async (response) => {
        answered = true;
        try {
          const text = Buffer.concat(await response.toArray()).toString();
          resolve({ status: response.statusCode, json: JSON.parse(text) });
        } catch (error) {
          reject(error);
        } finally {
          sent.destroy();
        }
      });
      sent.on('error', (error) => answered || reject(new Error(`${path}: ${error.message}`)));
      if (body instanceof Uint8Array) sent.end(body);
      else
        Readable.from(body)
          .on('error', () => {})
          .pipe(sent);
    });
}

/** Milliseconds from nothing to the first answer, and of the second one. */
async function measure(modules, body) {
  const headers = { 'content-type': 'application/safetensors' };
  const begin = performance.now();
  const worker = start(modules);
  try {
    const times = [];
    const url = await worker.ready;
    const ready = performance.now();
    for (let i = 0; i < 2; i++) {
      const from = performance.now();
      const { status } = await postTo(url)('/', body, headers);
      assert.equal(status, 200);
      times.push(performance.now() - from);
    }
    return { total: ready - begin + times[0], first: times[0], second: times[1] };
  } finally {
    await worker.dispose();
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const worker = start(example);
let answered;
try {
  answered = await exercise(out, postTo(await worker.ready));
} finally {
  await worker.dispose();
}
const body = readFileSync(join(out, 'sound.safetensors'));
const runs = { example: [], bare: [] };
for (let i = 0; i < STARTS; i++) {
  // By turns, so that whatever else the machine does falls on both.
  runs.example.push(await measure(example, body));
  runs.bare.push(await measure(bare, body));
}
const ms = (which, what) => median(runs[which].map((run) => run[what])).toFixed(0);
const kB = example.reduce((sum, { contents }) => sum + contents.length, 0) / 1000;
const { version } = require('workerd/package.json');
console.log(
  JSON.stringify({
    version,
    kB,
    shown:
      `${answered} requests answered as they must be; cold start to first answer ${ms('example', 'total')} ms, of a bare worker ` +
      `${ms('bare', 'total')} ms; without the process's own start ${ms('example', 'first')} and ${ms('bare', 'first')} ms, the ` +
      `second answer ${ms('example', 'second')} and ${ms('bare', 'second')} ms (medians of ${STARTS}; ${kB.toFixed(0)} kB deployed)`,
  }),
);
// Bodies that stall would keep it waiting.
process.exit(0);
