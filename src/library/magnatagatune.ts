/** Reads MagnaTagATune: `annotations_final.csv`, one row a clip, one column of 0 and 1 for each of its 188 tags. */
import { dirname, join, resolve } from 'node:path';
import { FormatError } from '../errors.ts';
import { faultOf, featuresOf, mapLimit } from './files.ts';
import { annotate } from './layouts.ts';
import { checkFiles, type ReadOptions } from './sources.ts';
import { findColumn, mapRows, openTable, readRows } from './table.ts';
import { cleanLabels, count, type Listing, type Problem, type Track } from './track.ts';

/** The table's name in the published archive. */
export const annotationsFile = 'annotations_final.csv';

// Where people unpack mp3.zip.001 to .003: beside the table, or into a folder of its own.
const audioFolders = ['.', 'mp3', 'audio', 'clips', 'data', 'wav', 'npy', 'features', 'MagnaTagATune', 'magnatagatune'];

/**
 * @param file the table; the clips lie in the folders `0` to `f` beside it, as mp3 or as `.npy` matrices of the same names
 * @throws FormatError when the table cannot be read or has no column `mp3_path`
 */
export async function listMagnaTagATune(file: string, options: ReadOptions = {}): Promise<Listing> {
  const folder = dirname(resolve(file));
  const table = await openTable(file, '\t');
  const pathColumn = findColumn(table, ['mp3_path'], true);
  const pathAt = table.columns.indexOf(pathColumn);
  const tags = table.columns.map((name, i) => (i === pathAt || name === 'clip_id' ? '' : name));
  const { rows, problems } = mapRows(table, (cells) => ({
    clip: cells[pathAt].trim(),
    labels: cleanLabels(tags.filter((tag, i) => tag !== '' && cells[i] === '1')),
  }));
  const named = rows.length + problems.length;
  const tagged = rows.filter(({ cells }) => cells.labels.length > 0);
  const untagged = rows.length - tagged.length;
  const root = await findAudio(
    folder,
    tagged.map(({ cells }) => cells.clip),
  );
  const artists = await readArtists(folder, problems);
  const found = await mapLimit(tagged, 32, ({ cells }) => variantOf(root, cells.clip));
  const tracks = tagged.map(({ line, cells: { clip, labels } }, i): Track & { line: number } => {
    const path = join(root, found[i] ?? clip);
    const artist = artists.get(clip);
    const track = {
      id: found[i] ?? clip,
      path,
      labels,
      features: featuresOf(path) ?? 'audio',
      ...(artist && { artist }),
    };
    return { ...annotate('magnatagatune', track), line };
  });
  const checked = await checkFiles(tracks, ({ line }) => `${file}:${line}`, options);
  return {
    root,
    tracks: checked.tracks.map(({ line: _, ...track }) => track),
    problems: [...problems, ...checked.problems],
    notes: untagged > 0 ? [`${count(untagged, 'clip')} left out: without any tag`] : [],
    named,
    layout: 'magnatagatune',
  };
}

/** The clip itself, or a matrix or another format under the same name. */
async function variantOf(root: string, clip: string): Promise<string | undefined> {
  const stem = clip.replace(/\.mp3$/i, '');
  for (const name of [clip, `${stem}.npy`, `${stem}.wav`, `${stem}.flac`]) {
    if (!(await faultOf(join(root, name)))?.includes('does not exist')) return name;
  }
  return undefined;
}

async function findAudio(folder: string, clips: readonly string[]): Promise<string> {
  for (const name of audioFolders) {
    // The first clips decide; a few, because one of them may be missing.
    for (const clip of clips.slice(0, 20)) {
      if ((await variantOf(join(folder, name), clip)) !== undefined) return join(folder, name);
    }
  }
  throw new FormatError(
    `${join(folder, annotationsFile)}: none of its first clips (${clips[0] ?? 'none listed'}) lies beside it; unpack ` +
      'mp3.zip so that the folders 0 to f stand beside the table, or in a folder "mp3"',
    join(folder, annotationsFile),
  );
}

/** Artists by clip out of `clip_info_final.csv`, where that lies beside; file names hold them only as slugs. */
async function readArtists(folder: string, problems: Problem[]): Promise<Map<string, string>> {
  const file = join(folder, 'clip_info_final.csv');
  if ((await faultOf(file)) !== undefined) return new Map();
  const table = await openTable(file, '\t');
  const { rows, problems: bad } = readRows(table, {
    clip: findColumn(table, ['mp3_path'], true),
    artist: findColumn(table, ['artist'], true),
  });
  problems.push(...bad);
  return new Map(rows.map(({ cells }) => [cells.clip.trim(), cells.artist.trim()]));
}
