/** Where the results of a query go: stdout or a file, as text, CSV, M3U8 or JSON. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomic } from '../library/write.ts';
import { UsageError, writing } from './errors.ts';
import { choice, option } from './options.ts';
import { shown } from './output.ts';
import type { CommonOptions, Session } from './session.ts';
import { checkWritable } from './writable.ts';

/** The values of `addResultOptions`. */
export interface ResultFlags extends CommonOptions {
  format?: string;
  output?: string;
}

/** Adds `--format` and `--output`. */
export function addResultOptions(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(
      option('--format <NAME>', formats.join(', '), {
        defaultText: 'text',
        parse: choice(formats),
      }),
    )
    .option('-o, --output <FILE>', 'write the result there, whole or not at all (default: stdout)');
}

/** Lines on their way out: at once to stdout, or all together into a file. */
export class ResultWriter {
  readonly format: string;
  readonly #session: Session;
  /** The file that the result goes to; stdout where it is `undefined`. */
  readonly output: string | undefined;
  readonly #lines: string[] = [];

  /**
   * `--format json` and `--json` are one.
   *
   * @param kept said where a model's file is named as the output: how to keep what the command has learned
   * @throws UsageError where they contradict one another, or the file is named as a model
   */
  constructor(session: Session, { format, output, json }: ResultFlags, kept = '') {
    if (json && format !== undefined && format !== 'json') {
      throw new UsageError(`--json and --format ${format} exclude one another; give one of them`);
    }
    this.format = json ? 'json' : (format ?? 'text');
    if (output !== undefined && /\.(safetensors|npy)$/i.test(output)) {
      throw new UsageError(
        `--output ${shown(output)}: takes what else goes to stdout, as ${this.format}; give it another ending${kept}`,
      );
    }
    // From here on, faults are told as JSON, too.
    session.json = this.format === 'json' && output === undefined;
    this.#session = session;
    this.output = output;
  }

  /** Checks that the file can be written, before the work. @throws OutputError */
  async check(): Promise<void> {
    if (this.output !== undefined) await checkWritable(this.output, this.#session.cwd);
  }

  /** Takes one line. */
  line(text: string): void {
    if (this.output === undefined) this.#session.print(text);
    else this.#lines.push(text);
  }

  /** Ends the result. With JSON, `result` is all of it. @throws OutputError */
  async end(result: object): Promise<void> {
    const session = this.#session;
    const { output } = this;
    if (output === undefined) {
      if (this.format === 'json') session.printJson(result);
      return;
    }
    const text = this.format === 'json' ? session.jsonText(result) : this.#lines.map((line) => `${line}\n`).join('');
    await writing(output, () => writeFileAtomic(resolve(session.cwd, output), text));
    session.info(`written to ${shown(output)}`);
  }
}
