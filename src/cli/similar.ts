/** `tunespace similar`: what sounds alike, with numbers. */
import { realpath } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseFile } from 'music-metadata';
import { FormatError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { type Metric, NearestNeighbors } from '../neighbors.ts';
import { UsageError } from './errors.ts';
import {
  addExplainOptions,
  checkExplain,
  type Explained,
  type ExplainFlags,
  Explanations,
  inWords,
  named,
  sharedLabels,
} from './explanation.ts';
import { artistOf, buildIndex, type IndexFlags, openIndex } from './indexing.ts';
import { findInputs, type Input } from './inputs.ts';
import { addCommonOptions, addHelp, choice, collect, option, wholeNumber } from './options.ts';
import { csvLine, fixed, m3u8, shown } from './output.ts';
import { addFrontEndOptions, addLoadingOptions, DEFAULT_SPACE } from './pipeline.ts';
import { addResultOptions, type ResultFlags, ResultWriter } from './results.ts';
import type { Session } from './session.ts';
import type { IndexedTrack, TrackIndex } from './trackindex.ts';
import { checkWritable } from './writable.ts';

interface Options extends ResultFlags, IndexFlags, ExplainFlags {
  library?: string[];
  index?: string;
  metric: Metric;
  k: number;
  mutualProximity?: boolean;
}

/** One row of a result. */
interface Hit extends Explained {
  readonly rank: number;
  readonly path: string;
  readonly artist?: string;
  readonly distance: number;
  /** The labels that the query is explained by, too. */
  readonly shared?: readonly string[];
}

/** The neighbours of one query. */
interface Ranking extends Explained {
  readonly query: string;
  readonly neighbours: readonly Hit[];
}

const METRICS = ['l1', 'euclidean', 'cosine'] as const;
const FORMATS = ['text', 'csv', 'm3u8', 'json'];

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description(
      'Ranks the tracks of a library by their distance to each query: the mean of windows, embedded with --model.',
    )
    .argument('[QUERY...]', 'audio files, or folders of them')
    .addOption(
      option(
        '--library <FOLDER|CSV>',
        'where to search: a folder, a CSV with path and artist, a file; repeat for more',
        {
          parse: collect,
        },
      ),
    )
    .option('--index <FILE>', 'search in an index that --save-index wrote, in place of --library')
    .option('--save-index <FILE>', 'keep the vectors of the library for later queries, e.g. library.safetensors')
    .option(
      '--model <FILE|NAME>',
      'space to compare in (default: instruments, which ships; an index brings its own); "none": the frames themselves',
    )
    .addOption(option('--metric <NAME>', 'l1, euclidean or cosine', { default: 'l1', parse: choice(METRICS) }))
    .addOption(option('-k <N>', 'how many', { default: 10, parse: wholeNumber({ min: 1 }) }))
    .option('--artist-filter', "leave out tracks by the query's artist, as the CSV or the files' tags say");
  command.option(
    '--mutual-proximity',
    'rank by how near query and track are to one another beside all others (0 to 1); rarer hubs, n^2 time and memory',
  );
  addExplainOptions(command);
  addResultOptions(command, FORMATS);
  addLoadingOptions(command, { cached: false });
  addFrontEndOptions(command);
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "similar", "metric", "mutualProximity"?: true, "tracks": number, "saved"?: FILE,\n' +
      ' "results": [{"query", "soundsLike"?: [{"dataset", "label", "score"}],\n' +
      '   "neighbours": [{"rank", "path", "artist"?, "distance", "soundsLike"?: [...], "shared"?: [label]}]}]}',
    notes: `
Without --model, tracks are compared in the space "instruments", which ships ("tunespace spaces" explains it); it takes
frames of the default front end. With --save-index, tracks that are in that file already and have not changed since are not read again, and Ctrl-C keeps what
is done: the same command goes on. A query that is itself in the library is left out of its own list. CSV columns: query, rank, distance, path; with
--explain also sounds_like and shared, labels separated by ";". With m3u8 the neighbours of all queries are one playlist, each track once.

With --mutual-proximity, the distance is 1 minus the share of tracks that are further from the query than the track is, times the
share of those further from the track than the query is. Tracks that are near to everything then come up less often.

--explain tells resemblance to what the space was learned from ("instruments": single notes), beside the other tracks of the
library; it detects no instruments. "both" are labels that query and neighbour share, "alone" those of the neighbour alone.`,
    examples: [
      'tunespace similar song.mp3 --library music',
      'tunespace similar song.mp3 --library music --explain',
      'tunespace similar song.mp3 --library music --model space.safetensors',
      'tunespace similar --library music --model space.safetensors --save-index music.safetensors',
      'tunespace similar song.mp3 --index music.safetensors -k 25 --format m3u8 -o like-song.m3u8',
      'tunespace similar song.mp3 --index music.safetensors --metric cosine --json',
    ],
  });
  command.action(async (queries: string[], options: Options) => {
    await session.open(options);
    checkUsage(queries, options);
    finish(await similar(queries, options, session, command));
  });
}

