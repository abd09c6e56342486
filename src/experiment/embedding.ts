/**
 * Embeddings, learned or found in the cache. A file's name is a digest of everything that the embedding depends on, so a
 * second run reuses it and a killed run goes on from its last checkpoint.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { aggregate } from '../aggregate.ts';
import { TunespaceError } from '../errors.ts';
import { FRONT_END_VERSION } from '../frontend.ts';
import { writeFileAtomic } from '../library/write.ts';
import type { Matrix } from '../matrix.ts';
import { RESAMPLER_VERSION } from '../resample.ts';
import { type SourceSet, Wsabie, type WsabieParams } from '../wsabie.ts';
import type { CheckedConfig } from './config.ts';
import { type Collection, chooseSongs, type Song } from './material.ts';
import { packageVersion } from './output.ts';
import type { SpaceFacts } from './results.ts';
import { breathe, type Course } from './target.ts';

/** Version of what is cached: rises when, within a release, the trainer gives other bits for the same data and settings. */
const SPACE_VERSION = 1;

/** A collection as the source of one embedding. */
export interface Source {
  readonly name: string;
  readonly songs: readonly Song[];
  /** Songs left out because the target holds the same file. */
  readonly excluded: readonly string[];
}

/**
 * The collections as sources for a target: without the songs that it holds itself, since what was learned from them would
 * be tested on them.
 *
 * @returns the sources that still have two labels; the others are named in a warning
 */
export function sourcesFor(
  target: Collection | undefined,
  collections: readonly Collection[],
  { minTracksPerTag }: Pick<CheckedConfig, 'minTracksPerTag'>,
  warn: Course['warn'],
): Source[] {
  const own = new Set(target?.songs.map(({ hash }) => hash));
  return collections.flatMap((collection): Source[] => {
    const { name, role, songs } = collection;
    const shared = songs.filter(({ hash }) => own.has(hash));
    const left = shared.length > 0 ? songs.filter(({ hash }) => !own.has(hash)) : songs;
    if (shared.length > 0) {
      const shown = shared.slice(0, 3).map(({ id }) => id);
      const more = shared.length > 3 ? ` and ${shared.length - 3} more` : '';
      warn(
        `${target?.name}: ${shared.length} of its tracks are in ${name} too (${shown.join(', ')}${more}); nothing is learned ` +
          'from them for it',
      );
    }
    const usable = shared.length > 0 ? chooseSongs(role, name, left, minTracksPerTag, () => {}) : left;
    if (new Set(usable.flatMap(({ labels }) => labels)).size < 2) {
      warn(`${name}: has fewer than two labels to learn from${target ? ` for ${target.name}` : ''}; it is no source`);
      return [];
    }
    return [{ name, songs: usable, excluded: shared.map(({ id }) => id) }];
  });
}

/**
 * The trainer's settings, from the experiment's.
 *
 * The label transforms of genre collections have a bound of their own (the paper's own proposal for its weak genre
 * embedding: regularise W, so that what is learned goes into V). It also wears off the random start of W, of which class distances otherwise consist
 * where collections are small: on the three genre sets tried, a class's nearest one is its namesake 7, 9 and 7 times of 17
 * with a bound of 0.5 (three seeds), and 6, 4 and 3 times without.
 */
export function paramsOf(
  config: CheckedConfig,
  purpose: SpaceFacts['purpose'],
  sources: readonly Source[],
): Partial<WsabieParams> {
  const { nComponents, learningRate, batchSize, validationFraction, patience, maxNormV } = config;
  const maxNormW = purpose === 'genre' || purpose === 'joint' ? config.genreMaxNormW : config.maxNormW;
  const { seed, nBatches, epochs } = config;
  const frames = sources.map(({ songs }) => songs.reduce((sum, { training }) => sum + training.rows, 0));
  const largest = frames.reduce((most, n) => Math.max(most, n), 1);
  const fromEpochs = Math.max(1, Math.ceil(((epochs ?? 0) * largest) / batchSize));
  return {
    nComponents,
    learningRate,
    batchSize,
    // Nothing is judged on the joint space, and its smallest classes can spare no track: all are learned from.
    validationFraction: purpose === 'joint' ? 0 : validationFraction,
    patience,
    maxNormV,
    maxNormW,
    nBatches: nBatches ?? fromEpochs,
    randomState: seed,
  };
}

/** Names an embedding by all that it depends on. */
function digestOf(sources: readonly Source[], params: Partial<WsabieParams>, seconds: number | null): string {
  const sets = sources.map(({ name, songs }) => [
    name,
    songs.map(({ hash, labels, training }) => [hash, labels, training.rows, training.frontEnd ?? null]),
  ]);
  const versions = [packageVersion(), SPACE_VERSION, FRONT_END_VERSION, RESAMPLER_VERSION];
  const text = JSON.stringify([versions, params, seconds, sets]);
  return createHash('sha256').update(text).digest('hex');
}

