import { describe, expect, it } from 'vitest';
import { renderFigures } from '../../src/experiment/figures/index.ts';
import { SYNTHETIC_NOTICE, writeReport } from '../../src/experiment/report/index.ts';
import { escapeMarkdown } from '../../src/experiment/report/markdown.ts';
import type { ExperimentResults } from '../../src/experiment/results.ts';
import { exampleResults } from './example.ts';
import { xmlFault } from './xml.ts';

const reportOf = async (results: ExperimentResults) => writeReport(results, await renderFigures(results));

describe('report', () => {
  it('holds every table and figure, in both forms', async () => {
    const { markdown, html, figures } = await reportOf(exampleResults());
    const ids = [...html.matchAll(/<figure class="(?:table|figure)" id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids).toEqual([
      'collections',
      'spaces',
      'classification',
      'learning-curve',
      'similarity',
      'similarity-metrics',
      'tagging',
      'nearest-classes',
      'map',
      'confusion-1',
      'confusion-2',
    ]);
    expect(html.match(/<strong>Table \d+\.<\/strong>/g)).toHaveLength(7);
    expect(markdown.match(/\*\*Table \d+\.\*\*/g)).toHaveLength(7);
    expect(figures.map(({ name }) => name)).toEqual(['learning-curve', 'map', 'confusion-1', 'confusion-2']);
    for (const { name } of figures) expect(markdown).toContain(`](${name}.svg)`);
  });

  it('prints the numbers as a paper would, the best in bold', async () => {
    const { markdown } = await reportOf(exampleResults());
    expect(markdown).toContain(
      '| alpha | by artist | 10 | 0.500 ± 0.020 | 0.530 ± 0.020 | 0.560 ± 0.020 | **0.590 ± 0.020** |',
    );
    expect(markdown).toContain('| words | by track | 30 | 10 | 12 | 0.600 | 0.500 | 0.800 | 0.400 | 0.550 |');
    expect(markdown).toContain('Seed 1, tunespace 0.1.0');
  });

  it('lets no label, path or reason out of its cell', async () => {
    const { markdown, html } = await reportOf(exampleResults());
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<b>.mp3');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(markdown).not.toContain('<script');
    expect(markdown).toContain('rock \\| pop');
    const cells = (line: string) => line.replace(/\\./g, '').split('|').length;
    for (const table of markdown.split('\n\n').filter((block) => block.startsWith('|'))) {
      const lines = table.trim().split('\n');
      expect(new Set(lines.map(cells)).size).toBe(1);
    }
  });

  it('is one self-contained page without script', async () => {
    const { html } = await reportOf(exampleResults());
    expect(html).not.toMatch(/<script|<link|<img|@import|url\((?!#)|javascript:/i);
    expect(html.replaceAll(/xmlns(:xlink)?="[^"]*"/g, '')).not.toMatch(/https?:/);
    const body = html.slice(html.indexOf('<body>'));
    expect(xmlFault(body.slice(0, body.indexOf('</body>') + 7))).toBeUndefined();
  });

  it('says at the top of both that a synthetic corpus is synthetic, and only then', async () => {
    const real = await reportOf(exampleResults());
    expect(real.html + real.markdown).not.toContain('Synthetic');
    const { html, markdown } = await reportOf({ ...exampleResults(), synthetic: true });
    expect(html).toContain(`<p class="notice" role="note">${SYNTHETIC_NOTICE}`);
    expect(markdown.indexOf('Synthetic corpus')).toBeLessThan(200);
  });

  it('leaves out what was not run, and still stands', async () => {
    const results = exampleResults();
    const { html, markdown } = await reportOf({
      ...results,
      spaces: [],
      similarity: [],
      learningCurve: [],
      nearestClasses: [],
      tagging: [],
      map: null,
      warnings: [],
      classification: results.classification.filter(({ features }) => features === 'base'),
      collections: results.collections.slice(0, 1),
    });
    expect(markdown).toContain('| Collection | Split | Folds | base |');
    expect(markdown).not.toContain('## Similarity');
    expect(markdown).not.toContain('## Skipped');
    expect(html).not.toContain('undefined');
  });

  it('gives the same bytes for the same results', async () => {
    expect(await reportOf(exampleResults())).toEqual(await reportOf(exampleResults()));
  });
});

describe('escapeMarkdown', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['*bold* _it_ `code` [x](y) ~~z~~', '\\*bold\\* \\_it\\_ \\`code\\` \\[x\\](y) \\~\\~z\\~\\~'],
    ['<img src=x> & co', '&lt;img src=x&gt; &amp; co'],
    ['two\nlines\r\n\tthree', 'two lines three'],
    ['# no heading', '\\# no heading'],
    ['1. no list', '1\\. no list'],
  ])('%j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});
