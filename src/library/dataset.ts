/**
 * Datasets in one small shape: tracks with a path, labels and an optional artist, whatever they were read from.
 *
 * Everything after this (features, training, experiments) sees tracks only, so a published layout, a CSV and a folder of
 * tagged files are the same to it.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { FormatError } from '../errors.ts';
import { checkChoice, checkNumber, checkOptions } from '../options.ts';
import { describeFault, faultOf, featuresOf, idOf, mapLimit, type Walk, walkFiles } from './files.ts';
import { annotate, detectLayout, type LayoutName, layouts } from './layouts.ts';
import { annotationsFile, listMagnaTagATune } from './magnatagatune.ts';
import { chooseFeatures, type Selected, type Selection, selectTracks } from './select.ts';
import { type Columns, listFileTags, listFolders, listTable, readFileTags } from './sources.ts';
import { applyArtists, applySplit, checkFaultFiltered, findFaultFiltered, findSturmIndex } from './splits.ts';
import { compareText, count, type Dataset, type Listing, type Problem, type Track } from './track.ts';

export { checkFacts, type LayoutName, layouts } from './layouts.ts';
export type { Columns } from './sources.ts';
export type { Dataset, Inventory, Problem, Track } from './track.ts';

/** How `readDataset` reads, and what it keeps. Everything is optional. */
export interface DatasetOptions extends Selection {
  /** What the dataset is called. Default: the folder's or the table's name. */
  name?: string;
  /**
   * Where labels come from. `"auto"` (default) takes what it finds: a table that was named, a published layout, a table
   * `labels.csv` in the folder, a folder per label, the files' own genre tags. `"folders"`, `"table"` and `"file-tags"`
   * insist on one.
   */
  labels?: 'auto' | 'folders' | 'table' | 'file-tags';
  /** The published layout, where it is not recognised by itself; `"none"` for no layout at all. Default `"auto"`. */
  layout?: 'auto' | 'none' | LayoutName;
  /** Columns of a table. */
  columns?: Columns;
  /** Between a table's cells: `","`, `";"`, a tab, or `"auto"` (default). */
  delimiter?: 'auto' | ',' | ';' | '\t';
  /**
   * Lists of a published split, whose tracks alone are kept, each with its `part`; or `"fault-filtered"` for GTZAN's
   * three lists (train_filtered.txt, ...) in the dataset's folder or around it.
   */
  split?: 'fault-filtered' | readonly string[];
  /**
   * A list of artists (a table with `path` and `artist`, or Sturm's GTZANindex.txt), or `"file-tags"` for the audio
   * files' own. Absent: what table, layout or file names say.
   */
  artists?: string;
  signal?: AbortSignal;
}

const defaults: Record<keyof DatasetOptions, unknown> = {
  name: undefined,
  labels: 'auto',
  layout: 'auto',
  columns: undefined,
  delimiter: 'auto',
  split: undefined,
  artists: undefined,
  features: 'auto',
  kind: 'auto',
  labelPrefix: '',
  minTracks: 1,
  maxTracks: undefined,
  signal: undefined,
};

/**
 * Reads a dataset.
 *
 * What cannot be used (missing, empty or unreadable files, rows without labels, ...) is left out and listed in
 * `problems`; the rest goes on.
 *
 * @param path a folder, or a table of labels (CSV)
 * @throws FormatError when nothing usable is there (saying what was looked for), or a table cannot be read
 * @throws ParameterError on bad options
 */
export async function readDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const settings = checkDatasetOptions(options);
  const listing = await complete(await list(path, settings), settings);
  const inventory = takeInventory(listing);
  const sorted = [...listing.tracks].sort((a, b) => compareText(a.id, b.id));
  const split = await cutToSplit(sorted, listing.root, settings.split);
  const problems = [...listing.problems, ...split.problems];
  const notes = [...(listing.notes ?? []), ...split.notes];
  const selected = selectTracks(split.tracks, settings);
  notes.push(...selected.notes);
  if (selected.tracks.length === 0) throw nothingLeft(path, listing, problems, notes);
  const single = selected.tracks.every(({ labels }) => labels.length === 1);
  return {
    name: settings.name ?? defaultName(path),
    root: listing.root,
    kind: single && settings.kind !== 'multi' ? 'single' : 'multi',
    tracks: selected.tracks,
    problems,
    notes,
    inventory,
  };
}

