/**
 * Options are one object, checked at the door: an unknown key, a missing one or a value out of range is a
 * `ParameterError` that says what was probably meant.
 */
import { ParameterError } from './errors.ts';

/** Edits (insert, delete, replace, swap of neighbours) between two words; small words only, so the plain table will do. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, previous[j] + 1, current[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
      }
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length];
}

const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * The candidate that `word` was probably meant to be, or `undefined` when none is near.
 *
 * Case, underscores and hyphens do not count: `hop_length` is at distance 0 of `hopLength`.
 */
export function closestWord(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Merges `options` over `defaults` after refusing every key that `defaults` does not have.
 *
 * A key whose value is `undefined` counts as not given.
 *
 * @param where name of the function or class, the first word of the message
 * @param options what the caller gave; `undefined` is the empty object
 * @param defaults every key there is, with its default
 * @throws ParameterError on an unknown key (naming the likely one) or when `options` is not an object
 */
export function checkOptions<T extends object>(where: string, options: Partial<T> | undefined, defaults: T): T {
  if (options === undefined) return { ...defaults };
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new ParameterError(`${where}: options must be an object, got ${describe(options)}`);
  }
  const merged: T = { ...defaults };
  for (const key of Object.keys(options) as (keyof T & string)[]) {
    if (!Object.hasOwn(defaults, key)) {
      const meant = closestWord(key, Object.keys(defaults));
      const hint = meant ? `did you mean "${meant}"?` : `known options: ${Object.keys(defaults).join(', ')}`;
      throw new ParameterError(`${where}: unknown option "${key}"; ${hint}`, key);
    }
    if (options[key] !== undefined) merged[key] = options[key] as T[typeof key];
  }
  return merged;
}

/** A value as an error message shows it: short, and telling `"1"` from `1`. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'function') return `a function`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (typeof value === 'object' && value !== null) return `an object`;
  return String(value);
}

/** Bounds of a number: `min <= value <= max`, an integer where `integer` is set; `above` excludes its own value. */
export interface NumberBounds {
  min?: number;
  max?: number;
  above?: number;
  integer?: boolean;
}

/** Whether a number lies within bounds; NaN and infinity lie in none. */
export function isWithin(value: number, { min, max, above, integer }: NumberBounds): boolean {
  return (
    Number.isFinite(value) &&
    (!integer || Number.isInteger(value)) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above)
  );
}

/** Bounds as a message gives them, e.g. `"above 0 and at most 1"`; empty where there are none. */
export function boundsInWords({ min, max, above }: NumberBounds): string {
  return Object.entries({ above, 'at least': min, 'at most': max })
    .flatMap(([word, bound]) => (bound === undefined ? [] : [`${word} ${bound}`]))
    .join(' and ');
}

/**
 * Checks one number and returns it.
 *
 * @throws ParameterError naming the option, the value and the range
 */
export function checkNumber(where: string, name: string, value: unknown, bounds: NumberBounds = {}): number {
  if (typeof value === 'number' && isWithin(value, bounds)) return value;
  const kind = bounds.integer ? 'an integer' : 'a finite number';
  throw new ParameterError(
    `${where}: ${name} must be ${`${kind} ${boundsInWords(bounds)}`.trim()}, got ${describe(value)}`,
    name,
  );
}

/**
 * Checks how the outside looks in: `signal` must be an AbortSignal, everything else a function, where it is given.
 *
 * @throws ParameterError naming the option and the value
 */
export function checkHooks(where: string, hooks: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(hooks)) {
    if (value === undefined) continue;
    const isSignal = name === 'signal';
    const call = isSignal ? (value as AbortSignal | null)?.throwIfAborted : value;
    if (typeof call === 'function') continue;
    throw new ParameterError(
      `${where}: ${name} must be ${isSignal ? 'an AbortSignal' : 'a function'}, got ${describe(value)}`,
      name,
    );
  }
}

/**
 * Checks that a value is one of a few words and returns it.
 *
 * @throws ParameterError listing the words, and naming the likely one
 */
export function checkChoice<const T extends string>(
  where: string,
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  const meant = typeof value === 'string' ? closestWord(value, choices) : undefined;
  const list = choices.map((choice) => `"${choice}"`).join(', ');
  const hint = meant ? `; did you mean "${meant}"?` : '';
  throw new ParameterError(`${where}: ${name} must be one of ${list}, got ${describe(value)}${hint}`, name);
}

/**
 * Index of the first value that is NaN, infinite or beyond `limit` in magnitude, or -1. Float32 goes in fours, whose sum of
 * squares (which NaN and infinity spoil) answers for all of them at half the cost; a plain loop looks where it does not.
 */
export function findNonFinite(values: ArrayLike<number>, limit = Number.MAX_VALUE): number {
  const inFours = values instanceof Float32Array ? values.length - (values.length % 4) : 0;
  for (let i = 0; i < inFours; ) {
    i = firstFourBeyond(values as Float32Array, i, inFours, limit);
    const bad = i < inFours ? firstBeyond(values, i, i + 4, limit) : -1;
    if (bad >= 0) return bad;
    i += 4;
  }
  return firstBeyond(values, inFours, values.length, limit);
}

/** Where the first four values lie, from `start` on, that may be beyond the limit; `end` if none. */
function firstFourBeyond(values: Float32Array, start: number, end: number, limit: number): number {
  const square = Math.min(limit * limit, Number.MAX_VALUE);
  for (let i = start; i < end; i += 4) {
    const a = values[i];
    const b = values[i + 1];
    const c = values[i + 2];
    const d = values[i + 3];
    // Written so that NaN fails it. Four float32 squares stay far below the largest float64.
    if (!(a * a + b * b + c * c + d * d <= square)) return i;
  }
  return end;
}

function firstBeyond(values: ArrayLike<number>, start: number, end: number, limit: number): number {
  for (let i = start; i < end; i++) if (!(Math.abs(values[i]) <= limit)) return i;
  return -1;
}

/**
 * Refuses memory that was transferred to somebody else: it looks empty, and what it held is gone.
 *
 * @throws ParameterError where the buffer is detached
 */
export function checkAttached(where: string, name: string, memory: ArrayBufferLike | ArrayBufferView): void {
  if (memory.byteLength > 0) return;
  try {
    // `detached` is younger than some engines; this constructor has always refused such a buffer.
    new Uint8Array(ArrayBuffer.isView(memory) ? memory.buffer : memory);
  } catch {
    throw new ParameterError(
      `${where}: ${name} was transferred to another thread and is empty here; give a copy (slice()) away, or read it anew`,
      name,
    );
  }
}

/** The built-in type's name, which also holds across realms (edge-runtime), where `instanceof` fails. */
export const brand = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/**
 * Bytes as they come from a file, a fetch or another realm, as this realm's Uint8Array over the same memory.
 *
 * @param name of the parameter
 * @throws ParameterError on another type, and on memory that was transferred
 */
export function asBytes(where: string, bytes: unknown, name = 'bytes'): Uint8Array<ArrayBuffer> {
  if (!['Uint8Array', 'ArrayBuffer'].includes(brand(bytes))) {
    throw new ParameterError(
      `${where}: ${name} must be a Uint8Array or an ArrayBuffer (e.g. await response.arrayBuffer()), got ${describe(bytes)}`,
      name,
    );
  }
  const memory = bytes as Uint8Array<ArrayBuffer> | ArrayBuffer;
  checkAttached(where, name, memory);
  return ArrayBuffer.isView(memory)
    ? new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength)
    : new Uint8Array(memory);
}
