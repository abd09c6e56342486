/** The command line as a whole: finds the command, runs it, turns every end into an exit code. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ParameterError } from '../errors.ts';
import { commands } from './commands.ts';
import { isAbort, UsageError } from './errors.ts';
import { EXIT, EXIT_HELP } from './exit.ts';
import { flagOf } from './options.ts';
import { shown } from './output.ts';
import { SEE_HELP, type Session } from './session.ts';

const HELP = `
Examples:
  tunespace experiment --out report
  tunespace train --dataset genres=music/genres --out space.safetensors
  tunespace similar song.mp3 --library music --model space.safetensors
  tunespace help train
${EXIT_HELP}`;

/** Ends that commander reports and that are no errors. */
const shownHelp = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);

function makeProgram(session: Session, version: string): Command {
  const { out, err } = session.streams;
  return new Command('tunespace')
    .description(
      'A shared space of sounds and words: learns from labelled music, then classifies, tags and finds what sounds alike.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
    .showHelpAfterError(SEE_HELP)
    .configureOutput({
      writeOut: out,
      writeErr: err,
      // Commander's messages begin with "error: "; ours all begin with the program's name.
      outputError: (text, write) => write(text.replace(/^error: /, 'tunespace: ')),
    })
    .exitOverride();
}

/**
 * `help NAME` as `NAME --help`; a name that is no command stands alone, so that it is told which it should have been
 * instead of being shown all there are.
 */
function normalised(args: readonly string[]): readonly string[] {
  const asksHelp = args[0] === 'help' && args.length > 1;
  const rest = asksHelp ? args.slice(1) : args;
  const isWord = rest.length > 0 && !rest[0].startsWith('-') && rest[0] !== 'help';
  if (isWord && commands.every((command) => command.name !== rest[0])) return rest.slice(0, 1);
  return asksHelp && isWord ? [rest[0], '--help'] : args;
}

/** The command that the arguments name. */
const asked = (args: readonly string[]): string | undefined => args.find((arg) => !arg.startsWith('-'));

/**
 * Runs one command line to its end.
 *
 * @param given what stands behind the program's name
 * @returns the exit code; see `exit.ts`
 */
export async function runProgram(given: readonly string[], session: Session, version: string): Promise<number> {
  const args = normalised(given);
  // Known before the options are parsed, so that a wrong option is reported as JSON, too.
  const end = args.indexOf('--');
  session.json = (end < 0 ? args : args.slice(0, end)).includes('--json');
  const program = makeProgram(session, version);
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  const name = asked(args);
  let exitCode: number = EXIT.ok;
  let running: Command | undefined;
  for (const entry of commands) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    if (entry.name !== name) continue;
    running = command;
    const { define } = await entry.load();
    define(command, session, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return finish(error, session, running);
  } finally {
    await Promise.all(session.atEnd.map((end) => end()));
  }
}

/** What ended a command other than its own return. */
function finish(error: unknown, session: Session, running: Command | undefined): number {
  const name = running?.name();
  if (error instanceof CommanderError) {
    if (shownHelp.has(error.code)) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    // Commander has written the message to stderr already.
    const unknown = error.code === 'commander.unknownOption' && /'(.+)'/.exec(error.message)?.[1];
    if (unknown && existsSync(resolve(session.cwd, unknown))) {
      session.note(`(${shown(unknown)} is a file here: names that begin with "-" go behind a --)`);
    }
    if (session.json) {
      const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
      session.printJson({ command: name, error: { type: 'UsageError', message }, exitCode: EXIT.usage });
    }
    return EXIT.usage;
  }
  if (isAbort(error) || (session.signal.aborted && error === session.signal.reason)) {
    const code = session.interruptedExit();
    if (code !== EXIT.ok) session.note('tunespace: interrupted; what was written stays, and so do frames in a cache');
    if (session.json && code !== EXIT.ok) session.printJson({ command: name, interrupted: true, exitCode: code });
    return code;
  }
  const flag = error instanceof ParameterError ? givenFlag(error.parameter, running) : undefined;
  if (flag !== undefined) {
    const fault = new UsageError(`${(error as Error).message} (option ${flag})`, { cause: error });
    session.fatal(fault, EXIT.usage, name);
    return EXIT.usage;
  }
  const code = error instanceof UsageError ? EXIT.usage : EXIT.fatal;
  session.fatal(error, code, name);
  return code;
}

/** The option on the command line that a refused parameter came from, if any did. */
function givenFlag(parameter: string, command: Command | undefined): string | undefined {
  if (parameter === '' || command?.getOptionValueSource(parameter) !== 'cli') return undefined;
  return flagOf(parameter);
}