/** The tracks that a split's lists name, each with its part; all of them without a split. */
async function cutToSplit(tracks: readonly Track[], root: string, split: DatasetOptions['split']): Promise<Selected> {
  if (split === undefined) return { tracks, problems: [], notes: [] };
  const published = split === 'fault-filtered';
  const cut = await applySplit(tracks, published ? await findFaultFiltered(root) : split);
  const left = tracks.length - cut.tracks.length;
  const notes = left > 0 ? [`${count(left, 'track')} left out: in no part of the split`] : [];
  return { ...cut, notes: published ? [...notes, ...checkFaultFiltered(cut.tracks)] : notes };
}

type Settings = DatasetOptions & Required<Pick<DatasetOptions, 'labels' | 'layout' | 'delimiter'>>;

function checkDatasetOptions(options: DatasetOptions): Settings {
  const where = 'readDataset';
  const settings = checkOptions(where, options, defaults) as Settings;
  checkChoice(where, 'labels', settings.labels, ['auto', 'folders', 'table', 'file-tags']);
  checkChoice(where, 'layout', settings.layout, ['auto', 'none', ...(Object.keys(layouts) as LayoutName[])]);
  checkChoice(where, 'delimiter', settings.delimiter, ['auto', ',', ';', '\t']);
  checkChoice(where, 'features', settings.features, ['auto', 'audio', 'matrix']);
  checkChoice(where, 'kind', settings.kind, ['auto', 'single', 'multi']);
  checkNumber(where, 'minTracks', settings.minTracks, { min: 1, integer: true });
  if (settings.maxTracks !== undefined) checkNumber(where, 'maxTracks', settings.maxTracks, { min: 1, integer: true });
  checkOptions(`${where}: columns`, settings.columns ?? {}, { path: '', labels: '', artist: '' });
  return settings;
}

/** Everything the source holds, by the first way of reading that fits. */
async function list(path: string, settings: Settings): Promise<Listing> {
  const found = await stat(path).catch((error) => {
    throw new FormatError(`The dataset "${path}" ${describeFault(error)}`, path, { cause: error });
  });
  if (!found.isDirectory()) return listFile(path, settings);
  const annotations = join(path, annotationsFile);
  const wantsLayout = settings.layout === 'magnatagatune';
  if (
    wantsLayout ||
    (settings.layout === 'auto' && settings.labels === 'auto' && (await faultOf(annotations)) === undefined)
  ) {
    return listMagnaTagATune(annotations, settings);
  }
  if (settings.labels === 'auto' || settings.labels === 'table') {
    for (const name of ['labels.csv', 'labels.tsv']) {
      if ((await faultOf(join(path, name))) === undefined) return listTable(join(path, name), settings);
    }
    if (settings.labels === 'table')
      throw new FormatError(`"${path}" holds no labels.csv; name the table itself`, path);
  }
  return listFolder(path, settings);
}

function listFile(path: string, settings: Settings): Promise<Listing> {
  if (featuresOf(path) !== undefined) {
    throw new FormatError(`"${path}" is a single track; a dataset is a folder, or a table of labels (CSV)`, path);
  }
  const isMagnaTagATune = settings.layout === 'auto' && basename(path) === annotationsFile;
  if (settings.layout === 'magnatagatune' || isMagnaTagATune) return listMagnaTagATune(path, settings);
  return listTable(path, settings);
}

async function listFolder(path: string, settings: Settings): Promise<Listing> {
  const { root, walk } = unwrap(resolve(path), await walkFiles(resolve(path), settings));
  if (walk.files.length === 0) throw nothingFound(path, walk);
  const depths = walk.files.map(({ id }) => id.split('/').length);
  // A folder per label holds tracks directly; artist/album/track does not, and then the files must say.
  const foldersFit = depths.some((depth) => depth === 2);
  if (settings.labels === 'folders' || (settings.labels === 'auto' && foldersFit)) {
    const layout = layoutOf(path, walk, settings);
    const listing = await listFolders(root, walk, {
      signal: settings.signal,
      ...(layout && { annotate: (track) => annotate(layout, track) }),
    });
    return { ...listing, ...(layout && { layout }) };
  }
  const listing = await listFileTags(root, walk, settings);
  if (listing.tracks.length === 0) throw nothingFound(path, walk);
  return listing;
}

