/** What is wrong with a JSON configuration, in sentences: where, what instead, and which name was probably meant. */
import { z } from 'zod';
import { ParameterError } from '../errors.ts';
import { closestWord, describe } from '../options.ts';

type Path = readonly PropertyKey[];

/** The schema below those that only add a default or allow nothing. */
function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) {
    inner = inner.unwrap();
  }
  return inner;
}

/** The keys that the object at `path` may have. */
function knownKeys(schema: unknown, path: Path): string[] {
  let at = unwrapped(schema);
  for (const part of path) {
    if (at instanceof z.ZodObject) at = unwrapped(at.shape[String(part)]);
    else if (at instanceof z.ZodArray) at = unwrapped(at.element);
    else if (at instanceof z.ZodRecord) at = unwrapped(at.valueType);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** `["axes", 1, "values"]` as `axes[1].values`. */
export const pathText = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** `; did you mean "x"?`, or the words that there are. */
export function wordHint(word: unknown, words: readonly string[], noun = 'known names'): string {
  const meant = typeof word === 'string' ? closestWord(word, words) : undefined;
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return words.length > 0 ? `${noun}: ${words.join(', ')}` : `there are no ${noun}`;
}

function explain(schema: unknown, issue: z.core.$ZodIssue): string {
  const at = pathText(issue.path);
  const where = at ? `${at}: ` : '';
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    const one = (key: string) => `unknown key "${at ? `${at}.` : ''}${key}"; ${wordHint(key, known, 'known keys')}`;
    return issue.keys.map(one).join('; ');
  }
  if (issue.code === 'invalid_value' && typeof issue.input === 'string') {
    const words = issue.values.map(String);
    return `${where}must be one of ${words.map((word) => `"${word}"`).join(', ')}, got ${describe(issue.input)}; ${wordHint(issue.input, words)}`;
  }
  return where + issue.message;
}

/**
 * Checks a value and fills in the defaults.
 *
 * @param where first word of the message: a file's name, or a function's
 * @throws ParameterError naming every key at fault and, for an unknown one, what was probably meant
 */
export function checkAgainst<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  const [first] = issues;
  const parameter =
    first.code === 'unrecognized_keys' ? [...first.path, first.keys[0]].join('.') : first.path.map(String).join('.');
  throw new ParameterError(`${where}: ${issues.map((issue) => explain(schema, issue)).join('; ')}`, parameter);
}
