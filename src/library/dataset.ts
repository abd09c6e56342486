/**
 * Datasets in one small shape: tracks with a path, labels and an optional artist, whatever they were read from.
 *
 * Everything after this (features, training, experiments) sees tracks only, so a published layout, a CSV and a folder of
 * tagged files are the same to it.
 */

/** One track of a dataset. */
export interface Track {
  /**
   * Its name: the path relative to the dataset's root, separated by `/`. The same on every machine, so that orders and
   * draws that depend on it are, too.
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
}

/** A file that was left out, and why. Reading goes on past it. */
export interface Problem {
  /** The file to blame, as a user can find it; with `:line` behind it where it is a line of a table. */
  readonly file: string;
  /** Which fault, and what to do about it. */
  readonly message: string;
}

/** A labelled collection. */
export interface Dataset {
  readonly name: string;
  /** The folder that ids are relative to. */
  readonly root: string;
  /** `"single"` where every track carries exactly one label (genres), `"multi"` otherwise (tags). */
  readonly kind: 'single' | 'multi';
  /** Sorted by id (code units), ids distinct. */
  readonly tracks: readonly Track[];
  /** What was left out. */
  readonly problems: readonly Problem[];
}
