/** What `extract` reads from: telling the kinds of sources apart, and bringing them to blocks. */
import { holdFailure } from '../decode/failing.ts';
import { ParameterError } from '../errors.ts';
import { asBytes, brand, checkAttached, checkNumber, describe } from '../options.ts';
import { checkSamplesOf } from '../samples.ts';

/** The bytes of an audio file: whole, as a `Blob` or `File`, or as they come. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Samples that are decoded already. */
export interface Pcm {
  /** Mono samples, finite, at least one. */
  readonly y: Float32Array;
  /** Samples a second, an integer from 1 000 to 768 000. */
  readonly sr: number;
}

/** Anything that sound comes from. */
export type ExtractSource = ByteSource | Pcm;

/** A source of which it is known what it is. */
export type KnownSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'stream'; readonly stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> }
  | { readonly kind: 'pcm'; readonly y: Float32Array; readonly sr: number };

/** Bytes of a blob that are read at a time. */
const SLICE = 262_144;

/** Samples that are worked on at a time: a few milliseconds of work. */
const PORTION = 65_536;

/**
 * Tells what a source is.
 *
 * @throws ParameterError on anything else, on samples that are none, and on a buffer that was transferred away
 */
export function checkSource(where: string, source: unknown): KnownSource {
  if (['Uint8Array', 'ArrayBuffer'].includes(brand(source))) {
    return { kind: 'bytes', bytes: asBytes(where, source, 'source') };
  }
  if (typeof source === 'object' && source !== null) {
    if (['Blob', 'File'].includes(brand(source))) return { kind: 'blob', blob: source as Blob };
    if ('y' in source) return checkPcm(where, source as Pcm);
    const stream = source as AsyncIterable<Uint8Array> & ReadableStream<Uint8Array>;
    if (typeof stream[Symbol.asyncIterator] === 'function' || typeof stream.getReader === 'function') {
      holdFailure(stream);
      return { kind: 'stream', stream };
    }
  }
  throw new ParameterError(
    `${where}: source must be a Uint8Array, an ArrayBuffer, a Blob or File, a ReadableStream or AsyncIterable of ` +
      `Uint8Array, or samples { y, sr }, got ${describe(source)}`,
    'source',
  );
}

function checkPcm(where: string, { y, sr }: Pcm): KnownSource {
  if (!(y instanceof Float32Array)) checkSamplesOf(where, y);
  checkAttached(where, 'y', y);
  if (y.length === 0) {
    throw new ParameterError(`${where}: y must hold at least one sample, got none; skip empty signals`, 'y');
  }
  return { kind: 'pcm', y, sr: checkNumber(where, 'sr', sr, { min: 1000, max: 768_000, integer: true }) };
}

/** The bytes of a source that holds any, in blocks. */
export function bytesOf(
  source: Exclude<KnownSource, { kind: 'pcm' }>,
): AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> {
  if (source.kind === 'stream') return source.stream;
  return source.kind === 'blob' ? slicesOf(source.blob) : oneBlock(source.bytes);
}

async function* oneBlock(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* slicesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += SLICE) yield new Uint8Array(await blob.slice(at, at + SLICE).arrayBuffer());
}

/** Views of samples, a portion at a time. */
export function* portionsOf(y: Float32Array): Generator<Float32Array> {
  for (let at = 0; at < y.length; at += PORTION) yield y.subarray(at, at + PORTION);
}
