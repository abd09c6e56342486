/**
 * Published lists that come beside a collection: which track belongs to which part of a split, and who plays it.
 *
 * None of them is shipped with tunespace; they are read from the user's disk.
 */
import { dirname, join } from 'node:path';
import { FormatError } from '../errors.ts';
import { faultOf } from './files.ts';
import { layouts, stemOf } from './layouts.ts';
import { findColumn, openTable, readRows, readText } from './table.ts';
import type { Problem, Track } from './track.ts';

/**
 * The fault-filtered split of GTZAN (Kereliuk, Sturm, Larsen, "Deep learning and music adversaries", 2015): replicas,
 * mislabelled and distorted excerpts taken out, no artist in two parts. Its lists' names, and how many tracks each has.
 */
export const faultFiltered: Readonly<Record<string, number>> = {
  'train_filtered.txt': 443,
  'valid_filtered.txt': 197,
  'test_filtered.txt': 290,
};

/** Sturm's index of GTZAN's artists and titles, under the name he gave it. */
export const sturmIndex = 'GTZANindex.txt';

/** Where a collection's lists may lie: in its folder, or in the folders around that. */
async function findBeside(root: string, name: string): Promise<string | undefined> {
  for (const folder of [root, dirname(root), dirname(dirname(root))]) {
    for (const path of [join(folder, name), join(folder, 'splits', name)]) {
      if ((await faultOf(path)) === undefined) return path;
    }
  }
  return undefined;
}

/**
 * The paths of the fault-filtered split's three lists.
 *
 * @throws FormatError naming the list that is missing and where it was looked for
 */
export async function findFaultFiltered(root: string): Promise<string[]> {
  const found: string[] = [];
  // One after the other, so that of several missing lists it is always the first that is named.
  for (const name of Object.keys(faultFiltered)) {
    const path = await findBeside(root, name);
    if (path === undefined) {
      throw new FormatError(
        `The fault-filtered split needs ${Object.keys(faultFiltered).join(', ')} in "${root}" or a folder around it; ` +
          `${name} is not there. They are published with "Deep learning and music adversaries" (Kereliuk et al. 2015)`,
        join(root, name),
      );
    }
    found.push(path);
  }
  return found;
}

/** Says which parts of the fault-filtered split do not hold what was published. */
export function checkFaultFiltered(tracks: readonly Track[]): string[] {
  return Object.entries(faultFiltered).flatMap(([name, expected]) => {
    const found = tracks.filter(({ part }) => part === partOf(name)).length;
    return found === expected
      ? []
      : [`fault-filtered split: expected ${expected} tracks in ${partOf(name)}, found ${found}`];
  });
}

/** The part that a list is for, by its name: `train_filtered.txt` is `train`. */
function partOf(file: string): string {
  return stemOf(file).replace(/[_-]?(filtered|list|split|stratified)$/i, '') || stemOf(file);
}

/**
 * Keeps the tracks that the lists name, each with its part.
 *
 * A line names a track by its path from any root, with any ending (`blues/blues.00029.wav` for `blues.00029.au`), by
 * what stands before a tab, or by its number from 1 to 1000 in GTZAN's order, as the authors' first lists do.
 *
 * @param files the lists; a list's part is its name without `_filtered`
 * @throws FormatError when a list cannot be read, or names no track of the dataset
 */
export async function applySplit(
  tracks: readonly Track[],
  files: readonly string[],
): Promise<{ tracks: Track[]; problems: Problem[] }> {
  const byName = new Map<string, Track[]>();
  for (const track of tracks) {
    const stem = stemOf(track.id);
    byName.set(stem, [...(byName.get(stem) ?? []), track]);
  }
  const parts = new Map<string, string>();
  const problems: Problem[] = [];
  for (const file of files) {
    const lines = (await readText(file)).split(/\r\n|\n|\r/);
    let matched = 0;
    lines.forEach((text, i) => {
      const name = text.split('\t')[0].trim();
      if (name === '') return;
      const track = findNamed(byName, /^\d{1,4}$/.test(name) ? gtzanName(Number(name)) : name);
      if (track === undefined)
        problems.push({ file: `${file}:${i + 1}`, message: `"${name}" is no track of the dataset` });
      else if (parts.has(track.id)) {
        problems.push({ file: `${file}:${i + 1}`, message: `"${name}" is listed twice; the first part counts` });
      } else {
        parts.set(track.id, partOf(file));
        matched++;
      }
    });
    if (matched === 0) throw new FormatError(`${file}: names no track of the dataset`, file);
  }
  const kept = tracks.flatMap((track) => {
    const part = parts.get(track.id);
    return part === undefined ? [] : [{ ...track, part }];
  });
  return { tracks: kept, problems };
}

/** The track of that file name; where folders hold the same name, the one whose folder agrees, too. */
function findNamed(byName: ReadonlyMap<string, Track[]>, name: string): Track | undefined {
  const path = name.replaceAll('\\', '/').normalize('NFC');
  const candidates = byName.get(stemOf(path)) ?? [];
  if (candidates.length <= 1) return candidates[0];
  const folder = (text: string) => text.split('/').at(-2);
  const agreeing = candidates.filter(({ id }) => folder(id) === folder(path));
  return agreeing.length === 1 ? agreeing[0] : undefined;
}

/** Track `n` of GTZAN's 1000, genres in order of the alphabet and 100 each, counted from 1. */
function gtzanName(n: number): string {
  const genre = layouts.gtzan.labels?.[Math.floor((n - 1) / 100)] ?? '';
  return `${genre}.${String((n - 1) % 100).padStart(5, '0')}`;
}

/**
 * Adds artists out of a list: a table with the columns `path` and `artist`, or lines `file ::: artist ::: title` as in
 * Sturm's index of GTZAN. Tracks that have an artist keep it.
 *
 * @throws FormatError when the list cannot be read, or names no track of the dataset
 */
export async function applyArtists(tracks: readonly Track[], file: string): Promise<Track[]> {
  const artists = (await readText(file)).includes(' ::: ') ? await readIndex(file) : await readArtistTable(file);
  const byName = new Map<string, Track[]>();
  for (const track of tracks) {
    const stem = stemOf(track.id);
    byName.set(stem, [...(byName.get(stem) ?? []), track]);
  }
  const found = new Map<string, string>();
  for (const [name, artist] of artists) {
    const track = findNamed(byName, name);
    if (track !== undefined && artist !== '') found.set(track.id, artist);
  }
  if (found.size === 0) throw new FormatError(`${file}: names no track of the dataset with an artist`, file);
  return tracks.map((track) => {
    const artist = track.artist ?? found.get(track.id);
    return artist === undefined ? track : { ...track, artist };
  });
}

/** Sturm's index where it lies beside a collection, else `undefined`. */
export function findSturmIndex(root: string): Promise<string | undefined> {
  return findBeside(root, sturmIndex);
}

async function readIndex(file: string): Promise<[string, string][]> {
  const unknown = /^(\?+|unknown|n\/?a)?$/i;
  return (await readText(file)).split(/\r\n|\n|\r/).flatMap((line): [string, string][] => {
    const [name, artist] = line.split(':::').map((part) => part.trim());
    return artist === undefined || unknown.test(artist) ? [] : [[name, artist]];
  });
}

async function readArtistTable(file: string): Promise<[string, string][]> {
  const table = await openTable(file);
  const { rows } = readRows(table, {
    path: findColumn(table, ['path'], true),
    artist: findColumn(table, ['artist'], true),
  });
  return rows.map(({ cells }) => [cells.path.trim(), cells.artist.trim()]);
}