function checkUsage(queries: readonly string[], { library, index, saveIndex, model }: Options): void {
  if ((library === undefined) === (index === undefined)) {
    throw new UsageError(
      library === undefined
        ? 'give --library FOLDER to search in, or --index FILE that --save-index wrote'
        : '--library and --index exclude one another; give one of them',
    );
  }
  if (index !== undefined && saveIndex !== undefined) {
    throw new UsageError('--save-index needs --library; an index is as it is, copy its file');
  }
  if (index !== undefined && model !== undefined) {
    throw new UsageError('--model cannot be combined with --index, which brings the space it was made in');
  }
  if (queries.length === 0 && saveIndex === undefined) {
    throw new UsageError('nothing to do: give a file to compare with, or --save-index FILE');
  }
}

async function similar(
  queries: readonly string[],
  options: Options,
  session: Session,
  command: Command,
): Promise<number> {
  const writer = new ResultWriter(session, options, '; --save-index FILE keeps the index');
  await writer.check();
  if (options.saveIndex !== undefined) await checkWritable(options.saveIndex, session.cwd);
  // Before the first file is read, so that a misspelt label costs nothing.
  if (!options.index) await checkExplain(options, options.model ?? DEFAULT_SPACE, session);
  // Likewise of queries, which a large library would come before.
  const inputs = await findInputs(queries, session);
  if (queries.length > 0 && inputs.length === 0 && options.saveIndex === undefined) {
    throw new FormatError('there is no query that can be used; see the reasons above');
  }
  const { index, pipeline } = options.index
    ? await openIndex(options.index, options, session, command)
    : await buildIndex(options.library as string[], options, session, command);
  pipeline.expect(inputs);
  const explanations = Explanations.over(index, pipeline.space, options, session);
  if (options.mutualProximity && index.tracks.length < 2) {
    throw new UsageError(
      '--mutual-proximity compares with the other tracks of the library, which has one; leave it out',
    );
  }
  const search = await Search.over(index, options, session, explanations);
  if (writer.format === 'csv' && queries.length > 0) {
    writer.line(csvLine(['query', 'rank', 'distance', 'path', ...(explanations ? ['sounds_like', 'shared'] : [])]));
  }
  const { results } = await session.each(
    'queries',
    inputs,
    ({ name }) => name,
    async (input) => {
      const ranking = await search.query(input, await pipeline.track(input));
      write(ranking, inputs.length > 1, writer);
      return ranking;
    },
  );
  if (writer.format === 'm3u8') await writePlaylist(results, writer, session);
  await writer.end({
    command: 'similar',
    metric: options.metric,
    ...(options.mutualProximity && { mutualProximity: true }),
    tracks: index.tracks.length,
    ...(options.saveIndex !== undefined && { saved: options.saveIndex }),
    results,
  });
  session.reportFailures(results.length + (options.index === undefined ? index.tracks.length : 0));
  // An index that was made is something done, also where no query could be read.
  return session.exitAfter(results.length + (options.saveIndex === undefined ? 0 : 1));
}

/** Answers queries from an index. */
class Search {
  readonly #neighbors: NearestNeighbors;
  /** Real paths of the tracks, to leave a query out of its own list. */
  readonly #places: Map<string, number>;

  private constructor(
    readonly index: TrackIndex,
    readonly options: Options,
    readonly session: Session,
    readonly explanations: Explanations | undefined,
    places: Map<string, number>,
  ) {
    this.#places = places;
    this.#neighbors = new NearestNeighbors({ metric: options.metric });
    this.#neighbors.fit(index.vectors, { groups: index.tracks.map(groupOf) });
  }

  static async over(
    index: TrackIndex,
    options: Options,
    session: Session,
    explanations: Explanations | undefined,
  ): Promise<Search> {
    const places = new Map<string, number>();
    for (const [i, { path }] of index.tracks.entries()) places.set(await real(path, session), i);
    if (options.artistFilter && index.tracks.every(({ artist }) => artist === undefined)) {
      session.warn('--artist-filter: no track of the library names its artist, so none is left out');
    }
    return new Search(index, options, session, explanations, places);
  }

