/** How `similar` comes by its index: from a file, or from a library, of which an earlier index may know a part. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FormatError, TunespaceError } from '../errors.ts';
import { checkFrontEnd } from '../frontend.ts';
import { readFileTags } from '../library/sources.ts';
import { writeFileAtomic } from '../library/write.ts';
import { Matrix } from '../matrix.ts';
import { loadKernels } from '../runtime/node.ts';
import { Wsabie } from '../wsabie.ts';
import { readNamed, UsageError, writing } from './errors.ts';
import { findInputs, type Input } from './inputs.ts';
import { checkKind } from './kinds.ts';
import { shown } from './output.ts';
import { DEFAULT_SPACE, type FrontEndFlags, type LoadingFlags, makePipeline, Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';
import { decodeIndex, encodeIndex, type IndexedTrack, type TrackIndex } from './trackindex.ts';

/** What an index depends on. */
export interface IndexFlags extends FrontEndFlags, LoadingFlags {
  saveIndex?: string;
  model?: string;
  artistFilter?: boolean;
}

/** An index, and what makes the vectors of its queries in the same way. */
export interface OpenIndex {
  readonly index: TrackIndex;
  readonly pipeline: Pipeline;
}

/** Opens an index file. @throws UsageError where --seconds says other than the file */
export async function openIndex(
  file: string,
  options: IndexFlags,
  session: Session,
  command: Command,
): Promise<OpenIndex> {
  await loadKernels();
  const bytes = await readNamed(file, session.cwd);
  checkKind(bytes, 'TrackIndex', file);
  const index = decodeIndex(bytes, file);
  const { seconds, space } = index;
  if (options.seconds !== undefined && options.seconds !== seconds) {
    const made = seconds === null ? 'of whole tracks' : `with --seconds ${seconds}`;
    throw new UsageError(`${shown(file)} was made ${made}; leave out --seconds`);
  }
  if (space === undefined) {
    const pipeline = await makePipeline(session, command, { ...options, seconds }, { refuseSilence: true });
    return { index, pipeline };
  }
  const loaded = { space: Wsabie.fromBytes(space, file), file, bytes: space };
  const { cache } = options;
  return { index, pipeline: new Pipeline(session, { space: loaded, seconds, cache, refuseSilence: true }) };
}

/** One track on its way into the index. */
interface Row {
  readonly track: IndexedTrack;
  readonly vector: Float32Array;
}

/**
 * Makes the index of a library and, where that is wanted, saves it. Tracks that the file to be written holds already, made in
 * the same way and unchanged since, are taken from there; after Ctrl-C what is done is saved.
 *
 * @throws FormatError when no track can be used; the signal's reason
 */
export async function buildIndex(
  library: readonly string[],
  options: IndexFlags,
  session: Session,
  command: Command,
): Promise<OpenIndex> {
  const { model, saveIndex, artistFilter, seconds = null } = options;
  const space = model === 'none' ? undefined : (model ?? DEFAULT_SPACE);
  const pipeline = await makePipeline(session, command, options, { model: space, refuseSilence: true });
  const inputs = await findInputs(library, session);
  const known = saveIndex === undefined ? new Map<string, Row>() : await earlier(saveIndex, pipeline, session);
  const wantsArtists = artistFilter === true || saveIndex !== undefined;
  const unchanged = new Map<Input, Row>();
  for (const input of known.size > 0 ? inputs : []) {
    const row = await unchangedRow(input, known);
    if (row) unchanged.set(input, row);
  }
  pipeline.expect(inputs.filter((input) => !unchanged.has(input)));
  let first: Matrix | undefined;
  const { results, interrupted } = await session.each('library', inputs, nameOf, async (input): Promise<Row> => {
    const before = unchanged.get(input);
    if (before) return { ...before, track: { ...before.track, path: input.name } };
    const { size, modified } = await stateOf(input);
    const made = await pipeline.track(input);
    first ??= made;
    checkAlike(first, made);
    const artist = input.artist ?? (wantsArtists ? await artistOf(input, session) : undefined);
    return { vector: made.data, track: { path: input.name, size, modified, ...(artist !== undefined && { artist }) } };
  });
  if (results.length === 0) {
    if (interrupted) session.signal.throwIfAborted();
    session.reportFailures();
    throw new FormatError('the library holds no track that can be used; see the reasons above');
  }
  const index: TrackIndex = {
    tracks: results.map(({ track }) => track),
    vectors: Matrix.fromRows(
      results.map(({ vector }) => vector),
      first === undefined ? pipeline.trackRecord() : first.frontEnd,
    ),
    seconds,
    ...(pipeline.space && { space: pipeline.space.bytes }),
  };
  if (saveIndex !== undefined) await saveTo(saveIndex, index, inputs.length, session);
  if (interrupted) session.signal.throwIfAborted();
  return { index, pipeline };
}

