/**
 * Mel and log-Mel frames (paper section 4), in librosa's words: `melFilterBank` is its `filters.mel`, `melSpectrogram`
 * its `feature.melspectrogram`, but time runs down the rows. A stream gives the bits of the batch call.
 */
import { ParameterError } from './errors.ts';
import { FRONT_END_VERSION, type FrontEnd } from './frontend.ts';
import { type Block, kernels } from './kernels.ts';
import { Matrix } from './matrix.ts';
import { checkNumber, checkOptions, describe } from './options.ts';
import { checkSamplesOf } from './samples.ts';
import {
  allocateRows,
  checkFlag,
  checkFraming,
  checkPower,
  checkSignal,
  FRAMING_DEFAULTS,
  Framer,
  type Frames,
  framesOf,
  PlanCache,
  type SpectrogramOptions,
  StftPlan,
  transformTiles,
} from './stft.ts';

/** Which Mel scale. */
export interface MelScaleOptions {
  /** The scale of the HTK Book instead of Slaney's (Auditory Toolbox); not unless told otherwise. */
  htk?: boolean;
}

/** Where Mel bands lie. */
export interface MelFrequenciesOptions extends MelScaleOptions {
  /** How many frequencies, at least 2; 200 unless told otherwise. */
  nMels?: number;
  /** Lowest frequency in Hz; 0 unless told otherwise. */
  fMin?: number;
  /** Highest frequency in Hz; 11025 unless told otherwise. */
  fMax?: number;
}

/** A bank of triangular filters. */
export interface MelFilterBankOptions extends MelScaleOptions {
  /** Samples a second of the signal; always to be given. */
  sr: number;
  /** Samples in a frame: a power of two from 64 to 8192; 1024 unless told otherwise. */
  nFft?: number;
  /** Number of bands, 1 to 2048; 200 unless told otherwise. */
  nMels?: number;
  /** Lower end of the lowest band in Hz; 0 unless told otherwise. */
  fMin?: number;
  /** Upper end of the highest band in Hz, at most `sr / 2`, which it is unless told otherwise. */
  fMax?: number;
  /** `"slaney"` scales each triangle to an area of 1 Hz (unless told otherwise), `null` to a height of 1. */
  norm?: 'slaney' | null;
  /** Gets a text when filters are empty. Unless told otherwise `console.warn` does, once for each text. */
  onWarning?: (message: string) => void;
}

/** Mel frames. */
export interface MelOptions extends MelFilterBankOptions, SpectrogramOptions {
  nFft?: number;
}

/** Log-Mel frames. */
export interface LogMelOptions extends MelOptions {
  /** Floor below the logarithm, from 1.2e-38 (the least normal float32) to 1e30; 1e-5 unless told otherwise. */
  aMin?: number;
}

type Checked<T> = Required<T>;

/** The least normal float32, 2^-126: the kernel's logarithm takes no smaller value. */
const LEAST_NORMAL = 1.1754943508222875e-38;

const SCALE_DEFAULTS: Checked<MelScaleOptions> = { htk: false };

// `undefined` stands for "must be given" (sr) and for "follows sr" (fMax).
const BANK_DEFAULTS: Checked<MelFilterBankOptions> = {
  sr: undefined as unknown as number,
  nFft: FRAMING_DEFAULTS.nFft,
  nMels: 200,
  fMin: 0,
  fMax: undefined as unknown as number,
  htk: false,
  norm: 'slaney',
  onWarning: warnOnce,
};

const MEL_DEFAULTS: Checked<MelOptions> = { ...BANK_DEFAULTS, ...FRAMING_DEFAULTS, power: 1 };

const LOG_MEL_DEFAULTS: Checked<LogMelOptions> = { ...MEL_DEFAULTS, aMin: 1e-5 };

const warned = new Set<string>();

/** Prints each text once, as Python's warnings do: a library of a thousand tracks needs no thousand lines. */
function warnOnce(message: string): void {
  if (warned.has(message)) return;
  if (warned.size >= 100) warned.clear();
  warned.add(message);
  console.warn(message);
}

