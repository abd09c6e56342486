/** The labelled collections that a space is learned from: checked, encoded, and split into training and held-out tracks. */
import { ParameterError } from '../errors.ts';
import { checkSamples, sortedClasses } from '../estimator.ts';
import type { FrontEnd } from '../frontend.ts';
import type { Matrix } from '../matrix.ts';
import { fingerprint } from '../model.ts';
import { describe } from '../options.ts';
import type { Turns } from '../pause.ts';
import type { RandomState } from '../random.ts';

/** One labelled piece of music. */
export interface SourceTrack {
  /** Its frames, `(nFrames, nFeatures)`, of any front end and width; one for all tracks of all sets. Held, not copied. */
  readonly X: Matrix;
  /** One label for a genre, several for tags. */
  readonly labels: readonly string[];
  /** What to call it in messages. */
  readonly name?: string;
}

/** A labelled collection, one of the sources. */
export interface SourceSet {
  /** What its labels are told apart by in the results; no two sets share one. */
  readonly name: string;
  readonly tracks: readonly SourceTrack[];
}

/** A track with its classes as sorted numbers. */
export interface LabelledTrack {
  readonly X: Matrix;
  readonly classes: Uint32Array;
}

/** A collection that is ready for training. */
export interface TrainingSet {
  readonly name: string;
  /** The distinct labels, sorted by code unit. */
  readonly classes: readonly string[];
  readonly tracks: readonly LabelledTrack[];
}

/** All sets, and what they have in common. */
export interface Sources {
  readonly sets: readonly TrainingSet[];
  readonly nFeatures: number;
  readonly frontEnd: FrontEnd | undefined;
}

/** Where a training set is to be read from: the tracks to learn from, and those to be judged by. */
export interface Split {
  readonly training: readonly LabelledTrack[];
  readonly heldOut: readonly LabelledTrack[];
}

/** A row's place in a set is a number of 32 bits. */
const MAX_ROWS = 4294967295;

/**
 * Checks the sets that `fit` was given.
 *
 * A track without labels or without frames is left out, with a warning that names it.
 *
 * @throws ParameterError naming set, track and remedy; FrontEndError where tracks come from different front ends
 */
export async function checkSets(
  where: string,
  given: SourceSet | readonly SourceSet[],
  turns: Turns,
  warn: (message: string) => void,
): Promise<Sources> {
  const list: readonly SourceSet[] = Array.isArray(given) ? given : [given as SourceSet];
  if (list.length === 0) throw new ParameterError(`${where}: needs at least one set of labelled tracks`, 'sets');
  const names = new Set<string>();
  const sets: TrainingSet[] = [];
  let first: Matrix | undefined;
  for (const [s, set] of list.entries()) {
    if (typeof set?.name !== 'string' || !Array.isArray(set.tracks)) {
      throw new ParameterError(
        `${where}: sets[${s}] must be { name, tracks: [{ X, labels }] }, got ${describe(set)}`,
        'sets',
      );
    }
    if (names.has(set.name)) {
      throw new ParameterError(`${where}: two sets are named ${describe(set.name)}; give each its own name`, 'sets');
    }
    names.add(set.name);
    const kept: SourceTrack[] = [];
    for (const [t, track] of set.tracks.entries()) {
      const who = `set ${describe(set.name)}, track ${describe(track?.name ?? t)}`;
      if (!hasLabels(where, who, track, warn)) continue;
      checkSamples(`${where}: ${who}`, track.X, { nFeatures: first?.columns, frontEnd: first?.frontEnd });
      first ??= track.X;
      kept.push(track);
      await turns.take();
    }
    sets.push(encode(where, set.name, kept));
  }
  return { sets, nFeatures: (first as Matrix).columns, frontEnd: first?.frontEnd };
}

