/**
 * Results of cells on disk: each is written as it is computed, under a digest of everything that it depends on, so that a
 * killed study goes on where it was, and a cell that two plans share is computed once.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeOutput } from '../output.ts';
import { measuresSchema } from './measure.ts';

/** Version of the stored results: rises when the same cell gives other numbers within a release. */
export const STUDY_VERSION = 1;

const outcomeSchema = z.strictObject({
  warnings: z.array(z.string()).describe('what had to be said on the way, so that a resumed study says it too'),
  targets: z.array(
    z.strictObject({
      name: z.string(),
      batches: z.int().min(0).describe('batches of each source that were done'),
      measures: measuresSchema,
    }),
  ),
});

/** What one cell gives at one seed. */
export type Outcome = z.output<typeof outcomeSchema>;

/** The outcomes of one recipe: one for each seed of the plan, in its order. */
export type Outcomes = readonly Outcome[];

/** A name for whatever can be written as JSON. */
export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** A folder of outcomes. */
export class OutcomeStore {
  constructor(readonly folder: string) {}

  #file(digest: string): string {
    return join(this.folder, 'cells', `${digest}.json`);
  }

  /** What was stored; `undefined` where there is nothing that can be read whole. */
  async get(digest: string): Promise<Outcome | undefined> {
    try {
      const result = outcomeSchema.safeParse(JSON.parse(await readFile(this.#file(digest), 'utf8')));
      return result.success ? result.data : undefined;
    } catch {
      // Absent, or damaged: computed again in any case.
      return undefined;
    }
  }

  /** Stores an outcome. @throws WriteError: results that cannot be kept end the study at once, and not after an hour */
  async put(digest: string, outcome: Outcome): Promise<void> {
    await writeOutput(this.#file(digest), `${JSON.stringify(outcome)}\n`);
  }
}
