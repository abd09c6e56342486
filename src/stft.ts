/**
 * Short-time Fourier transform and spectrogram, in librosa's words; and what the Mel frames share with them: the checks
 * of a signal and of framing, tiles of frames through the kernels, streams, and a small cache of plans.
 *
 * Frame `i` depends on its own samples only: its bits are the same whatever tile, lane or block of a stream it falls in.
 */
import { MemoryError, ParameterError } from './errors.ts';
import type { KernelExports } from './exports.ts';
import { FRONT_END_VERSION, type FrontEnd } from './frontend.ts';
import { type Block, type Kernels, kernels } from './kernels.ts';
import { Matrix } from './matrix.ts';
import { checkNumber, checkOptions, describe } from './options.ts';
import { checkSamplesOf } from './samples.ts';

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

/** What a spectrogram holds, and how its signal is cut. */
export interface SpectrogramOptions extends FramingOptions {
  /** 1 for magnitudes (unless told otherwise), 2 for power. */
  power?: 1 | 2;
}

/** The options of framing with their defaults. */
export const FRAMING_DEFAULTS: Required<FramingOptions> = { nFft: 1024, hopLength: 512, center: false };

/** Frames that go through a kernel at once: memory stays the same however long the signal is. */
export const TILE_FRAMES = 64;

/** Longest hop: a tile of frames that do not overlap is gathered frame by frame, so this bounds sizes in 32 bits only. */
const LONGEST_HOP = 0x3fffffff;

/** Plans kept for calls to come. */
const CACHED_PLANS = 8;

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

/** @throws ParameterError unless `power` is 1 or 2 */
export function checkPower(where: string, power: unknown): void {
  if (power !== 1 && power !== 2) {
    throw new ParameterError(
      `${where}: power must be 1 (magnitude) or 2 (power), got ${describe(power)}; raise the result for another`,
      'power',
    );
  }
}

