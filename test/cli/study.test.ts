import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, start, tunespace, until } from './command.ts';
import { makeMusic } from './music.ts';
import { put } from './sounds.ts';

const cwd = join(scratch(), 'study');

const plan = {
  seconds: 2,
  seeds: [1, 2],
  targets: [{ name: 'two', path: 'two' }],
  sources: [{ name: 'one', path: 'one', role: 'genre' }],
  recipes: { plain: { sources: ['one'], nBatches: 20, nComponents: 4 } },
  axes: [{ title: 'Level', switch: 'level', values: ['removed'] }],
  measure: { k: 2, folds: 2, fewShot: [1], draws: 2 },
  robustness: { alterations: [{ gain: -12 }, { sampleRate: 8000, tilt: 3 }] },
};

beforeAll(() => {
  makeMusic(join(cwd, 'music', 'one'), { perClass: 4 });
  makeMusic(join(cwd, 'music', 'two'), { perClass: 6, seed: 1000 });
  put(join(cwd, 'plan.json'), JSON.stringify(plan));
});

describe('tunespace study', () => {
  it('runs a plan on the data that it is pointed at, passing over bad files', async () => {
    put(join(cwd, 'music', 'two', 'low', 'diary.mp3'), 'words and no music, words and no music');
    const args = ['study', 'plan.json', '--data', 'music', '-o', 'out', '--cache', 'cache', '--json'];
    const { code, stdout, stderr } = await tunespace(args, { cwd });
    expect(stderr).toMatch(/diary\.mp3/);
    expect(code).toBe(1);
    const { results, ...rest } = JSON.parse(stdout);
    expect(rest).toMatchObject({ command: 'study', out: 'out', failed: [{ type: 'FormatError' }] });
    expect(results).toEqual(JSON.parse(readFileSync(join(cwd, 'out', 'results.json'), 'utf8')));
    expect(results.cells.map(({ name }: { name: string }) => name)).toEqual(['plain', 'level removed']);
    const altered = results.robustness.variants.map(({ name }: { name: string }) => name);
    expect(altered).toEqual(['as they are', 'gain −12 dB', 'tilt +3 dB, 8000 Hz']);
    // Both cells give the same here, so that no figure has anything to show.
    const report = readFileSync(join(cwd, 'out', 'report.html'), 'utf8');
    expect(report).toMatch(/<table[\s\S]*level removed/);
  });

  it('refuses a misspelt plan by the key and the nearest known one', async () => {
    put(join(cwd, 'bad.json'), JSON.stringify({ ...plan, axes: [{ title: 'x', swich: 'level' }] }));
    const { code, stderr } = await tunespace(['study', 'bad.json'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.json: unknown key "axes\[0\]\.swich"; did you mean "switch"\?/);
    put(join(cwd, 'text.json'), 'no plan');
    expect((await tunespace(['study', 'text.json'], { cwd })).stderr).toMatch(/text\.json: is not JSON/);
  });

  it('can be interrupted, and goes on from what it has stored', async () => {
    const long = { ...plan, recipes: { plain: { ...plan.recipes.plain, nBatches: 1_000_000 } }, robustness: undefined };
    put(join(cwd, 'long.json'), JSON.stringify(long));
    const cells = join(cwd, 'cut', 'cells');
    const running = start(['study', 'long.json', '--data', 'music', '-o', 'cut', '--cache', 'cache'], { cwd });
    await until(() => existsSync(cells) && readdirSync(cells).length > 0, running);
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted');
    expect(readdirSync(cells).length).toBeGreaterThan(0);
    expect(existsSync(join(cwd, 'cut', 'results.json'))).toBe(false);
  });
});
