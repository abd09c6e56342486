/** Where labels come from: a folder per label, a table, or the audio files' own tags. Each gives one `Listing`. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { faultOf, featuresOf, idOf, mapLimit, type Walk } from './files.ts';
import { findColumn, openTable, readRows } from './table.ts';
import { cleanLabels, type Listing, type Problem, type Track } from './track.ts';

/** Files looked at side by side: enough to hide a disk's latency, few enough for any limit on open files. */
const atOnce = 32;

/** Which columns of a table hold what; absent means the default names. */
export interface Columns {
  /** Default `path`. Paths are relative to the table's folder. */
  readonly path?: string;
  /** Default the first of `tags`, `genre` and `label` that the table has. */
  readonly labels?: string;
  /** Default `artist`, if there is one. */
  readonly artist?: string;
}

/** What all readers take. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** Drops the tracks whose files cannot be any (missing, empty, not a file), and says so. */
export async function checkFiles<T extends Pick<Track, 'path' | 'note'>>(
  tracks: readonly T[],
  where: (track: T, index: number) => string,
  { signal }: ReadOptions = {},
): Promise<{ tracks: T[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const faults = await mapLimit(tracks, atOnce, (track) => {
    signal?.throwIfAborted();
    return faultOf(track.path);
  });
  const good = tracks.filter((track, i) => {
    const fault = faults[i];
    if (fault === undefined) return true;
    const message = where(track, i) === track.path ? fault : `the file "${track.path}" ${fault}`;
    problems.push({ file: where(track, i), message: track.note ? `${message} (${track.note})` : message });
    return false;
  });
  return { tracks: good, problems };
}

/**
 * A folder per label: the first folder on a file's path below the root is its label, however deep the file lies.
 * Files beside the label folders are reported.
 *
 * @param options `annotate` adds to a track what a published layout knows of it
 */
export async function listFolders(
  root: string,
  walk: Walk,
  { annotate = (track: Track) => track, ...options }: ReadOptions & { annotate?: (track: Track) => Track } = {},
): Promise<Listing> {
  const named: Track[] = [];
  const problems: Problem[] = [...walk.problems];
  for (const { id, path, features } of walk.files) {
    const slash = id.indexOf('/');
    if (slash > 0) named.push(annotate({ id, path, labels: [id.slice(0, slash).trim()], features }));
    else problems.push({ file: path, message: 'lies beside the label folders; move it into the folder of its label' });
  }
  const checked = await checkFiles(named, ({ path }) => path, options);
  return {
    root,
    tracks: checked.tracks,
    problems: [...problems, ...checked.problems],
    named: walk.files.length,
  };
}

/** The audio files' own genre tags, and their artists. Files without a genre are reported. */
export async function listFileTags(root: string, walk: Walk, options: ReadOptions = {}): Promise<Listing> {
  const problems: Problem[] = [...walk.problems];
  const checked = await checkFiles(walk.files.map(bare), ({ path }) => path, options);
  problems.push(...checked.problems);
  const tags = await mapLimit(checked.tracks, atOnce, ({ path }) => readFileTags(path, options));
  const tracks = checked.tracks.flatMap((track, i): Track[] => {
    const { labels, artist, fault } = tags[i];
    if (labels.length > 0) return [{ ...track, labels, ...(artist && { artist }) }];
    problems.push({ file: track.path, message: fault ?? 'carries no genre tag; tag it, or list it in a table' });
    return [];
  });
  return { root, tracks, problems, named: walk.files.length };
}

const bare = ({ id, path, features }: Walk['files'][number]): Track => ({ id, path, labels: [], features });

/** Genres and artist out of one audio file; a fault instead of an exception, because one bad file is no reason to stop. */
export async function readFileTags(
  path: string,
  { signal }: ReadOptions = {},
): Promise<{ labels: string[]; artist?: string; fault?: string }> {
  signal?.throwIfAborted();
  if (featuresOf(path) === 'matrix') return { labels: [], fault: 'is a .npy file, which has no tags; use a table' };
  try {
    // Loaded when the first tag is read: most collections have tables or folders, and commands are to start fast.
    const { parseFile } = await import('music-metadata');
    const { common } = await parseFile(path, { duration: false, skipCovers: true });
    const artist = (common.artist ?? common.albumartist)?.trim();
    return {
      labels: cleanLabels((common.genre ?? []).flatMap((genre) => genre.split(';'))),
      ...(artist && { artist }),
    };
  } catch (error) {
    return { labels: [], fault: `its tags cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/**
 * A table with one row a track: its path (relative to the table), its labels (several split at `;`), its artist.
 * Rows without labels, with a path that was named before, or whose file is missing are reported with their line.
 */
export async function listTable(
  file: string,
  settings: ReadOptions & { columns?: Columns; delimiter?: string } = {},
): Promise<Listing> {
  const { columns = {} } = settings;
  const root = dirname(resolve(file));
  const table = await openTable(file, settings.delimiter);
  const { rows, problems } = readRows(table, {
    path: findColumn(table, [columns.path ?? 'path'], true),
    labels: findColumn(table, columns.labels === undefined ? ['tags', 'genre', 'label'] : [columns.labels], true),
    artist: findColumn(table, [columns.artist ?? 'artist'], columns.artist !== undefined),
  });
  const named = rows.length + problems.length;
  const lines = new Map<string, number>();
  const listed: (Track & { line: number })[] = [];
  const paths = await mapLimit(rows, atOnce, ({ cells }) => locate(root, cells.path.trim()));
  rows.forEach(({ line, cells }, i) => {
    const report = (message: string) => problems.push({ file: `${file}:${line}`, message });
    const labels = cleanLabels(cells.labels.split(';'));
    const artist = cells.artist.trim();
    const path = paths[i];
    if (path === undefined) {
      const windows = /^([a-z]:[\\/]|\\\\)/i.test(cells.path.trim());
      report(
        cells.path.trim() === ''
          ? 'names no file'
          : `the file "${cells.path.trim()}" does not exist${windows ? ' here (a Windows path); write it relative to the table' : ''}`,
      );
      return;
    }
    const id = idOf(root, path);
    const before = lines.get(id);
    if (before !== undefined) report(`names the file of line ${before} again; put all its labels into one row`);
    else if (labels.length === 0) report('has no labels');
    else listed.push({ id, path, labels, ...(artist && { artist }), features: featuresOf(path) ?? 'audio', line });
    if (before === undefined) lines.set(id, line);
  });
  const checked = await checkFiles(listed, ({ line }) => `${file}:${line}`, settings);
  const tracks = checked.tracks.map(({ line: _, ...track }) => track);
  return { root, tracks, problems: [...problems, ...checked.problems], named };
}

/**
 * The file that a table means by `name`: as written, else with the backslashes of Windows as slashes, else in the other
 * of Unicode's two ways to write accents (macOS stores them decomposed). `undefined` where there is none.
 */
export async function locate(root: string, name: string): Promise<string | undefined> {
  if (name === '' || name.includes('\0')) return undefined;
  const spellings = [name, name.replaceAll('\\', '/')].flatMap((text) => [
    text,
    text.normalize('NFC'),
    text.normalize('NFD'),
  ]);
  for (const spelling of new Set(spellings)) {
    const path = isAbsolute(spelling) ? spelling : join(root, spelling);
    // An empty file or a folder exists as well; what is wrong with it is said later.
    if (!(await faultOf(path))?.includes('does not exist')) return path;
  }
  return undefined;
}
