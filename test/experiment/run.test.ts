import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError, ParameterError } from '../../src/errors.ts';
import {
  decodeResults,
  type ExperimentConfig,
  renderSyntheticCorpus,
  runExperiment,
  WriteError,
} from '../../src/experiment/index.ts';
import { syntheticTracks } from '../../src/experiment/synthetic/corpus.ts';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { RandomState } from '../../src/random.ts';
import { loadKernels } from '../../src/runtime/node.ts';

let folder: string;
/** Three genre sets and a tag set of frame matrices: the whole course without sound, in milliseconds. */
let sets: Required<Pick<ExperimentConfig, 'datasets' | 'tags'>>;
/** Small enough for a unit test, large enough for every table. */
const small = { nBatches: 30, nComponents: 8, folds: 2, draws: 2, k: 3, minTracksPerTag: 2 };
let runs = 0;

/** Writes songs of 130 frames of 6 values; each label of a song raises its own column. */
async function writeSet(name: string, seed: number, songs: readonly (readonly string[])[], artists: boolean) {
  const columns = ['blues', 'jazz', 'rock', 'calm', 'loud', 'swing'];
  const random = new RandomState(seed);
  const rows = ['path,tags,artist'];
  await mkdir(join(folder, name), { recursive: true });
  for (const [n, labels] of songs.entries()) {
    const raised = labels.map((label) => columns.indexOf(label));
    const data = random.normal(130 * 6).map((value, i) => value + (raised.includes(i % 6) ? 1.5 : 0));
    await writeFile(join(folder, name, `${n}.npy`), encodeNpy(new Matrix(data, 130, 6)));
    rows.push(`${n}.npy,${labels.join(';')},${artists ? `artist ${Math.floor(n / 2)}` : ''}`);
  }
  await writeFile(join(folder, name, 'labels.csv'), `${rows.join('\n')}\n`);
  return { name, path: join(folder, name, 'labels.csv') };
}

const times = (n: number, ...labels: string[]) => Array.from({ length: n }, () => labels);

