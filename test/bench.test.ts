// The benchmark itself, on tiny work and without peers, so that it does not rot between two runs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tunespace-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A module of the benchmark, which is plain JavaScript outside the type checker's view. */
const load = (name: string) => import(new URL(`bench/${name}.mjs`, import.meta.url).href);

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['test/bench/run.mjs', '--quick', ...args], { encoding: 'utf8' });

it('takes medians and quartiles as NumPy does', async () => {
  const { median, quantile, summary } = await load('statistics');
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5);
  expect(summary([5])).toEqual({ median: 5, q1: 5, q3: 5 });
});

it('finds the exponent of a power law', async () => {
  const { growthExponent } = await load('statistics');
  const law = (exponent: number) => [10, 100, 1000].map((size) => ({ size, seconds: 2 * size ** exponent }));
  expect(growthExponent(law(1))).toBeCloseTo(1, 12);
  expect(growthExponent(law(0))).toBeCloseTo(0, 12);
});

it('compares outputs value by value, and takes NaN for a difference', async () => {
  const { compareOutputs } = await load('compare');
  expect(compareOutputs([1, 2], [1, 2.5], { absolute: 0.5 }).same).toBe(true);
  expect(compareOutputs([1, 2], [1, 2.5], { relative: 0.1 })).toMatchObject({ same: false, largest: 0.5 });
  expect(compareOutputs([1], [Number.NaN], { absolute: 1 }).same).toBe(false);
  expect(compareOutputs([1], [1, 1], {}).why).toBe('it gives 2 values, we give 1');
});

it('times two sides in turns and gives the ratio of neighbours', async () => {
  const { alternate } = await load('harness');
  const turns: string[] = [];
  const side = (name: string, seconds: number) => ({
    time(n: number) {
      turns.push(name);
      return { wall: n * seconds, cpu: 0 };
    },
  });
  const options = { budget: 0, least: 4, turn: 1e-9 };
  const result = await alternate(side('A', 2), side('B', 6), options);
  expect(result).toEqual({ ours: 2, peer: 6, ratio: { median: 3, q1: 3, q3: 3 }, pairs: 4 });
  expect(turns.join('')).toBe(`AB${'AB'.repeat(4)}`);
});

it('lists a peer that is absent or computes something else, and times neither', async () => {
  const [{ measureRow }, { CannotRun }] = [await load('measure'), await load('child')];
  const never = () => {
    throw new Error('timed');
  };
  const ours = { time: never, output: () => [1] };
  const peers = [
    { name: 'absent', start: () => Promise.reject(new CannotRun('no such program')) },
    { name: 'other', start: () => Promise.resolve({ time: never, output: () => [2] }) },
  ];
  const row = { cases: async () => [{ work: 'w', ours, peers, tolerance: { absolute: 0.1 } }] };
  const results: object[] = [];
  await measureRow(row, { peers: true, timing: {} }, { result: (result: object) => results.push(result) });
  expect(results).toMatchObject([
    { peer: 'absent', notRun: 'no such program' },
    { peer: 'other', notCompared: 'value 0 is 2, ours 1 (allowed: 0.1)' },
  ]);
});

it('runs every row on tiny work', { timeout: 60_000 }, () => {
  const file = join(folder, 'bench.json');
  const { status, stderr, stdout } = bench('--no-peers', '--json', file);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Measured on: ');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ environment: { cores: expect.any(String) } });
});

it('says which rows there are, and has a file for each', () => {
  const { status, stderr } = bench('--only', 'nonesuch', '--no-peers');
  expect(status).toBe(1);
  const named = /there is no row "nonesuch"; the rows are ([a-z0-9, ]+)/.exec(stderr)?.[1].split(', ') ?? [];
  expect(named.sort()).toEqual(
    readdirSync('test/bench/rows')
      .map((name) => name.replace('.mjs', ''))
      .sort(),
  );
});
