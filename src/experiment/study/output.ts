/** Writes what a study has found. */
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { FRONT_END_VERSION } from '../../frontend.ts';
import type { Song } from '../material.ts';
import { packageVersion, type Timings, writeOutput } from '../output.ts';
import type { Material, Part } from './material.ts';
import type { CheckedPlan } from './plan.ts';
import { writeStudyReport } from './report.ts';
import { STUDY_RESULTS_VERSION, type StudyResults, studyResultsSchema } from './results.ts';

type Described = Omit<StudyResults, 'base' | 'cells' | 'robustness' | 'confirmation' | 'warnings'>;

const labelsOf = (songs: readonly Pick<Song, 'labels'>[]) => new Set(songs.flatMap(({ labels }) => labels)).size;

function artistsOf(songs: readonly Pick<Song, 'artist'>[]): number | null {
  const artists = new Set(songs.flatMap(({ artist }) => artist ?? []));
  return artists.size > 0 ? artists.size : null;
}

/** What the results say of the study itself. */
export function describeStudy(plan: CheckedPlan, { targets, sources }: Material): Described {
  const { k, folds, draws, fewShot, alpha } = plan.measure;
  const partOf = ([part, songs]: [Part, readonly Song[]]) => ({ part, tracks: songs.length, labels: labelsOf(songs) });
  const facts = ({ name, songs, skipped }: (typeof targets)[number]['collection']) => ({
    name,
    tracks: songs.length,
    labels: labelsOf(songs),
    artists: artistsOf(songs),
    skipped: [...skipped],
  });
  return {
    format: 'tunespace study',
    version: STUDY_RESULTS_VERSION,
    versions: { tunespace: packageVersion(), frontEnd: FRONT_END_VERSION },
    title: plan.title,
    about: plan.about,
    findings: plan.findings,
    settings: {
      ...{ seconds: plan.seconds, seeds: plan.seeds, k, folds, draws, fewShot, alpha },
      halves: plan.halves?.seed ?? null,
      by: plan.choose?.by ?? plan.measure.what[0],
    },
    collections: [
      ...targets.map(({ collection, parts }) => ({
        ...facts(collection),
        use: 'target' as const,
        parts: [...parts].map(partOf),
      })),
      ...sources.map(({ collection }) => ({ ...facts(collection), use: 'source' as const, parts: [] })),
    ],
    axes: plan.axes.map(({ title, about }) => ({ title, about: about ?? null })),
    part: plan.halves ? 'A' : 'all',
  };
}

/**
 * Writes everything into a folder; `results.json` first, as it is what must not be lost.
 *
 * @param page a Markdown file that the report is written to as well, e.g. `docs/study.md`; its figures go into the folder of that
 *   name without the ending, e.g. `docs/study/`
 * @throws WriteError naming the file
 */
export async function writeStudy(
  folder: string,
  results: StudyResults,
  timings: Timings,
  page: string | undefined,
): Promise<void> {
  const write = (name: string, value: unknown) =>
    writeOutput(join(folder, name), `${JSON.stringify(value, undefined, 2)}\n`);
  await write('results.json', studyResultsSchema.parse(results));
  await write('results.schema.json', z.toJSONSchema(studyResultsSchema));
  await write('timings.json', { stages: timings });
  const { markdown, html, figures } = await writeStudyReport(results);
  for (const { name, svg } of figures) await writeOutput(join(folder, `${name}.svg`), `${svg}\n`);
  await writeOutput(join(folder, 'report.md'), markdown());
  await writeOutput(join(folder, 'report.html'), html);
  if (page === undefined) return;
  const stem = page.slice(0, page.length - extname(page).length);
  await writeOutput(page, markdown(`${basename(stem)}/`));
  for (const { name, svg } of figures) await writeOutput(join(stem, `${name}.svg`), `${svg}\n`);
}
