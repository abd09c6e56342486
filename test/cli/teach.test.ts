import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { labelsOf } from '../../src/cli/teach.ts';
import { scratch, tunespace } from './command.ts';
import { makeMusic, PITCHES, trainSpace } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = scratch();
const model = 'mine.safetensors';
const fresh = (name: string, pitch: number, seed: number) => {
  put(join(cwd, name), wav(tone(pitch, seed, 1.7)));
  return name;
};
const run = (...args: string[]) => tunespace([...args, '--no-cache', '--workers', '0'], { cwd });
let taught: Awaited<ReturnType<typeof tunespace>>;

beforeAll(async () => {
  makeMusic(join(cwd, 'music'), { perClass: 5 });
  taught = await run('teach', '--label', 'low=music/low', '--label', 'high=music/high', '-o', model);
});

describe('tunespace teach', () => {
  it('learns from folders and says how well the labels can be told apart', () => {
    expect(taught.code).toBe(0);
    expect(taught.stdout).toMatch(
      /^high: 5 files\nlow: 5 files\naccuracy 1\.000 ± 0\.\d{3} on held-out files \(guessing: 0\.500\)\n$/,
    );
    expect(taught.stderr).toContain(`saved in ${model}`);
  });

  it('makes a model that classify uses, with probabilities', async () => {
    const files = [fresh('a.wav', PITCHES.low, 71), fresh('b, "c".wav', PITCHES.high, 72)];
    const text = await run('classify', '--model', model, ...files, '--quiet');
    expect({ code: text.code, stderr: text.stderr }).toEqual({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^low {3} 0\.\d{3} {2}a\.wav\nhigh {2} 0\.\d{3} {2}b, "c"\.wav\n$/);
    const csv = parse((await run('classify', '--model', model, ...files, '--format', 'csv')).stdout) as string[][];
    expect(csv[0]).toEqual(['file', 'label', 'probability', 'probability:high', 'probability:low']);
    const { results, classes } = JSON.parse((await run('classify', '--model', model, ...files, '--json')).stdout);
    expect(classes).toEqual(['high', 'low']);
    expect(results.map(({ label }: { label: string }) => label)).toEqual(['low', 'high']);
    results.forEach(({ probability, probabilities }: never, i: number) => {
      const { high, low } = probabilities as Record<string, number>;
      expect(high + low).toBeCloseTo(1, 12);
      expect(probability).toBe(Math.max(high, low));
      expect(csv[i + 1].slice(2).map(Number)).toEqual([probability, high, low]);
    });
    expect((await tunespace(['info', model], { cwd })).stdout).toMatch(
      /kind +classifier\n +estimator +FewShotClassifier/,
    );
  });

  it('ranks by one label', async () => {
    const low = [1, 2, 3].map((i) => join('music', 'low', `${i}.wav`));
    const learned = await run('teach', '--label', 'liked', '=', '-o', 'x.safetensors');
    expect(learned.code).toBe(2);
    const liked = await run('teach', '--label', `liked=${low[0]}`, low[1], low[2], '-o', 'liked.safetensors');
    expect({ code: liked.code, stdout: liked.stdout }).toEqual({ code: 0, stdout: 'liked: 3 files\n' });
    const { stdout } = await run('classify', '--model', 'liked.safetensors', 'music', '--quiet');
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(rows.map(([rank]) => Number(rank))).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const paths = rows.map(([, , path]) => path);
    expect(paths.slice(0, 3).sort()).toEqual(low);
    expect(paths.slice(3, 5).every((path) => path.includes('low'))).toBe(true);
    const csv = parse((await run('classify', '--model', 'liked.safetensors', 'music', '--format', 'csv')).stdout);
    expect(csv.slice(0, 2).map((row: string[]) => row.slice(0, 2))).toEqual([
      ['file', 'rank'],
      [paths[0], '1'],
    ]);
    const { results } = JSON.parse((await run('classify', '--model', 'liked.safetensors', low[0], '--json')).stdout);
    expect(results).toEqual([{ rank: 1, file: low[0], distance: expect.closeTo(0, 6) }]);
  });

  it('learns in a space of one’s own, which the model carries', async () => {
    const space = await trainSpace('space.safetensors', [`toy=${join(cwd, 'music')}`]);
    const args = ['--label', 'low=music/low', '--label', 'middle=music/middle', '--space', space];
    expect((await run('teach', ...args, '-o', 'own.safetensors', '--json')).code).toBe(0);
    const { stdout } = await run(
      'classify',
      '--model',
      'own.safetensors',
      fresh('d.wav', PITCHES.middle, 73),
      '--quiet',
    );
    expect(stdout).toMatch(/^middle +0\.\d+ +d\.wav\n$/);
  });

  it('goes on past what cannot be used, and reports it at the end', async () => {
    put(join(cwd, 'silent.wav'), wav(new Float32Array(40_000)));
    put(join(cwd, 'text.mp3'), 'no audio');
    copyFileSync(join(cwd, 'music/low/1.wav'), join(cwd, 'copy.wav'));
    const args = [
      '--label',
      'low=music/low',
      'silent.wav',
      'copy.wav',
      'gone.wav',
      '--label',
      'high=music/high',
      'text.mp3',
    ];
    const { code, stdout, stderr } = await run('teach', ...args, '-o', 'past.safetensors', '--json');
    expect(code).toBe(1);
    const { validation, labels, failed, warnings, saved } = JSON.parse(stdout);
    expect(saved).toBe('past.safetensors');
    expect(validation).toMatchObject({ accuracy: 1, chance: 0.5, distinguishable: true, folds: 5, repeats: 2 });
    expect(labels.high.length).toBe(5);
    expect(failed.map(({ file }: { file: string }) => file).sort()).toEqual(['gone.wav', 'silent.wav', 'text.mp3']);
    expect(warnings).toEqual([
      'copy.wav: holds the same sound as music/low/1.wav; counted once under "low"'.replaceAll('/', '/'),
    ]);
    expect(stderr).toContain('silent.wav: is silent');
    // The same model as without them.
    expect(readFileSync(join(cwd, 'past.safetensors'))).toEqual(readFileSync(join(cwd, model)));
  });

  it('refuses one sound under two labels, naming both files, and leaves what was there', async () => {
    copyFileSync(join(cwd, 'music/low/2.wav'), join(cwd, 'twin.wav'));
    const before = readFileSync(join(cwd, model));
    const { code, stderr } = await run(
      'teach',
      '--label',
      'low=music/low',
      '--label',
      'high=music/high',
      'twin.wav',
      '-o',
      model,
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/the same sound has two labels: .*2\.wav \("low"\) and twin\.wav \("high"\)/);
    expect(readFileSync(join(cwd, model))).toEqual(before);
  });

  it('holds the files of an artist out together, whom a CSV names', async () => {
    const list = (label: string, artists: number) =>
      put(
        join(cwd, 'music', `${label}${artists}.csv`),
        `path,label,artist\n${[1, 2, 3, 4].map((i) => `${label}/${i}.wav,${label},${label} ${i % artists}\n`).join('')}`,
      );
    const [low, high, one] = [list('low', 2), list('high', 2), list('low', 1)];
    const args = ['--label', `low=${low}`, '--label', `high=${high}`];
    const text = await run('teach', ...args);
    expect({ code: text.code, stderr: text.stderr }).toMatchObject({ code: 0 });
    expect(text.stdout).toMatch(/on held-out files of other artists \(guessing: 0\.500\)\n$/);
    expect(JSON.parse((await run('teach', ...args, '--json')).stdout).validation.grouped).toBe(true);
    const ignored = await run('teach', ...args, '--ignore-artists', '--json');
    expect(JSON.parse(ignored.stdout).validation.grouped).toBe(false);
    const single = await run('teach', '--label', `low=${one}`, '--label', `high=${high}`, '--json');
    const { validation, warnings } = JSON.parse(single.stdout);
    expect(validation).toMatchObject({ grouped: false, accuracy: 1 });
    expect(warnings).toEqual([expect.stringMatching(/^all examples of "low" are of one group \(one artist, say\)/)]);
  });

  it('warns of labels that cannot be told apart; that is no failure', async () => {
    for (let i = 0; i < 4; i++) fresh(join(i % 2 ? 'odd' : 'even', `${i}.wav`), PITCHES.middle, 80 + i);
    const { code, stdout, stderr } = await run('teach', '--label', 'odd=odd', '--label', 'even=even');
    expect(code).toBe(0);
    expect(stdout).toContain('accuracy');
    expect(stderr).toMatch(
      /warning: the labels cannot be told apart: accuracy on held-out examples is 0\.\d\d ± 0\.\d\d, guessing/,
    );
  });

  it.each([
    [[], /give --label NAME=FILE\.\.\. for each label/],
    [['--label', 'a'], /--label a: must be a name and its files, for example --label calm=music\/calm/],
    [['--label', '=music/low'], /must be a name and its files/],
    [['--label', 'a='], /must be a name and its files/],
    [['--label', 'a=music/low', '--label', 'music'], /--label music: must be a name/],
    [['--label', 'a=music/low'], /one label alone makes a ranking.*give -o FILE, or a second label/],
    [
      ['--label', 'a=music/low', '--label', 'b=music/high/1.wav'],
      /label "b" has one file that can be used; give at least two/,
    ],
    [['--labels', 'a=music/low'], /Did you mean --label\?/],
    [['--label', 'a=music/low', '--label', 'b=music/high', '--seed', '-1'], /seed/],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await run('teach', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });

  it('says what is wrong with a model or what goes beside it', async () => {
    const usage = async (words: RegExp, ...args: string[]) => {
      const { code, stderr } = await run('classify', ...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(words);
    };
    await usage(/--folds cannot be combined with --model mine\.safetensors/, '--model', model, '--folds', '3', 'a.wav');
    await usage(/--n-mels cannot be combined with --model/, '--model', model, '--n-mels', '40', 'a.wav');
    await usage(/give files to classify/, '--model', model);
    await usage(/or --model FILE that "tunespace teach" made/, 'a.wav');
    await usage(/or --model FILE that "tunespace teach" made/, '--model', 'instruments', 'a.wav');
    put(join(cwd, 'cut.safetensors'), readFileSync(join(cwd, model)).subarray(0, 9000));
    const cut = await run('classify', '--model', 'cut.safetensors', 'a.wav');
    expect(cut.code).toBe(3);
    expect(cut.stderr).toMatch(/cut\.safetensors/);
    expect(existsSync(join(cwd, 'x.safetensors'))).toBe(false);
  });
});

it('finds the files of each label by where the option was repeated', () => {
  expect([
    ...labelsOf(['teach', '--label', 'a=x', 'y', 'z=1', '--label', 'b=v', '--json', '--label=a=w', '--', '--label']),
  ]).toEqual([
    ['a', ['x', 'y', 'z=1', 'w']],
    ['b', ['v']],
  ]);
});
