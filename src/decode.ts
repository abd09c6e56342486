/**
 * From the bytes of a file to samples: `decode` for whole files, `decodeStream` for those that are still coming.
 *
 * The format is told by content, never by name. Mono is the mean of the channels; the rate is the file's own. The bits of
 * the uncompressed formats and of FLAC are the file's; those of the others depend on the decoder's version, which is fixed.
 *
 * The promise of the same bits on every runtime holds from the file's bytes on, for every format read here, lossy ones too:
 * all decoders are WebAssembly or plain arithmetic, and the platform's own (WebCodecs, `decodeAudioData`) is never used.
 * Samples that a caller decoded with those are outside of it: browsers differ there; from such samples on it holds again.
 * Where a runtime forbids compiling WebAssembly (edge functions), FLAC, MP3, Vorbis and Opus end with a DecodeError.
 *
 * Each format is one file in `decode/`, and is loaded when the first file of its kind comes.
 */

import { id3v2Size } from './decode/bytes.ts';
import { holdFailure } from './decode/failing.ts';
import type { AudioFormat } from './decode/format.ts';
import type { Session, Sink } from './decode/session.ts';
import { sniff } from './decode/sniff.ts';
import { ParameterError } from './errors.ts';
import { asBytes, checkAttached, checkHooks, checkNumber, checkOptions, describe } from './options.ts';
import { Turns } from './pause.ts';

export type { AudioFormat };

/** A decoded file. */
export interface Audio {
  /** Mono samples, nominally within -1 to 1 (lossy and float files may go beyond); at least one, all finite. */
  y: Float32Array;
  /** Samples a second, the file's own. */
  sr: number;
  format: AudioFormat;
  /** Channels of the file, of which `y` is the mean. */
  channels: number;
  /** What was wrong with the file and could be got over: damage passed over, missing ends, junk. */
  warnings: string[];
}

/** Samples of a stream, in order. */
export interface AudioBlock {
  /** Mono samples; at least one. */
  y: Float32Array;
  /** Samples a second, the same in all blocks of a stream. */
  sr: number;
}

/** Options of `decode` and `decodeStream`. */
export interface DecodeOptions {
  /** The file's name, for messages. Default: none. */
  name?: string;
  /** How much to decode, in seconds; what lies behind is not looked at. Default: all. */
  seconds?: number;
  /** Ends the work with the signal's reason. */
  signal?: AbortSignal;
}

/** Options of `decodeStream`. */
export interface DecodeStreamOptions extends DecodeOptions {
  /** Is told of damage that was got over, as it is found. Default: not told. */
  onWarning?: (message: string) => void;
}

/** Bytes worked on at once: some milliseconds of work, also for a slow decoder. Four times as much was no faster. */
const PIECE = 16384;

/** Not before the first file comes: those who bring samples or features never load it. */
const loadSession = () => import('./decode/session.ts');

/**
 * Tells a file's format by its first bytes.
 *
 * A few hundred bytes will do for most files; up to 256 KiB are searched for MPEG frames behind junk. An ID3v2 tag that goes
 * on beyond the bytes given counts as mp3, before which it nearly always stands.
 *
 * @param bytes the beginning of a file, or all of it
 * @returns the format, or `undefined` where it is none that `decode` reads (which, when called, says what it is instead)
 */
export function detectFormat(bytes: Uint8Array | ArrayBuffer): AudioFormat | undefined {
  let head = asBytes('detectFormat', bytes);
  for (let tag = id3v2Size(head); tag > 0; tag = id3v2Size(head)) {
    if (tag >= head.length) return 'mp3';
    head = head.subarray(tag);
  }
  const verdict = sniff(head, true);
  return verdict && 'format' in verdict ? verdict.format : undefined;
}

/**
 * Decodes a whole file.
 *
 * @param bytes the file
 * @throws DecodeError when it is no audio, not decodable here, too damaged, holds no samples or values that are not finite,
 *   or changes its sample rate on the way; the message names the file and what to do
 * @throws ParameterError on bad options
 */