  /** The neighbours of one track, nearest first; ties by their order in the index. */
  async query(input: Input, vector: Matrix): Promise<Ranking> {
    const { k, artistFilter, mutualProximity = false } = this.options;
    const { tracks } = this.index;
    const own = this.#places.get(await real(input.path, this.session));
    const nNeighbors = Math.min(tracks.length, k + (own === undefined ? 0 : 1));
    const known = own === undefined ? input.artist : tracks[own].artist;
    const artist = artistFilter ? (known ?? (await artistOf(input, this.session))) : undefined;
    const groups = artist === undefined ? undefined : [groupOf({ path: '', artist }, -1)];
    const { indices, distances } = await this.#neighbors.kNeighborsAsync(vector, {
      signal: this.session.signal,
      nNeighbors,
      mutualProximity,
      ...(groups && { groups }),
    });
    const neighbours: Hit[] = [];
    const found: number[] = [];
    indices.forEach((i, at) => {
      if (i < 0 || i === own || neighbours.length === k) return;
      const { path, artist: by } = tracks[i];
      found.push(i);
      neighbours.push({
        rank: neighbours.length + 1,
        path,
        ...(by !== undefined && { artist: by }),
        distance: distances[at],
      });
    });
    return this.#explain({ query: input.name, neighbours }, vector, found);
  }

  /** Adds what the query and its neighbours sound like, where that is wanted. */
  #explain(ranking: Ranking, vector: Matrix, found: readonly number[]): Ranking {
    if (!this.explanations) return ranking;
    const [soundsLike] = this.explanations.of(vector);
    const explained = this.explanations.of(this.index.vectors.take(found));
    const neighbours = ranking.neighbours.map((hit, at) => ({
      ...hit,
      soundsLike: explained[at],
      shared: sharedLabels(soundsLike, explained[at]).map(({ label }) => label),
    }));
    return { query: ranking.query, soundsLike, neighbours };
  }
}

/** Tracks without an artist are each a group of their own. */
const groupOf = ({ artist }: IndexedTrack, i: number): string => (artist === undefined ? `#${i}` : `@${artist}`);

const real = (path: string, { cwd }: Session): Promise<string> => {
  const absolute = resolve(cwd, path);
  return realpath(absolute).catch(() => absolute);
};

function write({ query, soundsLike, neighbours }: Ranking, isNamed: boolean, writer: ResultWriter): void {
  if (writer.format === 'csv') {
    for (const { rank, distance, path, soundsLike: labels, shared } of neighbours) {
      const explained = labels && shared ? [labels.map(({ label }) => label).join(';'), shared.join(';')] : [];
      writer.line(csvLine([query, rank, distance, path, ...explained]));
    }
  } else if (writer.format === 'text') {
    if (isNamed) writer.line(shown(query));
    if (soundsLike) writer.line(`sounds like: ${named(soundsLike) || 'nothing stands out'}`);
    for (const { rank, distance, path, soundsLike: labels } of neighbours) {
      writer.line(`${String(rank).padStart(4)}  ${fixed(distance, 4).padStart(12)}  ${shown(path)}`);
      if (soundsLike && labels) writer.line(`${' '.repeat(20)}${inWords(soundsLike, labels)}`);
    }
  }
}

/** All neighbours as one playlist, each track once. Paths are relative to the playlist, where it is a file. */
async function writePlaylist(results: readonly Ranking[], writer: ResultWriter, session: Session): Promise<void> {
  const paths = [...new Set(results.flatMap(({ neighbours }) => neighbours.map(({ path }) => path)))];
  const entries = [];
  for (const path of paths) {
    if (/[\r\n]/.test(path)) {
      session.warn(`${shown(path)}: a playlist cannot hold a name with a line end; left out`);
      continue;
    }
    const absolute = resolve(session.cwd, path);
    const known = await parseFile(absolute, { skipCovers: true }).catch(() => undefined);
    const seconds = known?.format.duration;
    const folder = writer.output === undefined ? undefined : resolve(session.cwd, writer.output, '..');
    entries.push({
      path: folder === undefined ? path : relative(folder, absolute) || path,
      ...(seconds && { seconds }),
    });
  }
  for (const line of m3u8(entries)) writer.line(line);
}
