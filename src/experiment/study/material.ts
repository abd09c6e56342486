/** What a study works on: its targets in halves, its sources, and the proof that no track is on both sides. */
import { ParameterError } from '../../errors.ts';
import { FeatureStore } from '../../library/features.ts';
import { maxSplits, stratifiedKFold } from '../../split.ts';
import { type Collection, chooseSongs, groupsOf, readCollections, readSongs, type Song } from '../material.ts';
import type { Course } from '../target.ts';
import type { CheckedPlan, SourceEntry, TargetEntry } from './plan.ts';
import { OTHERS } from './recipe.ts';

/** A part of the tracks: one of the halves, or all. */
export type Part = 'A' | 'B' | 'all';

/** A collection that spaces are judged on. */
export interface StudyTarget {
  readonly name: string;
  readonly entry: TargetEntry;
  /** Where its tracks' ids start. */
  readonly root: string;
  readonly collection: Collection;
  /** The songs of each part, of labels with two tracks there. */
  readonly parts: ReadonlyMap<Part, readonly Song[]>;
}

/** A collection that spaces are learned from. */
export interface StudySource {
  readonly name: string;
  readonly entry: SourceEntry;
  readonly collection: Collection;
}

/** All that a plan names, read. */
export interface Material {
  readonly targets: readonly StudyTarget[];
  readonly sources: readonly StudySource[];
  /** Makes frames of further files of the targets. */
  readonly store: FeatureStore;
}

/** Reads targets and sources, each once. @throws ParameterError on shared tracks, and on targets that cannot be judged */
export async function readMaterial(plan: CheckedPlan, cache: string, course: Course): Promise<Material> {
  const { pool } = course;
  const store = new FeatureStore({
    cache,
    seconds: plan.seconds,
    onWarning: course.note,
    extract: pool && ((source, how) => pool.extractOne(source, how)),
  });
  const used = usedSources(plan);
  const entries = [...plan.targets, ...plan.sources.filter(({ name }) => used.has(name))];
  const read = await readCollections(
    {
      datasets: entries.filter((entry) => isGenre(entry)).map(withoutExtras),
      tags: entries.filter((entry) => !isGenre(entry)).map(withoutExtras),
      columns: plan.columns,
    },
    course,
  );
  const tracksInAll = read.reduce((sum, [, { tracks }]) => sum + tracks.length, 0);
  const collections = new Map<string, { collection: Collection; root: string }>();
  for (const entry of entries) {
    const [, dataset] = read.find(([{ name }]) => name === entry.name) as (typeof read)[number];
    const minTracksPerTag = 'minTracksPerTag' in entry ? entry.minTracksPerTag : 1;
    // The silence of short notes is a switch, so that it is still there.
    const plain = { ...withoutExtras(entry), soundingOnly: false };
    const role = isGenre(entry) ? 'genre' : 'tag';
    const collection = await readSongs(
      role,
      plain,
      dataset,
      store,
      { tracksInAll, minTracksPerTag, heldFrames: HELD_FRAMES },
      course,
    );
    collections.set(entry.name, { collection, root: dataset.root });
  }
  const found = (name: string) => collections.get(name) as { collection: Collection; root: string };
  const targets = plan.targets.map((entry): StudyTarget => {
    const { collection, root } = found(entry.name);
    return { name: entry.name, entry, root, collection, parts: partsOf(collection, plan, course.warn) };
  });
  const sources = plan.sources
    .filter(({ name }) => used.has(name))
    .map((entry): StudySource => ({ name: entry.name, entry, collection: found(entry.name).collection }));
  checkShared(plan, targets, sources);
  const material = { targets, sources, store };
  checkLessons(used, material);
  return material;
}

/** The sources that some cell names. */
const usedSources = ({ cells }: CheckedPlan) =>
  new Set(cells.flatMap(({ recipe }) => (recipe.model === 'none' ? [] : recipe.sources)));

const isGenre = (entry: TargetEntry | SourceEntry) => !('role' in entry) || entry.role === 'genre';

/**
 * Frames that are held, 4.8 GB at 200 bands if all were there: half a minute of 4,600 tracks. Cells go through them again and again, and
 * longer tracks would be read anew each time, and learned from in part.
 */
const HELD_FRAMES = 6_000_000;

/** What the reading of collections knows of an entry. */
function withoutExtras(entry: TargetEntry | SourceEntry) {
  const { variants: _v, role: _r, minTracksPerTag: _m, heldOut: _h, ...rest } = entry as TargetEntry & SourceEntry;
  return rest;
}

