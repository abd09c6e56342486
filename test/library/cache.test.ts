import { expect, it, vi } from 'vitest';
import type { FrameCache } from '../../src/library/cache.ts';
import { Matrix } from '../../src/matrix.ts';
import { RESAMPLER_VERSION } from '../../src/resample.ts';
import { makeFolder } from './files.ts';

/** A cache in `folder`, of a tunespace whose resampler is of another version. */
async function cacheOf(folder: string, version: number): Promise<FrameCache> {
  vi.resetModules();
  vi.doMock('../../src/resample.ts', async (original) => ({
    ...(await original<object>()),
    RESAMPLER_VERSION: version,
  }));
  const { FrameCache } = await import('../../src/library/cache.ts');
  vi.doUnmock('../../src/resample.ts');
  return new FrameCache(folder, (message) => {
    throw new Error(message);
  });
}

it('finds no frames that another resampler made, though their record is the same', async () => {
  const folder = await makeFolder();
  const [now, same, next] = [
    await cacheOf(folder, RESAMPLER_VERSION),
    await cacheOf(folder, RESAMPLER_VERSION),
    await cacheOf(folder, RESAMPLER_VERSION + 1),
  ];
  const key = { content: 'ab'.repeat(32), frontEnd: { kind: 'logMel', sr: 22_050 }, seconds: null };
  await now.put(key, { frames: new Matrix(Float32Array.of(1, 2), 1, 2), warnings: ['cut short'] });
  expect(await same.get(key)).toMatchObject({ frames: { rows: 1, columns: 2 }, warnings: ['cut short'] });
  expect(await next.get(key)).toBeUndefined();
  // Neither writes over the other, where two versions share a folder.
  expect(next.pathOf(key)).not.toBe(now.pathOf(key));
});
