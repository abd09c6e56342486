/**
 * From paths to songs: reads the collections, makes (or finds) their frames, and keeps what the experiments work on. What
 * cannot be used is left out and listed.
 */
import { relative } from 'node:path';
import { aggregate } from '../aggregate.ts';
import { ParameterError } from '../errors.ts';
import type { FrontEnd } from '../frontend.ts';
import { hashFile } from '../library/cache.ts';
import { type Dataset, readDataset } from '../library/dataset.ts';
import { extract, type FeatureStore } from '../library/features.ts';
import type { Problem, Track } from '../library/track.ts';
import type { Matrix } from '../matrix.ts';
import type { CheckedConfig, DatasetConfig } from './config.ts';
import type { CollectionFacts } from './results.ts';
import { type Course, countLabels } from './target.ts';

/** One track with everything that the experiments need of it. */
export interface Song {
  readonly id: string;
  readonly labels: readonly string[];
  readonly artist?: string;
  /** SHA-256 of the file: equal files are one song, whatever they are called. */
  readonly hash: string;
  /** Frames to learn an embedding from: all, or evenly spaced ones of a long track. */
  readonly training: Matrix;
  /** The base features: windows of the frames. */
  readonly windows: Matrix;
  /** All frames, read again where they are not held. */
  frames(): Promise<Matrix>;
}

/** A collection, read. */
export interface Collection {
  readonly name: string;
  readonly role: 'genre' | 'tag';
  readonly songs: readonly Song[];
  readonly skipped: CollectionFacts['skipped'];
}

/** Frames of all songs that are held for training: 1.2 GB at 200 bands. */
const HELD_FRAMES = 1_500_000;

/** What `readSongs` needs to know beside the collection. */
export interface SongSettings {
  /** Tracks of all collections together, which share the frames that are held. */
  readonly tracksInAll: number;
  readonly minTracksPerTag: number;
  /** Frames of all songs that are held for training. */
  readonly heldFrames?: number;
}

/** Reads the tables and folders of all collections; nothing is decoded yet. */
export async function readCollections(
  config: Pick<CheckedConfig, 'datasets' | 'tags' | 'columns'>,
  course: Course,
): Promise<[DatasetConfig, Dataset][]> {
  const read = async (entry: DatasetConfig, role: Collection['role']): Promise<[DatasetConfig, Dataset]> => {
    const { name, path, columns, soundingOnly: _, ...rest } = entry;
    const dataset = await readDataset(path, {
      ...rest,
      name,
      columns: { ...config.columns, ...columns },
      ...(role === 'tag' && { kind: 'multi' }),
      signal: course.signal,
    });
    if (role === 'genre') checkSingle(entry, dataset);
    for (const note of dataset.notes) course.warn(`${name}: ${note}`);
    return [entry, dataset];
  };
  const all: [DatasetConfig, Dataset][] = [];
  for (const entry of config.datasets) all.push(await read(entry, 'genre'));
  for (const entry of config.tags) all.push(await read(entry, 'tag'));
  return all;
}

function checkSingle({ name }: DatasetConfig, { kind, tracks }: Dataset): void {
  if (kind === 'single') return;
  const several = tracks.find(({ labels }) => labels.length > 1) as Track;
  throw new ParameterError(
    `experiment: "${name}" is to be a genre collection, with one label a track, but ${several.id} has ` +
      `${several.labels.length} (${several.labels.slice(0, 3).join(', ')}, ...); name it as a tag collection (--tags), or ` +
      'choose another column or a labelPrefix',
    'datasets',
  );
}

/** Makes the frames of one collection, or finds them in the cache, and chooses the songs that can be used. */
export async function readSongs(
  role: Collection['role'],
  entry: DatasetConfig,
  dataset: Dataset,
  store: FeatureStore,
  { tracksInAll, minTracksPerTag, heldFrames = HELD_FRAMES }: SongSettings,
  course: Course,
): Promise<Collection> {
  const { name, tracks } = dataset;
  const stage = `features of ${name}`;
  const cap = Math.max(64, Math.floor(heldFrames / tracksInAll));
  const problems: Problem[] = [...dataset.problems];
  const duplicates: Problem[] = [];
  const songs: Song[] = [];
  const firstOf = new Map<string, string>();
  let thinned = 0;
  course.progress(stage, 0, tracks.length);
  const extraction = extract(tracks, {
    store,
    soundingOnly: entry.soundingOnly ?? false,
    // One for each worker, and one that waits for the first who is free.
    ahead: (course.pool?.size ?? 0) + 1,
    signal: course.signal,
    onProgress: ({ done, total }) => course.progress(stage, done, total),
  });
  for await (const { track, frames, problem } of extraction) {
    if (problem) {
      problems.push(problem);
      continue;
    }
    const hash = await hashFile(track.path, course.signal);
    const before = firstOf.get(hash);
    if (before !== undefined) {
      duplicates.push({ file: track.path, message: `is the same file as ${before}; counted once` });
      continue;
    }
    firstOf.set(hash, track.id);
    const whole = frames.rows <= cap;
    if (!whole) thinned++;
    songs.push({
      id: track.id,
      labels: track.labels,
      ...(track.artist !== undefined && { artist: track.artist }),
      hash,
      training: whole ? frames : evenlySpaced(frames, cap),
      windows: aggregate(frames),
      frames: whole ? async () => frames : () => readAgain(track, entry, store, course),
    });
  }
  if (thinned > 0) {
    course.warn(
      `${name}: of ${thinned} long tracks, ${cap} evenly spaced frames each are held to learn embeddings from`,
    );
  }
  const chosen = chooseSongs(role, name, songs, minTracksPerTag, course.warn);
  const skipped = [
    ...problems.map((problem) => ({ ...withoutPaths(problem, entry.path, dataset.root), duplicate: false })),
    ...duplicates.map((problem) => ({ ...withoutPaths(problem, entry.path, dataset.root), duplicate: true })),
  ];
  if (skipped.length > 0) course.warn(`${name}: ${skipped.length} tracks were skipped; the report lists them`);
  return { name, role, songs: chosen, skipped };
}

