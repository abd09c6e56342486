import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, start, tunespace, until } from './command.ts';
import { put, tone, wav } from './sounds.ts';

const genres = ['jazz', 'pop', 'rock'];
let music: string;

beforeAll(() => {
  music = join(scratch(), 'music');
  genres.forEach((genre, g) => {
    for (let i = 0; i < 4; i++)
      put(join(music, genre, `${i}.wav`), wav(tone(150 + 200 * g, 10 * g + i, 2.5 + 0.2 * i)));
  });
  put(join(music, 'rock', 'broken.wav'), wav(tone(100, 1)).subarray(0, 60));
  put(join(music, 'rock', 'notes.wav'), 'no audio');
  put(join(music, 'pop', 'silent.wav'), wav(new Float32Array(40_000)));
});

/** Everything that a run with so many workers gives, without what names its folder. */
async function run(workers: number, args: readonly string[]) {
  const cwd = join(scratch(), `with-${workers}`);
  put(join(cwd, 'here'), '');
  const ran = await tunespace([...args, '--workers', String(workers), '--quiet'], {
    cwd,
    env: { XDG_CACHE_HOME: join(cwd, 'cache') },
  });
  return ran;
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/timings/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** The files that a run wrote, by their names. */
const written = (workers: number, folder: string) => {
  const root = join(scratch(), `with-${workers}`, folder);
  return new Map(filesBelow(root).map((file) => [file.slice(root.length), readFileSync(file).toString('base64')]));
};

describe('the results are the same for every number of workers', () => {
  it.each<[string, string[], string]>([
    ['features', ['--stage', 'windows', '--root', '$music', '--out', 'features', '$music'], 'features'],
    [
      'train',
      ['--dataset', 'mine=$music', '--n-batches', '40', '--evaluate-every', '20', '--out', 'made/space.safetensors'],
      'made',
    ],
    [
      'classify',
      ['--train', 'mine=$music', '--folds', '2', '--save', 'saved/c.safetensors', '$music/jazz', '--json'],
      'saved',
    ],
    ['similar', ['$music/jazz/0.wav', '$music/rock/1.wav', '--library', '$music', '--json'], ''],
    [
      'experiment',
      [
        '--dataset',
        'mine=$music',
        '--dataset',
        'other=$music',
        '--folds',
        '2',
        '--draws',
        '2',
        '--n-batches',
        '30',
        '--out',
        'report',
      ],
      'report',
    ],
  ])('%s', async (command, words, folder) => {
    const args = [command, ...words.map((word) => word.replaceAll('$music', music))];
    const runs = [];
    for (const workers of [0, 1, 3]) runs.push({ workers, ...(await run(workers, args)) });
    const [first] = runs;
    expect(first.code).toBeLessThan(2);
    for (const { workers, code, stdout, stderr } of runs) {
      expect([code, stdout, stderr]).toEqual([first.code, first.stdout, first.stderr]);
      if (folder !== '') expect(written(workers, folder)).toEqual(written(0, folder));
    }
  });

  it('and a wrong number is refused', async () => {
    const { code, stderr } = await tunespace(['features', music, '--out', 'x', '--workers', '-1']);
    expect(code).toBe(2);
    expect(stderr).toContain('--workers');
  });
});

it('ends at once on Ctrl-C, workers and all', async () => {
  const cwd = join(scratch(), 'long');
  const long = wav(tone(200, 3, 60));
  for (let i = 0; i < 40; i++) put(join(cwd, 'music', `${i}.wav`), long);
  const running = start(['features', 'music', '--out', 'out', '--workers', '2'], { cwd });
  const made = () => {
    try {
      return readdirSync(join(cwd, 'out'), { recursive: true }).length;
    } catch {
      return 0;
    }
  };
  await until(() => made() > 1, running);
  const before = Date.now();
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stderr).not.toContain('failed');
  expect(Date.now() - before).toBeLessThan(5000);
});
