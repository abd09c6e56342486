/** `tunespace classes`: the classes of other collections that are nearest to each class (the paper's Table 3). */
import type { Command } from 'commander';
import type { ClassNeighbours } from '../wsabie.ts';
import { EXIT } from './exit.ts';
import { addCommonOptions, addHelp, addRequired, option, wholeNumber } from './options.ts';
import { csvLine, fixed, shown } from './output.ts';
import { loadSpace } from './pipeline.ts';
import { addResultOptions, type ResultFlags, ResultWriter } from './results.ts';
import type { Session } from './session.ts';

interface Options extends ResultFlags {
  model: string;
  k: number;
  sameSet?: boolean;
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command.description(
    'Lists for each class of a space the nearest classes of its other collections, by L1 distance between their vectors.',
  );
  addRequired(
    command,
    '--model <FILE|NAME>',
    'space, made by "tunespace train", best from several collections; or one that ships',
  );
  command
    .addOption(option('-k <N>', 'how many', { default: 5, parse: wholeNumber({ min: 1 }) }))
    .option('--same-set', "classes of the class's own collection take part, too; so it is where there is but one");
  addResultOptions(command, ['text', 'csv', 'json']);
  addCommonOptions(command);
  addHelp(command, {
    json: '{"command": "classes", "model", "nearestClasses": [{"dataset", "label", "neighbours": [{"dataset", "label", "distance"}]}]}',
    notes: '\nCSV columns: dataset, label, rank, neighbour_dataset, neighbour_label, distance.',
    examples: [
      'tunespace classes --model space.safetensors',
      'tunespace classes --model space.safetensors -k 3 --format csv',
    ],
  });
  command.action(async (options: Options) => {
    await session.open(options);
    finish(await classes(options, session));
  });
}

async function classes(options: Options, session: Session): Promise<number> {
  const writer = new ResultWriter(session, options);
  await writer.check();
  const { space } = await loadSpace(options.model, session);
  const sameSet = options.sameSet ?? space.datasets_.length === 1;
  const nearestClasses = space.nearestClasses({ k: options.k, sameSet });
  if (writer.format === 'csv') {
    writer.line(csvLine(['dataset', 'label', 'rank', 'neighbour_dataset', 'neighbour_label', 'distance']));
  }
  for (const entry of nearestClasses) write(entry, writer);
  await writer.end({ command: 'classes', model: options.model, nearestClasses });
  return EXIT.ok;
}

function write({ dataset, label, neighbours }: ClassNeighbours, writer: ResultWriter): void {
  if (writer.format === 'csv') {
    neighbours.forEach((near, i) => {
      writer.line(csvLine([dataset, label, i + 1, near.dataset, near.label, near.distance]));
    });
  } else if (writer.format === 'text') {
    writer.line(`${shown(dataset)}: ${shown(label)}`);
    for (const near of neighbours) {
      writer.line(`  ${fixed(near.distance).padStart(8)}  ${shown(near.dataset)}: ${shown(near.label)}`);
    }
  }
}
