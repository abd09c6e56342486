import { describe, expect, it } from 'vitest';
import { escapeXml } from '../../src/experiment/figures/chart.ts';
import { renderFigures } from '../../src/experiment/figures/index.ts';
import { placeWords } from '../../src/experiment/figures/words.ts';
import { exampleResults } from './example.ts';
import { xmlFault } from './xml.ts';

const figuresOf = async (results = exampleResults()) => {
  const { learningCurve, map, confusion } = await renderFigures(results);
  return [learningCurve, map, ...confusion.map(({ figure }) => figure)].filter((figure) => figure !== undefined);
};

describe('figures', () => {
  it('are whole SVG documents, whatever the labels hold', async () => {
    const figures = await figuresOf();
    expect(figures.map(({ name }) => name)).toEqual(['learning-curve', 'map', 'confusion-1', 'confusion-2']);
    for (const { svg } of figures) {
      expect(xmlFault(svg)).toBeUndefined();
      expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).not.toContain('<script');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('are the same text each time, and share no inner id', async () => {
    const [first, second] = [await figuresOf(), await figuresOf()];
    expect(second).toEqual(first);
    const ids = first.flatMap(({ svg }) => [...svg.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { svg } of first) {
      for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(svg).toContain(`id="${id}"`);
    }
  });

  it('show every panel, feature set and point of the learning curve, with its bar', async () => {
    const { learningCurve } = await renderFigures(exampleResults());
    const svg = learningCurve!.svg;
    for (const word of ['alpha', 'beta', 'base', 'genre embedding', 'tag embedding', 'training tracks per class']) {
      expect(svg).toContain(`>${word}<`);
    }
    expect(svg.match(/class="mark-rule role-mark/g)).toHaveLength(2);
    expect(svg.match(/<line transform="[^"]*" x2="0" y2="[^"]+" stroke="#(4D4D4D|0072B2|D55E00)"/g)).toHaveLength(24);
  });

  it('are absent without data', async () => {
    const empty = { ...exampleResults(), learningCurve: [], map: null, classification: [] };
    expect(await figuresOf(empty)).toEqual([]);
  });

  it('stand on one point, one collection, one class', async () => {
    const results = exampleResults();
    const alone = {
      ...results,
      learningCurve: [{ ...results.learningCurve[0], standardError: 0 }],
      map: { sources: ['alpha'], points: [results.map!.points[0]] },
      classification: [{ ...results.classification[0], labels: ['only'], confusion: [[3]] }],
    };
    for (const { svg } of await figuresOf(alone)) {
      expect(xmlFault(svg)).toBeUndefined();
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });
});

describe('escapeXml', () => {
  it('leaves nothing that is markup or forbidden', () => {
    expect(escapeXml(`<a href='x'>"&"</a>\u0000\u001b`)).toBe(
      '&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;\ufffd\ufffd',
    );
  });
});

describe('placeWords', () => {
  it('keeps words apart and inside, near their points', () => {
    const words = Array.from({ length: 6 }, (_, i) => ({ x: 100 + 4 * i, y: 100 + 3 * i, text: `word ${i}` }));
    const placed = placeWords(words, { width: 300, height: 200, fontSize: 10 });
    placed.forEach((a, i) => {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + 36).toBeLessThanOrEqual(300);
      expect(Math.abs(a.y - words[i].y)).toBeLessThan(60);
      for (const b of placed.slice(i + 1)) {
        expect(Math.abs(a.x - b.x) >= 36 || Math.abs(a.y - b.y) >= 11).toBe(true);
      }
    });
  });
});
