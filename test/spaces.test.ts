import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { Explainer } from '../src/explain.ts';
import { logMelSpectrogram } from '../src/mel.ts';
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

it('ships mixtures of its notes, which explain a track that has no collection', async () => {
  const [space, mixtures] = await Promise.all([loadSpace(), loadMixtures()]);
  expect([mixtures.rows, mixtures.columns]).toEqual([64, space.params.nComponents]);
  const explainer = new Explainer(space, { k: 18 }).fit(mixtures);
  const best = explainer.explain(mixtures).map(([first]) => first.label);
  expect(new Set(best).size).toBeGreaterThan(9);
  await expect(loadMixtures('instrument')).rejects.toThrow(/loadMixtures: name must be .* did you mean "instruments"/);
});