/** Learns embeddings for one run, each once. */
export class Embeddings {
  readonly #config: CheckedConfig;
  readonly #course: Course;
  readonly #known = new Map<string, { space: Wsabie; facts: SpaceFacts }>();
  #writable = true;

  constructor(config: CheckedConfig, course: Course) {
    this.#config = config;
    this.#course = course;
  }

  /** What was learned, in order. */
  get facts(): SpaceFacts[] {
    return [...this.#known.values()].map(({ facts }) => facts);
  }

  /**
   * Learns an embedding, or finds it: in this run (a tag embedding serves every target that shares no track with its
   * sources), or in the cache.
   *
   * @param purpose what it is for
   * @param targets the collections that it serves
   * @param sources at least one; V is shared by all
   */
  async learn(purpose: SpaceFacts['purpose'], targets: readonly string[], sources: readonly Source[]): Promise<Wsabie> {
    const params = paramsOf(this.#config, purpose, sources);
    const digest = digestOf(sources, params, this.#config.seconds);
    const known = this.#known.get(`${purpose} ${digest}`);
    if (known) {
      known.facts.targets.push(...targets);
      return known.space;
    }
    const stage = `${purpose} embedding${purpose === 'joint' ? '' : ` for ${targets.join(', ')}`}`;
    const space = await this.#obtain(digest, stage, sources, params);
    const { batch, stopped } = space.record_;
    const facts: SpaceFacts = {
      purpose,
      targets: [...targets],
      sources: sources.map(({ name, songs, excluded }) => ({
        dataset: name,
        tracks: songs.length,
        classes: new Set(songs.flatMap(({ labels }) => labels)).size,
        excluded: [...excluded],
      })),
      nBatches: params.nBatches as number,
      batches: batch,
      stoppedEarly: stopped === 'patience',
    };
    this.#known.set(`${purpose} ${digest}`, { space, facts });
    return space;
  }

  async #obtain(
    digest: string,
    stage: string,
    sources: readonly Source[],
    params: Partial<WsabieParams>,
  ): Promise<Wsabie> {
    const file = join(this.#config.cache, 'spaces', `${digest}.safetensors`);
    const partial = join(this.#config.cache, 'spaces', `${digest}.partial.safetensors`);
    const nBatches = params.nBatches as number;
    const finished = await this.#load(file);
    if (finished?.record_.stopped) {
      this.#course.progress(stage, nBatches, nBatches);
      return finished;
    }
    const space = (await this.#load(partial)) ?? new Wsabie(params);
    await this.#fit(space, sources, partial, stage);
    await this.#save(file, space.toBytes());
    await rm(partial, { force: true }).catch(() => undefined);
    return space;
  }

  async #fit(space: Wsabie, sources: readonly Source[], partial: string, stage: string): Promise<void> {
    const { signal, progress, warn } = this.#course;
    try {
      await space.fit(sources.map(toSet), {
        signal,
        onProgress: ({ batch, nBatches }) => progress(stage, batch, nBatches),
        onCheckpoint: (bytes) => this.#save(partial, bytes),
        onWarning: (message) => warn(`${stage}: ${message}`),
      });
    } catch (error) {
      // What was learned until Ctrl-C is kept, too.
      if (signal?.aborted) await this.#keep(space, partial);
      throw error;
    }
  }

  async #keep(space: Wsabie, partial: string): Promise<void> {
    try {
      await this.#save(partial, space.toBytes());
    } catch {
      // Interrupted before the first batch: there is nothing to keep.
    }
  }

  /** A file of the cache, or `undefined` where there is none that can be used. */
  async #load(file: string): Promise<Wsabie | undefined> {
    try {
      return Wsabie.fromBytes(await readFile(file), file);
    } catch (error) {
      if (error instanceof TunespaceError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
      throw error;
    }
  }

  /** The cache is a convenience: where it cannot be written, the run goes on without. */
  async #save(file: string, bytes: Uint8Array): Promise<void> {
    if (!this.#writable) return;
    try {
      await writeFileAtomic(file, bytes);
    } catch (error) {
      this.#writable = false;
      const reason = error instanceof Error ? error.message : String(error);
      this.#course.note(`the cache ${this.#config.cache} cannot be written (${reason}); going on without it`);
    }
  }
}

const toSet = ({ name, songs }: Source): SourceSet => ({
  name,
  tracks: songs.map(({ id, training, labels }) => ({ X: training, labels, name: id })),
});

/** Windows of embedded frames (paper, section 6.2): each song's frames in the space, aggregated. */
export async function embeddedWindows(
  songs: readonly Song[],
  space: Wsabie,
  stage: string,
  course: Course,
): Promise<Matrix[]> {
  const windows: Matrix[] = [];
  for (const song of songs) {
    course.progress(stage, windows.length, songs.length);
    if (windows.length % 16 === 0) await breathe(course);
    windows.push(aggregate(space.transform(await song.frames())));
  }
  course.progress(stage, songs.length, songs.length);
  return windows;
}
