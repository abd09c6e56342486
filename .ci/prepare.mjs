// Run before `npm start` and `npm test`: installs what is missing and builds what is older than its sources.
// Uses nothing but Node, because on a fresh clone there is nothing else.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const force = process.argv.includes('--force');

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) {
    console.error(
      `prepare: "${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ` with exit code ${status}`}`,
    );
    process.exit(status || 1);
  }
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Whether node_modules holds what package-lock.json names; packages of other platforms may be absent. */
function isInstalled() {
  // npm writes this file last, so an interrupted install is taken up again.
  const record = 'node_modules/.package-lock.json';
  if (!existsSync(record)) return false;
  const have = JSON.parse(readFileSync(record, 'utf8')).packages;
  const want = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  return Object.entries(want).every(
    ([path, { version, optional }]) => path === '' || optional || have[path]?.version === version,
  );
}

if (!isInstalled()) {
  console.error('Installing dependencies (once) ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

const sources = [
  'assembly',
  'src',
  'asconfig.json',
  '.ci',
  'esbuild.config.mjs',
  'package.json',
  'tsconfig.build.json',
];
// The declarations are the build's last product: an interrupted build has none.
const product = 'build/types/index.d.ts';
if (force || !existsSync(product) || Math.max(...sources.map(newest)) > newest(product)) {
  console.error('Building ...');
  run(process.execPath, ['esbuild.config.mjs']);
}
