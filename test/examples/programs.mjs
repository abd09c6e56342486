// What the checks ask of other programs.
import { spawnSync } from 'node:child_process';

/** A program's version: the first number with points that it says. */
export function versionOf(program) {
  const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  if (error) throw error;
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? '';
}