function layoutOf(path: string, walk: Walk, { layout }: Settings): LayoutName | undefined {
  if (layout === 'none') return undefined;
  if (layout !== 'auto') return layout;
  const ids = walk.files.map(({ id }) => id).filter((id) => id.includes('/'));
  return detectLayout(ids, basename(resolve(path)));
}

/**
 * Steps over folders that only wrap the label folders (`Data/genres_original/rock/...`), so that ids start at the
 * labels however a collection was unpacked. A single folder is no wrapper: it is a label, or an artist.
 */
function unwrap(root: string, walk: Walk): { root: string; walk: Walk } {
  const folders = walk.files.map(({ path }) => relative(root, dirname(path)).split(sep));
  if (folders.length === 0) return { root, walk };
  let shared = 0;
  while (folders.every((names) => names.length > shared && names[shared] === folders[0][shared])) shared++;
  if (shared === 0 || folders.some((names) => names.length === shared)) return { root, walk };
  const inner = join(root, ...folders[0].slice(0, shared));
  return { root: inner, walk: { ...walk, files: walk.files.map((file) => ({ ...file, id: idOf(inner, file.path) })) } };
}

/** Chooses between audio and matrices (opening the matrices' headers), and adds artists. */
async function complete(listing: Listing, settings: Settings): Promise<Listing> {
  const layout = listing.layout as LayoutName | undefined;
  const problems = [...listing.problems];
  const chosen = await chooseFeatures(listing.tracks, settings.features ?? 'auto');
  problems.push(...chosen.problems);
  let tracks = chosen.tracks;
  const index = layout === 'gtzan' ? await findSturmIndex(listing.root) : undefined;
  if (settings.artists === 'file-tags' || (settings.artists === undefined && layout && layouts[layout].artistTags)) {
    tracks = await addArtistTags(tracks, settings);
  } else if (settings.artists !== undefined || index !== undefined) {
    tracks = await applyArtists(tracks, settings.artists ?? (index as string));
  }
  return { ...listing, tracks, problems, notes: [...(listing.notes ?? []), ...chosen.notes] };
}

async function addArtistTags(tracks: readonly Track[], settings: Settings): Promise<Track[]> {
  return mapLimit(tracks, 32, async (track) => {
    if (track.artist !== undefined || track.features === 'matrix') return track;
    const { artist } = await readFileTags(track.path, settings);
    return artist === undefined ? track : { ...track, artist };
  });
}

function takeInventory({ tracks, named, layout }: Listing): Dataset['inventory'] {
  const counts = new Map<string, number>();
  for (const label of tracks.flatMap((track) => track.labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const labels = new Map([...counts].sort(([a], [b]) => compareText(a, b)));
  return { ...(layout && { layout }), tracks: named, labels };
}

/** A folder's name, or a table's without its ending; `labels.csv` says nothing, so its folder's name stands for it. */
function defaultName(path: string): string {
  const full = resolve(path);
  const stem = basename(full).replace(/\.(csv|tsv|txt)$/i, '');
  return ['labels', 'annotations_final'].includes(stem) ? basename(dirname(full)) : stem;
}

const shapes =
  'a folder per label (rock/song.mp3), a table labels.csv with the columns path and tags, genre or label, genre tags ' +
  `inside the audio files, .npy matrices in any of these, and the layouts of ${Object.values(layouts)
    .map(({ title }) => title)
    .join(', ')}`;

function nothingFound(path: string, walk: Walk): FormatError {
  const held =
    walk.files.length === 0
      ? `no audio and no .npy files (${walk.ignored} other files)`
      : `${walk.files.length} audio or .npy files, none with a label`;
  const first = walk.problems[0];
  const also = first === undefined ? '' : `; ${first.file}: ${first.message}`;
  return new FormatError(`"${path}" is no labelled dataset: it holds ${held}${also}. Looked for: ${shapes}`, path);
}

function nothingLeft(
  path: string,
  { named }: Listing,
  problems: readonly Problem[],
  notes: readonly string[],
): FormatError {
  const reasons = [...notes, ...problems.map(({ file, message }) => `${file}: ${message}`)];
  const more = reasons.length > 4 ? `; and ${reasons.length - 4} more problems` : '';
  return new FormatError(
    `"${path}": none of its ${named} tracks can be used: ${reasons.slice(0, 4).join('; ')}${more}`,
    path,
  );
}
