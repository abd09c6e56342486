/** One run of the command: where it writes, how it is stopped, and what it has to say at the end. */

import { endsBatch, type Failure, failureOf, isAbort, sentence } from './errors.ts';
import { batchExit, EXIT } from './exit.ts';
import { json, shown } from './output.ts';
import { makeProgress, type Progress } from './progress.ts';

/** The two streams a command writes to. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  readonly errIsTTY: boolean;
  /** Whether results go to a terminal, where a bar may be in the way. */
  readonly outIsTTY?: boolean;
}

/** What commands share of their options. */
export interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
}

/** What a batch over inputs gives. */
export interface Batch<T> {
  readonly results: T[];
  /** Whether the work was told to stop before its end. */
  readonly interrupted: boolean;
}

/** Said after every complaint about the command line. */
export const SEE_HELP = '(--help shows all options and examples)';

/** Handed to every command. */
export class Session {
  /** Stops the work; `reason` says which signal it was. */
  readonly abort = new AbortController();
  /** Inputs that failed, in order. */
  readonly failures: Failure[] = [];
  /** Things to know that stopped nothing, in order. */
  readonly warnings: string[] = [];
  /** Whether stdout carries one JSON object and nothing else. */
  json = false;
  progress!: Progress;
  /** What is to be given back when the command has ended. */
  readonly atEnd: (() => unknown)[] = [];
  #quiet = false;
  #reported = false;

  constructor(
    readonly streams: Streams,
    /** Where relative paths start. */
    readonly cwd: string = process.cwd(),
  ) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Takes what all commands understand. Called before a command's work begins. */
  async open(options: CommonOptions): Promise<void> {
    this.json = options.json === true;
    this.#quiet = options.quiet === true;
    const { err, errIsTTY } = this.streams;
    this.progress = await makeProgress({ write: err, isTTY: errIsTTY }, options.quiet === true);
  }

  /** Writes one line to stdout. */
  print(line: string): void {
    const write = () => this.streams.out(`${line}\n`);
    if (this.streams.outIsTTY && this.progress) this.progress.aside(write);
    else write();
  }

  /** Writes the one JSON object of `--json`, with the lists of failures and warnings that every command has. */
  printJson(result: object): void {
    this.streams.out(this.jsonText(result));
  }

  /** The text of that object. */
  jsonText(result: object): string {
    return json({ ...result, failed: this.failures, warnings: this.warnings });
  }

  /** A line on stderr that `--quiet` leaves out. */
  info(text: string): void {
    if (!this.#quiet) this.note(text);
  }

  /** A line on stderr, above a bar in progress. */
  note(text: string): void {
    if (this.progress) this.progress.line(text);
    else this.streams.err(`${text}\n`);
  }

  /** A warning: said at once on stderr, and part of the JSON result. */
  warn(text: string): void {
    this.warnings.push(text);
    this.note(`warning: ${text}`);
  }

  /** Notes that an input failed; the closing list names it. */
  fail(error: unknown, file: string): void {
    this.failures.push(failureOf(error, file));
    if (process.env.TUNESPACE_DEBUG === '1' && error instanceof Error) this.note(String(error.stack));
  }

  /**
   * The list of failed inputs with reasons, on stderr; once.
   *
   * @param done how many inputs did not fail; left out where the work ended before that was known
   */
  reportFailures(done?: number): void {
    const failed = this.failures.length;
    if (failed === 0 || this.#reported) return;
    this.#reported = true;
    this.note(`tunespace: ${done === undefined ? failed : `${failed} of ${done + failed}`} failed:`);
    for (const { file, message } of this.failures) {
      const name = shown(file);
      this.note(`  ${message.includes(name) ? message : `${name}: ${message}`}`);
    }
  }

  /**
   * Works through inputs one after the other. A failing one is noted and the rest goes on; a full disk, a wrong command line
   * or a signal ends it.
   *
   * @param nameOf the input's name for messages
   * @throws OutputError, UsageError as `work` throws them
   */
  async each<I, T>(
    title: string,
    inputs: readonly I[],
    nameOf: (input: I) => string,
    work: (input: I) => Promise<T>,
  ): Promise<Batch<T>> {
    const results: T[] = [];
    const stage = this.progress.stage(title, inputs.length, 'files');
    try {
      for (const input of inputs) {
        if (this.signal.aborted) return { results, interrupted: true };
        try {
          results.push(await work(input));
        } catch (error) {
          if (isAbort(error) || (this.signal.aborted && error === this.signal.reason)) {
            return { results, interrupted: true };
          }
          if (endsBatch(error)) throw error;
          this.fail(error, nameOf(input));
        }
        stage.advance(1, nameOf(input));
        // Between files the event loop gets its turn, so that Ctrl-C is heard.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { results, interrupted: false };
    } finally {
      stage.end();
    }
  }

  /** The code that ends the process after a batch. */
  exitAfter(done: number): number {
    return this.signal.aborted ? this.interruptedExit() : batchExit(done, this.failures.length);
  }

  /** The code of a stopped run: by which signal it was. A closed pipe is no fault. */
  interruptedExit(): number {
    if (this.signal.reason === 'EPIPE') return EXIT.ok;
    return this.signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  }

  /** One error that ends the command: its sentence on stderr, and the JSON object where that was asked for. */
  fatal(error: unknown, exitCode: number, command?: string): void {
    this.reportFailures();
    this.note(`tunespace: ${sentence(error)}`);
    if (exitCode === EXIT.usage) this.note(SEE_HELP);
    if (process.env.TUNESPACE_DEBUG === '1' && error instanceof Error) this.note(String(error.stack));
    if (this.json) this.printJson({ command, error: failureOf(error), exitCode });
  }
}
