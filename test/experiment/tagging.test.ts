import { describe, expect, it } from 'vitest';
import { judgeTags } from '../../src/experiment/tagging.ts';

describe('judgeTags', () => {
  const classes = ['all', 'calm', 'loud', 'none'];
  const songs = [{ labels: ['all', 'calm'] }, { labels: ['all', 'loud'] }, { labels: ['all', 'calm', 'loud'] }];

  it('leaves out tags that every song has or none, and is perfect for a perfect order', () => {
    const scores = [
      [9, 2, -1, 9],
      [9, -1, 2, 9],
      [9, 2, 1, 9],
    ];
    expect(judgeTags(scores, songs, classes)).toMatchObject({
      tags: 2,
      rocAuc: 1,
      prAuc: 1,
      map: 1,
      precisionAtK: [
        { k: 1, precision: 1 },
        // Two tags are judged, so two can be asked for: songs have 1, 1 and 2 of them.
        { k: 2, precision: (0.5 + 0.5 + 1) / 3 },
      ],
    });
  });

  it('is at its worst for the order turned round', () => {
    const scores = [
      [0, -1, 2, 0],
      [0, 2, -1, 0],
      [0, 0, 0, 0],
    ];
    expect(judgeTags(scores, songs, classes)).toMatchObject({ rocAuc: 0, map: (0.5 + 0.5 + 1) / 3 });
  });

  it('has nothing to say where all songs agree', () => {
    expect(judgeTags([[1], [2]], [{ labels: ['x'] }, { labels: ['x'] }], ['x'])).toBeUndefined();
  });
});
