/** The options of Mel banks and frames: what they mean, their defaults, their checks and their record. */
import { ParameterError } from '../errors.ts';
import { FRONT_END_VERSION, type FrontEnd } from '../frontend.ts';
import { checkHooks, checkNumber, checkOptions, describe } from '../options.ts';
import { checkFlag, checkFraming, FRAMING_DEFAULTS } from '../stft/framing.ts';
import { checkPower, type SpectrogramOptions } from '../stft.ts';
import type { MelScaleOptions } from './scale.ts';

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
  /** Samples in a frame: a power of two from 64 to 8192; 1024 unless told otherwise. */
  nFft?: number;
}

/** Log-Mel frames. */
export interface LogMelOptions extends MelOptions {
  /** Floor below the logarithm, from 1.2e-38 (the least normal float32) to 1e30; 1e-5 unless told otherwise. */
  aMin?: number;
}

/** Options with every default filled in. */
export type Checked<T> = Required<T>;

/** The least normal float32, 2^-126: the kernel's logarithm takes no smaller value. */
const LEAST_NORMAL = 1.1754943508222875e-38;

/** Defaults of a bank; `undefined` stands for "must be given" (sr) and for "follows sr" (fMax). */
export const BANK_DEFAULTS: Checked<MelFilterBankOptions> = {
  sr: undefined as unknown as number,
  nFft: FRAMING_DEFAULTS.nFft,
  nMels: 200,
  fMin: 0,
  fMax: undefined as unknown as number,
  htk: false,
  norm: 'slaney',
  onWarning: warnOnce,
};

/** Defaults of Mel frames. */
export const MEL_DEFAULTS: Checked<MelOptions> = { ...BANK_DEFAULTS, ...FRAMING_DEFAULTS, power: 1 };

/** Defaults of log-Mel frames: the paper's. */
export const LOG_MEL_DEFAULTS: Checked<LogMelOptions> = { ...MEL_DEFAULTS, aMin: 1e-5 };

const warned = new Set<string>();

/** Prints each text once, as Python's warnings do: a library of a thousand tracks needs no thousand lines. */
export function warnOnce(message: string): void {
  if (warned.has(message)) return;
  if (warned.size >= 100) warned.clear();
  warned.add(message);
  console.warn(message);
}

/** Checks a bank's options, with `fMax` filled in. */
export function checkBank<T extends Checked<MelFilterBankOptions>>(where: string, merged: T): T {
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
  checkHooks(where, { onWarning });
  return { ...merged, fMax };
}

/** Checks the options of Mel frames, with `fMax` filled in. */
export function checkMel<T extends Checked<MelOptions>>(
  where: string,
  options: Partial<T> | undefined,
  defaults: T,
): T {
  const merged = checkBank(where, checkOptions(where, options, defaults));
  checkFraming(where, merged);
  checkPower(where, merged.power);
  return merged;
}

/** Checks the options of log-Mel frames, with everything filled in. */
export function checkLogMel(where: string, options: LogMelOptions): Checked<LogMelOptions> {
  const merged = checkMel(where, options, LOG_MEL_DEFAULTS);
  checkNumber(where, 'aMin', merged.aMin, { min: LEAST_NORMAL, max: 1e30 });
  return merged;
}

/** The record of Mel frames; `norm` is a word, because a record holds no null. */
export function frontEndOf(kind: string, options: Checked<MelOptions>): FrontEnd {
  const { sr, nFft, hopLength, center, nMels, fMin, fMax, htk, norm, power } = options;
  const version = FRONT_END_VERSION;
  return { kind, version, sr, nFft, hopLength, center, nMels, fMin, fMax, htk, norm: norm ?? 'none', power };
}

/** The record of log-Mel frames. */
export const logMelRecord = (options: Checked<LogMelOptions>): FrontEnd => ({
  ...frontEndOf('logMel', options),
  aMin: options.aMin,
});
