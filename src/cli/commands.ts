/** The list of commands. A command's own file is loaded only when it is the one that was asked for, so that help starts fast. */
import type { Command } from 'commander';
import type { Session } from './session.ts';

/** What each command's file exports. */
export interface CommandModule {
  /** Gives the command its arguments, options, help and action. The action returns the exit code through `finish`. */
  define(command: Command, session: Session, finish: (exitCode: number) => void): void;
}

/** Name, one line for the list in `tunespace --help`, and where the command lives. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}

export const commands: readonly CommandEntry[] = [
  { name: 'features', summary: 'write the features of audio files as matrices', load: () => import('./features.ts') },
  { name: 'train', summary: 'learn a space from labelled collections', load: () => import('./train.ts') },
  { name: 'transform', summary: 'embed audio files in a space', load: () => import('./transform.ts') },
  { name: 'classify', summary: 'say which class each file belongs to', load: () => import('./classify.ts') },
  { name: 'teach', summary: 'learn labels of your own from a few files each', load: () => import('./teach.ts') },
  { name: 'tag', summary: 'say which labels of a space fit each file', load: () => import('./tag.ts') },
  {
    name: 'similar',
    summary: 'rank the tracks of a library by their distance to a file',
    load: () => import('./similar.ts'),
  },
  {
    name: 'explain',
    summary: 'say what files sound like, in the labels of a space',
    load: () => import('./explain.ts'),
  },
  { name: 'classes', summary: 'list the nearest classes across collections', load: () => import('./classes.ts') },
  {
    name: 'experiment',
    summary: 'reproduce the tables and figures of the paper',
    load: () => import('./experiment.ts'),
  },
  {
    name: 'study',
    summary: 'compare recipes for spaces, with errors and a confirmation',
    load: () => import('./study.ts'),
  },
  { name: 'spaces', summary: 'list the spaces that ship with tunespace', load: () => import('./spaces.ts') },
  { name: 'info', summary: 'say what a file or a collection is', load: () => import('./info.ts') },
];