export async function decode(bytes: Uint8Array | ArrayBuffer, options?: DecodeOptions): Promise<Audio> {
  const where = 'decode';
  const { name, seconds, signal } = checkDecodeOptions(where, options, {});
  const pieces = piecesOf(asBytes(where, bytes));
  const { Session, Sink } = await loadSession();
  const sink = new Sink(where, name, seconds);
  const session = new Session(sink);
  const blocks: Float32Array[] = [];
  for await (const y of blocksOf(session, sink, pieces, signal)) blocks.push(y.slice());
  const y = new Float32Array(sink.length);
  let at = 0;
  for (const block of blocks) {
    y.set(block, at);
    at += block.length;
  }
  return { y, sr: sink.sr, format: session.format as AudioFormat, channels: sink.channels, warnings: sink.warnings };
}

/**
 * Decodes a file while it comes. The blocks end to end are the bits of `decode`, however the source cuts the bytes; memory
 * does not grow with the file.
 *
 * @param source the file's bytes in order, e.g. the body of a `Response` or a Node stream; it is closed when the caller stops early
 * @throws as `decode`, from the iteration; errors of the source pass through
 */
export function decodeStream(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options?: DecodeStreamOptions,
): AsyncIterable<AudioBlock> {
  const blocks = decodeViews('decodeStream', source, options);
  return (async function* () {
    for await (const { y, sr } of blocks) yield { y: y.slice(), sr };
  })();
}

/** `decodeStream`, but of views that are good until the next block is asked for; `where` is for messages. */
export function decodeViews(
  where: string,
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options?: DecodeStreamOptions,
): AsyncIterable<AudioBlock> {
  const { name, seconds, signal, onWarning } = checkDecodeOptions(where, options, {
    onWarning: undefined as DecodeStreamOptions['onWarning'],
  });
  const chunks = iterate(where, source);
  holdFailure(source);
  return (async function* () {
    const { Session, Sink } = await loadSession();
    const sink = new Sink(where, name, seconds, onWarning);
    for await (const y of blocksOf(new Session(sink), sink, cut(where, chunks), signal)) yield { y, sr: sink.sr };
  })();
}

/**
 * Feeds pieces to a session, and gives out what it has written after each, as views that are good until the next. Other work
 * has its turn in between.
 */
async function* blocksOf(
  session: Session,
  sink: Sink,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array> {
  const turns = new Turns(signal);
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await session.push(piece);
      const y = sink.take();
      if (y.length > 0) yield y;
      if (sink.full) break;
      await turns.take();
    }
    signal?.throwIfAborted();
    if (!sink.full) await session.end();
    const y = sink.take();
    if (y.length > 0) yield y;
  } finally {
    session.free();
  }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Checks what a source gives and cuts large pieces. */
async function* cut(where: string, chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) {
      throw new ParameterError(`${where}: source must give Uint8Array chunks, got ${describe(chunk)}`, 'source');
    }
    checkAttached(where, 'a chunk', chunk);
    yield* piecesOf(chunk);
  }
}

/** An async iterable of a source; streams of browsers that cannot be iterated are read by their reader. */
function iterate(where: string, source: unknown): AsyncIterable<unknown> {
  const value = source as Partial<AsyncIterable<unknown> & ReadableStream<unknown>> | null | undefined;
  if (typeof value?.[Symbol.asyncIterator] === 'function') return value as AsyncIterable<unknown>;
  if (typeof value?.getReader === 'function') return readAll(value as ReadableStream<unknown>);
  const hint = ArrayBuffer.isView(source) || source instanceof ArrayBuffer ? '; for a whole file use decode' : '';
  throw new ParameterError(
    `${where}: source must be an AsyncIterable or a ReadableStream of Uint8Array, got ${describe(source)}${hint}`,
    'source',
  );
}

async function* readAll(stream: ReadableStream<unknown>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isDone) await reader.cancel();
    reader.releaseLock();
  }
}

function checkDecodeOptions<T extends object>(
  where: string,
  options: (DecodeOptions & Partial<T>) | undefined,
  more: T,
) {
  const defaults = {
    name: '',
    seconds: undefined as number | undefined,
    signal: undefined as AbortSignal | undefined,
    ...more,
  };
  const checked = checkOptions(where, options as Partial<typeof defaults> | undefined, defaults);
  const { name, seconds, signal } = checked;
  if (typeof name !== 'string')
    throw new ParameterError(`${where}: name must be a string, got ${describe(name)}`, 'name');
  if (seconds !== undefined) checkNumber(where, 'seconds', seconds, { above: 0 });
  checkHooks(where, { signal, onWarning: (checked as DecodeStreamOptions).onWarning });
  return checked;
}
