/**
 * Frames of a signal: how they are cut, from whole signals and from streams, and how tiles of them go through a kernel.
 *
 * Frame `i` depends on its own samples only: its bits are the same whatever tile, lane or block of a stream it falls in.
 */
import { MemoryError, ParameterError } from '../errors.ts';
import type { KernelExports } from '../exports.ts';
import type { Kernels } from '../kernels.ts';
import { checkNumber, describe } from '../options.ts';
import { PendingValues } from '../pending.ts';
import { checkSamplesOf, LARGEST_SAMPLE } from '../samples.ts';

/** How a signal is cut into frames. */
export interface FramingOptions {
  /** Samples in a frame: a power of two from 64 to 8192; 1024 unless told otherwise. */
  nFft?: number;
  /** Samples from one frame's start to the next one's, at least 1; 512 unless told otherwise. */
  hopLength?: number;
  /**
   * Whether frame `i` is centred on sample `i * hopLength`, with zeros beyond the signal's ends (librosa's
   * `center=True, pad_mode="constant"`); not unless told otherwise: then frame `i` starts at that sample.
   */
  center?: boolean;
}

/** The options of framing with their defaults. */
export const FRAMING_DEFAULTS: Required<FramingOptions> = { nFft: 1024, hopLength: 512, center: false };

/** Frames that go through a kernel at once: memory stays the same however long the signal is. */
export const TILE_FRAMES = 64;

/** Longest hop: a tile of frames that do not overlap is gathered frame by frame, so this bounds sizes in 32 bits only. */
const LONGEST_HOP = 0x3fffffff;

/** @throws ParameterError unless the framing is one that the kernels can do */
export function checkFraming(where: string, framing: Required<FramingOptions>): void {
  const { nFft, hopLength, center } = framing;
  checkNumber(where, 'nFft', nFft, { min: 64, max: 8192, integer: true });
  if ((nFft & (nFft - 1)) !== 0) {
    const below = 1 << (31 - Math.clz32(nFft));
    throw new ParameterError(
      `${where}: nFft must be a power of two from 64 to 8192, got ${nFft}; use ${below} or ${2 * below}`,
      'nFft',
    );
  }
  checkNumber(where, 'hopLength', hopLength, { min: 1, max: LONGEST_HOP, integer: true });
  checkFlag(where, 'center', center);
}

/** @throws ParameterError unless `value` is true or false */
export function checkFlag(where: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') {
    throw new ParameterError(`${where}: ${name} must be true or false, got ${describe(value)}`, name);
  }
}

/** Checks the type of a whole signal; its samples are checked as they are transformed. @throws ParameterError also when it is empty */
export function checkSignal(where: string, y: unknown): asserts y is Float32Array {
  // The one fault of an empty array that has a message of its own.
  if (!(y instanceof Float32Array) || y.length === 0) checkSamplesOf(where, y);
  if (y.length === 0) throw emptySignal(where);
}

const emptySignal = (where: string) =>
  new ParameterError(`${where}: y must hold at least one sample, got none; skip empty signals`, 'y');

/**
 * Number of frames of `n` samples, `n` at least 1: `1 + floor((n - nFft) / hopLength)`, or with `center`
 * `1 + floor(n / hopLength)`. A signal shorter than one frame has one, filled up with zeros.
 */
export function countFrames(n: number, { nFft, hopLength, center }: Required<FramingOptions>): number {
  const whole = center ? n : Math.max(0, n - nFft);
  return 1 + Math.floor(whole / hopLength);
}

/** All frames of a signal that `checkSignal` has passed. @throws ParameterError on samples that no frame holds and that will not do */
export function framesOf(where: string, y: Float32Array, framing: Required<FramingOptions>): Frames {
  const { nFft, hopLength } = framing;
  const frames = { y, start: firstSample(framing), nFrames: countFrames(y.length, framing) };
  const end = frames.start + (frames.nFrames - 1) * hopLength + nFft;
  if (hopLength > nFft) checkSamplesOf(where, y);
  else if (end < y.length) checkSamplesOf(where, y.subarray(end), end);
  return frames;
}

/** Sample at which frame 0 starts. */
const firstSample = ({ nFft, center }: Required<FramingOptions>) => (center ? -nFft / 2 : 0);

/** Frames `0 ... nFrames - 1` of a signal: frame 0 starts at sample `start` of `y`, and samples outside `y` are 0. */
export interface Frames {
  y: Float32Array;
  start: number;
  nFrames: number;
}

/** One tile of frames in wasm memory: frame `i` starts `i * hop` samples behind the byte offset `y`. */
export interface Tile {
  exports: KernelExports;
  y: number;
  /** Byte offset of the work space. */
  work: number;
  /** Byte offsets of the outputs, `(nFrames, columns)` each. */
  out: readonly number[];
  hop: number;
  nFrames: number;
}

