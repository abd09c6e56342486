// Node: the machine's own, which also runs every other test, and newer ones from npm.
import { join } from 'node:path';
import { runGuest } from '../harness/child.mjs';

/** The version whose whole suite the project promises to pass. */
const PROMISED = 20;

/** What is said about the machine's own Node: it also ran the tests of which this is one. */
function own() {
  const major = Number(process.versions.node.split('.')[0]);
  return major === PROMISED ? 'the full suites too' : `the full suites too; Node ${PROMISED} is not on this machine`;
}

export async function run({ root, out, node24 }) {
  const guest = join(root, 'test/runtimes/guests/script.mjs');
  const node26 = join(root, 'test/runtimes/node_modules/node26/bin/node');
  const results = [];
  for (const [place, program] of [
    [own(), process.execPath],
    ['', node24],
    ['', node26],
  ]) {
    results.push(await runGuest({ runtime: 'Node.js', place }, program, [guest, out]));
  }
  return results;
}