/** Checks a bank's options, with `fMax` filled in. */
function checkBank<T extends Checked<MelFilterBankOptions>>(where: string, merged: T): T {
  if (merged.sr === undefined) {
    throw new ParameterError(
      `${where}: sr must be given, the samples a second of y (22050 in the paper; resample to it first)`,
      'sr',
    );
  }
  const { sr, nMels, fMin, fMax = sr / 2, htk, norm, onWarning } = merged;
  checkNumber(where, 'sr', sr, { above: 0, max: 1e9 });
  checkNumber(where, 'nMels', nMels, { min: 1, max: 2048, integer: true });
  checkNumber(where, 'fMax', fMax, { above: 0 });
  if (fMax > sr / 2) {
    throw new ParameterError(
      `${where}: fMax must be at most sr / 2 = ${sr / 2} Hz, got ${fMax}; lower fMax, or use a signal of a higher sr`,
      'fMax',
    );
  }
  checkNumber(where, 'fMin', fMin, { min: 0 });
  if (fMin >= fMax) {
    throw new ParameterError(`${where}: fMin must be below fMax = ${fMax} Hz, got ${fMin}`, 'fMin');
  }
  checkFlag(where, 'htk', htk);
  if (norm !== 'slaney' && norm !== null) {
    throw new ParameterError(`${where}: norm must be "slaney" or null, got ${describe(norm)}`, 'norm');
  }
  if (typeof onWarning !== 'function') {
    throw new ParameterError(`${where}: onWarning must be a function, got ${describe(onWarning)}`, 'onWarning');
  }
  return { ...merged, fMax };
}

function checkMel<T extends Checked<MelOptions>>(where: string, options: Partial<T> | undefined, defaults: T): T {
  const merged = checkBank(where, checkOptions(where, options, defaults));
  checkFraming(where, merged);
  checkPower(where, merged.power);
  return merged;
}

function checkLogMel(where: string, options: LogMelOptions): Checked<LogMelOptions> {
  const merged = checkMel(where, options, LOG_MEL_DEFAULTS);
  checkNumber(where, 'aMin', merged.aMin, { min: LEAST_NORMAL, max: 1e30 });
  return merged;
}

/** The record of Mel frames; `norm` is a word, because a record holds no null. */
function frontEndOf(kind: string, options: Checked<MelOptions>): FrontEnd {
  const { sr, nFft, hopLength, center, nMels, fMin, fMax, htk, norm, power } = options;
  const version = FRONT_END_VERSION;
  return { kind, version, sr, nFft, hopLength, center, nMels, fMin, fMax, htk, norm: norm ?? 'none', power };
}

const logMelRecord = (options: Checked<LogMelOptions>): FrontEnd => ({
  ...frontEndOf('logMel', options),
  aMin: options.aMin,
});

/**
 * The record that log-Mel frames of these options carry, without computing any.
 *
 * @throws ParameterError on options that will not do
 */
export function logMelFrontEnd(options: LogMelOptions): FrontEnd {
  return logMelRecord(checkLogMel('logMelFrontEnd', options));
}

/** Applies a scale's function to one number or to each of several. */
function convert<T extends number | ArrayLike<number>>(
  where: string,
  name: string,
  values: T,
  options: MelScaleOptions | undefined,
  apply: (value: number, htk: boolean) => number,
): T extends number ? number : Float64Array {
  const { htk } = checkOptions(where, options, SCALE_DEFAULTS) as Checked<MelScaleOptions>;
  checkFlag(where, 'htk', htk);
  if (typeof values !== 'number' && !(typeof values === 'object' && values !== null && 'length' in values)) {
    throw new ParameterError(
      `${where}: ${name} must be a number or an array of numbers, got ${describe(values)}`,
      name,
    );
  }
  const one = (value: unknown) => apply(checkNumber(where, name, value, { min: 0 }), htk);
  const result = typeof values === 'number' ? one(values) : Float64Array.from(values as ArrayLike<number>, one);
  return result as T extends number ? number : Float64Array;
}

/**
 * Hz to mels, Slaney's scale or HTK's (librosa's `hz_to_mel`).
 *
 * @param frequencies one number or several, 0 or more
 * @throws ParameterError on a negative frequency, NaN or infinity
 */
