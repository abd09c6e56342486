/** The build of the module is reproducible: the digest in conformance.json is that of anyone's build. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tunespace-build-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['tunespace.wasm', 'release', []],
  ['tunespace.wasi.wasm', 'wasi', ['assembly/wasi.ts']],
])('two builds of %s are equal', (name, target, entries) => {
  const outFile = join(folder, name);
  const compiler = 'node_modules/assemblyscript/bin/asc.js';
  execFileSync(process.execPath, [compiler, ...entries, '--target', target, '--outFile', outFile], { stdio: 'pipe' });
  expect(readFileSync(outFile).equals(readFileSync(join('build', name)))).toBe(true);
});
