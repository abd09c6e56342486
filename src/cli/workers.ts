/** The workers of one run of the command: `--workers`. */
import type { Command } from 'commander';
import { createPool, type Pool } from '../runtime/node.ts';
import { option, wholeNumber } from './options.ts';
import type { Session } from './session.ts';

/** The value of `addWorkersOption`. */
export interface WorkerFlags {
  workers?: number;
}

/** Adds `--workers`. */
export function addWorkersOption(command: Command): Command {
  return command.addOption(
    option(
      '--workers <N>',
      'threads that decode and make frames; 0: none beside the main one (default: a processor each)',
      {
        parse: wholeNumber({ min: 0, max: 64 }),
      },
    ),
  );
}

const pools = new WeakMap<Session, Pool>();

/** The run's pool, which ends with it. Its workers are started when there is work for them. The kernels must be loaded. */
export function poolOf(session: Session, { workers }: WorkerFlags): Pool {
  let pool = pools.get(session);
  if (!pool) {
    const made = createPool(workers === undefined ? {} : { size: workers });
    pools.set(session, made);
    session.atEnd.push(() => made.dispose());
    pool = made;
  }
  return pool;
}

/** How many files are begun before the first of them is used: what keeps all workers busy, and no more. */
export const aheadOf = ({ size }: Pool): number => (size === 0 ? 1 : size + 1);
