// What can be said of the packages without packing them; the rest is test/packaging/run.mjs.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error the runner's own scripts have no types
import { judge } from './packaging/harness/table.mjs';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const npm = read('package.json');
const jsr = read('jsr.json');

it('publishes the same version, under the same licence, of the same dependencies to npm and to JSR', () => {
  expect(jsr.version).toBe(npm.version);
  expect(jsr.license).toBe(npm.license);
  const pinned = Object.entries(npm.dependencies).map(([name, version]) => [name, `npm:${name}@${version}`]);
  expect(jsr.imports).toEqual(Object.fromEntries(pinned));
  for (const version of Object.values(npm.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

it('tells JSR of the runtime that imports from there', () => {
  const built = (path: string) => path.replace('./src/', './build/').replace('.ts', '.js');
  expect(npm.exports['.'].deno).toBe(built(jsr.exports['.']));
  for (const path of ['./spaces', './teach']) expect(npm.exports[path].default).toBe(built(jsr.exports[path]));
  expect(jsr.publish.include).toContain('build/tunespace.wasm');
});

it('keeps all programs of layer 6 out of the JSR package; the spaces are for who imports it', () => {
  const applications = ['cli', 'experiment', 'library', 'server', 'studio'];
  const present = applications.filter((name) => existsSync(`src/${name}`)).map((name) => `src/${name}`);
  expect(jsr.publish.exclude).toEqual(expect.arrayContaining(present));
});

it('has a project for each condition under which the package is resolved', () => {
  const { types, ...conditions } = npm.exports['.'];
  const projectOf: Record<string, string> = { 'edge-light': 'edge-runtime', browser: 'vite', default: 'neutral' };
  const projects = readdirSync('test/packaging');
  for (const condition of Object.keys(conditions)) expect(projects).toContain(projectOf[condition] ?? condition);
});

it('fails where a project fails or its digests are not those of the others', () => {
  const rows = [
    { name: 'a', seconds: 1, digests: { music: '1', readers: '2' } },
    { name: 'b', seconds: 1, digests: { music: '1' } },
    { name: 'c', seconds: 1, digests: { music: '1', readers: '3' } },
    { name: 'd', seconds: 1, error: 'broken' },
    { name: 'e', seconds: 1, says: 'clean' },
  ];
  const verdicts = judge(rows) as { ok: boolean; word: string; details?: string }[];
  expect(verdicts.map(({ word }) => word)).toEqual(['passed', 'passed', 'DIFFERS', 'FAILED', 'passed']);
  expect(verdicts.map(({ ok }) => ok)).toEqual([true, true, false, false, true]);
  expect(verdicts[2].details).toContain('readers is 3, expected 2');
});
