/** Choosing among the tracks that were found: by what they hold, by their labels, by how many carry one. */

import { mapLimit } from './files.ts';
import { readNpyHeader } from './npy.ts';
import { cleanLabels, count, type Problem, type Track } from './track.ts';

/** Which tracks of a source are kept. */
export interface Selection {
  /**
   * Audio, or `.npy` matrices. `"auto"` (default) takes audio where there is any: the two come from different front
   * ends and cannot be mixed.
   */
  features?: 'auto' | 'audio' | 'matrix';
  /** `"single"` keeps the tracks with exactly one label; `"multi"` and `"auto"` (default) keep all. */
  kind?: 'auto' | 'single' | 'multi';
  /** Keeps the labels that start like this, without it: `"genre/"` makes `rock` of `genre/rock`. Default: all labels. */
  labelPrefix?: string;
  /** Labels carried by fewer tracks are dropped, and tracks that are left without any. Default 1. */
  minTracks?: number;
  /** A track is kept only while one of its labels has fewer than so many, in order of ids. Default: no limit. */
  maxTracks?: number;
}

/** Tracks that were kept, and what is to be said of the others. */
export interface Selected {
  readonly tracks: readonly Track[];
  readonly problems: readonly Problem[];
  /** What was left out by choice, counted. */
  readonly notes: readonly string[];
}

/** Keeps audio or matrices; of the matrices those of the width that most have (their headers are read here). */
export async function chooseFeatures(
  tracks: readonly Track[],
  features: NonNullable<Selection['features']>,
): Promise<Selected> {
  const kind =
    features === 'auto' ? (tracks.some((track) => track.features === 'audio') ? 'audio' : 'matrix') : features;
  const kept = tracks.filter((track) => track.features === kind);
  const other = tracks.find((track) => track.features !== kind);
  const notes: string[] = [];
  if (other !== undefined) {
    const left = kind === 'audio' ? '.npy file' : 'audio file';
    notes.push(
      `${count(tracks.length - kept.length, left)} left out, e.g. ${other.id}: frames of two front ends cannot be mixed; ` +
        `features: "${other.features}" takes them instead`,
    );
  }
  if (kind === 'audio') return { tracks: kept, problems: [], notes };
  return { ...(await checkWidths(kept)), notes };
}

async function checkWidths(tracks: readonly Track[]): Promise<Omit<Selected, 'notes'>> {
  const problems: Problem[] = [];
  const headers = await mapLimit(tracks, 32, ({ path }) =>
    readNpyHeader(path).then(
      ({ shape }) => ({ rows: shape[0], columns: shape[1], fault: shape[0] === 0 ? 'holds no frames' : undefined }),
      (error: Error) => ({ rows: 0, columns: 0, fault: error.message.replace(`${path}: `, '') }),
    ),
  );
  const counts = new Map<number, number>();
  for (const { columns, fault } of headers) if (!fault) counts.set(columns, (counts.get(columns) ?? 0) + 1);
  // Of widths that are equally frequent the one of the first track wins: a Map keeps the order of insertion.
  const width = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0];
  const kept = tracks.filter((track, i) => {
    const { columns, fault } = headers[i];
    const wrong =
      fault ??
      (columns === width ? undefined : `has frames of ${columns} values, most tracks have ${width}; make it anew`);
    if (wrong !== undefined) problems.push({ file: track.path, message: wrong });
    return wrong === undefined;
  });
  return { tracks: kept, problems };
}

/**
 * Chooses by labels. What is left out by choice is counted, not listed.
 *
 * @param tracks sorted by id
 */
export function selectTracks(
  tracks: readonly Track[],
  selection: Selection,
): { tracks: readonly Track[]; notes: string[] } {
  const { labelPrefix = '', kind, minTracks = 1, maxTracks } = selection;
  const notes: string[] = [];
  const leave = (before: readonly Track[], after: readonly Track[], why: string) => {
    if (after.length < before.length) notes.push(`${count(before.length - after.length, 'track')} left out: ${why}`);
    return after;
  };
  let kept = tracks;
  if (labelPrefix !== '') {
    kept = leave(kept, keepLabels(kept, labelPrefix), `no label starts with "${labelPrefix}"`);
  }
  if (kind === 'single') {
    kept = leave(
      kept,
      kept.filter(({ labels }) => labels.length === 1),
      'not exactly one label',
    );
  }
  if (maxTracks !== undefined) kept = leave(kept, keepFirst(kept, maxTracks), `more than ${maxTracks} of each label`);
  if (minTracks > 1) {
    const { rare, tracks: frequent } = dropRare(kept, minTracks);
    if (rare > 0) notes.push(`${count(rare, 'label')} dropped: carried by fewer than ${minTracks} tracks`);
    kept = leave(kept, frequent, `no label that at least ${minTracks} tracks carry`);
  }
  return { tracks: kept, notes };
}

function keepLabels(tracks: readonly Track[], prefix: string): Track[] {
  return tracks.flatMap((track) => {
    const matching = track.labels.filter((label) => label.startsWith(prefix));
    const labels = cleanLabels(matching.map((label) => label.slice(prefix.length)));
    return labels.length > 0 ? [{ ...track, labels }] : [];
  });
}

function keepFirst(tracks: readonly Track[], limit: number): Track[] {
  const counts = new Map<string, number>();
  return tracks.filter(({ labels }) => {
    const wanted = labels.some((label) => (counts.get(label) ?? 0) < limit);
    if (wanted) for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return wanted;
  });
}

function dropRare(tracks: readonly Track[], least: number): { rare: number; tracks: Track[] } {
  const counts = new Map<string, number>();
  for (const label of tracks.flatMap(({ labels }) => labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const frequent = (label: string) => (counts.get(label) as number) >= least;
  const kept = tracks.flatMap((track) => {
    const labels = track.labels.filter(frequent);
    return labels.length > 0 ? [{ ...track, labels }] : [];
  });
  return { rare: [...counts.keys()].filter((label) => !frequent(label)).length, tracks: kept };
}
