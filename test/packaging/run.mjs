// Runs the projects of this folder against the packed package and prints one table; `npm run test:packaging -- --help`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { install } from '../../.ci/install.mjs';
import { closeChromium } from './harness/chromium.mjs';
import { consumers } from './harness/consumers.mjs';
import { pack } from './harness/pack.mjs';
import { judge, toTable } from './harness/table.mjs';

const names = consumers.map(({ name }) => name);
const HELP = `npm run test:packaging -- [options]

Packs the built package, installs the tarball in an empty folder, and runs projects of its users there. All do the same
small job (job.js) and must give the same digests.

  --only NAME,...   these only: ${names.join(', ')}
  --keep            leave the folder with the projects, and say where it is

Exit code 1 where a project fails or digests differ; with CI=true also where one cannot be run.`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const only = options.only?.split(',') ?? names;
const wrong = only.find((name) => !names.includes(name));
if (wrong !== undefined) {
  console.error(`test:packaging: no project "${wrong}"; there are ${names.join(', ')}`);
  process.exit(2);
}

const root = resolve('.');
install('test/runtimes', 'the runtimes');
const folder = mkdtempSync(join(tmpdir(), 'tunespace-packaging-'));
if (options.keep) console.error(folder);
else process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const context = { root, folder, ...(await pack(root, folder)) };

/** A row of the table; what a project throws is a row as well. */
async function runConsumer({ name, run }) {
  const start = performance.now();
  let result;
  try {
    result = await run(context);
  } catch (error) {
    result = { error: error.stack };
  }
  const seconds = (performance.now() - start) / 1000;
  console.error(`${name}: ${seconds.toFixed(1)} s`);
  return { name, seconds, ...result };
}

// Two at a time: more would only wait for one another where there are two cores.
const waiting = consumers.filter(({ name }) => only.includes(name));
const rows = [];
const work = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) rows.push(await runConsumer(next));
};
await Promise.all([work(), work()]);
await closeChromium();

rows.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
const verdicts = judge(rows);
console.log(`\n${toTable(rows, verdicts)}\n`);
for (const { details } of verdicts) if (details) console.error(details);
process.exit(verdicts.every(({ ok }) => ok) ? 0 : 1);
