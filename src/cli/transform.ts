/** `tunespace transform`: files embedded in a space, one matrix a file. */
import type { Command } from 'commander';
import { addWriterOptions, NAMES_HELP, WRITER_JSON, type WriterFlags, writeAll } from './features.ts';
import type { Input } from './inputs.ts';
import { addCommonOptions, addHelp, choice, option } from './options.ts';
import { addLoadingOptions, DEFAULT_SPACE, type Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';

/** How each stage is made. */
const STAGES = {
  frames: (pipeline: Pipeline, input: Input) => pipeline.embedded(input),
  windows: (pipeline: Pipeline, input: Input) => pipeline.windows(input),
};

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description('Embeds audio files (or files of frames) in a learned space and writes one matrix a file.')
    .argument(
      '<FILE|FOLDER|CSV...>',
      'audio files, folders of them, or a CSV that lists them; frames as .npy or as .safetensors of "features"',
    );
  command.addOption(
    option('--model <FILE|NAME>', 'space, made by "tunespace train", or one that ships; its front end is used', {
      default: DEFAULT_SPACE,
    }),
  );
  command.addOption(
    option(
      '--stage <NAME>',
      'frames: embedded frames (nFrames, components); windows: mean, variance, maximum and minimum over 64 of them ' +
        '(nWindows, 4 * components)',
      { default: 'frames', parse: choice(Object.keys(STAGES)) },
    ),
  );
  addWriterOptions(command);
  addLoadingOptions(command, { cached: false });
  addCommonOptions(command);
  addHelp(command, {
    json: WRITER_JSON,
    notes: NAMES_HELP,
    examples: [
      'tunespace transform song.mp3 --out embedded',
      'tunespace transform song.mp3 --model space.safetensors --out embedded',
      'tunespace transform frames/*.npy --model space.safetensors --out embedded --stage windows',
    ],
  });
  command.action(async (files: string[], options: WriterFlags) => {
    await session.open(options);
    finish(await writeAll(files, options, session, command, STAGES[options.stage as keyof typeof STAGES]));
  });
}
