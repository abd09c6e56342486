/** From frames to the windows that a recipe judges tracks by. */
import { aggregate } from '../../aggregate.ts';
import { Matrix } from '../../matrix.ts';
import { Turns } from '../../pause.ts';
import { fitScale, type Scale, withoutLevel } from '../../wsabie/scale.ts';
import type { Song } from '../material.ts';
import { breathe, type Course } from '../target.ts';
import { blockPatterns } from './blockpatterns.ts';
import { type Recipe, STATS } from './recipe.ts';
import type { Space } from './spaces.ts';

/** Songs whose windows are made: their frames and nothing of their labels. */
export type Heard = Pick<Song, 'frames'>;

/** The columns of windows `(n, 4 * columns)` that hold the wanted statistics, in the order of `STATS`. */
function selectStats(windows: Matrix, stats: Recipe['stats']): Matrix {
  const kept = STATS.map((stat, s) => ({ stat, s })).filter(({ stat }) => stats.includes(stat));
  if (kept.length === STATS.length) return windows;
  const each = windows.columns / STATS.length;
  const data = new Float32Array(windows.rows * kept.length * each);
  for (let i = 0; i < windows.rows; i++) {
    const row = windows.row(i);
    kept.forEach(({ s }, place) => {
      data.set(row.subarray(s * each, (s + 1) * each), (i * kept.length + place) * each);
    });
  }
  return new Matrix(data, windows.rows, kept.length * each, {
    ...windows.frontEnd,
    stats: kept.map(({ stat }) => stat).join(' '),
  });
}

/** Rows of `a` and `b` side by side. */
function sideBySide(a: Matrix, b: Matrix): Matrix {
  const columns = a.columns + b.columns;
  const data = new Float32Array(a.rows * columns);
  for (let i = 0; i < a.rows; i++) {
    data.set(a.row(i), i * columns);
    data.set(b.row(i), i * columns + a.columns);
  }
  return new Matrix(data, a.rows, columns, { ...b.frontEnd, beside: 'windows of frames' });
}

/** Brings frames whose bands have the target's mean and deviation to those of the source, so that the space takes them for its own. */
function towards(source: NonNullable<Space['scale']>, target: Scale): (frames: Matrix) => Matrix {
  return (frames) => {
    const { rows, columns, frontEnd } = frames;
    const data = target.removesLevel ? withoutLevel(frames.data, columns) : frames.data.slice();
    for (let i = 0; i < data.length; ) {
      for (let k = 0; k < columns; k++, i++) {
        data[i] = ((data[i] - target.mean[k]) / target.scale[k]) * source.scale[k] + source.mean[k];
      }
    }
    return new Matrix(data, rows, columns, frontEnd);
  };
}

/** How a recipe's space is fed with a target's frames. */
async function feedOf(songs: readonly Heard[], space: Space, recipe: Recipe, signal: AbortSignal | undefined) {
  if (recipe.inputScale !== 'target' || !space.scale) return space.transform;
  const frames: Matrix[] = [];
  for (const song of songs) frames.push(await song.frames());
  const tracks = frames.map((X) => ({ X, classes: new Uint32Array() }));
  const scale = await fitScale(tracks, frames[0].columns, recipe.level === 'removed', new Turns(signal));
  const bring = towards(space.scale, scale);
  return (X: Matrix) => space.transform(bring(X));
}

/** Columns `(n, columns)` of all matrices divided by their common deviation; constant ones stay. */
function scaleColumns(all: readonly Matrix[]): Matrix[] {
  const { columns } = all[0];
  const n = all.reduce((sum, { rows }) => sum + rows, 0);
  const mean = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (const { data } of all) for (let i = 0; i < data.length; i++) mean[i % columns] += data[i] / n;
  for (const { data } of all)
    for (let i = 0; i < data.length; i++) squares[i % columns] += (data[i] - mean[i % columns]) ** 2;
  const inverse = squares.map((sum) => (sum > 0 ? 1 / Math.sqrt(sum / n) : 1));
  return all.map(({ data, rows, frontEnd }) => {
    const scaled = data.map((value, i) => (value - mean[i % columns]) * inverse[i % columns]);
    return new Matrix(scaled, rows, columns, frontEnd && { ...frontEnd, scaled: true });
  });
}

/** Makes windows of songs, and keeps the last ones of each target: cells that share a space come one after the other. */
export class WindowMaker {
  readonly #course: Course;
  readonly #last = new Map<string, { key: string; windows: readonly Matrix[] }>();

  constructor(course: Course) {
    this.#course = course;
  }

  /**
   * The windows of each song under a recipe.
   *
   * @param place what the songs are of, e.g. a target's half; the same name, the same songs
   */
  async make(place: string, songs: readonly Heard[], space: Space, recipe: Recipe): Promise<readonly Matrix[]> {
    const embedded = await this.#embedded(place, songs, space, recipe);
    if (recipe.features === 'blockPatterns') return embedded;
    const selected = embedded.map((windows) => selectStats(windows, recipe.stats));
    const wide = recipe.columns === 'both' ? await this.#beside(songs, selected) : selected;
    return recipe.windowScale === 'target' ? scaleColumns(wide) : wide;
  }

  async #embedded(place: string, songs: readonly Heard[], space: Space, recipe: Recipe) {
    const gather =
      recipe.features === 'blockPatterns' ? (Z: Matrix) => blockPatterns(Z, { patterns: recipe.patterns }) : aggregate;
    const key = [space.key, recipe.inputScale === 'target', recipe.features, ...recipe.patterns].join(' ');
    const last = this.#last.get(place);
    if (last?.key === key) return last.windows;
    const feed = await feedOf(songs, space, recipe, this.#course.signal);
    const windows: Matrix[] = [];
    for (const song of songs) {
      if (windows.length % 8 === 0) await breathe(this.#course);
      windows.push(gather(feed(await song.frames())));
    }
    this.#last.set(place, { key, windows });
    return windows;
  }

  async #beside(songs: readonly Heard[], windows: readonly Matrix[]): Promise<Matrix[]> {
    const wide: Matrix[] = [];
    for (const [i, song] of songs.entries()) wide.push(sideBySide(aggregate(await song.frames()), windows[i]));
    return wide;
  }
}
