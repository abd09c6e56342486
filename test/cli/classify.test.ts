import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, tunespace } from './command.ts';
import { makeMusic, PITCHES, trainSpace } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = scratch();
let train: string;
let space: string;
const unknown = (name: string, pitch: number, seed: number) => put(join(cwd, name), wav(tone(pitch, seed, 1.7)));

beforeAll(async () => {
  train = `toy=${makeMusic(join(cwd, 'music'), { perClass: 4 })}`;
  space = await trainSpace('space.safetensors', [train]);
});

describe('tunespace classify', () => {
  it('learns, saves, and classifies; the saved one gives the same answers', async () => {
    const files = [unknown('say "hi", now.wav', PITCHES.low, 77), unknown('日本 é.wav', PITCHES.high, 78)];
    const saved = join(cwd, 'toy.safetensors');
    const first = await tunespace([
      'classify',
      '--train',
      train,
      '--save',
      saved,
      ...files,
      '--format',
      'csv',
      '--quiet',
    ]);
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' });
    const [header, ...rows] = parse(first.stdout) as string[][];
    expect(header).toEqual(['file', 'label', 'score', 'score:high', 'score:low', 'score:middle']);
    expect(rows.map(([file, label]) => [file, label])).toEqual([
      [files[0], 'low'],
      [files[1], 'high'],
    ]);
    const second = await tunespace(['classify', '--classifier', saved, ...files, '--format', 'csv', '--quiet']);
    expect(second.stdout).toBe(first.stdout);
  });

  it('tells the accuracy on tracks that it has not heard', async () => {
    const args = ['classify', '--train', train, '--folds', '2'];
    const text = await tunespace(args);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^accuracy \d\.\d{3} ± \d\.\d{3} \(2 folds\)\n$/);
    const { crossValidation, results } = JSON.parse((await tunespace([...args, '--json'])).stdout);
    expect(results).toEqual([]);
    expect(crossValidation).toMatchObject({
      folds: 2,
      grouped: false,
      confusion: { classes: ['high', 'low', 'middle'] },
    });
    expect(crossValidation.accuracy).toBeGreaterThan(0.9);
  });

  it('averages a classifier on frames and one in the space that ships, unless told otherwise', async () => {
    const file = unknown('y.wav', PITCHES.high, 80);
    const scores: Record<string, Record<string, number>> = {};
    for (const features of ['base', 'embedded', 'both']) {
      const saved = join(cwd, `${features}.safetensors`);
      const wanted = features === 'both' ? [] : ['--features', features];
      const args = ['classify', '--train', train, ...wanted, '--save', saved, file, '--json'];
      const taught = JSON.parse((await tunespace(args)).stdout);
      expect(taught.features).toBe(features);
      [{ scores: scores[features] }] = taught.results;
      // What was saved says what it takes.
      const again = await tunespace(['classify', '--classifier', saved, file, '--json']);
      expect(JSON.parse(again.stdout)).toMatchObject({ features, results: taught.results });
      const wrong = await tunespace([
        'classify',
        '--classifier',
        saved,
        '--features',
        features === 'base' ? 'both' : 'base',
        file,
      ]);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(`taught with --features ${features}`)]);
    }
    for (const label of Object.keys(PITCHES)) {
      expect(scores.both[label]).toBeCloseTo((scores.base[label] + scores.embedded[label]) / 2, 5);
    }
  });

  it('takes the frames alone where they are not those of the space that ships', async () => {
    await tunespace(
      ['features', join(cwd, 'music'), '--n-mels', '40', '--out', 'matrices', '--root', join(cwd, 'music')],
      {
        cwd,
      },
    );
    const matrices = await tunespace(['classify', '--train', 'toy=matrices', '--folds', '2', '--json'], { cwd });
    expect(JSON.parse(matrices.stdout)).toMatchObject({ features: 'base' });
    expect(matrices.stderr).toMatch(/note: files of frames: classified by the frames alone/);
    const narrow = await tunespace(['classify', '--train', train, '--n-mels', '40', '--folds', '2', '--json'], { cwd });
    expect(JSON.parse(narrow.stdout)).toMatchObject({ features: 'base' });
    const both = ['classify', '--train', train, '--n-mels', '40', '--features', 'both', '--folds', '2'];
    expect((await tunespace(both, { cwd })).stderr).toMatch(/--n-mels cannot be combined with --model instruments/);
    const idle = await tunespace([
      'classify',
      '--train',
      train,
      '--features',
      'base',
      '--model',
      space,
      '--folds',
      '2',
    ]);
    expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining('--features base uses no space')]);
  });

  it('works in a space, and insists on it where the classifier was taught in one', async () => {
    const file = unknown('x.wav', PITCHES.middle, 79);
    const saved = join(cwd, 'embedded.safetensors');
    const taught = await tunespace(['classify', '--train', train, '--model', space, '--save', saved, file, '--json']);
    expect(taught.code).toBe(0);
    expect(JSON.parse(taught.stdout)).toMatchObject({ saved, results: [{ file, label: 'middle' }] });
    const without = await tunespace(['classify', '--classifier', saved, file]);
    expect(without.code).toBe(2);
    expect(without.stderr).toMatch(/taught in the space [0-9a-f]{8}; give that file with --model/);
  });

  it.each([
    [
      ['--folds', '5'],
      2,
      /toy: --folds must be at most .*class "high" has 4, got --folds = 5; use at most --folds = 4/,
    ],
    [['--folds', '1'], 2, /at least 2/],
    [[], 2, /nothing to do/],
    [['x.wav', '--classifier', 'y'], 2, /exclude one another/],
    [['nosuch.wav'], 3, /nosuch\.wav: there is no such file/],
    [['--folds', '2', 'nosuch.wav'], 1, /nosuch\.wav/],
    [['x.wav', '--n-mels', '40', '--model', 'z'], 2, /--n-mels cannot be combined with --model/],
  ])('%j ends with %i', async (more, expected, message) => {
    const { code, stderr } = await tunespace(['classify', '--train', train, ...more], { cwd });
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
  });

  it('refuses several labels a track, and says what else to do', async () => {
    const csv = put(join(cwd, 'music', 'tags.csv'), 'path,tags\nlow/1.wav,deep;calm\nhigh/1.wav,bright\n');
    const { code, stderr } = await tunespace(['classify', '--train', `tags=${csv}`, '--folds', '2']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/low\/1\.wav has 2 labels.*--single.*tunespace tag/);
  });

  it('keeps artists apart where they are known', async () => {
    const rows = Object.keys(PITCHES).flatMap((label) =>
      [1, 2, 3, 4].map((i) => `${label}/${i}.wav,${label},by ${label} ${i % 2}`),
    );
    const csv = put(join(cwd, 'music', 'artists.csv'), `path,genre,artist\n${rows.join('\n')}\n`);
    const { stdout } = await tunespace(['classify', '--train', `a=${csv}`, '--folds', '2', '--json']);
    expect(JSON.parse(stdout).crossValidation.grouped).toBe(true);
    const ignored = await tunespace(['classify', '--train', `a=${csv}`, '--folds', '2', '--json', '--ignore-artists']);
    expect(JSON.parse(ignored.stdout).crossValidation.grouped).toBe(false);
  });
});