beforeAll(async () => {
  await loadKernels();
  folder = await mkdtemp(join(tmpdir(), 'tunespace-experiment-'));
  sets = {
    datasets: [
      await writeSet('north', 1, [...times(4, 'blues'), ...times(4, 'jazz'), ...times(4, 'rock')], true),
      await writeSet('south', 2, [...times(4, 'jazz'), ...times(4, 'rock')], true),
      await writeSet('west', 3, [...times(4, 'blues'), ...times(4, 'rock')], false),
    ],
    tags: [await writeSet('words', 4, [...times(6, 'calm', 'swing'), ...times(6, 'loud'), ...times(4, 'calm')], true)],
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A configuration with folders of its own. */
function configured(config: ExperimentConfig): ExperimentConfig & { out: string; cache: string } {
  runs++;
  return { ...small, out: join(folder, `out-${runs}`), cache: join(folder, `cache-${runs}`), ...config };
}

const read = (config: { out: string }, file: string) => readFile(join(config.out, file), 'utf8');

describe('runExperiment', () => {
  it('fills every table and figure, and writes them', async () => {
    const config = configured(sets);
    const stages: string[] = [];
    const results = await runExperiment(config, { onProgress: ({ stage }) => stages.push(stage) });
    expect(results.synthetic).toBe(false);
    expect(results.classification).toHaveLength(12);
    expect(results.classification.map(({ dataset, grouped }) => `${dataset} ${grouped}`)).toContain('west false');
    // Three distances; the filter only where artists are known.
    expect(results.similarity).toHaveLength(3 * 3 * (2 + 2 + 1));
    expect(new Set(results.learningCurve.map(({ dataset, features }) => `${dataset} ${features}`)).size).toBe(12);
    expect(results.nearestClasses).toHaveLength(7);
    for (const { dataset, neighbours } of results.nearestClasses) {
      expect(neighbours.length).toBeGreaterThanOrEqual(4);
      expect(neighbours.some((near) => near.dataset === dataset)).toBe(false);
    }
    expect(results.tagging.map(({ dataset, grouped }) => [dataset, grouped])).toEqual([['words', true]]);
    expect(results.map?.points.filter(({ kind }) => kind === 'label')).toHaveLength(7);
    expect(results.map?.points.filter(({ kind }) => kind === 'track')).toHaveLength(28);
    expect(results.spaces.map(({ purpose, targets }) => `${purpose}: ${targets}`)).toEqual([
      'genre: north',
      'tag: north,south,west',
      'genre: south',
      'genre: west',
      'tagging: words',
      'joint: north,south,west',
    ]);
    expect((await readdir(config.out)).sort()).toEqual([
      'confusion-1.svg',
      'confusion-2.svg',
      'confusion-3.svg',
      'learning-curve.svg',
      'map.svg',
      'report.html',
      'report.md',
      'results.json',
      'results.schema.json',
      'timings.json',
    ]);
    expect(decodeResults(await read(config, 'results.json'))).toEqual(results);
    expect(await read(config, 'report.md')).toContain('## Nearest classes');
    expect(stages).toEqual(expect.arrayContaining(['features of words', 'tag embedding for north', 'map']));
  });

  it('gives the same bytes again: from nothing, and from a warm cache', async () => {
    const [first, second] = [configured(sets), configured(sets)];
    await runExperiment(first);
    await runExperiment(second);
    const text = await read(first, 'results.json');
    expect(await read(second, 'results.json')).toBe(text);
    const stages: string[] = [];
    await runExperiment(
      { ...second, out: first.out },
      { onProgress: ({ stage, done }) => stages.push(`${stage} ${done}`) },
    );
    expect(await read(first, 'results.json')).toBe(text);
    expect(stages.filter((text) => text.startsWith('tag embedding for north'))).toEqual(['tag embedding for north 30']);
    expect(text).not.toContain(folder);
    const third = configured({ ...sets, seed: 2 });
    await runExperiment(third);
    expect(await read(third, 'results.json')).not.toBe(text);
  });

  it('goes on after an interruption with the same results, and leaves nothing half-written', async () => {
    const whole = configured(sets);
    await runExperiment(whole);
    const config = configured(sets);
    for (const stage of ['features of west', 'tag embedding for north', 'learning curve of south']) {
      const stop = new AbortController();
      const onProgress = (progress: { stage: string; done: number }) => {
        if (progress.stage === stage && progress.done > 0) stop.abort(new Error(`stopped in ${stage}`));
      };
      await expect(runExperiment(config, { signal: stop.signal, onProgress })).rejects.toThrow(`stopped in ${stage}`);
      expect(await readdir(config.out).catch(() => [])).toEqual([]);
    }
    await runExperiment(config);
    expect(await read(config, 'results.json')).toBe(await read(whole, 'results.json'));
    const files = await readdir(config.cache, { recursive: true });
    expect(files.filter((name) => name.endsWith('.tmp') || name.includes('partial'))).toEqual([]);
  });

  it('goes without genre features for one collection, and without tag features for no tags', async () => {
    const said: string[] = [];
    const config = configured({ ...sets, datasets: sets.datasets.slice(0, 1), tags: [] });
    const results = await runExperiment(config, { onWarning: (message) => said.push(message) });
    expect(results.classification.map(({ features }) => features)).toEqual(['base']);
    expect(results.nearestClasses).toEqual([]);
    expect(results.tagging).toEqual([]);
    expect(results.map).not.toBeNull();
    expect(said.join('\n')).toContain('one genre collection was given');
    expect(results.warnings).toEqual(said);
  });

  it('takes tag collections alone', async () => {
    const results = await runExperiment(configured({ ...sets, datasets: [] }));
    expect(results.classification).toEqual([]);
    expect(results.tagging).toHaveLength(1);
    expect(results.map?.points.length).toBe(19);
  });

  it('learns nothing from tracks that the target holds, and names them', async () => {
    const rows = ['path,tags', '0.npy,swing', '1.npy,swing', '4.npy,loud', '5.npy,loud'];
    await writeFile(join(folder, 'north', 'overlap.csv'), `${rows.join('\n')}\n`);
    const tags = [{ name: 'overlap', path: join(folder, 'north', 'overlap.csv') }, ...sets.tags];
    const results = await runExperiment(configured({ datasets: sets.datasets.slice(0, 2), tags }));
    const learned = results.spaces.filter(({ purpose }) => purpose === 'tag');
    expect(learned.map(({ targets, sources }) => [targets, sources.map(({ dataset }) => dataset)])).toEqual([
      [['north'], ['words']],
      [['south'], ['overlap', 'words']],
    ]);
    expect(results.warnings.join('\n')).toContain(
      'north: 4 of its tracks are in overlap too (0.npy, 1.npy, 4.npy and 1 more)',
    );
    expect(results.warnings.join('\n')).toContain('overlap: has fewer than two labels to learn from for north');
    expect(results.classification.filter(({ features }) => features === 'tag')).toHaveLength(2);
  });

  it('learns from the rest of a source that shares some tracks with the target', async () => {
    const rows = ['path,tags', '0.npy,swing', '1.npy,loud'];
    const words = (await readFile(sets.tags[0].path, 'utf8')).split('\n').slice(1).filter(Boolean);
    await copyFile(join(folder, 'north', '0.npy'), join(folder, 'words', 'shared-0.npy'));
    await copyFile(join(folder, 'north', '1.npy'), join(folder, 'words', 'shared-1.npy'));
    const own = words.map((row) => row.split(',').slice(0, 2).join(','));
    const text = [rows[0], 'shared-0.npy,swing', 'shared-1.npy,loud', ...own].join('\n');
    await writeFile(join(folder, 'words', 'shared.csv'), `${text}\n`);
    const tags = [{ name: 'shared', path: join(folder, 'words', 'shared.csv') }];
    const results = await runExperiment(configured({ datasets: sets.datasets.slice(0, 2), tags }));
    const [forNorth, forSouth] = results.spaces
      .filter(({ purpose }) => purpose === 'tag')
      .map(({ sources }) => sources[0]);
    expect(forNorth).toMatchObject({ tracks: 16, excluded: ['shared-0.npy', 'shared-1.npy'] });
    expect(forSouth).toMatchObject({ tracks: 18, excluded: [] });
  });

  it('skips bad tracks and lists them without the paths of this machine', async () => {
    const set = join(folder, 'damaged');
    for (const genre of ['jazz', 'rock']) await mkdir(join(set, genre), { recursive: true });
    const sizes = { tracksPerGenre: 4, taggedTracks: 1, tracksPerArtist: 1, seconds: 1.6 };
    for (const track of syntheticTracks(1, sizes)) {
      if (track.collection !== 'synthetic-archive' || !/^(jazz|rock)/.test(track.path)) continue;
      await writeFile(join(set, track.path.replace('00', '')), track.render());
    }
    await writeFile(join(set, 'rock', 'text.mp3'), 'this is no music\n'.repeat(50));
    await writeFile(join(set, 'rock', 'empty.wav'), '');
    await writeFile(join(set, 'jazz', 'cut.wav'), (await readFile(join(set, 'jazz', '1.wav'))).subarray(0, 30));
    await copyFile(join(set, 'jazz', '1.wav'), join(set, 'jazz', 'again.wav'));
    const config = configured({ datasets: [{ name: 'damaged', path: set }] });
    const results = await runExperiment(config);
    const [{ skipped, tracks }] = results.collections;
    expect(tracks).toBe(8);
    expect(results.classification[0].features).toBe('base');
    expect(skipped.map(({ path }) => path).sort()).toEqual([
      'jazz/again.wav',
      'jazz/cut.wav',
      'rock/empty.wav',
      'rock/text.mp3',
    ]);
    expect(skipped.find(({ path }) => path === 'jazz/again.wav')?.reason).toContain('same file as jazz/1.wav');
    expect(skipped.filter(({ duplicate }) => duplicate).map(({ path }) => path)).toEqual(['jazz/again.wav']);
    expect(await read(config, 'results.json')).not.toContain(folder);
    expect(await read(config, 'report.html')).toContain('rock/text.mp3');
  });

  it('goes on beside a collection that cannot be judged, and says why', async () => {
    const lonely = await writeSet('lonely', 5, [...times(3, 'jazz'), ['rock']], false);
    const results = await runExperiment(configured({ datasets: [lonely, ...sets.datasets.slice(0, 2)] }));
    expect(new Set(results.classification.map(({ dataset }) => dataset))).toEqual(new Set(['north', 'south']));
    expect(results.spaces.map(({ sources }) => sources.map(({ dataset }) => dataset))).not.toContain('lonely');
    const said = results.warnings.join('\n');
    expect(said).toContain('lonely: 1 genre of fewer than 2 tracks left out (rock)');
    expect(said).toContain('lonely: cannot be split into folds');
    expect(said).toContain('lonely: precision at k needs two labels');
    expect(said).toContain('lonely: has fewer than two labels to learn from');
  });

  it('refuses frames of two widths, naming the collections', async () => {
    await mkdir(join(folder, 'wide', 'jazz'), { recursive: true });
    for (const n of [0, 1]) {
      const data = new RandomState(n).normal(130 * 7);
      await writeFile(join(folder, 'wide', 'jazz', `${n}.npy`), encodeNpy(new Matrix(data, 130, 7)));
    }
    const config = configured({ datasets: [sets.datasets[0], { name: 'wide', path: join(folder, 'wide') }] });
    await expect(runExperiment(config)).rejects.toThrow('frames of "north" have 6 values, those of "wide" 7');
  });

  it.each([
    ['an unknown key', { dataset: [] }, ParameterError, 'unknown key "dataset"; did you mean "datasets"?'],
    ['a folder that is not there', { datasets: [{ name: 'a', path: '/no/such' }] }, FormatError, '/no/such'],
  ])('refuses %s', async (_, config, type, words) => {
    const run = runExperiment(configured(config as ExperimentConfig));
    await expect(run).rejects.toThrow(type);
    await expect(run).rejects.toThrow(words);
  });

  it('refuses a tag collection as a genre collection', async () => {
    const run = runExperiment(configured({ datasets: sets.tags }));
    await expect(run).rejects.toThrow(ParameterError);
    await expect(run).rejects.toThrow('name it as a tag collection');
  });

  it('says which file cannot be written, and keeps what was computed', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const config = configured({ datasets: sets.datasets.slice(0, 2), out: join(file, 'report') });
    const run = runExperiment(config);
    await expect(run).rejects.toThrow(WriteError);
    await expect(run).rejects.toThrow('results.json: cannot be written: a part of this path is a file');
    expect((await readdir(join(config.cache, 'spaces'))).length).toBe(3);
  });

  it('goes on where the cache cannot be written', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const said: string[] = [];
    const config = configured({ ...sets, datasets: sets.datasets.slice(0, 2), tags: [], cache: file });
    const results = await runExperiment(config, { onWarning: (message) => said.push(message) });
    expect(results.classification).toHaveLength(6);
    expect(said.join('\n')).toContain('going on without it');
    expect(results.warnings.join('\n')).not.toContain(folder);
  });
});

describe('renderSyntheticCorpus', () => {
  it('renders once, and anew for another seed', async () => {
    const target = join(folder, 'rendered');
    const sizes = { tracksPerGenre: 1, taggedTracks: 1, tracksPerArtist: 1, seconds: 0.5 };
    const steps: number[] = [];
    const onProgress = ({ done }: { done: number }) => steps.push(done);
    await renderSyntheticCorpus(target, { ...sizes, onProgress });
    const bytes = await readFile(join(target, 'synthetic-studio', 'rock', '001.wav'));
    expect(steps.length).toBeGreaterThan(10);
    steps.length = 0;
    await renderSyntheticCorpus(target, { ...sizes, onProgress });
    expect(steps).toEqual([16]);
    await renderSyntheticCorpus(target, { ...sizes, seed: 2 });
    expect(await readFile(join(target, 'synthetic-studio', 'rock', '001.wav'))).not.toEqual(bytes);
    expect(await readFile(join(target, 'README.txt'), 'utf8')).toContain('synthetic');
  });

  it('refuses what it does not know', async () => {
    await expect(renderSyntheticCorpus(folder, { second: 3 } as object)).rejects.toThrow('did you mean "seconds"?');
    await expect(renderSyntheticCorpus(folder, { seconds: -1 })).rejects.toThrow(ParameterError);
  });
});
