import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, tunespace } from './command.ts';
import { makeMusic, trainSpace } from './music.ts';

/** What people do at first: the wrong file, a name half right, one ending for another. Each is told what to do instead. */
const cwd = scratch();
const files = { space: '', index: 'index.safetensors', linear: 'linear.safetensors', taught: 'taught.safetensors' };
const song = join('music', 'low', '1.wav');

beforeAll(async () => {
  makeMusic(join(cwd, 'music'));
  files.space = await trainSpace('space.safetensors', [`toy=${join(cwd, 'music')}`]);
  for (const args of [
    ['similar', '--library', 'music', '--save-index', files.index],
    ['classify', '--train', 'toy=music', '--save', files.linear],
    ['teach', '--label', 'low=music/low', '--label', 'high=music/high', '-o', files.taught],
  ]) {
    const { code, stderr } = await tunespace(args, { cwd });
    if (code !== 0) throw new Error(stderr);
  }
});

describe('a file of another kind', () => {
  const cases: [string, string[], RegExp][] = [
    ['a taught classifier as a space', ['tag', song, '--model', files.taught], /"tunespace teach".*classify --model"/],
    [
      'a classifier as a space',
      ['similar', song, '--library', 'music', '--model', files.linear],
      /classify --classifier"/,
    ],
    ['a classifier as a taught one', ['classify', song, '--model', files.linear], /classify --classifier"/],
    ['a taught classifier as a saved one', ['classify', song, '--classifier', files.taught], /classify --model"/],
    ['an index as a classifier', ['classify', song, '--classifier', files.index], /similar --index"/],
    ['a classifier as an index', ['similar', song, '--index', files.linear], /an index .* is needed here/],
    [
      'an index as a space to teach in',
      ['teach', '--label', 'a=music/low', '--space', files.index, '-o', 'x.st'],
      /similar --index"/,
    ],
  ];
  it.each(cases)('%s', async (_, args, message) => {
    const { code, stderr } = await tunespace(args, { cwd });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/Wsabie|fromBytes|FewShotClassifier|LinearClassifier|TrackIndex/);
    expect(code).toBe(3);
  });

  it('an index as a sound, which is listed', async () => {
    const { code, stderr } = await tunespace(['tag', files.index, song, '--model', 'instruments'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/is an index .*; give it to "tunespace similar --index"/),
    });
  });

  it('a space alone does not classify', async () => {
    const { code, stderr } = await tunespace(['classify', song, '--model', files.space], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/give --train NAME=PATH/) });
  });
});

describe('a name half right', () => {
  it.each([
    ['instrument', /neither a file nor a space that ships; did you mean instruments\?/],
    ['violins', /neither a file nor a space that ships; give a file, or one that ships: instruments/],
  ])('%s', async (model, message) => {
    const { code, stderr } = await tunespace(['tag', song, '--model', model], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  it('a query that does not exist is told of before the library is read', async () => {
    const { code, stderr } = await tunespace(['similar', 'sing.wav', '--library', 'music'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/sing\.wav: there is no such file/);
    expect(stderr).toMatch(/no query that can be used/);
    const json = await tunespace(['similar', 'sing.wav', '--library', 'music', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ exitCode: 3, failed: [{ file: 'sing.wav', type: 'ENOENT' }] });
  });

  it('beside one that exists it is listed, and does not keep an index from being made', async () => {
    const both = await tunespace(['similar', 'sing.wav', song, '--library', 'music'], { cwd });
    expect({ code: both.code, rows: both.stdout.trim().split('\n').length }).toEqual({ code: 1, rows: 8 });
    const saved = await tunespace(['similar', 'sing.wav', '--library', 'music', '--save-index', 'other.st'], { cwd });
    expect({ code: saved.code, saved: existsSync(join(cwd, 'other.st')) }).toEqual({ code: 1, saved: true });
  });
});

describe('an output named as a model', () => {
  it.each([
    ['classify', ['classify', '--train', 'toy=music', '--folds', '3'], /--save FILE keeps the classifier/],
    ['similar', ['similar', song, '--library', 'music'], /--save-index FILE keeps the index/],
    ['tag', ['tag', song, '--model', files.taught], /takes what else goes to stdout, as text; give it another ending/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await tunespace([...args, '-o', 'genres.safetensors'], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    expect(existsSync(join(cwd, 'genres.safetensors'))).toBe(false);
  });
});
