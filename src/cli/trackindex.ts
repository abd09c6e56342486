/** The index behind `similar`: one vector a track, its name and artist, and how the vectors were made; one file. */
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { FormatError } from '../errors.ts';
import { Matrix } from '../matrix.ts';
import { checkTensor, decodeModel, encodeModel } from '../model.ts';

/** One track of an index. */
export interface IndexedTrack {
  /** Where it lies: in a file, relative to the file's folder where it is below that, so that both can be moved together. */
  readonly path: string;
  readonly artist?: string;
  /** Bytes of the file, and milliseconds since 1970 at its last change, when it was indexed. */
  readonly size?: number;
  readonly modified?: number;
}

/** What an index file holds. */
export interface TrackIndex {
  readonly tracks: readonly IndexedTrack[];
  /** `(tracks, columns)`, with the record of its making. */
  readonly vectors: Matrix;
  /** Seconds from the start of each track that were used; `null` for all. */
  readonly seconds: number | null;
  /** The file of the space that the tracks were embedded in, where one was used: an index needs nothing beside it. */
  readonly space?: Uint8Array;
}

const ESTIMATOR = 'TrackIndex';

/**
 * The bytes of an index. Names are a tensor, because there may be more of them than a header takes.
 *
 * @param file where it will be written, absolute
 * @param cwd where the tracks' relative paths start
 */
export function encodeIndex({ tracks, vectors, seconds, space }: TrackIndex, file: string, cwd: string): Uint8Array {
  const placed = tracks.map((track) => {
    const absolute = resolve(cwd, track.path);
    const inside = relative(dirname(file), absolute);
    const below = !isAbsolute(inside) && inside.split(sep)[0] !== '..';
    // Separated by "/" everywhere, so that a disk can move between systems.
    return { ...track, path: below ? inside.split(sep).join('/') : absolute };
  });
  const names = new TextEncoder().encode(JSON.stringify(placed));
  const { data, rows, columns, frontEnd } = vectors;
  return encodeModel(ESTIMATOR, {
    tensors: {
      vectors: { dtype: 'F32', shape: [rows, columns], data },
      tracks: { dtype: 'U8', shape: [names.length], data: names },
      ...(space && { space: { dtype: 'U8' as const, shape: [space.length], data: new Uint8Array(space) } }),
    },
    params: { seconds },
    ...(frontEnd && { frontEnd }),
  });
}

/**
 * Reads what `encodeIndex` wrote. Tracks below the index's folder get paths like `name`'s.
 *
 * @param bytes the whole file
 * @param name of the file, as it was given
 * @throws FormatError naming the file and the field
 */
export function decodeIndex(bytes: Uint8Array, name: string): TrackIndex {
  const { tensors, params, frontEnd } = decodeModel(bytes, ESTIMATOR, name);
  const { data, shape } = checkTensor(tensors, 'vectors', 'F32', [undefined, undefined], name);
  const text = new TextDecoder().decode(checkTensor(tensors, 'tracks', 'U8', [undefined], name).data);
  const tracks = parseTracks(text, shape[0], name);
  const { seconds } = params;
  if (seconds !== null && !(typeof seconds === 'number' && seconds > 0)) {
    throw new FormatError(`${name}: params.seconds must be null or above 0; make the index anew`, name);
  }
  return {
    tracks: tracks.map((track) =>
      isAbsolute(track.path) ? track : { ...track, path: join(dirname(name), track.path) },
    ),
    vectors: new Matrix(data, shape[0], shape[1], frontEnd),
    seconds,
    ...(tensors.space && { space: checkTensor(tensors, 'space', 'U8', [undefined], name).data }),
  };
}

function parseTracks(text: string, rows: number, name: string): IndexedTrack[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const good = (track: unknown): track is IndexedTrack => {
    const { path, artist, size, modified } = (track ?? {}) as Record<string, unknown>;
    return (
      typeof path === 'string' &&
      ['string', 'undefined'].includes(typeof artist) &&
      [size, modified].every((value) => value === undefined || Number.isFinite(value))
    );
  };
  if (!Array.isArray(value) || value.length !== rows || rows === 0 || !value.every(good)) {
    throw new FormatError(`${name}: its list of tracks is not one of ${rows} tracks; make the index anew`, name);
  }
  return value;
}
