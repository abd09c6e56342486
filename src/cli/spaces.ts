/** `tunespace spaces`: the spaces that ship, what they are and what they know. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { loadKernels } from '../runtime/node.ts';
import { loadSpace, type SpaceInfo, spaces } from '../spaces/index.ts';
import { EXIT } from './exit.ts';
import { addCommonOptions, addHelp } from './options.ts';
import { shown } from './output.ts';
import type { CommonOptions, Session } from './session.ts';

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command.description('Lists the spaces that ship with tunespace: --model NAME uses one wherever a space is wanted.');
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "spaces", "spaces": [{"name", "version", "summary", "source", "sha256", "nComponents",\n' +
      ' "labels": {set: [label]}, "card": FILE}]}',
    examples: ['tunespace spaces', 'tunespace spaces --json', 'tunespace tag song.mp3 --model instruments'],
  });
  command.action(async (options: CommonOptions) => {
    await session.open(options);
    finish(await list(session));
  });
}

/** Where its model card lies. The same relative path holds from src/cli and from build/cli. */
const cardOf = ({ name, version }: SpaceInfo): string =>
  fileURLToPath(new URL(`../../build/spaces/${name}-v${version}.md`, import.meta.url));

async function list(session: Session): Promise<number> {
  await loadKernels();
  const found = [];
  for (const info of spaces) {
    const { params, datasets_: datasets } = await loadSpace(info.name);
    const labels = Object.fromEntries(datasets.map(({ name, classes }) => [name, classes]));
    found.push({ ...info, nComponents: params.nComponents, labels, card: cardOf(info) });
  }
  if (session.json) {
    session.printJson({ command: 'spaces', spaces: found });
    return EXIT.ok;
  }
  for (const { name, version, summary, source, nComponents, labels, card, sha256 } of found) {
    session.print(`${name} v${version}: ${summary}`);
    session.print(`  learned from  ${source}`);
    session.print(`  components    ${nComponents}`);
    for (const [set, classes] of Object.entries(labels)) session.print(`  ${set.padEnd(12)}  ${classes.join(', ')}`);
    session.print(`  model card    ${shown(card)}`);
    session.print(`  sha256        ${sha256}`);
  }
  return EXIT.ok;
}
