/**
 * Mel and log-Mel frames (paper section 4), in librosa's words: `melSpectrogram` is its `feature.melspectrogram`, but time
 * runs down the rows. A stream gives the bits of the batch call.
 */
import { FrontEndError, KernelsError } from './errors.ts';
import type { FrontEnd } from './frontend.ts';
import type { Kernels } from './kernels.ts';
import { Matrix } from './matrix.ts';
import { MelBands } from './mel/bank.ts';
import {
  type Checked,
  checkLogMel,
  checkMel,
  frontEndOf,
  type LogMelOptions,
  logMelRecord,
  MEL_DEFAULTS,
  type MelOptions,
} from './mel/options.ts';
import { checkSamplesType } from './samples.ts';
import {
  allocateRows,
  checkSignal,
  Framer,
  type Frames,
  framesOf,
  TILE_FRAMES,
  transformTiles,
} from './stft/framing.ts';
import { PlanCache, StftPlan } from './stft/plan.ts';

export { melFilterBank } from './mel/bank.ts';
export type { LogMelOptions, MelFilterBankOptions, MelOptions } from './mel/options.ts';
export {
  hzToMel,
  type MelFrequenciesOptions,
  type MelScaleOptions,
  melFrequencies,
  melToHz,
} from './mel/scale.ts';

/**
 * The record that log-Mel frames of these options carry, without computing any.
 *
 * @throws ParameterError on options that will not do
 */
export function logMelFrontEnd(options: LogMelOptions): FrontEnd {
  return logMelRecord(checkLogMel('logMelFrontEnd', options));
}

/**
 * The options that give log-Mel frames of a record: the inverse of `logMelFrontEnd`. What windows and spaces have added to
 * the record is passed over.
 *
 * @throws FrontEndError when the record is of another kind of frames
 */
export function logMelOptions(record: FrontEnd): LogMelOptions {
  if (record.kind !== 'logMel') {
    throw new FrontEndError(
      `logMelOptions: the record is of frames of the kind ${JSON.stringify(record.kind)}, which are not made from audio here; ` +
        'give features of that kind, made elsewhere',
      'kind',
    );
  }
  const { sr, nFft, hopLength, center, nMels, fMin, fMax, htk, norm, power, aMin } = record;
  const options = { sr, nFft, hopLength, center, nMels, fMin, fMax, htk, power, aMin };
  return { ...options, norm: norm === 'none' ? null : norm } as LogMelOptions;
}

/** All tables of Mel frames. Whoever makes it owns it. */
class MelPlan {
  readonly #stft: StftPlan;
  readonly #bands: MelBands;

  /** @param options checked */
  constructor(options: Checked<MelOptions>) {
    this.#stft = new StftPlan(options.nFft);
    this.#bands = new MelBands(options);
  }

  get warning(): string | undefined {
    return this.#bands.warning;
  }

  /** The instance whose memory holds the tables. */
  get kernels(): Kernels {
    return this.#stft.kernels;
  }

  dispose(): void {
    this.#stft.dispose();
    this.#bands.dispose();
  }

  /** Rows of Mel bands `(nFrames, nMels)`, or of their logarithms where `aMin` is above 0. */
  transform(where: string, frames: Frames, options: Checked<MelOptions>, aMin: number): Float32Array {
    const { nFft, nMels } = options;
    const rows = allocateRows(where, frames.nFrames, nMels, 'feed a stream instead (logMelStream)');
    const workSize = this.kernels.exports.melWorkSize(nFft, nMels);
    transformTiles(this.kernels, where, options, frames, [rows], nMels, workSize, ({ out, y, work, hop, nFrames }) => {
      this.#compute(out[0], y, work, options, aMin, hop, nFrames);
    });
    return rows;
  }

  /** The same of frames in wasm memory, which start at `pointer`; writes to `rows`. */
  transformAt(pointer: number, rows: Float32Array, options: Checked<MelOptions>, aMin: number): void {
    const { nFft, hopLength, nMels } = options;
    const nFrames = rows.length / nMels;
    this.kernels.run((exports, { reserve }) => {
      const work = reserve(exports.melWorkSize(nFft, nMels));
      const out = reserve(4 * Math.min(TILE_FRAMES, nFrames) * nMels);
      for (let first = 0; first < nFrames; first += TILE_FRAMES) {
        const count = Math.min(TILE_FRAMES, nFrames - first);
        this.#compute(out, pointer + 4 * first * hopLength, work, options, aMin, hopLength, count);
        this.kernels.copyF32(out, rows.subarray(first * nMels, (first + count) * nMels));
      }
    });
  }

  #compute(
    out: number,
    y: number,
    work: number,
    { power, nFft, nMels }: Checked<MelOptions>,
    aMin: number,
    hop: number,
    nFrames: number,
  ): void {
    const [plan, bands] = [this.#stft.pointer, this.#bands.pointer];
    this.kernels.exports.melFrames(out, y, plan, bands, work, power, aMin, nFft, hop, nMels, nFrames);
  }
}

const cache = new PlanCache<MelPlan>();

