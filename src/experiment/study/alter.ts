/** The same tracks as other sound: encoded anew by their owner, or altered here sample by sample. */
import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeStream } from '../../decode.ts';
import { ParameterError } from '../../errors.ts';
import { extract } from '../../extract.ts';
import { FrameCache, hashFile } from '../../library/cache.ts';
import type { FeatureStore } from '../../library/features.ts';
import { walkFiles } from '../../library/files.ts';
import type { Matrix } from '../../matrix.ts';
import { logMelOptions } from '../../mel.ts';
import { resample } from '../../resample.ts';
import type { Song } from '../material.ts';
import { breathe, type Course } from '../target.ts';
import type { JudgedSong } from './judge.ts';
import type { StudyTarget } from './material.ts';
import type { Alteration } from './plan.ts';

/** Where the two shelves of a tilt meet, Hz. */
const TILT_HZ = 1000;

/** What tables call an alteration. */
export function alterationName({ gain, tilt, sampleRate }: Alteration): string {
  const signed = (value: number) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value)} dB`;
  const parts = [
    gain === undefined ? '' : `gain ${signed(gain)}`,
    tilt === undefined ? '' : `tilt ${signed(tilt)}`,
    sampleRate === undefined ? '' : `${sampleRate} Hz`,
  ];
  return parts.filter(Boolean).join(', ');
}

const amplitude = (decibels: number) => 10 ** (decibels / 20);

/** A one-pole low-pass at `TILT_HZ` parts the sound; its lows go down by half the tilt and the rest up by as much. */
function tilted(y: Float32Array, sr: number, tilt: number): Float32Array {
  const [low, high] = [amplitude(-tilt / 2), amplitude(tilt / 2)];
  const w = (2 * Math.PI * TILT_HZ) / sr;
  const share = w / (1 + w);
  let lows = 0;
  return y.map((value) => {
    lows += share * (value - lows);
    return low * lows + high * (value - lows);
  });
}

/** Alters samples. What goes beyond full scale is clipped, as a louder copy would be. */
export function alterSamples(y: Float32Array, sr: number, { gain, tilt, sampleRate }: Alteration): Float32Array {
  let out = y;
  if (sampleRate !== undefined && sampleRate < sr) {
    const low = resample(out, { origSr: sr, targetSr: sampleRate });
    out = resample(low, { origSr: sampleRate, targetSr: sr });
  }
  if (tilt !== undefined) out = tilted(out, sr, tilt);
  if (gain !== undefined) {
    const factor = amplitude(gain);
    out = out.map((value) => value * factor);
  }
  return out.map((value) => Math.min(1, Math.max(-1, value)));
}

/** Altered frames of audio files, kept in the cache of the frames. */
export class Alterer {
  readonly #store: FeatureStore;
  readonly #cache: FrameCache | undefined;
  readonly #course: Course;

  constructor(store: FeatureStore, course: Course) {
    this.#store = store;
    this.#cache = store.cacheFolder === undefined ? undefined : new FrameCache(store.cacheFolder, course.note);
    this.#course = course;
  }

  /** The songs of a target's part with their samples altered. @throws ParameterError where a track is a matrix of frames */
  async songs(target: StudyTarget, songs: readonly Song[], alteration: Alteration): Promise<JudgedSong[]> {
    const altered: JudgedSong[] = [];
    for (const song of songs) {
      await breathe(this.#course);
      const frames = await this.#frames(join(target.root, song.id), song, alteration);
      altered.push({ ...song, frames: async () => frames });
    }
    return altered;
  }

  async #frames(path: string, { hash, id }: Song, alteration: Alteration): Promise<Matrix> {
    const { frontEnd, seconds } = this.#store;
    if (path.endsWith('.npy')) {
      throw new ParameterError(
        `study: ${id} is a matrix of frames, and alterations are made of samples; leave robustness.alterations out`,
        'robustness.alterations',
      );
    }
    const key = { content: `${hash} ${JSON.stringify(alteration)}`, frontEnd, seconds };
    const known = await this.#cache?.get(key);
    if (known) return known.frames;
    const { signal } = this.#course;
    const blocks: Float32Array[] = [];
    let sr = 0;
    const bytes = createReadStream(path, { highWaterMark: 1 << 16 });
    try {
      for await (const block of decodeStream(bytes, { name: path, signal, ...(seconds !== null && { seconds }) })) {
        blocks.push(block.y);
        sr = block.sr;
      }
    } finally {
      bytes.destroy();
    }
    const y = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const block of blocks) {
      y.set(block, at);
      at += block.length;
    }
    const source = { y: alterSamples(y, sr, alteration), sr };
    const frames = await extract(source, { stage: 'frames', frontEnd: logMelOptions(frontEnd), seconds, signal });
    await this.#cache?.put(key, { frames, warnings: [] });
    return frames;
  }
}

/** How much longer or shorter a track may come out of an encoder, as a share; encoders add silence, tens of milliseconds. */
const SAME_LENGTH = 0.1;

/** A path without its ending. */
const stem = (id: string): string => id.replace(/\.[^./]+$/, '');

/**
 * The songs of a target's part in a folder of files encoded anew. Those that are missing there or cannot be read are left out,
 * with a warning; those of another length are said.
 */
export async function variantSongs(
  songs: readonly Song[],
  { name, path }: { name: string; path: string },
  target: StudyTarget,
  store: FeatureStore,
  course: Course,
): Promise<JudgedSong[]> {
  const { files } = await walkFiles(path, { ...(course.signal && { signal: course.signal }) });
  const byStem = new Map(files.map((file) => [stem(file.id), file]));
  const found: JudgedSong[] = [];
  const missing: string[] = [];
  const cut: string[] = [];
  for (const song of songs) {
    await breathe(course);
    const file = byStem.get(stem(song.id));
    try {
      if (!file) throw new Error('is not there');
      const { frames } = await store.frames(file, { ...(course.signal && { signal: course.signal }) });
      found.push({ ...song, hash: await hashFile(file.path, course.signal), frames: async () => frames });
      const { rows } = await song.frames();
      if (Math.abs(frames.rows - rows) > SAME_LENGTH * rows) cut.push(basename(song.id));
    } catch (error) {
      if (course.signal?.aborted) throw error;
      missing.push(basename(song.id));
    }
  }
  const some = (names: readonly string[]) => `(${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''})`;
  const of = (names: readonly string[]) => `${target.name}: ${names.length} of ${songs.length} tracks`;
  if (missing.length > 0) {
    course.warn(`${of(missing)} are missing or unreadable in "${name}" and left out there ${some(missing)}`);
  }
  if (cut.length > 0) {
    course.warn(`${of(cut)} are of another length in "${name}": perhaps their encoding was cut short ${some(cut)}`);
  }
  if (found.length > 1) return found;
  throw new ParameterError(
    `study: variant "${name}" of target "${target.name}" holds ${found.length} of its tracks; it needs the same paths below its ` +
      'folder, each with any ending',
    'targets',
  );
}
