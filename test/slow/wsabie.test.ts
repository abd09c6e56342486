import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aggregate, meanRow } from '../../src/aggregate.ts';
import { readDataset } from '../../src/library/dataset.ts';
import { extractAll, FeatureStore } from '../../src/library/features.ts';
import { Matrix } from '../../src/matrix.ts';
import { precisionAtK } from '../../src/metrics.ts';
import { NearestNeighbors } from '../../src/neighbors.ts';
import { loadKernels } from '../../src/runtime/node.ts';
import { Wsabie } from '../../src/wsabie.ts';

const data = process.env.TUNESPACE_DATA;
if (!data) console.warn('wsabie: not run on real music, because TUNESPACE_DATA is not set');

/** Tracks of a collection with their frames. */
async function load(name: string, minTracks: number) {
  const { tracks } = await readDataset(join(data as string, name), { minTracks });
  const { frames } = await extractAll(tracks, { store: new FeatureStore({ cache: false }) });
  return tracks.map(({ id, labels }) => ({ X: frames.get(id) as Matrix, labels: [...labels] }));
}

/** Precision at 10 by L1, a track being the mean of its windows. */
function similarity(tracks: readonly { X: Matrix; labels: string[] }[], embed: (X: Matrix) => Matrix): number {
  const X = Matrix.fromRows(tracks.map((track) => meanRow(aggregate(embed(track.X)))));
  const neighbours = new NearestNeighbors({ metric: 'l1', nNeighbors: 10 }).fit(X).kNeighbors();
  return precisionAtK(
    neighbours,
    tracks.map(({ labels }) => labels[0]),
  );
}

describe.skipIf(!data)('the paper on real music', () => {
  it('tags of one collection bring songs of a genre together in another that was never seen', async () => {
    await loadKernels();
    const genres = await load('emotify', 1);
    const tags = await load('allmusic', 4);
    const base = similarity(genres, (X) => X);
    const space = await new Wsabie({ randomState: 1 }).fit({ name: 'allmusic', tracks: tags });
    const embedded = similarity(genres, (X) => space.transform(X));
    const { best, batch, history } = space.record_;
    console.log(`emotify, precision at 10: base ${base.toFixed(3)}, embedded ${embedded.toFixed(3)}`);
    console.log(`batches ${batch}, best ${JSON.stringify(best)}, loss ${history[0].loss} to ${history.at(-1)?.loss}`);
    expect(base).toBeGreaterThan(0.36);
    expect(base).toBeLessThan(0.42);
    expect(embedded).toBeGreaterThan(base + 0.03);
    expect(space.toBytes().length).toBeLessThan(200_000);
  });
});