/**
 * Runs frames through a kernel, tile by tile.
 *
 * @param where who asks, for messages
 * @param framing checked
 * @param outputs one array for each output of the kernel, `nFrames * columns` values, to be filled
 * @param workSize bytes of work space
 * @param transform calls the kernel on one tile
 * @throws ParameterError on a sample that is NaN, infinite or no audio
 */
export function transformTiles(
  held: Kernels,
  where: string,
  framing: Required<FramingOptions>,
  { y, start, nFrames }: Frames,
  outputs: readonly Float32Array[],
  columns: number,
  workSize: number,
  transform: (tile: Tile) => void,
): void {
  const { nFft, hopLength } = framing;
  // Frames that do not touch are laid side by side, so that a tile's size does not grow with the gaps.
  const hop = Math.min(hopLength, nFft);
  const most = Math.min(TILE_FRAMES, nFrames);
  if (most === 0) return;
  held.run((exports, { reserve }) => {
    const samplesAt = reserve(4 * ((most - 1) * hop + nFft));
    const work = reserve(workSize);
    const out = outputs.map(() => reserve(4 * most * columns));
    for (let first = 0; first < nFrames; first += TILE_FRAMES) {
      const count = Math.min(TILE_FRAMES, nFrames - first);
      const samples = gather(y, start + first * hopLength, count, framing, hop);
      held.write(samplesAt, samples);
      // The samples are in the cache now; which one is at fault is found the long way.
      if (exports.anyBeyond(samplesAt, LARGEST_SAMPLE, samples.length)) checkSamplesOf(where, y);
      transform({ exports, y: samplesAt, work, out, hop, nFrames: count });
      out.forEach((pointer, i) => {
        held.copyF32(pointer, outputs[i].subarray(first * columns, (first + count) * columns));
      });
    }
  });
}

/** The samples of `count` frames, the first one starting at `from`: a view where they lie in `y` as they are. */
function gather(
  y: Float32Array,
  from: number,
  count: number,
  { nFft, hopLength }: Required<FramingOptions>,
  hop: number,
): Float32Array {
  const length = (count - 1) * hop + nFft;
  if (hop === hopLength && from >= 0 && from + length <= y.length) return y.subarray(from, from + length);
  const samples = new Float32Array(length);
  const parts = hop === hopLength ? [[0, length]] : Array.from({ length: count }, (_, i) => [i, nFft]);
  for (const [i, size] of parts) {
    const at = from + i * hopLength;
    const begin = Math.min(y.length, Math.max(0, at));
    const end = Math.min(y.length, Math.max(0, at + size));
    if (end > begin) samples.set(y.subarray(begin, end), i * hop + begin - at);
  }
  return samples;
}

/** Room for a result. @throws MemoryError when the runtime has none, saying what else to use */
export function allocateRows(where: string, rows: number, columns: number, instead: string): Float32Array {
  try {
    return new Float32Array(rows * columns);
  } catch (cause) {
    const error = new MemoryError(`${where}: no memory for ${rows} frames of ${columns} values; ${instead}`);
    error.cause = cause;
    throw error;
  }
}

/** Cuts a signal that comes in blocks into frames: holds back what the next frame needs, and nothing more. */
export class Framer {
  readonly #framing: Required<FramingOptions>;
  readonly #pending = new PendingValues();
  /** Values of `#pending` that no frame to come needs; dropped late, because the frames given last are views of them. */
  #done = 0;
  /** Where in `#pending` the next frame starts: below 0 while `center` pads, beyond its end after a long hop. */
  #start: number;
  #samples = 0;
  #frames = 0;

  /** @param framing checked */
  constructor(framing: Required<FramingOptions>) {
    this.#framing = framing;
    this.#start = firstSample(framing);
  }

  /**
   * Takes checked samples.
   *
   * @returns the frames that they complete, which may be none; good until the next call
   */
  push(y: Float32Array): Frames {
    const { nFft, hopLength } = this.#framing;
    this.#drop();
    this.#pending.append(y);
    this.#samples += y.length;
    const whole = this.#pending.length - this.#start - nFft;
    const nFrames = Math.max(0, 1 + Math.floor(whole / hopLength));
    const frames = { y: this.#pending.values, start: this.#start, nFrames };
    this.#frames += nFrames;
    this.#start += nFrames * hopLength;
    this.#done = Math.min(this.#pending.length, Math.max(0, this.#start));
    return frames;
  }

  /**
   * Ends the signal and is ready for another one.
   *
   * @returns the frames that only the end completes, which may be none; good until the next call
   * @throws ParameterError when there were no samples
   */
  flush(where: string): Frames {
    if (this.#samples === 0) throw emptySignal(where);
    this.#drop();
    const nFrames = countFrames(this.#samples, this.#framing) - this.#frames;
    const frames = { y: this.#pending.values, start: this.#start, nFrames };
    this.#done = this.#pending.length;
    this.#start = this.#done + firstSample(this.#framing);
    this.#samples = 0;
    this.#frames = 0;
    return frames;
  }

  #drop(): void {
    this.#pending.drop(this.#done);
    this.#start -= this.#done;
    this.#done = 0;
  }
}
