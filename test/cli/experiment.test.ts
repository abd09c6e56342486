import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { configOf } from '../../src/cli/experimentconfig.ts';
import { decodeResults } from '../../src/experiment/index.ts';
import { scratch, start, tunespace, until } from './command.ts';
import { makeMusic } from './music.ts';
import { put } from './sounds.ts';

const cwd = join(scratch(), 'lab');
const QUICK = ['--folds', '2', '--n-batches', '40', '--n-components', '8', '-k', '2', '--seconds', '2'];

beforeAll(() => {
  makeMusic(join(cwd, 'one'), { perClass: 4 });
  makeMusic(join(cwd, 'two'), { perClass: 4, seed: 1000 });
  const rows = ['low', 'middle', 'high'].flatMap((label) =>
    [1, 2, 3, 4].map((i) => `${label}/${i}.wav,${label};number ${i % 2}`),
  );
  put(join(cwd, 'one', 'labels.csv'), `path,words\n${rows.join('\n')}\n`);
});

describe('tunespace experiment', () => {
  it('runs on the collections it is given, prints the report and writes everything', async () => {
    makeMusic(join(cwd, 'three'), { perClass: 4, seed: 2000 });
    put(join(cwd, 'three', 'low', 'diary.mp3'), 'words and no music, words and no music');
    const collections = ['--dataset', 'a=two', '--dataset', 'b=three', '--tags', 'words=one/labels.csv'];
    const args = ['experiment', ...collections, '--label-column', 'words', '--out', 'report/', ...QUICK];
    const { code, stdout, stderr } = await tunespace(args, { cwd });
    expect(stderr).toMatch(/1 of \d+ failed:\n.*diary\.mp3.*text/);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^# /);
    const results = decodeResults(readFileSync(join(cwd, 'report', 'results.json'), 'utf8'));
    expect(results.classification.map(({ dataset, features }) => `${dataset} ${features}`)).toEqual([
      'a base',
      'a genre',
      'a tag',
      'a both',
      'b base',
      'b genre',
      'b tag',
      'b both',
    ]);
    expect(stdout).toBe(readFileSync(join(cwd, 'report', 'report.md'), 'utf8'));
    expect(readFileSync(join(cwd, 'report', 'report.html'), 'utf8')).toMatch(/<svg/);
    // A second time, from a file, and with the same bytes.
    const settings = {
      datasets: [
        { name: 'a', path: '../two' },
        { name: 'b', path: '../three' },
      ],
      tags: [{ name: 'words', path: '../one/labels.csv', columns: { labels: 'words' } }],
      out: '../again',
      folds: 2,
      nBatches: 1,
      nComponents: 8,
      k: 2,
      seconds: 2,
    };
    put(join(cwd, 'conf', 'lab.json'), `\ufeff${JSON.stringify(settings)}`);
    const again = await tunespace(['experiment', '--config', 'conf/lab.json', '--n-batches', '40', '--json'], { cwd });
    expect(again.code).toBe(1);
    const result = JSON.parse(again.stdout);
    expect(result).toMatchObject({ command: 'experiment', out: 'again', failed: [{ type: 'FormatError' }] });
    expect(result.results).toEqual(results);
    expect(readFileSync(join(cwd, 'again', 'results.json'))).toEqual(readFileSync(join(cwd, 'report', 'results.json')));
  });

  it('can be interrupted, and keeps what it has made', async () => {
    const long = ['--n-batches', '1000000', '--patience', '0'];
    const running = start(['experiment', '--dataset', 'a=two', '--out', 'cut', '--cache', 'kept', ...long], { cwd });
    await until(() => existsSync(join(cwd, 'kept')), running);
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/interrupted/);
    expect(existsSync(join(cwd, 'cut'))).toBe(false);
  });

  it.each([
    [['--dataset', 'a=two', '--tags', 'a=one'], /"a" is taken/],
    [['--config', 'bad.json'], /bad\.json: unknown key "epoch"; did you mean "epochs"/],
    [['--folds', '1'], /--folds.*at least 2/],
    [['--dataset', 'a=two', '--sounding-only', 'b'], /--sounding-only b names no collection/],
    [['--n-batches', '5', '--epochs', '1'], /nBatches or epochs, not both/],
  ])('refuses %j with code 2', async (options, message) => {
    put(join(cwd, 'bad.json'), '{"epoch": 3}');
    const { code, stdout, stderr } = await tunespace(['experiment', '--out', 'no', ...options], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it.each([
    [
      'is not JSON',
      'config',
      () => put(join(cwd, 'broken.json'), '{"folds": '),
      ['--config', 'broken.json'],
      /broken\.json: is not JSON/,
    ],
    ['is not there', 'dataset', () => '', ['--dataset', 'a=nosuch'], /nosuch.* does not exist/],
    [
      'cannot be written',
      'out',
      () => put(join(cwd, 'file'), ''),
      ['--dataset', 'a=two', '--out', 'file'],
      /file.*folder/,
    ],
  ])('what %s (%s) ends it with code 3', async (_, __, prepare, options, message) => {
    prepare();
    const { code, stderr } = await tunespace(['experiment', ...QUICK, ...options], { cwd });
    expect(stderr).toMatch(message);
    expect(code).toBe(3);
  });
});

describe('configOf', () => {
  it('lets the command line win over the file, and takes the file’s paths from where it lies', async () => {
    put(
      join(cwd, 'c', 'x.json'),
      JSON.stringify({
        datasets: [{ name: 'a', path: 'music/a', split: ['train.txt'], artists: 'file-tags' }],
        columns: { path: 'file', labels: 'genre' },
        out: 'report',
        epochs: 2,
        seed: 5,
      }),
    );
    const config = await configOf(
      { config: 'c/x.json', nBatches: 9, labelColumn: 'mood', seconds: 'all', patience: 0, soundingOnly: ['a'] },
      cwd,
    );
    expect(config).toEqual({
      datasets: [
        {
          name: 'a',
          path: join('c', 'music', 'a'),
          split: [join('c', 'train.txt')],
          artists: 'file-tags',
          soundingOnly: true,
        },
      ],
      columns: { path: 'file', labels: 'mood' },
      out: join('c', 'report'),
      nBatches: 9,
      seconds: null,
      patience: null,
      seed: 5,
    });
  });
});
