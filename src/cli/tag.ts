/** `tunespace tag`: the labels of a space that fit a file best. */
import type { Command } from 'commander';
import { closestWord } from '../options.ts';
import type { Tag } from '../wsabie.ts';
import { UsageError } from './errors.ts';
import { findInputs } from './inputs.ts';
import { addCommonOptions, addHelp, addRequired, option, wholeNumber } from './options.ts';
import { csvLine, fixed, shown } from './output.ts';
import { addLoadingOptions, type LoadingFlags, loadSpace, makePipeline } from './pipeline.ts';
import { addResultOptions, type ResultFlags, ResultWriter } from './results.ts';
import type { Session } from './session.ts';

interface Options extends ResultFlags, LoadingFlags {
  model: string;
  set?: string;
  k: number;
}

/** The tags of one file from one set of labels. */
interface Tagged {
  readonly file: string;
  readonly set: string;
  readonly tags: readonly Tag[];
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description('Finds the labels of a space that fit each file best: the mean affinity over its frames, best first.')
    .argument('<FILE|FOLDER|CSV...>', 'audio files, folders of them, or a CSV that lists them; frames as .npy');
  addRequired(command, '--model <FILE|NAME>', 'space, made by "tunespace train"; or instruments, which ships');
  command
    .option('--set <NAME>', 'collection whose labels are used (default: each of the space, one after the other)')
    .addOption(option('-k <N>', 'how many labels', { default: 5, parse: wholeNumber({ min: 1 }) }));
  addResultOptions(command, ['text', 'csv', 'json']);
  addLoadingOptions(command, { cached: false });
  addCommonOptions(command);
  addHelp(command, {
    json: '{"command": "tag", "model", "results": [{"file", "set", "tags": [{"label", "score"}]}]}',
    notes:
      '\nScores of one file can be compared with one another; their size means little. CSV columns: file, set, rank, label, score.',
    examples: [
      'tunespace tag song.mp3 --model space.safetensors',
      'tunespace tag music --model space.safetensors --set tags -k 3 --format csv > tags.csv',
    ],
  });
  command.action(async (files: string[], options: Options) => {
    await session.open(options);
    finish(await tag(files, options, session, command));
  });
}

/** The sets to use. Asked before the first file is decoded, so that a misspelt name costs nothing. */
function setsOf(names: readonly string[], wanted: string | undefined): readonly string[] {
  if (wanted === undefined) return names;
  if (names.includes(wanted)) return [wanted];
  const meant = closestWord(wanted, names);
  const hint = meant === undefined ? '' : `; did you mean ${shown(meant)}?`;
  throw new UsageError(
    `--set ${shown(wanted)} is no collection of the space, which has ${names.map(shown).join(', ')}${hint}`,
  );
}

async function tag(files: readonly string[], options: Options, session: Session, command: Command): Promise<number> {
  const writer = new ResultWriter(session, options);
  await writer.check();
  const { space } = await loadSpace(options.model, session);
  const sets = setsOf(
    space.datasets_.map(({ name }) => name),
    options.set,
  );
  const pipeline = await makePipeline(session, command, options, { model: options.model, refuseSilence: true });
  const inputs = await findInputs(files, session);
  pipeline.expect(inputs);
  if (writer.format === 'csv') writer.line(csvLine(['file', 'set', 'rank', 'label', 'score']));
  const { results } = await session.each(
    'tags',
    inputs,
    ({ name }) => name,
    async (input) => {
      const frames = await pipeline.frames(input);
      return sets.map((set): Tagged => {
        const tagged = { file: input.name, set, tags: space.tagTrack(frames, { set, k: options.k }) };
        write(tagged, sets.length > 1, writer);
        return tagged;
      });
    },
  );
  await writer.end({ command: 'tag', model: options.model, results: results.flat() });
  session.reportFailures(results.length);
  return session.exitAfter(results.length);
}

function write({ file, set, tags }: Tagged, nameSet: boolean, writer: ResultWriter): void {
  if (writer.format === 'csv') {
    tags.forEach(({ label, score }, i) => {
      writer.line(csvLine([file, set, i + 1, label, score]));
    });
  } else if (writer.format === 'text') {
    writer.line(`${shown(file)}${nameSet ? `  (${shown(set)})` : ''}`);
    for (const { label, score } of tags) writer.line(`  ${fixed(score).padStart(8)}  ${shown(label)}`);
  }
}
