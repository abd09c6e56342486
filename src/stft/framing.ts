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
import { checkSamplesOf, checkSamplesType, LARGEST_SAMPLE } from '../samples.ts';

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

/** Samples that `Framer` takes at a time. */
const CHUNK = 65_536;

/** Frames of a signal that comes in blocks: holds back, in wasm memory, what the next frame needs, and nothing more. */
export class Framer {
  readonly #framing: Required<FramingOptions>;
  /** From the next frame's start on, or from behind the last frame where the next one's start is still to come. */
  readonly #input: PendingValues;
  /** Samples still to come before the next frame starts. */
  #skip = 0;
  #samples = 0;
  #frames = 0;

  /**
   * @param held whose memory it is
   * @param framing checked
   */
  constructor(held: Kernels, framing: Required<FramingOptions>) {
    this.#framing = framing;
    this.#input = new PendingValues(held);
  }

  /** How many frames are complete after `n` samples more. */
  framesAfter(n: number): number {
    const before = this.#samples === 0 ? -firstSample(this.#framing) : this.#input.length;
    return Math.max(0, 1 + Math.floor((before + n - this.#skip - this.#framing.nFft) / this.#framing.hopLength));
  }

  /**
   * Takes samples, and hands over the frames that they complete, a part at a time.
   *
   * @param use is told where frames lie, the hop apart, good until it returns, and how many
   * @throws ParameterError on another type than Float32Array, and on a sample that will not do; then none of `y` is taken
   */
  push(where: string, y: Float32Array, use: (pointer: number, nFrames: number) => void): void {
    checkSamplesType(where, y);
    // A shorter block is checked on its way; of a longer one, a part would have been taken before the bad sample is met.
    if (y.length > CHUNK) checkSamplesOf(where, y);
    for (let from = 0; from < y.length; from += CHUNK) {
      const part = y.subarray(from, from + CHUNK);
      if (this.#samples === 0) this.#input.pad(-firstSample(this.#framing));
      if (!this.#input.append(part, LARGEST_SAMPLE)) checkSamplesOf(where, part, from);
      this.#samples += part.length;
      this.#drop(0);
      this.#hand(this.framesAfter(0), use);
    }
  }

  /** How many frames only the end of the signal completes. @throws ParameterError when there were no samples */
  rest(where: string): number {
    if (this.#samples === 0) throw emptySignal(where);
    return countFrames(this.#samples, this.#framing) - this.#frames;
  }

  /** Ends the signal: hands over the `rest`, and is ready for another one. */
  flush(nFrames: number, use: (pointer: number, nFrames: number) => void): void {
    const { nFft, hopLength } = this.#framing;
    if (nFrames > 0) this.#input.pad((nFrames - 1) * hopLength + nFft);
    this.#hand(nFrames, use);
    this.#input.drop(this.#input.length);
    this.#skip = this.#samples = this.#frames = 0;
  }

  dispose(): void {
    this.#input.dispose();
  }

  #hand(nFrames: number, use: (pointer: number, nFrames: number) => void): void {
    if (nFrames === 0) return;
    use(this.#input.pointer, nFrames);
    this.#frames += nFrames;
    this.#drop(nFrames * this.#framing.hopLength);
  }

  /** Drops `count` samples, those that are still to come later. */
  #drop(count: number): void {
    this.#skip += count;
    const dropped = Math.min(this.#skip, this.#input.length);
    if (dropped > 0) this.#input.drop(dropped);
    this.#skip -= dropped;
  }
}
