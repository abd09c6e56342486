/**
 * The record of how features were made, which travels with them and is stored in every model.
 *
 * Features of two front ends look alike (rows of floats) and mean different things, so whoever consumes them compares
 * the records first, as bliss-rs does with its `FeaturesVersion`.
 */
import { FrontEndError, ParameterError } from './errors.ts';

/** One flat record of settings: `{ kind: "logMel", version: 1, sr: 22050, nFft: 1024, ... }`. */
export type FrontEnd = Readonly<Record<string, string | number | boolean>>;

/**
 * Version of the numerics from PCM to log-Mel frames. It rises whenever the bits that they give for the same input
 * change, because features of two versions cannot be mixed.
 */
export const FRONT_END_VERSION = 2;

/**
 * Refuses features of another front end.
 *
 * A matrix without a record (made by hand from numbers) is let through: its maker vouches for it.
 *
 * @param where who refuses, the first word of the message
 * @param expected the record the model was trained with, if it has one
 * @param actual the record of the features at hand, if they have one
 * @throws FrontEndError naming the first setting that differs, both values and the remedy
 */
export function checkFrontEnd(where: string, expected: FrontEnd | undefined, actual: FrontEnd | undefined): void {
  if (!expected || !actual || expected === actual) return;
  for (const setting of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    // By ===, because JSON turns -0 into 0: a model then takes again what it was trained on.
    if (expected[setting] === actual[setting]) continue;
    const shown = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value));
    throw new FrontEndError(
      `${where}: made for features with ${setting} = ${shown(expected[setting])}, got features with ${setting} = ` +
        `${shown(actual[setting])}; compute the features again with ${setting} = ${shown(expected[setting])}, or use a ` +
        'model trained on features like these',
      setting,
    );
  }
}

/** Whether a value is a record that a file can hold and give back: JSON knows neither NaN nor Infinity. */
function isRecord(value: unknown): value is FrontEnd {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) =>
      typeof entry === 'number' ? Number.isFinite(entry) : ['string', 'boolean', 'undefined'].includes(typeof entry),
    )
  );
}

/**
 * Refuses a record that no model could keep, before anything is learned from the features that carry it.
 *
 * @throws ParameterError unless it is a flat object of strings, finite numbers and booleans
 */
export function checkRecord(where: string, record: FrontEnd): void {
  if (isRecord(record)) return;
  throw new ParameterError(
    `${where}: frontEnd must be a flat object of strings, finite numbers and booleans, got ${shortened(record)}`,
    'frontEnd',
  );
}

const shortened = (record: unknown) => (JSON.stringify(record) ?? String(record)).slice(0, 60);

/** Reads a record back from JSON text. @throws ParameterError when the text is not such a record */
export function parseFrontEnd(where: string, text: string): FrontEnd {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ParameterError(`${where}: the front end's record is not JSON: ${text.slice(0, 60)}`, 'frontEnd');
  }
  if (!isRecord(value)) {
    throw new ParameterError(
      `${where}: the front end's record must be a flat object, got ${text.slice(0, 60)}`,
      'frontEnd',
    );
  }
  return value;
}
