// Runs the conformance test on every runtime and prints one table; `npm run test:runtimes -- --help`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { install } from '../../.ci/install.mjs';
import { bundle, digestOf } from './harness/bundle.mjs';
import { insertTable, judge, toMarkdown } from './harness/judge.mjs';

const HOSTS = ['node', 'deno', 'bun', 'workerd', 'edge-runtime', 'wasi', 'chromium', 'firefox', 'webkit'];
const TABLE = 'test/conformance.json';
const HELP = `npm run test:runtimes -- [options]

Runs test/conformance.ts on every runtime and compares each stage's digest with ${TABLE}.

  --only NAME,...   these only: ${HOSTS.join(', ')}
  --update          write ${TABLE} anew from this machine's Node, if the runtimes that are run agree; alone it runs Node
  --markdown FILE   write the table between the two markers of FILE (the README's)

Exit code 1 where a digest differs or a runtime fails; with CI=true also where one cannot be run.`;

/**
 * What a host (hosts/NAME.mjs) is given and gives.
 *
 * @typedef {object} HostContext
 * @property {string} root the project's folder
 * @property {string} out a folder with conformance.js, an ES module without imports that exports
 *   `conformance(source): Promise<Record<string, string>>`, and tunespace.wasm
 * @property {Record<string, string>} expected digests by stage
 * @property {string} node24 path of a Node 24, for packages that need one
 * @property {string[]} only names of the hosts that are run
 * @property {(text: string) => void} log writes a line of progress
 *
 * @typedef {object} HostResult one row of the table
 * @property {string} runtime e.g. `Chromium`
 * @property {string} version
 * @property {string} place e.g. `page`, `module Worker`; '' where there is but one
 * @property {Record<string, string>} [digests] what `conformance` gave
 * @property {string} [compared] what else was compared there and found equal, instead of digests
 * @property {string} [error] why it gave nothing
 * @property {string} [notRun] the machine lacks it: why
 * @property {string[]} [stages] the stages that can be run there, where not all
 * @property {string[]} [mayMiss] stages that the runtime forbids, and may report as not run
 * @property {number} seconds
 *
 * Each host exports `run(context: HostContext): Promise<HostResult[]>`. It leaves no process behind, ends within minutes
 * whatever happens, and needs no network.
 */

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    update: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const only = options.only?.split(',') ?? (options.update ? ['node'] : HOSTS);
const wrong = only.find((name) => !HOSTS.includes(name));
if (wrong !== undefined) {
  console.error(`test:runtimes: no runtime "${wrong}"; there are ${HOSTS.join(', ')}`);
  process.exit(2);
}

if (options.update && !only.includes('node')) {
  console.error('test:runtimes: --update writes what this machine’s Node gives; name node in --only as well');
  process.exit(2);
}
if (options.markdown && only.length < HOSTS.length) {
  console.error('test:runtimes: --markdown writes the table of all runtimes; leave --only and --update out');
  process.exit(2);
}

const root = resolve('.');
install('test/runtimes', 'the runtimes');
const out = mkdtempSync(join(tmpdir(), 'tunespace-runtimes-'));
process.once('exit', () => rmSync(out, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
await bundle(out);

const { 'tunespace.wasm': wasm, ...committed } = JSON.parse(readFileSync(TABLE, 'utf8'));
const context = {
  root,
  out,
  expected: committed,
  node24: join(root, 'test/runtimes/node_modules/node24/bin/node'),
  only,
  log: (text) => console.error(text),
};

/** The rows of one host; what it throws is a row as well. */
async function runHost(name) {
  context.log(`${name} ...`);
  const start = performance.now();
  try {
    const { run } = await import(`./hosts/${name}.mjs`);
    return await run(context);
  } catch (error) {
    return [{ runtime: name, version: '', place: '', error: error.stack, seconds: (performance.now() - start) / 1000 }];
  }
}

const results = [];
for (const name of HOSTS.filter((host) => only.includes(host))) results.push(...(await runHost(name)));

if (options.update) {
  const own = results.find(({ runtime }) => runtime === 'Node.js');
  // Without digests it has an error, which is reported and leaves the table as it was.
  context.expected = own?.digests ?? committed;
}
const judged = results.map((result) => [result, judge(result, context.expected)]);
const table = toMarkdown(judged);
console.log(`\n${table}\n`);
for (const [{ runtime, version, place, seconds }, { ok, details }] of judged) {
  context.log(
    `${ok ? 'passed' : 'FAILED'}  ${[runtime, version, place].filter(Boolean).join(' ')} (${seconds.toFixed(1)} s)`,
  );
  for (const line of details) context.log(`        ${line}`);
}
let failed = judged.filter(([, { ok }]) => !ok).length;

const built = digestOf('build/tunespace.wasm');
if (options.update && failed === 0) {
  writeFileSync(TABLE, `${JSON.stringify({ 'tunespace.wasm': built, ...context.expected }, null, 2)}\n`);
  context.log(`${TABLE} is written; say in the commit why digests changed`);
} else if (options.update) {
  context.log(`${TABLE} stays as it was: the runtimes do not agree`);
} else if (built !== wasm) {
  failed += 1;
  context.log(
    `FAILED  build/tunespace.wasm is ${built}, ${TABLE} says ${wasm}: update it in the commit that changes the kernels`,
  );
}
if (options.markdown && failed > 0) context.log(`${options.markdown} stays as it was`);
else if (options.markdown) {
  writeFileSync(options.markdown, insertTable(readFileSync(options.markdown, 'utf8'), table));
}
process.exit(failed > 0 ? 1 : 0);