async function readAgain(track: Track, entry: DatasetConfig, store: FeatureStore, { signal }: Course): Promise<Matrix> {
  const options = { store, soundingOnly: entry.soundingOnly ?? false, signal };
  for await (const { frames, problem } of extract([track], options)) {
    if (frames) return frames;
    throw new ParameterError(`experiment: ${problem.file}: ${problem.message} (it could be read before)`, 'datasets');
  }
  throw new ParameterError(`experiment: ${track.path} could be read before and cannot now`, 'datasets');
}

/** `n` rows, evenly spaced. */
function evenlySpaced(frames: Matrix, n: number): Matrix {
  return frames.take(Array.from({ length: n }, (_, i) => Math.floor((i * frames.rows) / n)));
}

/** Drops genres of a single song, and tags of fewer songs than wanted; songs without a label go with them. */
export function chooseSongs<T extends Pick<Song, 'labels'>>(
  role: Collection['role'],
  name: string,
  songs: readonly T[],
  minTracksPerTag: number,
  warn: Course['warn'],
): T[] {
  const least = role === 'genre' ? 2 : minTracksPerTag;
  const counts = countLabels(songs.flatMap(({ labels }) => labels));
  const rare = [...counts].filter(([, n]) => n < least).map(([label]) => label);
  if (rare.length === 0) return [...songs];
  const kept = songs.flatMap((song) => {
    const labels = song.labels.filter((label) => (counts.get(label) as number) >= least);
    return labels.length > 0 ? [{ ...song, labels }] : [];
  });
  const shown = rare.length > 5 ? `${rare.slice(0, 5).join(', ')}, ...` : rare.join(', ');
  const noun = role === 'genre' ? 'genre' : 'tag';
  warn(
    `${name}: ${rare.length} ${noun}${rare.length === 1 ? '' : 's'} of fewer than ${least} tracks left out (${shown})` +
      (kept.length < songs.length ? `, and with them ${songs.length - kept.length} tracks` : ''),
  );
  return kept;
}

/** A problem without this machine's paths, as results may hold it. */
export function withoutPaths(
  { file, message }: Problem,
  given: string,
  root: string,
): { path: string; reason: string } {
  const slashes = (text: string) => text.replaceAll('\\', '/');
  const prefixes = [root, relative('', root), given]
    .filter(Boolean)
    .map((prefix) => `${slashes(prefix).replace(/\/$/, '')}/`);
  const clean = (text: string) => prefixes.reduce((rest, prefix) => rest.replaceAll(prefix, ''), slashes(text));
  const name = clean(file);
  // A table lies beside its tracks, and is named without its folder, too.
  return { path: name.startsWith('/') ? (name.split('/').at(-1) as string) : name, reason: clean(message) };
}

/** The groups of songs: artists, and each song without one for itself; `undefined` where no artist is known. */
export function groupsOf(songs: readonly Pick<Song, 'artist'>[]): string[] | undefined {
  if (songs.every(({ artist }) => artist === undefined)) return undefined;
  return songs.map(({ artist }, i) => (artist === undefined ? `track ${i}` : `artist ${artist}`));
}

/** What the report says of a collection. */
export function collectionFacts({ name, role, songs, skipped }: Collection): CollectionFacts {
  const artists = new Set(songs.map(({ artist }) => artist).filter((artist) => artist !== undefined));
  const counts = countLabels(songs.flatMap(({ labels }) => labels));
  return {
    name,
    role,
    tracks: songs.length,
    artists: artists.size > 0 ? artists.size : null,
    classes: [...counts].map(([label, tracks]) => ({ label, tracks })),
    windows: songs.reduce((sum, { windows }) => sum + windows.rows, 0),
    skipped: [...skipped],
  };
}

/** The record of the frames' front end; empty where they are matrices of unknown making. */
export function frontEndOf(collections: readonly Collection[]): FrontEnd {
  const song = collections.flatMap(({ songs }) => songs)[0];
  return song?.training.frontEnd ?? {};
}