/** Checks a whole signal. @throws ParameterError also when it is empty */
export function checkSignal(where: string, y: unknown): asserts y is Float32Array {
  checkSamplesOf(where, y);
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

/** All frames of a checked signal. */
export function framesOf(y: Float32Array, framing: Required<FramingOptions>): Frames {
  return { y, start: firstSample(framing), nFrames: countFrames(y.length, framing) };
}

/** Sample at which frame 0 starts. */
const firstSample = ({ nFft, center }: Required<FramingOptions>) => (center ? -nFft / 2 : 0);

/** The tables of one transform (window, twiddles), resident in wasm memory. Whoever makes it owns it. */
export class StftPlan {
  readonly #tables: Block;
  /** The instance whose memory holds the tables. */
  readonly kernels: Kernels = kernels();

  /** @param nFft checked */
  constructor(nFft: number) {
    this.#tables = this.kernels.allocate(this.kernels.exports.stftPlanSize(nFft));
    this.kernels.exports.stftPlan(this.#tables.pointer, nFft);
  }

  /** Byte offset of the tables. @throws KernelsError after `dispose` */
  get pointer(): number {
    return this.#tables.pointer;
  }

  dispose(): void {
    this.#tables.dispose();
  }
}

/** Frames `0 ... nFrames - 1` of a signal: frame 0 starts at sample `start` of `y`, and samples outside `y` are 0. */
export interface Frames {
  y: Float32Array;
  start: number;
  nFrames: number;
}

/** One tile of frames in wasm memory: frame `i` starts `i * hop` samples behind the byte offset `y`. */
export interface Tile {
  exports: KernelExports;
  reserve(byteLength: number): number;
  y: number;
  hop: number;
  nFrames: number;
}

/**
 * Runs frames through a kernel, tile by tile.
 *
 * @param framing checked
 * @param outputs one array for each output of the kernel, `nFrames * columns` values, to be filled
 * @param work calls the kernel on one tile and gives the byte offsets of its outputs, `(tile.nFrames, columns)` each
 */
export function transformTiles(
  held: Kernels,
  framing: Required<FramingOptions>,
  { y, start, nFrames }: Frames,
  outputs: readonly Float32Array[],
  columns: number,
  work: (tile: Tile) => number[],
): void {
  const { nFft, hopLength } = framing;
  // Frames that do not touch are laid side by side, so that a tile's size does not grow with the gaps.
  const hop = Math.min(hopLength, nFft);
  for (let first = 0; first < nFrames; first += TILE_FRAMES) {
    const count = Math.min(TILE_FRAMES, nFrames - first);
    const samples = gather(y, start + first * hopLength, count, framing, hop);
    held.run((exports, { put, reserve }) => {
      const pointers = work({ exports, reserve, y: put(samples), hop, nFrames: count });
      pointers.forEach((pointer, i) => {
        outputs[i].set(held.readF32(pointer, count * columns), first * columns);
      });
    });
  }
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
  #held = new Float32Array(0);
  /** Sample of `#held` at which the next frame starts: below 0 while `center` pads, above its length after a long hop. */
  #start: number;
  #samples = 0;
  #frames = 0;

  /** @param framing checked */
  constructor(framing: Required<FramingOptions>) {
    this.#framing = framing;
    this.#start = firstSample(framing);
  }

  /** Takes checked samples and gives the frames that they complete, which may be none. */
  push(y: Float32Array): Frames {
    const { nFft, hopLength } = this.#framing;
    const joined = this.#join(y);
    const nFrames = Math.max(0, 1 + Math.floor((joined.length - this.#start - nFft) / hopLength));
    const frames = { y: joined, start: this.#start, nFrames };
    const next = this.#start + nFrames * hopLength;
    // What lies before the next frame is done with.
    const done = Math.min(joined.length, Math.max(0, next));
    this.#held = joined.slice(done);
    this.#start = next - done;
    this.#samples += y.length;
    this.#frames += nFrames;
    return frames;
  }

  /**
   * Ends the signal: gives the frames that its end completes, and is ready for another signal.
   *
   * @throws ParameterError when there were no samples
   */
  flush(where: string): Frames {
    if (this.#samples === 0) throw emptySignal(where);
    const nFrames = countFrames(this.#samples, this.#framing) - this.#frames;
    const frames = { y: this.#held, start: this.#start, nFrames };
    this.#held = new Float32Array(0);
    this.#start = firstSample(this.#framing);
    this.#samples = 0;
    this.#frames = 0;
    return frames;
  }

  #join(y: Float32Array): Float32Array {
    if (this.#held.length === 0) return y;
    const joined = new Float32Array(this.#held.length + y.length);
    joined.set(this.#held);
    joined.set(y, this.#held.length);
    return joined;
  }
}

/** A few plans kept for the calls to come, the least recently used given up first. The cache owns what it holds. */
export class PlanCache<Plan extends { dispose(): void }> {
  // A plan's tables lie in the memory of one instance of the module and mean nothing in another's.
  readonly #plans = new WeakMap<Kernels, Map<string, Plan>>();

  /** The plan of these settings, made if it is not there. It is good until the next call of `get`. */
  get(settings: object, make: () => Plan): Plan {
    const current = kernels();
    let plans = this.#plans.get(current);
    if (!plans) {
      plans = new Map();
      this.#plans.set(current, plans);
    }
    const key = JSON.stringify(settings);
    const plan = plans.get(key) ?? make();
    plans.delete(key);
    plans.set(key, plan);
    if (plans.size > CACHED_PLANS) {
      const [oldest, unused] = plans.entries().next().value as [string, Plan];
      plans.delete(oldest);
      unused.dispose();
    }
    return plan;
  }
}

const cache = new PlanCache<StftPlan>();

/**
 * Short-time Fourier transform under a periodic Hann window.
 *
 * @param y mono samples, finite, at least one; a signal shorter than one frame is filled up with zeros
 * @returns real and imaginary part, each `(nFrames, 1 + nFft / 2)`
 * @throws ParameterError on options or samples that will not do
 */
export function stft(y: Float32Array, options?: FramingOptions): { real: Matrix; imag: Matrix } {
  const where = 'stft';
  const framing = checkOptions(where, options, FRAMING_DEFAULTS) as Required<FramingOptions>;
  checkFraming(where, framing);
  checkSignal(where, y);
  const { nFft } = framing;
  const plan = cache.get({ nFft }, () => new StftPlan(nFft));
  const frames = framesOf(y, framing);
  const bins = 1 + nFft / 2;
  const outputs = [0, 1].map(() => allocateRows(where, frames.nFrames, bins, SHORTER));
  transformTiles(plan.kernels, framing, frames, outputs, bins, (tile) => {
    const work = tile.reserve(tile.exports.stftWorkSize(nFft));
    const [real, imag] = outputs.map(() => tile.reserve(4 * tile.nFrames * bins));
    tile.exports.stftFrames(real, imag, tile.y, plan.pointer, work, nFft, tile.hop, tile.nFrames);
    return [real, imag];
  });
  const matrix = (part: number, kind: string) =>
    new Matrix(outputs[part], frames.nFrames, bins, recordOf(kind, framing));
  return { real: matrix(0, 'stftReal'), imag: matrix(1, 'stftImaginary') };
}

/**
 * Spectrogram `|X|^power` of `stft`.
 *
 * @param y mono samples, finite, at least one
 * @returns `(nFrames, 1 + nFft / 2)`
 * @throws ParameterError on options or samples that will not do
 */
export function spectrogram(y: Float32Array, options?: SpectrogramOptions): Matrix {
  const where = 'spectrogram';
  const defaults: Required<SpectrogramOptions> = { ...FRAMING_DEFAULTS, power: 1 };
  const { power, ...framing } = checkOptions(where, options, defaults) as Required<SpectrogramOptions>;
  checkFraming(where, framing);
  checkPower(where, power);
  checkSignal(where, y);
  const { nFft } = framing;
  const plan = cache.get({ nFft }, () => new StftPlan(nFft));
  const frames = framesOf(y, framing);
  const bins = 1 + nFft / 2;
  const data = allocateRows(where, frames.nFrames, bins, SHORTER);
  transformTiles(plan.kernels, framing, frames, [data], bins, (tile) => {
    const work = tile.reserve(tile.exports.stftWorkSize(nFft));
    const out = tile.reserve(4 * tile.nFrames * bins);
    tile.exports.spectrogramFrames(out, tile.y, plan.pointer, work, power, nFft, tile.hop, tile.nFrames);
    return [out];
  });
  return new Matrix(data, frames.nFrames, bins, recordOf('spectrogram', framing, { power }));
}

const SHORTER = 'give shorter parts of the signal';

/** The record of rows made here, settings in a fixed order. */
function recordOf(kind: string, { nFft, hopLength, center }: Required<FramingOptions>, more: FrontEnd = {}): FrontEnd {
  return { kind, version: FRONT_END_VERSION, nFft, hopLength, center, ...more };
}