/** Whether a track can be learned from; warns where it cannot, throws where it is no track. */
function hasLabels(where: string, who: string, track: SourceTrack, warn: (message: string) => void): boolean {
  if (!Array.isArray(track?.labels) || !track.labels.every((label: unknown) => typeof label === 'string' && label)) {
    throw new ParameterError(
      `${where}: ${who}: labels must be a list of non-empty strings, got ${describe(track?.labels)}`,
      'sets',
    );
  }
  if (track.labels.length === 0) warn(`${where}: ${who} has no label and is left out; label it, or take it out`);
  else if (track.X?.rows === 0) warn(`${where}: ${who} has no frames and is left out; take it out`);
  else return true;
  return false;
}

function encode(where: string, name: string, tracks: readonly SourceTrack[]): TrainingSet {
  const classes = sortedClasses(tracks.flatMap(({ labels }) => labels));
  if (classes.length < 2) {
    const found = classes.length === 0 ? 'no labelled track with frames' : `one class, ${describe(classes[0])}`;
    throw new ParameterError(
      `${where}: set ${describe(name)} has ${found}; ranking needs two classes or more: add tracks of another class, or ` +
        'leave the set out',
      'sets',
    );
  }
  if (tracks.every(({ labels }) => new Set(labels).size === classes.length)) {
    throw new ParameterError(
      `${where}: in set ${describe(name)} every track carries every label, so that nothing ranks below another; add ` +
        'tracks without some of them, or leave the set out',
      'sets',
    );
  }
  const rows = tracks.reduce((sum, { X }) => sum + X.rows, 0);
  if (rows > MAX_ROWS) {
    throw new ParameterError(`${where}: set ${describe(name)} has ${rows} frames, the most is ${MAX_ROWS}`, 'sets');
  }
  const position = new Map(classes.map((label, i) => [label, i]));
  const numbers = (labels: readonly string[]) =>
    Uint32Array.from(new Set(labels), (label) => position.get(label) as number).sort();
  return { name, classes, tracks: tracks.map(({ X, labels }) => ({ X, classes: numbers(labels) })) };
}

/**
 * Splits a set by track, so that the frames of one piece are never on both sides.
 *
 * Tracks are gone through in random order. The first pass holds a track out where no class of it would give more than
 * its share (`fraction` of its tracks, rounded up), which keeps genres in proportion; a second pass fills up. No class ever
 * gives its last track.
 *
 * @param fraction of the tracks to hold out: at least one where it is above 0 and a class can spare one
 */
export function splitTracks(set: TrainingSet, fraction: number, random: RandomState): Split {
  const { tracks, classes } = set;
  const total = new Float64Array(classes.length);
  for (const track of tracks) for (const label of track.classes) total[label]++;
  const held = new Float64Array(classes.length);
  const chosen = new Set<number>();
  const wanted = fraction > 0 ? Math.max(1, Math.round(fraction * tracks.length)) : 0;
  const order = random.permutation(tracks.length);
  for (const share of [fraction, 1]) {
    for (const i of order) {
      if (chosen.size >= wanted) break;
      if (chosen.has(i)) continue;
      const fits = tracks[i].classes.every(
        (label) => held[label] + 1 <= Math.min(Math.ceil(share * total[label]), total[label] - 1),
      );
      if (!fits) continue;
      chosen.add(i);
      for (const label of tracks[i].classes) held[label]++;
    }
  }
  return {
    training: tracks.filter((_, i) => !chosen.has(i)),
    heldOut: tracks.filter((_, i) => chosen.has(i)),
  };
}

/** Names the sets by what training depends on: names, classes, each track's length and labels, and `scale` for the values. */
export function fingerprintSets(sources: Sources, scale: readonly Float64Array[]): string {
  function* parts() {
    yield String(sources.nFeatures);
    for (const { name, classes, tracks } of sources.sets) {
      yield name;
      yield* classes;
      for (const { X, classes: labels } of tracks) {
        yield Uint32Array.of(X.rows);
        yield labels;
      }
    }
    yield* scale;
  }
  return fingerprint(parts());
}