export function hzToMel<T extends number | ArrayLike<number>>(
  frequencies: T,
  options?: MelScaleOptions,
): T extends number ? number : Float64Array {
  const { exports } = kernels();
  return convert('hzToMel', 'frequencies', frequencies, options, (hz, htk) => exports.hzToMel(hz, htk));
}

/**
 * Mels to Hz, Slaney's scale or HTK's (librosa's `mel_to_hz`).
 *
 * @param mels one number or several, 0 or more
 * @throws ParameterError on a negative mel, NaN or infinity
 */
export function melToHz<T extends number | ArrayLike<number>>(
  mels: T,
  options?: MelScaleOptions,
): T extends number ? number : Float64Array {
  const { exports } = kernels();
  return convert('melToHz', 'mels', mels, options, (mel, htk) => exports.melToHz(mel, htk));
}

/**
 * Frequencies in Hz, evenly spaced on the Mel scale, both ends included (librosa's `mel_frequencies`).
 *
 * @returns `nMels` values; a bank of `n` filters has its corners at those of `n + 2`
 * @throws ParameterError on options that will not do
 */
export function melFrequencies(options?: MelFrequenciesOptions): Float64Array {
  const where = 'melFrequencies';
  const defaults: Checked<MelFrequenciesOptions> = { nMels: 200, fMin: 0, fMax: 11025, htk: false };
  const { nMels, fMin, fMax, htk } = checkOptions(where, options, defaults) as Checked<MelFrequenciesOptions>;
  checkNumber(where, 'nMels', nMels, { min: 2, max: 1e6, integer: true });
  checkNumber(where, 'fMax', fMax, { above: 0 });
  checkNumber(where, 'fMin', fMin, { min: 0 });
  if (fMin >= fMax) throw new ParameterError(`${where}: fMin must be below fMax = ${fMax} Hz, got ${fMin}`, 'fMin');
  checkFlag(where, 'htk', htk);
  return kernels().run((k, { reserve }) => {
    const out = reserve(8 * nMels);
    k.melFrequencies(out, fMin, fMax, htk, nMels);
    return kernels().readF64(out, nMels);
  });
}

/** A bank of filters as bands of non-zero weights, resident in wasm memory. Whoever makes it owns it. */
class MelBands {
  readonly #kernels = kernels();
  readonly #bands: Block;
  /** What to tell the caller, if filters are empty. */
  readonly warning: string | undefined;

  /** @param options checked */
  constructor(readonly options: Checked<MelFilterBankOptions>) {
    const { sr, nFft, nMels, fMin, fMax, htk, norm } = options;
    this.#bands = this.#kernels.allocate(this.#kernels.exports.melBandsSize(nFft, nMels));
    this.#kernels.run((k, { reserve }) => {
      const edges = reserve(8 * (nMels + 2));
      k.melFrequencies(edges, fMin, fMax, htk, nMels + 2);
      k.melBands(this.#bands.pointer, edges, sr, norm === 'slaney', nFft, nMels);
    });
    this.warning = this.#describeEmpty();
  }

  get pointer(): number {
    return this.#bands.pointer;
  }

  dispose(): void {
    this.#bands.dispose();
  }

  /** The first bin and the number of bins of each band, one after the other. */
  #ranges(): Int32Array {
    return this.#kernels.readI32(this.pointer, 2 * this.options.nMels);
  }

  #describeEmpty(): string | undefined {
    const { sr, nFft, nMels } = this.options;
    const ranges = this.#ranges();
    const empty = Array.from({ length: nMels }, (_, b) => b).filter((b) => ranges[2 * b + 1] === 0);
    if (empty.length === 0) return undefined;
    const shown = empty.slice(0, 5).join(', ') + (empty.length > 5 ? ', ...' : '');
    return (
      `Empty filters detected in mel frequency basis: ${empty.length} of ${nMels} (${shown}) lie between two bins of ` +
      `nFft = ${nFft} at sr = ${sr} Hz. Their channels will always be empty. Try increasing nFft or your sampling rate ` +
      '(and fMax), or reducing nMels; on the HTK scale also htk = false or a higher fMin.'
    );
  }

  /** The bank in full, `(nMels, 1 + nFft / 2)`. */
  toMatrix(): Matrix {
    const { nFft, nMels } = this.options;
    const bins = 1 + nFft / 2;
    const data = new Float32Array(nMels * bins);
    const ranges = this.#ranges();
    let from = this.pointer + 8 * nMels;
    for (let b = 0; b < nMels; b++) {
      const count = ranges[2 * b + 1];
      data.set(this.#kernels.readF32(from, count), b * bins + ranges[2 * b]);
      from += 4 * count;
    }
    return new Matrix(data, nMels, bins);
  }
}

