import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFacts, readDataset } from '../../src/library/dataset.ts';
import { extract, FeatureStore } from '../../src/library/features.ts';
import { loadKernels } from '../../src/runtime/node.ts';

const data = process.env.TUNESPACE_DATA;
if (!data) console.warn('library: not run on real music, because TUNESPACE_DATA is not set');
const at = (name: string) => join(data as string, name);

describe.skipIf(!data)('real collections', () => {
  let cache: string;

  beforeAll(async () => {
    await loadKernels();
    cache = await mkdtemp(join(tmpdir(), 'tunespace-test-'));
  });

  afterAll(() => rm(cache, { recursive: true, force: true }));

  it.each([
    ['allmusic', { minTracks: 4 }, { tracks: 281, labels: 166, kind: 'multi' }],
    ['allmusic/genres.csv', {}, { tracks: 111, labels: 8, kind: 'single' }],
    // The same as genres.csv, chosen out of the tags.
    [
      'allmusic/labels.csv',
      { labelPrefix: 'genre/', kind: 'single', minTracks: 5 },
      { tracks: 111, labels: 8, kind: 'single' },
    ],
    ['emotify', {}, { tracks: 112, labels: 4, kind: 'single' }],
    ['gtzan-mini', {}, { tracks: 40, labels: 10, kind: 'single' }],
    ['philharmonia', { minTracks: 8 }, { tracks: 898, labels: 44, kind: 'multi' }],
  ] as const)('%s %j', async (name, options, expected) => {
    const { tracks, kind, problems } = await readDataset(at(name), options);
    const labels = new Set(tracks.flatMap((track) => track.labels)).size;
    expect({ tracks: tracks.length, labels, kind }).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it('counts 28 tracks in each genre of emotify, and does not take gtzan-mini for GTZAN', async () => {
    const emotify = await readDataset(at('emotify'));
    expect([...emotify.inventory.labels]).toEqual(['classical', 'electronic', 'pop', 'rock'].map((name) => [name, 28]));
    expect(checkFacts(await readDataset(at('gtzan-mini')))).toEqual([
      expect.stringMatching(/expected 1000 tracks, found 40/),
    ]);
  });

  it.each(['gtzan-mini', 'emotify', 'philharmonia'])(
    '%s gives the same frames anew and from the cache',
    async (name) => {
      // A few of each label: the point is that the cache gives the same, not how long it takes.
      const tracks = (await readDataset(at(name), { maxTracks: 3 })).tracks.slice(0, 30);
      const rows: number[][] = [];
      for (const pass of [0, 1]) {
        const store = new FeatureStore({ cache, seconds: 30 });
        for await (const { track, frames, problem } of extract(tracks, { store })) {
          expect(problem, track.id).toBeUndefined();
          const sum = frames?.data.reduce((total, value) => total + value, 0) as number;
          if (pass === 0) rows.push([frames?.rows as number, sum]);
          else expect([frames?.rows, sum]).toEqual(rows.shift());
        }
      }
      expect(rows).toEqual([]);
    },
  );
});
