/** The shapes that everything in the library speaks: tracks, problems, datasets. */

/** One track of a dataset. */
export interface Track {
  /**
   * Its name: the path relative to the dataset's root, separated by `/`, in Unicode's composed form. The same on every
   * machine, so that orders and draws that depend on it are, too.
   */
  readonly id: string;
  /** What to open, as the file system here wants it. */
  readonly path: string;
  /** Sorted by code unit, without repetition, at least one. */
  readonly labels: readonly string[];
  /** Who plays it, for splits and similarity that must not mix tracks of one artist; absent where nobody says. */
  readonly artist?: string;
  /** `"audio"` to be decoded, or `"matrix"`: a `.npy` file of frames `(frames, dims)` of any front end. */
  readonly features: 'audio' | 'matrix';
  /** The part of a published split that it belongs to, e.g. `"train"`; absent without a split. */
  readonly part?: string;
  /** What is known against the file, to be said together with any problem that it makes. */
  readonly note?: string;
}

/** A file that was left out, and why. Reading goes on past it. */
export interface Problem {
  /** The file to blame, as a user can find it; with `:line` behind it where it is a line of a table. */
  readonly file: string;
  /** Which fault, and what to do about it. */
  readonly message: string;
}

/** What the folder or table held, before options chose from it: what a published collection's facts are checked against. */
export interface Inventory {
  /** The published layout that was recognised, if one was. */
  readonly layout?: string;
  /** Tracks that were named, readable or not. */
  readonly tracks: number;
  /** For each label how many usable tracks carry it, labels sorted by code unit. */
  readonly labels: ReadonlyMap<string, number>;
}

/** A labelled collection. */
export interface Dataset {
  readonly name: string;
  /** The folder that ids are relative to. */
  readonly root: string;
  /** `"single"` where every track carries exactly one label (genres), `"multi"` otherwise (tags). */
  readonly kind: 'single' | 'multi';
  /** Sorted by id (code units), ids distinct, never empty. */
  readonly tracks: readonly Track[];
  /** Files that were to be tracks and cannot be: missing, empty, unreadable, without labels. */
  readonly problems: readonly Problem[];
  /** What options or the rules of reading left out, counted, in sentences. No fault of anyone's. */
  readonly notes: readonly string[];
  readonly inventory: Inventory;
}

/** What a reader of one kind of source gives: everything it found, before anything is chosen. */
export interface Listing {
  readonly root: string;
  readonly tracks: readonly Track[];
  readonly problems: readonly Problem[];
  readonly notes?: readonly string[];
  /** Tracks that were named, readable or not. */
  readonly named: number;
  readonly layout?: string;
}

/** Order by code unit: the same on every machine, unlike an order by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Words as a track carries them: trimmed, without empties and repetitions, sorted by code unit. */
export function cleanLabels(labels: Iterable<string>): string[] {
  return [...new Set([...labels].map((label) => label.trim()).filter((label) => label !== ''))].sort(compareText);
}

/** `"1 track"`, `"2 tracks"`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
