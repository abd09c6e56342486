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

export const commands: readonly CommandEntry[] = [];