/** All frames of one signal, with a plan of the cache. */
function transformSignal(where: string, y: Float32Array, options: Checked<MelOptions>, aMin: number): Float32Array {
  checkSignal(where, y);
  const { sr, nFft, nMels, fMin, fMax, htk, norm } = options;
  const plan = cache.get({ sr, nFft, nMels, fMin, fMax, htk, norm }, () => new MelPlan(options));
  const rows = plan.transform(where, framesOf(where, y, options), options, aMin);
  // Last, because a callback may call us and have the cache give this plan up.
  if (plan.warning) options.onWarning(`${where}: ${plan.warning}`);
  return rows;
}

/**
 * Mel spectrogram, linear (librosa's `feature.melspectrogram` with `power=1`, transposed).
 *
 * @param y mono samples at `sr`, finite, at least one; a signal shorter than one frame is filled up with zeros
 * @returns `(nFrames, nMels)`, `nFrames = 1 + floor((n - nFft) / hopLength)`, with its front end's record
 * @throws ParameterError on options or samples that will not do
 */
export function melSpectrogram(y: Float32Array, options: MelOptions): Matrix {
  const where = 'melSpectrogram';
  const checked = checkMel(where, options, MEL_DEFAULTS);
  const rows = transformSignal(where, y, checked, 0);
  return new Matrix(rows, rows.length / checked.nMels, checked.nMels, frontEndOf('mel', checked));
}

/**
 * The paper's frames: natural logarithm of `max(mel, aMin)`, of 200 bands of magnitudes by default (section 4).
 *
 * @param y mono samples at `sr`, finite, at least one; a signal shorter than one frame is filled up with zeros
 * @returns `(nFrames, nMels)`, `nFrames = 1 + floor((n - nFft) / hopLength)`, with its front end's record
 * @throws ParameterError on options or samples that will not do
 */
export function logMelSpectrogram(y: Float32Array, options: LogMelOptions): Matrix {
  const where = 'logMelSpectrogram';
  const checked = checkLogMel(where, options);
  const rows = transformSignal(where, y, checked, checked.aMin);
  return new Matrix(rows, rows.length / checked.nMels, checked.nMels, logMelRecord(checked));
}

/**
 * Log-Mel frames of a signal that comes in blocks: all matrices together have the bits of `logMelSpectrogram`, however
 * the signal is cut. Owns its tables: `dispose` it, or declare it with `using`.
 */
export class LogMel {
  /** The record that every matrix carries. */
  readonly frontEnd: FrontEnd;
  readonly #options: Checked<LogMelOptions>;
  readonly #plan: MelPlan;
  readonly #framer: Framer;
  #disposed = false;

  /** @throws ParameterError on options that will not do */
  constructor(options: LogMelOptions) {
    this.#options = checkLogMel('LogMel', options);
    this.frontEnd = logMelRecord(this.#options);
    this.#plan = new MelPlan(this.#options);
    this.#framer = new Framer(this.#plan.kernels, this.#options);
    if (this.#plan.warning) this.#options.onWarning(`LogMel: ${this.#plan.warning}`);
  }

  /**
   * Takes the next samples.
   *
   * @param y mono samples at `sr`, finite, any number
   * @returns the frames that they complete, `(0 or more, nMels)`
   * @throws ParameterError on samples that will not do; the signal then stands as it was
   * @throws KernelsError after `dispose`
   */
  push(y: Float32Array): Matrix {
    const where = 'LogMel.push';
    this.#checkUsable(where);
    checkSamplesType(where, y);
    return this.#transform(where, this.#framer.framesAfter(y.length), (use) => this.#framer.push(where, y, use));
  }

  /**
   * Ends the signal: the frames that only its end completes (with `center`, or of a signal shorter than one frame). The
   * next `push` starts another signal.
   *
   * @throws ParameterError when there were no samples
   * @throws KernelsError after `dispose`
   */
  flush(): Matrix {
    const where = 'LogMel.flush';
    this.#checkUsable(where);
    const rest = this.#framer.rest(where);
    return this.#transform(where, rest, (use) => this.#framer.flush(rest, use));
  }

  /** Gives the tables back. A second call does nothing. */
  dispose(): void {
    this.#disposed = true;
    this.#plan.dispose();
    this.#framer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkUsable(where: string): void {
    if (this.#disposed) throw new KernelsError(`${where}: used after dispose; make a new LogMel`);
  }

  /** The rows of `nFrames` frames, which `hand` hands over part by part. */
  #transform(where: string, nFrames: number, hand: (use: (pointer: number, count: number) => void) => void): Matrix {
    const { nMels, aMin } = this.#options;
    const rows = allocateRows(where, nFrames, nMels, 'feed smaller blocks');
    let done = 0;
    hand((pointer, count) => {
      const part = rows.subarray(done * nMels, (done + count) * nMels);
      this.#plan.transformAt(pointer, part, this.#options, aMin);
      done += count;
    });
    return new Matrix(rows, nFrames, nMels, this.frontEnd);
  }
}

/**
 * Log-Mel frames of a stream of samples, in matrices of at least one row each, as they become complete.
 *
 * @param source blocks of mono samples at `sr`, of any sizes
 * @throws ParameterError on options or samples that will not do, also when the stream holds no samples
 */
export async function* logMelStream(
  source: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  options: LogMelOptions,
): AsyncGenerator<Matrix, void, undefined> {
  const frames = new LogMel(options);
  try {
    for await (const y of source) {
      const rows = frames.push(y);
      if (rows.rows > 0) yield rows;
    }
    const rest = frames.flush();
    if (rest.rows > 0) yield rest;
  } finally {
    frames.dispose();
  }
}
