import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clock, csvLine, fixed, json, m3u8, shown, table } from '../../src/cli/output.ts';

describe('csvLine', () => {
  it('gives back any row through a CSV reader', () => {
    const row = fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(row, (values) => {
        expect(parse(`${csvLine(values)}\n`, { record_delimiter: '\n' })).toEqual([values]);
      }),
      { seed: 1 },
    );
  });

  it('quotes only where it must', () => {
    expect(csvLine(['Björk - Jóga.mp3', 0.5, 'a,b', 'say "hi"', ' x'])).toBe(
      'Björk - Jóga.mp3,0.5,"a,b","say ""hi"""," x"',
    );
  });
});

describe('shown', () => {
  it('lets no name end a line or steer a terminal', () => {
    expect(shown('a\nb\u001b[2Jc\u202egpj.mp3')).toBe('a\\u000ab\\u001b[2Jc\\u202egpj.mp3');
    expect(shown('Émilie – 日本.flac')).toBe('Émilie – 日本.flac');
  });
});

describe('table', () => {
  it('aligns columns, wide characters too', () => {
    expect(
      table(
        [
          ['日本', '1'],
          ['rock', '10'],
        ],
        [1],
      ),
    ).toEqual(['日本   1', 'rock  10']);
  });

  it('of nothing is nothing', () => {
    expect(table([])).toEqual([]);
  });
});

describe('m3u8', () => {
  it('gives lengths, titles and paths, none of which is taken for a comment', () => {
    expect(m3u8([{ path: '#1.mp3', seconds: 61.6 }, { path: 'b/c.flac' }])).toEqual([
      '#EXTM3U',
      '#EXTINF:62,#1',
      './#1.mp3',
      '#EXTINF:-1,c',
      'b/c.flac',
    ]);
  });
});

describe('numbers', () => {
  it('fixed never shows a negative zero', () => {
    expect([fixed(-0.0001), fixed(-0.5), fixed(2, 0)]).toEqual(['0.000', '-0.500', '2']);
  });

  it('clock counts minutes and hours', () => {
    expect([clock(7), clock(187), clock(3723)]).toEqual(['0:07', '3:07', '1:02:03']);
  });

  it('json spells typed arrays as arrays and NaN as null', () => {
    expect(JSON.parse(json({ a: new Float32Array([1, 0.5]), b: Number.NaN }))).toEqual({ a: [1, 0.5], b: null });
  });
});
