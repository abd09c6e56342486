/**
 * The second half is looked at once. What was chosen is written down before it is looked at, so that neither a killed run nor a
 * changed plan gives a second look.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeOutput } from '../output.ts';
import { digestOf } from './store.ts';

const recordSchema = z.strictObject({
  format: z.literal('tunespace confirmation'),
  chosen: z.string(),
  by: z.string(),
  about: z.string().describe('digest of the chosen recipe, the baseline, the seeds and the tracks of the second half'),
});

/** What is to be confirmed. */
export interface Choice {
  readonly chosen: string;
  readonly by: string;
  /** Everything that the second half is to say something about. */
  readonly about: unknown;
}

/**
 * Writes the choice down, unless one is there.
 *
 * @returns whether the second half may be looked at: nothing stood there before, or this very choice; else what did
 * @throws WriteError
 */
export async function claimConfirmation(
  folder: string,
  { chosen, by, about }: Choice,
): Promise<{ granted: true } | { granted: false; earlier: string }> {
  const file = join(folder, 'confirmation.json');
  const record = { format: 'tunespace confirmation' as const, chosen, by, about: digestOf(about) };
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    await writeOutput(file, `${JSON.stringify(record, undefined, 2)}\n`);
    return { granted: true };
  }
  const earlier = readRecord(text);
  if (earlier?.about === record.about) return { granted: true };
  return { granted: false, earlier: earlier?.chosen ?? 'a record that cannot be read' };
}

function readRecord(text: string): z.output<typeof recordSchema> | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
