import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSyntheticCorpus } from '../src/experiment/index.ts';
import * as explain from '../src/explain.ts';
import * as tunespace from '../src/index.ts';
import { loadKernels } from '../src/runtime/node.ts';
import * as spaces from '../src/spaces/index.ts';
import * as teach from '../src/teach.ts';

const readme = readFileSync('README.md', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'tunespace-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the README', () => {
  beforeAll(() => loadKernels());

  it('names only what the library exports', () => {
    const table = readme.slice(readme.indexOf('| area'), readme.indexOf('`decode` goes by content'));
    const methods = ['fit', 'transform', 'predict', 'kNeighbors', 'toBytes', 'fromBytes'];
    const [ofCore, ofPaths] = table.split('| own paths');
    const names = [...ofCore.matchAll(/`(\w+)`/g)].map((match) => match[1]).filter((name) => !methods.includes(name));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !(name in tunespace))).toEqual([]);
    const paths: Record<string, object> = { explain, spaces, teach };
    const elsewhere = [...ofPaths.matchAll(/`(\w+)` of `tunespace\/(\w+)`/g)];
    expect(elsewhere.length).toBe(3);
    for (const [, name, path] of elsewhere) expect(paths[path]).toHaveProperty(name);
  });

  it('names only commands that there are', () => {
    const help = execFileSync(process.execPath, ['build/cli/main.js', '--help'], { encoding: 'utf8' });
    const commands = [...readme.matchAll(/^\| `tunespace (\w+)`/gm)].map((match) => match[1]);
    expect(commands.length).toBe(13);
    for (const command of commands) expect(help).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  it('has an example that runs as it stands', async () => {
    const corpus = join(folder, 'corpus');
    const { datasets } = await renderSyntheticCorpus(corpus, {
      seed: 1,
      tracksPerGenre: 2,
      taggedTracks: 4,
      seconds: 4,
    });
    const example = /```js\n([\s\S]*?)```/.exec(readme.slice(readme.indexOf('\n## Library')))?.[1] as string;
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(resolve('.'), join(folder, 'node_modules/tunespace'), 'junction');
    writeFileSync(join(folder, 'example.mjs'), example);
    const collection = dirname(datasets[0].path);
    const songs = readdirSync(collection, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.wav'))
      .sort()
      .map((name) => join(collection, name).replaceAll('\\', '/'));
    const printed = execFileSync(process.execPath, ['example.mjs', ...songs], { cwd: folder, encoding: 'utf8' });
    const label = songs[0].split('/').at(-2) as string;
    expect(printed).toContain('score');
    expect(printed.trimEnd().split('\n').at(-1)).toBe(label);
  });
});