/** What tells whether a file has changed. */
async function stateOf({ path }: Input): Promise<{ size: number; modified: number }> {
  const { size, mtimeMs } = await stat(path);
  // Whole milliseconds: what lies below, copies and archives do not keep.
  return { size, modified: Math.round(mtimeMs) };
}

/** The row of a track that has not changed since. A file that has gone meanwhile is told of when its turn comes. */
async function unchangedRow(input: Input, known: ReadonlyMap<string, Row>): Promise<Row | undefined> {
  const row = known.get(input.path);
  const state = row && (await stateOf(input).catch(() => undefined));
  return state && row.track.size === state.size && row.track.modified === state.modified ? row : undefined;
}

/** Refuses a vector that was made otherwise than the first: files of features may come from anywhere. */
function checkAlike(first: Matrix, made: Matrix): void {
  checkFrontEnd('index', first.frontEnd, made.frontEnd);
  if (made.columns === first.columns) return;
  throw new FormatError(
    `gives ${made.columns} values a track, the first track ${first.columns}: features of two front ends cannot be compared`,
  );
}

const nameOf = ({ name }: Input): string => name;

async function saveTo(name: string, index: TrackIndex, total: number, session: Session): Promise<void> {
  const file = resolve(session.cwd, name);
  await writing(name, () => writeFileAtomic(file, encodeIndex(index, file, session.cwd)));
  const { length } = index.tracks;
  const part = length < total ? `${length} of ${total}` : `${length}`;
  session.info(`index of ${part} tracks saved in ${shown(name)}`);
}

/** What an earlier index holds of the same making, by absolute path. Any other file there is replaced, with a note. */
async function earlier(name: string, pipeline: Pipeline, session: Session): Promise<Map<string, Row>> {
  let index: TrackIndex;
  try {
    index = decodeIndex(await readNamed(name, session.cwd), name);
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isAbsent) session.info(`note: ${shown(name)} is no usable index and will be replaced`);
    if (!isAbsent && !(error instanceof TunespaceError)) throw error;
    return new Map();
  }
  const { tracks, vectors, seconds } = index;
  if (seconds !== pipeline.store.seconds || !sameRecord(vectors.frontEnd, pipeline.trackRecord())) {
    session.info(`note: ${shown(name)} was made with other settings and will be made anew`);
    return new Map();
  }
  return new Map(tracks.map((track, i) => [resolve(session.cwd, track.path), { track, vector: vectors.row(i) }]));
}

/** Whether two records say the same, in whatever order. */
function sameRecord(a: Matrix['frontEnd'], b: Matrix['frontEnd']): boolean {
  const text = (record: Matrix['frontEnd']) => JSON.stringify(Object.entries(record ?? {}).sort());
  return text(a) === text(b);
}

/** Who plays a file, as its tags say. */
export async function artistOf({ path, features }: Input, { signal }: Session): Promise<string | undefined> {
  return features === 'audio' ? (await readFileTags(path, { signal })).artist : undefined;
}
