/** The check that every reader of audio samples makes first. */
import { ParameterError } from './errors.ts';
import { checkAttached, describe, findNonFinite } from './options.ts';

/**
 * Largest sample taken. Audio lies within -1 to 1; up to here no sum of squares leaves float32. Bytes read with the wrong
 * format or byte order give values beyond it.
 */
export const LARGEST_SAMPLE = 1e10;

/**
 * Checks the samples of one signal, or of a block of one.
 *
 * @param offset index in the whole signal of the block's first sample, for the message
 * @throws ParameterError on another type than Float32Array, or naming the first sample that is NaN, infinite or no audio
 */
export function checkSamplesOf(where: string, y: unknown, offset = 0): asserts y is Float32Array {
  checkSamplesType(where, y);
  const i = findNonFinite(y, LARGEST_SAMPLE);
  if (i < 0) return;
  const fault = Number.isFinite(y[i]) ? 'be at most 1e10 in size (audio lies within -1 to 1)' : 'be finite';
  throw new ParameterError(
    `${where}: y must ${fault}, got ${y[i]} at sample ${offset + i}; repair the signal, or check the format it was read with`,
    'y',
  );
}

/**
 * The same, but for the samples themselves.
 *
 * @throws ParameterError on another type than Float32Array, and on memory that was transferred
 */
export function checkSamplesType(where: string, y: unknown): asserts y is Float32Array {
  if (!(y instanceof Float32Array)) {
    throw new ParameterError(
      `${where}: y must be a Float32Array of mono samples, got ${describe(y)}; use Float32Array.from(...)`,
      'y',
    );
  }
  checkAttached(where, 'y', y);
}
