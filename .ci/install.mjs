// Installs what a lock file names. Uses nothing but Node, because on a fresh clone there is nothing else.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a command to its end; its failure ends this process, with a sentence. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    ...options,
  });
  if (error || status !== 0) {
    console.error(
      `prepare: "${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ` with exit code ${status}`}`,
    );
    process.exit(status || 1);
  }
}

/** Whether node_modules of `folder` holds what its package-lock.json names; packages of other platforms may be absent. */
export function isInstalled(folder = '.') {
  // npm writes this file last, so an interrupted install is taken up again.
  const record = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const have = JSON.parse(readFileSync(record, 'utf8')).packages;
  const want = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).every(
    ([path, { version, optional }]) => path === '' || optional || have[path]?.version === version,
  );
}

/** Installs what the lock file of `folder` names, where it is not there. */
export function install(folder = '.', what = 'dependencies') {
  if (isInstalled(folder)) return;
  console.error(`Installing ${what} (once) ...`);
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
}
