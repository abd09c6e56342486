import { describe, expect, it } from 'vitest';
import { chooseSongs, groupsOf, withoutPaths } from '../../src/experiment/material.ts';

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
