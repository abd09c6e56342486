/** Options that several commands share, and the parsers of their values. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { boundsInWords, closestWord, isWithin, type NumberBounds } from '../options.ts';
import { UsageError } from './errors.ts';
import { EXIT_HELP } from './exit.ts';

function parseNumber(text: string, bounds: NumberBounds): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (isWithin(value, bounds)) return value;
  throw new InvalidArgumentError(
    `It must be ${bounds.integer ? 'a whole number' : 'a number'} ${boundsInWords(bounds)}`.trim(),
  );
}

/** Parser of a whole number. */
export const wholeNumber =
  (range: NumberBounds = {}) =>
  (text: string): number =>
    parseNumber(text, { ...range, integer: true });

/** Parser of a number. */
export const realNumber =
  (range: NumberBounds = {}) =>
  (text: string): number =>
    parseNumber(text, range);

/** A collection as named on the command line. */
export interface NamedPath {
  readonly name: string;
  readonly path: string;
}

/** Collects `NAME=PATH`, given once or more. */
export function namedPath(text: string, previous: readonly NamedPath[] = []): NamedPath[] {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals).trim();
  const path = text.slice(equals + 1);
  if (equals < 1 || name === '' || path === '') {
    throw new InvalidArgumentError('It must be NAME=PATH, for example gtzan=music/gtzan');
  }
  if (previous.some((other) => other.name === name)) {
    throw new InvalidArgumentError(`The name "${name}" is taken by an earlier one; give each its own`);
  }
  return [...previous, { name, path }];
}

/** An option of one line: flags, description, default and parser. */
export function option(
  flags: string,
  description: string,
  settings: { default?: unknown; defaultText?: string; parse?: (text: string, previous: never) => unknown } = {},
): Option {
  const result = new Option(flags, description);
  if (settings.default !== undefined || settings.defaultText !== undefined) {
    result.default(settings.default, settings.defaultText);
  }
  if (settings.parse) result.argParser(settings.parse as (text: string, previous: unknown) => unknown);
  return result;
}

/**
 * Adds an option without which the command cannot work. Unlike commander's own, it is missed only after unknown options
 * were named, so that `--modle x` is told what it should have been.
 */
export function addRequired(
  command: Command,
  flags: string,
  description: string,
  parse?: (text: string, previous: never) => unknown,
): Command {
  const added = option(flags, `${description} (required)`, { parse });
  command.hook('preAction', () => {
    if (command.getOptionValue(added.attributeName()) !== undefined) return;
    throw new UsageError(`${flags} is required: ${description}`);
  });
  return command.addOption(added);
}

/** Adds `--json` and `--quiet`, which every command has. */
export function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object to stdout, and nothing else')
    .option('--quiet', 'no progress on stderr; errors still show');
}

/** Ends a command's help: the shape of its JSON, examples, exit codes. */
export function addHelp(
  command: Command,
  help: { json: string; examples: readonly string[]; notes?: string },
): Command {
  const examples = help.examples.map((line) => `  ${line}`).join('\n');
  const notes = help.notes ? `\n${help.notes.trim()}\n` : '';
  return command.addHelpText(
    'after',
    `${notes}
With --json:
${help.json
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
  and in every command failed: [{file, type, message}], warnings: [text]

Examples:
${examples}
${EXIT_HELP}`,
  );
}

/** The option's property name as typed: `nFft` becomes `--n-fft`. */
export function flagOf(parameter: string): string {
  return `--${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Parser of one of a few words, which names the likely one where it is another. */
export const choice =
  (words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    const meant = closestWord(text, words);
    throw new InvalidArgumentError(`Allowed: ${words.join(', ')}${meant ? `. Did you mean ${meant}?` : ''}`);
  };

/** Parser of an option that may be repeated. */
export const collect = (text: string, previous: readonly string[] = []): string[] => [...previous, text];
