// The Deno script, which tags a folder in which some files are no audio.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../programs.mjs';

export async function* run({ project, tracks, runtime }) {
  const deno = runtime('.bin/deno');
  mkdirSync(join(project, 'music/damaged'), { recursive: true });
  writeFileSync(join(project, 'music/damaged/cut.wav'), 'RIFF');
  writeFileSync(join(project, 'music/damaged/empty.mp3'), '');
  writeFileSync(join(project, 'music/notes.txt'), 'Buy strings.');
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  // Its types hold against the package's.
  const script = ['run', '--check', '--cached-only', '--no-lock', '--allow-read', 'tag-folder.ts'];
  const execute = (...args) => {
    const options = { cwd: project, env, encoding: 'utf8', timeout: 120_000 };
    return spawnSync(deno, [...script, ...args], options);
  };
  const { status, stdout, stderr } = execute('space.safetensors', 'music');
  const lines = stdout.trim().split('\n');
  assert.deepEqual([lines.map((line) => line.split('\t')[0]), stderr], [tracks, stderr], stderr);
  for (const line of lines) assert.match(line, /^music\/\w+\/\d+\.wav\tgenres(\t\w+ -?\d+\.\d\d){3}$/);
  const reports = stderr
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Check '));
  assert.equal(reports.length, 3, stderr);
  for (const [i, name] of ['damaged/cut.wav', 'damaged/empty.mp3', 'notes.txt'].entries()) {
    assert.ok(reports[i].includes(`music/${name}`), reports[i]);
  }
  assert.equal(status, 1);
  assert.equal(execute('space.safetensors').status, 2);
  const shown = `${lines.length} tracks tagged, ${reports.length} files reported`;
  yield { example: 'tag-folder.ts', runtime: `Deno ${versionOf(deno)}`, shown };
}
