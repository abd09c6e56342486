// Runs the README's examples as a user would, against the package as npm would install it; `npm run test:examples`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { install } from '../../.ci/install.mjs';
import { makeMaterial } from './material.mjs';

/** Each file of checks/ exports `run(context): AsyncIterable<Outcome>`, an outcome for each runtime that an example was run on. */
const CHECKS = ['deno', 'using', 'edge', 'browser'];
const HELP = `npm run test:examples -- [--only NAME,...]

Runs the examples of test/examples, which the README shows, on the runtimes that they are for: ${CHECKS.join(', ')}.
Exit code 1 where one fails; with CI=true also where one cannot be run.`;

/**
 * @typedef {object} Context
 * @property {string} root the project's folder
 * @property {string} project an empty project with the package installed, the examples, music and models; see material.mjs
 * @property {string} installed where the package is
 * @property {string[]} tracks relative to the project
 * @property {(name: string) => string} runtime path of a program of test/runtimes, e.g. `deno`
 *
 * @typedef {object} Outcome
 * @property {string} example its file
 * @property {string} runtime with its version
 * @property {string} [shown] what came of it, in words
 * @property {string} [error] why it failed
 * @property {string} [notRun] the machine lacks the runtime: why
 */

const { values: options } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
const only = options.only?.split(',') ?? CHECKS;
const wrong = only.find((name) => !CHECKS.includes(name));
if (options.help || wrong !== undefined) {
  console.log(wrong === undefined ? HELP : `test:examples: no check "${wrong}"; there are ${CHECKS.join(', ')}`);
  process.exit(wrong === undefined ? 0 : 2);
}

install('test/runtimes', 'the runtimes');
const project = mkdtempSync(join(tmpdir(), 'tunespace-examples-'));
process.once('exit', () => rmSync(project, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const context = {
  root: resolve('.'),
  ...(await makeMaterial(project)),
  runtime: (name) => resolve('test/runtimes/node_modules', name),
};

let failed = 0;
let start = performance.now();
function tell({ example, runtime, shown, error, notRun }) {
  const isBad = error !== undefined || (notRun !== undefined && process.env.CI);
  if (isBad) failed += 1;
  const verdict = error !== undefined ? 'FAILED ' : notRun !== undefined ? 'not run' : 'passed ';
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${verdict}  ${example} on ${runtime}: ${error ?? notRun ?? shown} (${seconds} s)`);
  start = performance.now();
}
for (const name of CHECKS.filter((check) => only.includes(check))) {
  try {
    const { run } = await import(`./checks/${name}.mjs`);
    for await (const outcome of run(context)) tell(outcome);
  } catch (error) {
    tell({ example: name, runtime: 'its runtime', error: error.stack });
  }
}
process.exit(failed > 0 ? 1 : 0);
