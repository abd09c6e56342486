/** The spaces of a study: learned by a recipe from lessons, each once a run. */
import { createHash } from 'node:crypto';
import { soundingFrames } from '../../library/features.ts';
import { Matrix } from '../../matrix.ts';
import { RandomState } from '../../random.ts';
import { withoutLevel } from '../../wsabie/scale.ts';
import { type SourceSet, type SourceTrack, Wsabie, type WsabieParams } from '../../wsabie.ts';
import type { Course } from '../target.ts';
import { fitAdaGrad } from './adagrad.ts';
import { HiddenEmbedding } from './hidden.ts';
import type { Lesson } from './material.ts';
import { learningKey, type Recipe } from './recipe.ts';

/** What a learned space is used for here. */
export interface Space {
  /** Names it within a run. */
  readonly key: string;
  /** Embeds raw frames. */
  transform(frames: Matrix): Matrix;
  /** Mean and deviation of the source's bands; absent where nothing was standardised. */
  readonly scale?: { readonly mean: Float64Array; readonly scale: Float64Array };
  /** Batches of each source that were done; 0 where nothing was learned. */
  readonly batches: number;
}

/** Where copies of tracks draw their alterations: a stream that no trainer uses. */
const COPIES = 41;
/** The step of a training that is to leave its start as it is. */
const NO_STEP = 1e-30;

/** The floor of log frames, as the front end makes them. */
const floorOf = ({ frontEnd }: Matrix): number => Math.log(Number(frontEnd?.aMin ?? 1e-5));

/** A frame's values raised by `gain` and by `tilt` from the lowest band (minus half) to the highest (plus half). */
function altered(frames: Matrix, gain: number, tilt: number): Matrix {
  const { columns } = frames;
  const floor = floorOf(frames);
  const raise = Float64Array.from({ length: columns }, (_, k) => gain + tilt * (k / Math.max(1, columns - 1) - 0.5));
  const data = frames.data.map((value, i) => Math.max(floor, value + raise[i % columns]));
  return new Matrix(data, frames.rows, columns, frames.frontEnd);
}

const sounding = new WeakMap<Matrix, Matrix>();

/** The sounding frames of a track, found once. */
function soundingOf(frames: Matrix): Matrix {
  const known = sounding.get(frames) ?? soundingFrames(frames);
  sounding.set(frames, known);
  return known;
}

/** A track and its altered copies. */
function withCopies(track: SourceTrack, recipe: Recipe, random: RandomState): SourceTrack[] {
  const draws = random.normal(recipe.copies * 2);
  const copies = Array.from({ length: recipe.copies }, (_, c) => ({
    ...track,
    X: altered(track.X, draws[c * 2] * recipe.copyGain, draws[c * 2 + 1] * recipe.copyTilt),
  }));
  return [track, ...copies];
}

/** The trainer's sets. */
function setsOf(lessons: readonly Lesson[], recipe: Recipe, seed: number): SourceSet[] {
  return lessons.map(({ name, songs, soundingOnly }, s) => {
    const random = new RandomState(seed).split(COPIES).split(s);
    const drops = soundingOnly && recipe.silence === 'dropped';
    const tracks = songs.flatMap(({ id, labels, training }, t) => {
      const track = { name: id, labels, X: drops ? soundingOf(training) : training };
      return recipe.copies === 0 ? [track] : withCopies(track, recipe, random.split(t));
    });
    return { name, tracks };
  });
}

function paramsOf(recipe: Recipe, seed: number): Partial<WsabieParams> {
  const { nComponents, batchSize, validationFraction, patience, maxNormV, maxNormW } = recipe;
  const { level, start, startScale, sampling } = recipe;
  const untrained = recipe.nBatches === 0;
  return {
    ...{ nComponents, batchSize, patience, maxNormV, maxNormW, level, start, startScale, sampling },
    validationFraction: untrained ? 0 : validationFraction,
    learningRate: untrained ? NO_STEP : recipe.learningRate,
    nBatches: Math.max(1, recipe.nBatches),
    standardize: recipe.inputScale !== 'none',
    randomState: seed,
  };
}

/** What identifies the tracks of lessons. */
export const lessonsDigest = (lessons: readonly Lesson[]): unknown =>
  lessons.map(({ name, songs, soundingOnly }) => [
    name,
    soundingOnly,
    songs.map(({ hash, labels, training }) => [hash, labels, training.rows]),
  ]);

/** Learns spaces, and remembers them. */
export class Spaces {
  readonly #known = new Map<string, Space>();

  /**
   * The space of a recipe and a seed.
   *
   * @param course gets what was left out
   * @throws ParameterError where lessons cannot be learned from; the signal's reason
   */
  async learn(
    recipe: Recipe,
    seed: number,
    lessons: readonly Lesson[],
    course: Pick<Course, 'signal' | 'warn'>,
  ): Promise<Space> {
    const depends = [learningKey(recipe), recipe.model === 'none' ? [] : [seed, lessonsDigest(lessons)]];
    const key = createHash('sha256').update(JSON.stringify(depends)).digest('hex');
    const known = this.#known.get(key);
    if (known) return known;
    const space = { key, ...(await learnSpace(recipe, seed, lessons, course)) };
    this.#known.set(key, space);
    return space;
  }
}

/** Learns a space. */
async function learnSpace(
  recipe: Recipe,
  seed: number,
  lessons: readonly Lesson[],
  { signal, warn: onWarning }: Pick<Course, 'signal' | 'warn'>,
): Promise<Omit<Space, 'key'>> {
  if (recipe.model === 'none') return { transform: plainFrames(recipe), batches: 0 };
  const sets = setsOf(lessons, recipe, seed);
  const params = paramsOf(recipe, seed);
  const calls = { ...(signal && { signal }), onWarning };
  if (recipe.model === 'hidden') {
    const { nHidden, optimizer: rates } = recipe;
    const space = await new HiddenEmbedding({ ...params, nHidden, rates }).fit(sets, calls);
    return { transform: (frames) => space.transform(frames), batches: doneBy(recipe, space) };
  }
  const space =
    recipe.optimizer === 'adagrad' ? await fitAdaGrad(sets, params, calls) : await new Wsabie(params).fit(sets, calls);
  const scale = recipe.inputScale === 'none' ? {} : { scale: { mean: space.mean_, scale: space.scale_ } };
  return { transform: (frames) => space.transform(frames), ...scale, batches: doneBy(recipe, space) };
}

const doneBy = ({ nBatches }: Recipe, { record_ }: Pick<Wsabie, 'record_'>): number =>
  nBatches === 0 ? 0 : record_.batch;

/** Frames as they are, or without their level. */
function plainFrames({ level }: Recipe): Space['transform'] {
  if (level === 'kept') return (frames) => frames;
  return ({ data, rows, columns, frontEnd }) =>
    new Matrix(withoutLevel(data, columns), rows, columns, frontEnd && { ...frontEnd, level });
}