/**
 * A bank of triangular Mel filters (librosa's `filters.mel`).
 *
 * @returns weights `(nMels, 1 + nFft / 2)`
 * @throws ParameterError on options that will not do
 */
export function melFilterBank(options: MelFilterBankOptions): Matrix {
  const where = 'melFilterBank';
  const checked = checkBank(where, checkOptions(where, options, BANK_DEFAULTS));
  checkFraming(where, { ...FRAMING_DEFAULTS, nFft: checked.nFft });
  const bands = new MelBands(checked);
  try {
    if (bands.warning) checked.onWarning(`${where}: ${bands.warning}`);
    return bands.toMatrix();
  } finally {
    bands.dispose();
  }
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

  dispose(): void {
    this.#stft.dispose();
    this.#bands.dispose();
  }

  /** Rows of Mel bands `(nFrames, nMels)`, or of their logarithms where `aMin` is above 0. */
  transform(where: string, frames: Frames, options: Checked<MelOptions>, aMin: number): Float32Array {
    const { nFft, nMels, power } = options;
    const rows = allocateRows(where, frames.nFrames, nMels, 'feed a stream instead (logMelStream)');
    transformTiles(this.#stft.kernels, options, frames, [rows], nMels, (tile) => {
      const { exports: k, reserve, y, hop, nFrames } = tile;
      const work = reserve(k.melWorkSize(nFft, nMels));
      const out = reserve(4 * nFrames * nMels);
      const [plan, bands] = [this.#stft.pointer, this.#bands.pointer];
      k.melFrames(out, y, plan, bands, work, power, aMin, nFft, hop, nMels, nFrames);
      return [out];
    });
    return rows;
  }
}

const cache = new PlanCache<MelPlan>();

/** All frames of one signal, with a plan of the cache. */
function transformSignal(where: string, y: Float32Array, options: Checked<MelOptions>, aMin: number): Float32Array {
  checkSignal(where, y);
  const { sr, nFft, nMels, fMin, fMax, htk, norm } = options;
  const plan = cache.get({ sr, nFft, nMels, fMin, fMax, htk, norm }, () => new MelPlan(options));
  if (plan.warning) options.onWarning(`${where}: ${plan.warning}`);
  return plan.transform(where, framesOf(y, options), options, aMin);
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

  /** @throws ParameterError on options that will not do */
  constructor(options: LogMelOptions) {
    this.#options = checkLogMel('LogMel', options);
    this.frontEnd = logMelRecord(this.#options);
    this.#plan = new MelPlan(this.#options);
    this.#framer = new Framer(this.#options);
    if (this.#plan.warning) this.#options.onWarning(`LogMel: ${this.#plan.warning}`);
  }

  /**
   * Takes the next samples.
   *
   * @param y mono samples at `sr`, finite, any number
   * @returns the frames that they complete, `(0 or more, nMels)`
   * @throws ParameterError on samples that will not do; the signal then stands as it was
   */
  push(y: Float32Array): Matrix {
    checkSamplesOf('LogMel.push', y);
    return this.#transform('LogMel.push', this.#framer.push(y));
  }

  /**
   * Ends the signal: the frames that only its end completes (with `center`, or of a signal shorter than one frame). The
   * next `push` starts another signal.
   *
   * @throws ParameterError when there were no samples
   */
  flush(): Matrix {
    return this.#transform('LogMel.flush', this.#framer.flush('LogMel.flush'));
  }

  /** Gives the tables back. A second call does nothing. */
  dispose(): void {
    this.#plan.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #transform(where: string, frames: Frames): Matrix {
    const { nMels, aMin } = this.#options;
    const rows = this.#plan.transform(where, frames, this.#options, aMin);
    return new Matrix(rows, frames.nFrames, nMels, this.frontEnd);
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