/** @throws ParameterError where labels or tracks are too few */
function partsOf(collection: Collection, { halves }: CheckedPlan, warn: Course['warn']): Map<Part, readonly Song[]> {
  const { name, songs } = collection;
  const labels = songs.map(({ labels }) => labels[0]);
  if (new Set(labels).size < 2) {
    throw new ParameterError(
      `study: target "${name}" has ${songs.length === 0 ? 'no label' : 'one label'} of two tracks or more; a target needs two ` +
        'such labels. Add tracks, or leave it out',
      'targets',
    );
  }
  if (!halves) return new Map([['all', songs]]);
  const groups = groupsOf(songs);
  if (maxSplits(labels, groups && { groups }) < 2) {
    throw new ParameterError(
      `study: target "${name}" cannot be halved, as all its tracks are by one artist; add tracks, or give halves: null`,
      'halves',
    );
  }
  const [{ train, test }] = stratifiedKFold(labels, {
    nSplits: 2,
    randomState: halves.seed,
    ...(groups && { groups }),
  });
  const part = (half: Part, indices: Uint32Array) => {
    const chosen = chooseSongs(
      'genre',
      `${name}, half ${half}`,
      Array.from(indices, (i) => songs[i]),
      1,
      warn,
    );
    if (new Set(chosen.map(({ labels }) => labels[0])).size >= 2) return chosen;
    throw new ParameterError(
      `study: half ${half} of target "${name}" has fewer than two labels of two tracks; give halves: null, or more tracks`,
      'halves',
    );
  };
  return new Map<Part, readonly Song[]>([
    ['A', part('A', train)],
    ['B', part('B', test)],
    ['all', songs],
  ]);
}

/** Refuses tracks that are learned from and judged on, told by their content. */
function checkShared(plan: CheckedPlan, targets: readonly StudyTarget[], sources: readonly StudySource[]): void {
  const judged = new Map<string, { target: string; id: string }>();
  for (const { name, collection } of targets) {
    for (const { hash, id } of collection.songs) {
      const other = judged.get(hash);
      if (other && other.target !== name && plan.cells.some(({ recipe }) => recipe.sources.includes(OTHERS))) {
        throw shared(other.target, other.id, name, id, `take it out of one of them, or leave "${OTHERS}" out`);
      }
      judged.set(hash, { target: name, id });
    }
  }
  for (const { name, entry, collection } of sources) {
    if (entry.heldOut) continue;
    for (const { hash, id } of collection.songs) {
      const other = judged.get(hash);
      if (other) {
        throw shared(other.target, other.id, name, id, `take it out of "${name}", or give that source heldOut: true`);
      }
    }
  }
}

function shared(target: string, inTarget: string, source: string, inSource: string, remedy: string): ParameterError {
  return new ParameterError(
    `study: target "${target}" and source "${source}" share a track: ${inTarget} (${target}) and ${inSource} (${source}) are the ` +
      `same file. What is learned from a track may not be tested on it: ${remedy}`,
    'sources',
  );
}

/** What a recipe learns from for one target: the tracks of a source that is held out are fewer. */
export interface Lesson {
  readonly name: string;
  readonly songs: readonly Song[];
  /** Whether silent frames are there to be dropped. */
  readonly soundingOnly: boolean;
}

/** Refuses what cannot be learned from, before hours have gone into the rest. */
function checkLessons(used: ReadonlySet<string>, material: Material): void {
  for (const target of material.targets) {
    for (const name of used) {
      const labels = new Set(
        lessonsFor([name], target, material).flatMap(({ songs }) => songs.flatMap((song) => song.labels)),
      );
      if (labels.size >= 2) continue;
      const entry = material.sources.find((source) => source.name === name)?.entry;
      const least = !entry || entry.role === 'genre' ? 2 : entry.minTracksPerTag;
      const without = entry?.heldOut ? `, without the tracks and artists of target "${target.name}",` : '';
      throw new ParameterError(
        `study: source "${name}"${without} has ${labels.size === 0 ? 'no label' : 'one label'} of ${least} tracks or more; ranking ` +
          `needs two such labels. Add tracks${entry?.role === 'tag' ? ', give a smaller minTracksPerTag' : ''}, or leave it out`,
        'sources',
      );
    }
  }
}

/** The lessons of a target: sources without its tracks and artists, or the other targets whole. */
export function lessonsFor(names: readonly string[], target: StudyTarget, { targets, sources }: Material): Lesson[] {
  return names.flatMap((name): Lesson[] => {
    if (name === OTHERS) {
      return targets
        .filter((other) => other !== target)
        .map(({ name: other, entry, collection }) => ({
          name: other,
          songs: collection.songs,
          soundingOnly: entry.soundingOnly ?? false,
        }));
    }
    const { entry, collection } = sources.find((source) => source.name === name) as StudySource;
    const soundingOnly = entry.soundingOnly ?? false;
    if (!entry.heldOut) return [{ name, songs: collection.songs, soundingOnly }];
    const hashes = new Set(target.collection.songs.map(({ hash }) => hash));
    const artists = new Set(target.collection.songs.flatMap(({ artist }) => artist ?? []));
    const left = collection.songs.filter(
      ({ hash, artist }) => !hashes.has(hash) && (artist === undefined || !artists.has(artist)),
    );
    if (left.length === collection.songs.length) return [{ name, songs: left, soundingOnly }];
    return [{ name, songs: chooseSongs(entry.role, name, left, entry.minTracksPerTag, () => {}), soundingOnly }];
  });
}
