// Everything `npm test` runs, one step after the other; a failing step does not hide the next one's result.
import { spawnSync } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

const steps = [
  ['lint', 'biome', ['ci', '.']],
  ['types', 'tsc', ['--noEmit']],
  ['kernels (as-pect)', 'asp', ['--config', 'as-pect.config.js', '--verbose', '--no-logo']],
  ['unit and slow suites (vitest)', 'vitest', ['run']],
  ['runtimes', 'node', ['test/runtimes/run.mjs']],
  ['packages', 'node', ['test/packaging/run.mjs']],
  ['examples', 'node', ['test/examples/run.mjs']],
];

const env = { ...process.env, PATH: resolve('node_modules/.bin') + delimiter + process.env.PATH };
const results = steps.map(([title, command, args]) => {
  console.log(`\n== ${title}`);
  const start = Date.now();
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
    shell: process.platform === 'win32',
  });
  return { title, passed: status === 0, seconds: Math.round((Date.now() - start) / 1000) };
});

console.log('');
for (const { title, passed, seconds } of results)
  console.log(`${passed ? 'passed' : 'FAILED'}  ${title} (${seconds} s)`);
const failed = results.filter(({ passed }) => !passed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
