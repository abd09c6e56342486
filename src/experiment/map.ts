/**
 * Figure 2's idea on real output: songs and labels of one embedding on one map.
 *
 * A song is its mean latent vector, a label its row of W. The trainer compares the two by their inner product, so what counts
 * is direction: both clouds are centred (each has an offset of its own that says nothing about songs or labels) and brought
 * to length 1. UMAP lays them out: weighed against principal components (ml-pca, or the first two axes of the latent space), of
 * which two show a small part of 100 dimensions and draw all labels into one heap; umap-js (MIT) takes a seeded generator.
 *
 * This is the one part of the results that uses the host's transcendental functions: coordinates are the same on each run of
 * one machine, and may differ between engines.
 */
import { UMAP } from 'umap-js';
import { meanRow } from '../aggregate.ts';
import { RandomState } from '../random.ts';
import type { Wsabie } from '../wsabie.ts';
import type { Collection } from './material.ts';
import type { MapResult } from './results.ts';
import { Dice } from './synthetic/dice.ts';
import { breathe, type Course } from './target.ts';

/** Songs on a map: more would hide one another. */
const MAX_SONGS = 400;
/** Words on a map. */
const MAX_LABELS = 60;

type Point = Omit<MapResult['points'][number], 'x' | 'y'> & { readonly vector: ArrayLike<number> };

/** Centred on their mean and of length 1. */
function directions(vectors: readonly ArrayLike<number>[]): number[][] {
  if (vectors.length === 0) return [];
  const mean = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let j = 0; j < mean.length; j++) mean[j] += vector[j] / vectors.length;
  return vectors.map((vector) => {
    const centred = Array.from(mean, (value, j) => vector[j] - value);
    const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
    return centred.map((value) => value / Math.max(length, 1e-12));
  });
}

/** A seeded choice of songs, in their order. */
function chosenSongs(collections: readonly Collection[], seed: number) {
  const all = collections.flatMap(({ name, songs }) => songs.map((song) => ({ dataset: name, song })));
  if (all.length <= MAX_SONGS) return all;
  const chosen = new RandomState(seed).split(31).permutation(all.length).slice(0, MAX_SONGS).sort();
  return Array.from(chosen, (i) => all[i]);
}

/** The labels, or where they are too many those that most songs carry. */
function labelPoints(space: Wsabie, collections: readonly Collection[]): Point[] {
  const points = space.datasets_.flatMap(({ name, classes, W }) => {
    const songs = collections.find((collection) => collection.name === name)?.songs ?? [];
    return classes.map((label, i) => ({
      kind: 'label' as const,
      dataset: name,
      label,
      vector: W.row(i),
      carried: songs.filter(({ labels }) => labels.includes(label)).length,
    }));
  });
  const kept = points
    .map((point, i) => ({ point, i }))
    .sort((a, b) => b.point.carried - a.point.carried || a.i - b.i)
    .slice(0, MAX_LABELS)
    .sort((a, b) => a.i - b.i);
  return kept.map(({ point: { carried: _, ...point } }) => point);
}

/**
 * Lays songs and labels out in the plane; coordinates are from -1 to 1.
 *
 * @param collections those that the embedding was learned on
 * @returns `null` where there are too few points for a map
 */
export async function latentMap(
  space: Wsabie,
  collections: readonly Collection[],
  course: Course,
): Promise<MapResult | null> {
  const stage = 'map';
  const songs: Point[] = [];
  for (const { dataset, song } of chosenSongs(collections, course.seed)) {
    if (songs.length % 16 === 0) await breathe(course);
    const vector = meanRow(space.transform(song.training));
    songs.push({ kind: 'track', dataset, label: song.labels[0], vector });
  }
  const labels = labelPoints(space, collections);
  const points = [...labels, ...songs];
  if (points.length < 5 || songs.length === 0) return null;
  const vectors = [labels, songs].flatMap((kind) => directions(kind.map(({ vector }) => vector)));
  const dice = Dice.at(course.seed, 32);
  const umap = new UMAP({
    nNeighbors: Math.min(15, points.length - 1),
    minDist: 0.25,
    spread: 1,
    random: () => dice.uniform(),
  });
  const epochs = umap.initializeFit(vectors);
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (epoch % 20 === 0) {
      course.progress(stage, epoch, epochs);
      await breathe(course);
    }
    umap.step();
  }
  course.progress(stage, epochs, epochs);
  const placed = withinUnit(umap.getEmbedding());
  return {
    sources: collections.map(({ name }) => name),
    points: points.map(({ kind, dataset, label }, i) => ({ kind, dataset, label, x: placed[i][0], y: placed[i][1] })),
  };
}

/** Centred between the extremes, the longer side from -1 to 1; four decimals. */
function withinUnit(positions: readonly (readonly number[])[]): [number, number][] {
  const extent = [0, 1].map((axis) => {
    const values = positions.map((position) => position[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { middle: (low + high) / 2, half: (high - low) / 2 };
  });
  const half = Math.max(extent[0].half, extent[1].half) || 1;
  const at = (position: readonly number[], axis: number) =>
    Math.round(((position[axis] - extent[axis].middle) / half) * 1e4) / 1e4 + 0;
  return positions.map((position) => [at(position, 0), at(position, 1)]);
}
