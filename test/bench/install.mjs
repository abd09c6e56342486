/** Installs the npm peers into this folder, once; the project's own packages are not touched. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Whether node_modules holds what package.json asks for. */
function isInstalled() {
  const record = `${here}node_modules/.package-lock.json`;
  if (!existsSync(record)) return false;
  const have = JSON.parse(readFileSync(record, 'utf8')).packages;
  const { dependencies } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => have[`node_modules/${name}`]?.version === version);
}

/** Installs what is missing. Without a network the npm peers are then listed as not run. */
export function installPeers() {
  if (isInstalled()) return;
  console.error('Installing the npm peers (once) ...');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) console.error('The npm peers could not be installed; they will be listed as not run.');
}
