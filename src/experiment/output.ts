/** Writes what a run has found: results.json with its schema, the report in two forms, the figures, the timings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TunespaceError } from '../errors.ts';
import { writeFileAtomic } from '../library/write.ts';
import { renderFigures } from './figures/index.ts';
import { writeReport } from './report/index.ts';
import { type ExperimentResults, encodeResults, resultsJsonSchema } from './results.ts';

/** A result could not be written: a full disk, a folder that may not be written to. */
export class WriteError extends TunespaceError {
  override name = 'WriteError';

  /**
   * @param message which file, why, and what instead
   * @param file what was to be written
   */
  constructor(
    message: string,
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full; make room or name another folder',
  EDQUOT: 'the disk quota is used up; make room or name another folder',
  EROFS: 'the file system is read-only; name another folder',
  EACCES: 'permission denied; name another folder',
  EPERM: 'permission denied; name another folder',
  ENOTDIR: 'a part of this path is a file; name another folder',
  EEXIST: 'a part of this path is a file; name another folder',
  EISDIR: 'a folder of this name is in the way',
};

/** Writes one file whole or not at all. @throws WriteError */
export async function writeOutput(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(file, content);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = reasons[code ?? ''] ?? message;
    throw new WriteError(
      `${file}: cannot be written: ${reason}. Features and embeddings that were computed stay in the cache, so the next run ` +
        'is short',
      file,
      { cause },
    );
  }
}

/** Seconds that each stage took. Machines differ, so this is no part of the results. */
export type Timings = readonly { readonly stage: string; readonly seconds: number }[];

/** The version of this package. */
export function packageVersion(): string {
  // The same relative path holds from src/experiment and from the folders of the build.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

/**
 * Writes everything into a folder. `results.json` comes first: it is what must not be lost.
 *
 * @throws WriteError naming the file
 */
export async function writeResults(folder: string, results: ExperimentResults, timings: Timings): Promise<void> {
  await writeOutput(join(folder, 'results.json'), encodeResults(results));
  await writeOutput(join(folder, 'results.schema.json'), `${JSON.stringify(resultsJsonSchema(), undefined, 2)}\n`);
  await writeOutput(join(folder, 'timings.json'), `${JSON.stringify({ stages: timings }, undefined, 2)}\n`);
  const { markdown, html, figures } = writeReport(results, await renderFigures(results));
  for (const { name, svg } of figures) await writeOutput(join(folder, `${name}.svg`), `${svg}\n`);
  await writeOutput(join(folder, 'report.md'), markdown);
  await writeOutput(join(folder, 'report.html'), html);
}
