// Run before `npm start` and `npm test`: installs what is missing and builds what is older than its sources.
// Uses nothing but Node, because on a fresh clone there is nothing else.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { install, run } from './install.mjs';

const force = process.argv.includes('--force');

function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

install();

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
