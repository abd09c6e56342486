import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseSongs, groupsOf, readSongs, withoutPaths } from '../../src/experiment/material.ts';
import { readDataset } from '../../src/library/dataset.ts';
import { FeatureStore } from '../../src/library/features.ts';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { loadKernels } from '../../src/runtime/node.ts';

describe('readSongs', () => {
  it('holds evenly spaced frames of long tracks, and reads the whole again when asked', async () => {
    await loadKernels();
    const folder = await mkdtemp(join(tmpdir(), 'tunespace-material-'));
    try {
      const lengths: Record<string, number> = { 'a/short': 70, 'a/long': 300, 'b/short': 64, 'b/long': 1000 };
      for (const [name, rows] of Object.entries(lengths)) {
        await mkdir(join(folder, name, '..'), { recursive: true });
        // Each value names its frame; the offset keeps files apart.
        const frames = new Matrix(
          Float32Array.from({ length: rows * 2 }, (_, i) => (i >> 1) + rows * 1e4),
          rows,
          2,
        );
        await writeFile(join(folder, `${name}.npy`), encodeNpy(frames));
      }
      const said: string[] = [];
      const collection = await readSongs(
        'genre',
        { name: 'set', path: folder },
        await readDataset(folder, { name: 'set' }),
        new FeatureStore({ cache: false }),
        { tracksInAll: 4, minTracksPerTag: 1, heldFrames: 400 },
        { seed: 0, warn: (message) => said.push(message), note: () => {}, progress: () => {} },
      );
      expect(said).toEqual(['set: of 2 long tracks, 100 evenly spaced frames each are held to learn embeddings from']);
      const [aLong, aShort, bLong] = collection.songs;
      expect([aLong, aShort, bLong].map(({ id }) => id)).toEqual(['a/long.npy', 'a/short.npy', 'b/long.npy']);
      expect(Array.from(aLong.training.data.slice(0, 6), (value) => value - 300e4)).toEqual([0, 0, 3, 3, 6, 6]);
      expect([aLong.training.rows, aShort.training.rows, bLong.training.rows]).toEqual([100, 70, 100]);
      expect((await aLong.frames()).rows).toBe(300);
      expect((await bLong.frames()).rows).toBe(1000);
      expect(await aShort.frames()).toBe(aShort.training);
      expect([aLong.windows.rows, bLong.windows.rows, bLong.windows.columns]).toEqual([4, 15, 8]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('chooseSongs', () => {
  const songs = (labels: string[][]) => labels.map((list) => ({ labels: list }));
  const said: string[] = [];
  const warn = (message: string) => said.push(message);

  it('drops genres of one track and tags of too few, and songs that are left bare', () => {
    expect(chooseSongs('genre', 'set', songs([['a'], ['a'], ['b']]), 4, warn)).toEqual(songs([['a'], ['a']]));
    expect(said.pop()).toBe('set: 1 genre of fewer than 2 tracks left out (b), and with them 1 tracks');
    expect(chooseSongs('tag', 'set', songs([['x', 'y'], ['x'], ['x', 'z']]), 2, warn)).toEqual(
      songs([['x'], ['x'], ['x']]),
    );
    expect(said.pop()).toBe('set: 2 tags of fewer than 2 tracks left out (y, z)');
  });

  it('says nothing where all can stay', () => {
    expect(chooseSongs('genre', 'set', songs([['a'], ['a']]), 4, warn)).toHaveLength(2);
    expect(said).toEqual([]);
  });
});

describe('groupsOf', () => {
  it('gives songs without an artist groups of their own', () => {
    expect(groupsOf([{ artist: 'x' }, {}, { artist: 'x' }, {}])).toEqual([
      'artist x',
      'track 1',
      'artist x',
      'track 3',
    ]);
    expect(groupsOf([{}, {}])).toBeUndefined();
  });
});

describe('withoutPaths', () => {
  it.each([
    ['/home/me/music/rock/a.mp3', 'is cut short', 'rock/a.mp3', 'is cut short'],
    [
      '../music/labels.csv:7',
      'the file "/home/me/music/b.mp3" does not exist',
      'labels.csv:7',
      'the file "b.mp3" does not exist',
    ],
    ['/elsewhere/labels.csv:7', 'has no labels', 'labels.csv:7', 'has no labels'],
  ])('%s', (file, message, path, reason) => {
    expect(withoutPaths({ file, message }, '../music', '/home/me/music')).toEqual({ path, reason });
  });
});
