/** `tunespace features` and `tunespace transform`: one matrix a file, for other programs to read. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { aggregate } from '../aggregate.ts';
import type { Matrix } from '../matrix.ts';
import { UsageError } from './errors.ts';
import { FEATURE_FORMATS, type FeatureFormat, writeFeatures } from './featurefile.ts';
import { findInputs, type Input } from './inputs.ts';
import { outputFiles } from './names.ts';
import { addCommonOptions, addHelp, addRequired, choice, option } from './options.ts';
import { shown } from './output.ts';
import {
  addFrontEndOptions,
  addLoadingOptions,
  DEFAULT_SPACE,
  type FrontEndFlags,
  type LoadingFlags,
  makePipeline,
  type Pipeline,
} from './pipeline.ts';
import type { CommonOptions, Session } from './session.ts';

export interface WriterFlags extends CommonOptions, FrontEndFlags, LoadingFlags {
  stage: string;
  model?: string;
  out: string;
  format: FeatureFormat;
  root?: string;
}

export const WRITER_JSON =
  '{"command", "stage", "format", "out", "files": [{"input", "output", "shape": [rows, columns]}], "frontEnd": {setting: value}}';

export const NAMES_HELP = `
Each output is named like its input, folders included, with the new ending behind the old one: rock/a.mp3 becomes
DIR/rock/a.mp3.npy. Inputs outside of the current folder keep their whole path; --root leaves its first part out. The names
of the outputs are printed, one a line. A .npy file holds one float32 array (rows, columns), read by numpy.load; a
.safetensors file the same as the tensor "features", with the front end's record in its metadata.`;

/** Adds what writing matrices needs. */
export function addWriterOptions(command: Command): Command {
  return addRequired(command, '--out <DIR>', 'folder that the matrices are written to')
    .addOption(option('--format <NAME>', 'npy or safetensors', { default: 'npy', parse: choice(FEATURE_FORMATS) }))
    .option('--root <FOLDER>', 'names of outputs are relative to it (default: the current folder)');
}

/** How each stage is made. */
const STAGES: Record<string, (pipeline: Pipeline, input: Input) => Promise<Matrix>> = {
  frames: (pipeline, input) => pipeline.frames(input),
  windows: async (pipeline, input) => aggregate(await pipeline.frames(input)),
  embedded: (pipeline, input) => pipeline.windows(input),
};

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description('Computes features of audio files and writes one matrix a file that other programs can read.')
    .argument(
      '<FILE|FOLDER|CSV...>',
      'audio files, folders of them, or a CSV that lists them; .npy files of frames, too',
    )
    .addOption(
      option(
        '--stage <NAME>',
        'frames: log-Mel frames (nFrames, 200); windows: mean, variance, maximum and minimum over 64 frames (nWindows, ' +
          '800); embedded: windows of frames embedded by --model (nWindows, 400)',
        { default: 'frames', parse: choice(Object.keys(STAGES)) },
      ),
    )
    .option(
      '--model <FILE|NAME>',
      'space of the stage "embedded" (default: instruments, which ships); its front end is used',
    );
  addWriterOptions(command);
  addLoadingOptions(command, { cached: false });
  addFrontEndOptions(command);
  addCommonOptions(command);
  addHelp(command, {
    json: WRITER_JSON,
    notes: NAMES_HELP,
    examples: [
      'tunespace features song.mp3 --out features',
      'tunespace features music --root music --out features --stage windows --seconds 30',
      'tunespace features music --stage embedded --model space.safetensors --out embedded --format safetensors',
    ],
  });
  command.action(async (files: string[], options: WriterFlags) => {
    await session.open(options);
    const isEmbedded = options.stage === 'embedded';
    if (!isEmbedded && options.model !== undefined) {
      throw new UsageError(
        `--model is used by --stage embedded, and the stage is ${options.stage}; give one or leave out the other`,
      );
    }
    const { model = isEmbedded ? DEFAULT_SPACE : undefined } = options;
    finish(await writeAll(files, { ...options, model }, session, command, STAGES[options.stage]));
  });
}

/** Writes the matrix of every input. */
export async function writeAll(
  args: readonly string[],
  options: WriterFlags,
  session: Session,
  command: Command,
  make: (pipeline: Pipeline, input: Input) => Promise<Matrix>,
): Promise<number> {
  const { out, root, format, stage, seconds = null } = options;
  const pipeline = await makePipeline(session, command, options, { model: options.model });
  const inputs = await findInputs(args, session);
  const outputs = outputFiles(
    inputs.map(({ path }) => path),
    { out, cwd: session.cwd, root: root && resolve(session.cwd, root), extension: `.${format}` },
  );
  pipeline.expect(inputs);
  const outputOf = new Map(inputs.map((input, i) => [input, outputs[i]]));
  let frontEnd: Matrix['frontEnd'];
  const { results } = await session.each(
    command.name(),
    inputs,
    ({ name }) => name,
    async (input) => {
      const matrix = await make(pipeline, input);
      const output = outputOf.get(input) as string;
      await writeFeatures(resolve(session.cwd, output), output, matrix, format, { stage, seconds });
      frontEnd ??= matrix.frontEnd;
      if (!session.json) session.print(shown(output));
      return { input: input.name, output, shape: [matrix.rows, matrix.columns] };
    },
  );
  if (session.json) {
    session.printJson({ command: command.name(), stage, format, out, files: results, frontEnd: frontEnd ?? null });
  }
  session.reportFailures(results.length);
  return session.exitAfter(results.length);
}
