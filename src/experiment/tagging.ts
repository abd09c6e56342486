/** Tag annotation: an embedding learned on a part of a tag collection names the tags of the rest. */
import { ParameterError } from '../errors.ts';
import { Matrix } from '../matrix.ts';
import { type TaggingScores, taggingScores } from '../metrics.ts';
import { groupShuffleSplit } from '../split.ts';
import type { Wsabie } from '../wsabie.ts';
import type { Embeddings, Source } from './embedding.ts';
import { type Collection, chooseSongs, groupsOf, type Song } from './material.ts';
import type { TaggingResult } from './results.ts';
import { breathe, type Course } from './target.ts';

/** Share of the artists (or tracks) that is held out. */
const TEST_SIZE = 0.2;

/** Mean affinity over a song's frames, for each tag of the set. */
function meanAffinities(space: Wsabie, set: string, frames: Matrix): Float64Array {
  const affinities = space.affinities(frames, set);
  const sums = new Float64Array(affinities.columns);
  for (let i = 0; i < affinities.data.length; i++) sums[i % affinities.columns] += affinities.data[i];
  return sums.map((sum) => sum / affinities.rows);
}

/**
 * Judges rankings of tags.
 *
 * @param scores for each song, one value per tag of `classes`
 * @param songs the true tags
 * @returns over the tags that at least one song has and one has not; `undefined` where there are none
 */
export function judgeTags(
  scores: readonly ArrayLike<number>[],
  songs: readonly Pick<Song, 'labels'>[],
  classes: readonly string[],
): (TaggingScores & { readonly tags: number }) | undefined {
  const count = (tag: string) => songs.filter(({ labels }) => labels.includes(tag)).length;
  const judged = classes.map((tag, i) => ({ tag, i })).filter(({ tag }) => count(tag) > 0 && count(tag) < songs.length);
  if (judged.length === 0) return undefined;
  const scored = Matrix.fromRows(scores.map((row) => judged.map(({ i }) => row[i])));
  const truth = Matrix.fromRows(songs.map(({ labels }) => judged.map(({ tag }) => (labels.includes(tag) ? 1 : 0))));
  return { ...taggingScores(scored, truth, { k: [1, Math.min(3, judged.length)] }), tags: judged.length };
}

/** Splits a tag collection by artist where artists are known. @returns `undefined` where no split is possible */
function splitSongs({ songs }: Collection, seed: number) {
  const groups = groupsOf(songs);
  try {
    const [split] = groupShuffleSplit(groups ?? songs.map((_, i) => i), {
      nSplits: 1,
      testSize: TEST_SIZE,
      randomState: seed,
    });
    const part = (indices: Uint32Array) => Array.from(indices, (i) => songs[i]);
    return { train: part(split.train), test: part(split.test), grouped: groups !== undefined };
  } catch (error) {
    if (error instanceof ParameterError) return undefined;
    throw error;
  }
}

/** Learns on a part of one tag collection and judges the rest; nothing (with a warning) where it is too small. */
export async function tagging(
  collection: Collection,
  embeddings: Embeddings,
  minTracksPerTag: number,
  course: Course,
): Promise<TaggingResult | undefined> {
  const { name } = collection;
  const tooSmall = () => course.warn(`${name}: too small to hold tracks out; tag annotation is left out`);
  const split = splitSongs(collection, course.seed);
  if (!split) return void tooSmall();
  const train = chooseSongs('tag', name, split.train, minTracksPerTag, () => {});
  if (new Set(train.flatMap(({ labels }) => labels)).size < 2) return void tooSmall();
  const source: Source = { name, songs: train, excluded: [] };
  const space = await embeddings.learn('tagging', [name], [source]);
  const scores: Float64Array[] = [];
  for (const song of split.test) {
    course.progress(`tagging of ${name}`, scores.length, split.test.length);
    await breathe(course);
    scores.push(meanAffinities(space, name, await song.frames()));
  }
  course.progress(`tagging of ${name}`, scores.length, scores.length);
  const judged = judgeTags(scores, split.test, space.datasets_[0].classes);
  if (!judged) return void tooSmall();
  const [at1, at3] = judged.precisionAtK;
  return {
    dataset: name,
    precisionAt1: at1.precision,
    precisionAt3: (at3 ?? at1).precision,
    rocAuc: judged.rocAuc,
    prAuc: judged.prAuc,
    map: judged.map,
    tags: judged.tags,
    trainTracks: train.length,
    testTracks: split.test.length,
    grouped: split.grouped,
  };
}
