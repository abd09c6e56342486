/** The Mel scales, Slaney's and HTK's, computed in the module. */
import { ParameterError } from '../errors.ts';
import { kernels } from '../kernels.ts';
import { checkNumber, checkOptions, describe } from '../options.ts';
import { checkFlag } from '../stft/framing.ts';

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

const SCALE_DEFAULTS: Required<MelScaleOptions> = { htk: false };

/** No frequency of sound is as high; up to here both scales stay finite. */
const HIGHEST_HZ = 1e9;
const HIGHEST_MEL = 1e4;

/** Applies a scale's function to one number or to each of several. */
function convert<T extends number | ArrayLike<number>>(
  where: string,
  name: string,
  values: T,
  max: number,
  options: MelScaleOptions | undefined,
  apply: (value: number, htk: boolean) => number,
): T extends number ? number : Float64Array {
  const { htk } = checkOptions(where, options, SCALE_DEFAULTS) as Required<MelScaleOptions>;
  checkFlag(where, 'htk', htk);
  if (typeof values !== 'number' && !(typeof values === 'object' && values !== null && 'length' in values)) {
    throw new ParameterError(
      `${where}: ${name} must be a number or an array of numbers, got ${describe(values)}`,
      name,
    );
  }
  const one = (value: unknown) => apply(checkNumber(where, name, value, { min: 0, max }), htk);
  const result = typeof values === 'number' ? one(values) : Float64Array.from(values as ArrayLike<number>, one);
  return result as T extends number ? number : Float64Array;
}

/**
 * Hz to mels, Slaney's scale or HTK's (librosa's `hz_to_mel`).
 *
 * @param frequencies one number or several, 0 to 1e9
 * @throws ParameterError on a frequency outside, NaN or infinity
 */
export function hzToMel<T extends number | ArrayLike<number>>(
  frequencies: T,
  options?: MelScaleOptions,
): T extends number ? number : Float64Array {
  const { exports } = kernels();
  return convert('hzToMel', 'frequencies', frequencies, HIGHEST_HZ, options, (hz, htk) => exports.hzToMel(hz, htk));
}

/**
 * Mels to Hz, Slaney's scale or HTK's (librosa's `mel_to_hz`).
 *
 * @param mels one number or several, 0 to 10000
 * @throws ParameterError on a mel outside, NaN or infinity
 */
export function melToHz<T extends number | ArrayLike<number>>(
  mels: T,
  options?: MelScaleOptions,
): T extends number ? number : Float64Array {
  const { exports } = kernels();
  return convert('melToHz', 'mels', mels, HIGHEST_MEL, options, (mel, htk) => exports.melToHz(mel, htk));
}

/**
 * Frequencies in Hz, evenly spaced on the Mel scale, both ends included (librosa's `mel_frequencies`).
 *
 * @returns `nMels` values; a bank of `n` filters has its corners at those of `n + 2`
 * @throws ParameterError on options that will not do
 */
export function melFrequencies(options?: MelFrequenciesOptions): Float64Array {
  const where = 'melFrequencies';
  const defaults: Required<MelFrequenciesOptions> = { nMels: 200, fMin: 0, fMax: 11025, htk: false };
  const { nMels, fMin, fMax, htk } = checkOptions(where, options, defaults) as Required<MelFrequenciesOptions>;
  checkNumber(where, 'nMels', nMels, { min: 2, max: 1e6, integer: true });
  checkNumber(where, 'fMax', fMax, { above: 0, max: HIGHEST_HZ });
  checkNumber(where, 'fMin', fMin, { min: 0 });
  if (fMin >= fMax) throw new ParameterError(`${where}: fMin must be below fMax = ${fMax} Hz, got ${fMin}`, 'fMin');
  checkFlag(where, 'htk', htk);
  return kernels().run((k, { reserve }) => {
    const out = reserve(8 * nMels);
    k.melFrequencies(out, fMin, fMax, htk, nMels);
    return kernels().readF64(out, nMels);
  });
}
