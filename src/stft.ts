/** Short-time Fourier transform and spectrogram, in librosa's words; time runs down the rows. */
import { ParameterError } from './errors.ts';
import { FRONT_END_VERSION, type FrontEnd } from './frontend.ts';
import { Matrix } from './matrix.ts';
import { checkOptions, describe } from './options.ts';
import {
  allocateRows,
  checkFraming,
  checkSignal,
  FRAMING_DEFAULTS,
  type FramingOptions,
  framesOf,
  transformTiles,
} from './stft/framing.ts';
import { PlanCache, StftPlan } from './stft/plan.ts';

export type { FramingOptions };

/** What a spectrogram holds, and how its signal is cut. */
export interface SpectrogramOptions extends FramingOptions {
  /** 1 for magnitudes (unless told otherwise), 2 for power. */
  power?: 1 | 2;
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
  const frames = framesOf(where, y, framing);
  const bins = 1 + nFft / 2;
  const outputs = [0, 1].map(() => allocateRows(where, frames.nFrames, bins, SHORTER));
  const workSize = plan.kernels.exports.stftWorkSize(nFft);
  transformTiles(plan.kernels, where, framing, frames, outputs, bins, workSize, (tile) => {
    const [real, imag] = tile.out;
    tile.exports.stftFrames(real, imag, tile.y, plan.pointer, tile.work, nFft, tile.hop, tile.nFrames);
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
  const frames = framesOf(where, y, framing);
  const bins = 1 + nFft / 2;
  const data = allocateRows(where, frames.nFrames, bins, SHORTER);
  const workSize = plan.kernels.exports.stftWorkSize(nFft);
  transformTiles(plan.kernels, where, framing, frames, [data], bins, workSize, (tile) => {
    const { out, work, hop } = tile;
    tile.exports.spectrogramFrames(out[0], tile.y, plan.pointer, work, power, nFft, hop, tile.nFrames);
  });
  return new Matrix(data, frames.nFrames, bins, recordOf('spectrogram', framing, { power }));
}

const SHORTER = 'give shorter parts of the signal';

/** The record of rows made here, settings in a fixed order. */
function recordOf(kind: string, { nFft, hopLength, center }: Required<FramingOptions>, more: FrontEnd = {}): FrontEnd {
  return { kind, version: FRONT_END_VERSION, nFft, hopLength, center, ...more };
}
