import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSyntheticCorpus, runExperiment } from '../../src/experiment/index.ts';
import { loadKernels } from '../../src/runtime/node.ts';

const data = process.env.TUNESPACE_DATA;
if (!data) console.warn('experiment: not run on real music, because TUNESPACE_DATA is not set');

let folder: string;
beforeAll(async () => {
  await loadKernels();
  folder = await mkdtemp(join(tmpdir(), 'tunespace-slow-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the experiment on the synthetic corpus', () => {
  it('runs from nothing, twice to the same bytes, with figures between chance and perfection', async () => {
    const started = performance.now();
    const results = await runExperiment({ out: join(folder, 'one'), cache: join(folder, 'cache-one') });
    console.log(`synthetic corpus, all tables: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    // The sounds are pinned by a test of their own; everything after them is computed anew.
    const rendered = await renderSyntheticCorpus(join(folder, 'cache-one', 'synthetic-1'));
    await runExperiment({ ...rendered, out: join(folder, 'two'), cache: join(folder, 'cache-two') });
    const read = (run: string, file: string) => readFile(join(folder, run, file), 'utf8');
    for (const file of ['results.json', 'report.md', 'report.html', 'learning-curve.svg', 'map.svg']) {
      expect(await read('two', file), file).toBe(await read('one', file));
    }
    expect(results.synthetic).toBe(true);
    expect(await read('one', 'report.html')).toContain('Synthetic corpus');
    // Five genres of equal size: chance is .2.
    for (const { dataset, features, accuracy } of results.classification) {
      expect(accuracy, `${dataset} ${features}`).toBeGreaterThan(0.3);
      expect(accuracy, `${dataset} ${features}`).toBeLessThan(0.95);
    }
    for (const { dataset, features, precision } of results.similarity) {
      expect(precision, `${dataset} ${features}`).toBeGreaterThan(0.22);
      expect(precision, `${dataset} ${features}`).toBeLessThan(0.9);
    }
    for (const dataset of new Set(results.learningCurve.map((point) => point.dataset))) {
      const curve = results.learningCurve.filter((point) => point.dataset === dataset && point.features === 'base');
      expect(curve[0].accuracy, dataset).toBeLessThan(curve.at(-1)!.accuracy);
    }
    expect(results.tagging[0].rocAuc).toBeGreaterThan(0.6);
    expect(results.tagging[0].precisionAt1).toBeGreaterThan(0.4);
  });
});

describe.skipIf(!data)('the experiment on real music', () => {
  it("shows the paper's effect: tags bring songs of a genre together in a collection they never saw", async () => {
    const collection = (name: string, path: string) => ({ name, path: join(data as string, path) });
    const results = await runExperiment({
      datasets: [collection('emotify', 'emotify'), collection('gtzan', 'gtzan-mini')],
      tags: [collection('allmusic', 'allmusic/labels.csv')],
      out: join(folder, 'real'),
      cache: join(folder, 'cache-real'),
    });
    const precision = (features: string) =>
      results.similarity.find(
        (row) => row.dataset === 'emotify' && row.features === features && row.metric === 'l1' && !row.artistFilter,
      )!;
    const [base, tag] = [precision('base'), precision('tag')];
    const accuracy = results.classification.find((row) => row.dataset === 'emotify' && row.features === 'base')!;
    console.log(
      `emotify: precision at ${base.k} ${base.precision} (base), ${tag.precision} (tag); accuracy ${accuracy.accuracy} ` +
        `± ${accuracy.standardError} (base)`,
    );
    expect(base.k).toBe(10);
    expect(tag.precision).toBeGreaterThanOrEqual(base.precision + 0.03);
    // The reference's figure, and its standard error.
    expect(Math.abs(accuracy.accuracy - 0.71)).toBeLessThan(2 * 0.03);
    const nearest = (dataset: string, label: string) =>
      results.nearestClasses.find((row) => row.dataset === dataset && row.label === label)?.neighbours[0].label;
    expect(nearest('gtzan', 'classical')).toBe('classical');
    expect(results.collections.flatMap(({ skipped }) => skipped)).toEqual([]);
  });
});
