/** `tunespace teach`: labels of one's own from a few files each. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomic } from '../library/write.ts';
import { FewShotClassifier, type TeachExample, teach } from '../teach.ts';
import { UsageError, writing } from './errors.ts';
import { artistOf } from './indexing.ts';
import { findInputs, type Input } from './inputs.ts';
import { addCommonOptions, addHelp, collect, option, wholeNumber } from './options.ts';
import { fixed, shown } from './output.ts';
import { addLoadingOptions, DEFAULT_SPACE, type LoadedSpace, type LoadingFlags, makePipeline } from './pipeline.ts';
import type { CommonOptions, Session } from './session.ts';
import { checkWritable } from './writable.ts';

interface Options extends CommonOptions, LoadingFlags {
  label?: string[];
  space: string;
  output?: string;
  seed: number;
  ignoreArtists?: boolean;
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description(
      'Teaches labels of your own from 2 to 20 files each, on a space that was learned before, and says how well they can be ' +
        'told apart and how sure that is. "tunespace classify --model" then uses the result.',
    )
    .addOption(
      option(
        '--label <NAME=FILE...>',
        'a label and files, folders, patterns or CSVs of examples; repeat for each label',
        {
          parse: collect,
        },
      ),
    )
    .option('--space <FILE|NAME>', 'space to learn in, made by "tunespace train", or one that ships', DEFAULT_SPACE)
    .option('-o, --output <FILE>', 'keep what was learned, e.g. mine.safetensors; it needs no other file later')
    .addOption(
      option('--seed <N>', 'seed of the folds', { default: 0, parse: wholeNumber({ min: 0, max: 0x7fffffff }) }),
    )
    .option('--ignore-artists', 'let files of one artist be learned from and held out at once');
  addLoadingOptions(command, { cached: true });
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "teach", "space", "labels": {label: [file]}, "saved"?: FILE, "validation"?: {"accuracy", "standardError", "chance",\n' +
      ' "distinguishable", "grouped", "folds", "repeats", "predictions", "confusion": {"classes", "counts"}}}',
    notes: `
Files behind a label's first one belong to it, too, up to the next option. The accuracy is of files that were held out, the mean over the
labels. Files of one artist, whom a CSV (path, artist) or the files' own tags name, are held out together, as they would flatter it;
--ignore-artists takes them apart. Labels that cannot be told apart are a warning. With one label only ("songs like these")
"tunespace classify" ranks files by how near they are to one of the examples.`,
    examples: [
      'tunespace teach --label calm=calm/ --label wild=wild/ -o mine.safetensors',
      'tunespace teach --label sung=a.mp3 b.mp3 c.mp3 --label played=d.mp3 e.mp3 -o voice.safetensors',
      'tunespace teach --label liked=liked/*.mp3 -o liked.safetensors',
      'tunespace classify --model mine.safetensors new/*.mp3',
    ],
  });
  command.action(async (options: Options) => {
    await session.open(options);
    finish(await run(labelsOf(givenArguments(command)), options, session, command));
  });
}

/** The arguments as they were given: commander's own list of an option's values does not tell where it was repeated. */
const givenArguments = (command: Command) => (command.parent as unknown as { rawArgs: readonly string[] }).rawArgs;

/** The files or folders of each label. @throws UsageError on a label without a name or without files */
export function labelsOf(args: readonly string[]): Map<string, string[]> {
  const labels = new Map<string, string[]>();
  for (let i = 0; i < args.length && args[i] !== '--'; i++) {
    const [, attached] = /^--label(?:=(.*))?$/s.exec(args[i]) ?? [];
    if (attached === undefined && args[i] !== '--label') continue;
    const first = attached ?? args[++i];
    const equals = first.indexOf('=');
    const name = first.slice(0, Math.max(0, equals)).trim();
    const files = [first.slice(equals + 1)];
    // Commander takes the values that follow an attached one for arguments of the command, and refuses them.
    while (attached === undefined && i + 1 < args.length && !args[i + 1].startsWith('-')) files.push(args[++i]);
    if (name === '' || files.includes('')) {
      throw new UsageError(
        `--label ${shown(first)}: must be a name and its files, for example --label calm=music/calm`,
      );
    }
    labels.set(name, [...(labels.get(name) ?? []), ...files]);
  }
  return labels;
}

async function run(
  labels: ReadonlyMap<string, readonly string[]>,
  options: Options,
  session: Session,
  command: Command,
): Promise<number> {
  const { output, space: name, seed, ignoreArtists } = options;
  if (labels.size === 0) throw new UsageError('nothing to learn: give --label NAME=FILE... for each label');
  if (labels.size === 1 && output === undefined) {
    throw new UsageError('one label alone makes a ranking, which is kept for later: give -o FILE, or a second label');
  }
  if (output !== undefined) await checkWritable(output, session.cwd);
  const pipeline = await makePipeline(session, command, options, { model: name, refuseSilence: true });
  const { space } = pipeline.space as LoadedSpace;
  const joiner = new FewShotClassifier({ space });
  const given: { label: string; input: Input }[] = [];
  for (const [label, files] of labels) {
    for (const input of await findInputs(files, session)) given.push({ label, input });
  }
  pipeline.expect(given.map(({ input }) => input));
  const { results: examples, interrupted } = await session.each(
    'examples',
    given,
    ({ input }) => input.name,
    async ({ label, input }): Promise<TeachExample> => {
      const artist = ignoreArtists ? undefined : (input.artist ?? (await artistOf(input, session)));
      return {
        name: shown(input.name),
        label,
        X: joiner.windows(await pipeline.frames(input)),
        ...(artist !== undefined && { group: artist }),
      };
    },
  );
  if (interrupted) session.signal.throwIfAborted();
  for (const label of labels.keys()) {
    const { length } = examples.filter((example) => example.label === label);
    if (length < 2) {
      throw new UsageError(
        `label "${shown(label)}" has ${length === 0 ? 'no file' : 'one file'} that can be used; give at least two`,
      );
    }
  }
  const taught = teach(examples, { space, randomState: seed, onWarning: (message) => session.warn(message) });
  if (output !== undefined) {
    await writing(output, () => writeFileAtomic(resolve(session.cwd, output), taught.toBytes()));
  }
  report(taught, examples, options, session);
  session.reportFailures(examples.length);
  return session.exitAfter(examples.length);
}

function report(
  taught: FewShotClassifier,
  examples: readonly TeachExample[],
  options: Options,
  session: Session,
): void {
  const { output, space } = options;
  const { validation_: validation, classes_: classes } = taught;
  const filesOf = (label: string) => examples.filter((example) => example.label === label).map(({ name }) => name);
  if (session.json) {
    session.printJson({
      command: 'teach',
      space,
      labels: Object.fromEntries(classes.map((label) => [label, filesOf(label)])),
      ...(output !== undefined && { saved: output }),
      ...(validation && { validation }),
    });
    return;
  }
  for (const label of classes) session.print(`${shown(label)}: ${filesOf(label).length} files`);
  if (validation) {
    const { accuracy, standardError, chance, grouped } = validation;
    const artists = grouped ? ' of other artists' : '';
    session.print(
      `accuracy ${fixed(accuracy)} ± ${fixed(standardError)} on held-out files${artists} (guessing: ${fixed(chance)})`,
    );
  }
  if (output !== undefined) session.info(`saved in ${shown(output)}`);
}
