import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { Explainer } from '../src/explain.ts';
import { logMelSpectrogram } from '../src/mel.ts';
import { decodeSafetensors } from '../src/model.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { loadMixtures, loadSpace, spaceBytes, spaces } from '../src/spaces/index.ts';

await loadKernels();

it('ships the bytes that the list names, as a file, too', async () => {
  for (const { name, sha256 } of spaces) {
    const bytes = await spaceBytes(name);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }
  expect(readFileSync('build/spaces/instruments-v1.safetensors')).toEqual(Buffer.from(await spaceBytes()));
});

it('gives a space that takes frames of the default settings, whatever their level', async () => {
  const space = await loadSpace();
  const y = Float32Array.from({ length: 22_050 }, (_, i) => ((i * 37) % 101) / 101 - 0.5);
  const [a, b] = [y, y.map((value) => value / 2)].map((signal) =>
    space.transform(logMelSpectrogram(signal, { sr: 22_050 })),
  );
  expect([a.rows, a.columns]).toEqual([42, 60]);
  expect(Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i])))).toBeLessThan(1e-3);
  expect(space.params).toMatchObject({ level: 'removed', start: 'cosine', startScale: 3 });
  expect(space.datasets_[0].classes).toContain('instrument/cello');
});

it('refuses a name that does not ship', async () => {
  await expect(loadSpace('instrumants')).rejects.toThrow(/"instrumants"; did you mean "instruments"/);
  await expect(loadSpace('toString')).rejects.toBeInstanceOf(ParameterError);
});

describe('the model card', () => {
  const card = readFileSync('src/spaces/instruments-v1.md', 'utf8');

  it('has the form of Hugging Face, and lies in the package', () => {
    const [, head] = card.split(/^---$/m);
    for (const key of ['license', 'library_name', 'pipeline_tag', 'tags', 'model-index']) {
      expect(head).toMatch(new RegExp(`^${key}:`, 'm'));
    }
    const parts = [
      'Uses',
      'Data and its terms',
      'Recipe',
      'Measured',
      'What was tried and lost',
      'Limits and bias',
      'Citation',
    ];
    for (const part of parts) expect(card).toContain(`\n## ${part}\n`);
    expect(readFileSync('build/spaces/instruments-v1.md', 'utf8')).toBe(card);
  });

  it('tells the facts of the file, and the figures of its own table and of the README', async () => {
    const space = await loadSpace();
    const [{ classes }] = space.datasets_;
    expect(card).toContain(
      `${space.params.nComponents} numbers a log-Mel frame, one affine map, and ${classes.length} labels`,
    );
    const { record } = decodeSafetensors(await spaceBytes()).metadata;
    const [{ nTraining, nHeldOut, nFrames }] = JSON.parse(record).datasets;
    const frames = String(nFrames).replace(/(?=\d{3}$)/, ' ');
    expect(card).toContain(
      `${nTraining + nHeldOut} single notes of the Philharmonia Orchestra's free samples, ${frames} sounding frames`,
    );
    for (const [flag, value] of Object.entries({ 'n-components': 60, 'n-batches': 1000, 'start-scale': 3, seed: 1 })) {
      expect(card).toContain(`--${flag} ${value}`);
    }
    const [, ...row] = /^\| \*\*this space\*\* \(seed 1\), all +\| (\S+) +\| (\S+) +\| (\S+) /m.exec(card) ?? [];
    expect([...card.matchAll(/^ +value: 0(\S+)$/gm)].map(([, value]) => value)).toEqual(row);
    const readme = readFileSync('README.md', 'utf8');
    for (const figure of ['.083 ± .023', '+.038 ± .010', '-.015 ± .013', '+.012 ± .011', ...row]) {
      expect(card.replaceAll(/\s+/g, ' ')).toContain(figure);
      expect(readme).toContain(figure);
    }
  });
});

it('ships mixtures of its notes, which explain a track that has no collection', async () => {
  const [space, mixtures] = await Promise.all([loadSpace(), loadMixtures()]);
  expect([mixtures.rows, mixtures.columns]).toEqual([64, space.params.nComponents]);
  const explainer = new Explainer(space, { k: 18 }).fit(mixtures);
  const best = explainer.explain(mixtures).map(([first]) => first.label);
  expect(new Set(best).size).toBeGreaterThan(9);
  await expect(loadMixtures('instrument')).rejects.toThrow(/loadMixtures: name must be .* did you mean "instruments"/);
});
