/** `tunespace study`: a plan of ablations in, a report with errors and a confirmation out. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { FormatError, ParameterError } from '../errors.ts';
import { checkPlan, runStudy, type StudyPlan } from '../experiment/study/index.ts';
import { loadKernels } from '../runtime/node.ts';
import { readNamed, UsageError } from './errors.ts';
import { addCommonOptions, addHelp, option } from './options.ts';
import { shown } from './output.ts';
import type { CommonOptions, Session } from './session.ts';
import { staged } from './staged.ts';
import { addWorkersOption, poolOf, type WorkerFlags } from './workers.ts';
import { checkWritable } from './writable.ts';

const DESCRIPTION =
  'Runs a study of spaces: every cell of a plan (recipes, and what axes change of them) at every seed on every target, with ' +
  'standard errors and paired differences; then how much the best keeps when targets are encoded anew; then a confirmation of the ' +
  'best cell on tracks that nothing was chosen on, once. Writes results.json, report.md and report.html. What cells gave is kept: ' +
  'a stopped study goes on where it was.';

const NOTES = `
The plan is JSON: {"targets": [{"name", "path", "columns", "variants": [{"name", "path"}]}], "sources": [{"name", "path",
"role", "soundingOnly", "minTracksPerTag", "heldOut"}], "recipes": {NAME: {switches}}, "axes": [{"title", "of", "about",
"switch", "values"} or {"title", "of", "cells": [{"name", "change"}]} or {"title", "of", "grid": {SWITCH: [values]}}], "seeds", "measure",
"halves", "choose": {"by", "from", "known"}, "robustness": {"cells", "alterations"}}. docs/study/plan.json is one.
Paths of the plan are relative to --data, or where it is not given to the folder that TUNESPACE_DATA names, or to the plan's own.`;

interface StudyFlags {
  out: string;
  page?: string;
  data?: string;
  cache?: string;
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command.description(DESCRIPTION).argument('<plan>', 'the plan, a JSON file');
  command.addOption(
    option('-o, --out <FOLDER>', 'where the results go, and what a stopped study goes on from', { default: 'study' }),
  );
  command.addOption(
    option(
      '--page <FILE>',
      'a Markdown file that the report is written to as well, its figures in a folder of its name',
    ),
  );
  command.addOption(option('--data <FOLDER>', "where the plan's paths start"));
  command.addOption(option('--cache <FOLDER>', 'where frames are kept for the next run (default: ~/.cache/tunespace)'));
  addWorkersOption(command);
  addCommonOptions(command);
  addHelp(command, {
    json: '{"command": "study", "out": folder, "files": [path], "results": what results.json holds (see results.schema.json)}',
    notes: NOTES,
    examples: [
      'tunespace study plan.json -o study',
      'tunespace study docs/study/plan.json --data ../data -o /tmp/study --page docs/study.md',
    ],
  });
  command.action(async (plan: string, options: StudyFlags & CommonOptions & WorkerFlags) => {
    await session.open(options);
    finish(await study(plan, options, session));
  });
}

/** Reads a plan and places its paths. @throws FormatError when it is no JSON object; UsageError when it will not do */
async function readPlan(file: string, data: string | undefined, cwd: string): Promise<StudyPlan> {
  const text = (await readNamed(file, cwd)).toString('utf8').replace(/^\ufeff/, '');
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${shown(file)}: is not JSON: ${(cause as Error).message}`, file, { cause });
  }
  if (typeof plan !== 'object' || plan === null || Array.isArray(plan)) {
    throw new FormatError(`${shown(file)}: a plan is one JSON object, e.g. {"targets": [], "recipes": {}}`, file);
  }
  try {
    checkPlan(plan, file);
  } catch (error) {
    if (error instanceof ParameterError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  const root = data ?? process.env.TUNESPACE_DATA ?? relative(cwd, dirname(resolve(cwd, file)));
  return placed(plan as StudyPlan, root);
}

/** A checked plan with its paths below a folder. */
function placed(plan: StudyPlan, root: string): StudyPlan {
  const below = (path: string) => (isAbsolute(path) ? path : join(root, path));
  const place = <T extends { path: string; artists?: string; split?: unknown }>(entry: T): T => ({
    ...entry,
    path: below(entry.path),
    ...(entry.artists !== undefined && entry.artists !== 'file-tags' && { artists: below(entry.artists) }),
    ...(Array.isArray(entry.split) && { split: entry.split.map(below) }),
  });
  return {
    ...plan,
    targets: plan.targets.map((target) => ({
      ...place(target),
      ...(target.variants && { variants: target.variants.map(place) }),
    })),
    ...(plan.sources && { sources: plan.sources.map(place) }),
  };
}

/** @throws UsageError unless a page can be written there */
async function checkPage(page: string, cwd: string): Promise<void> {
  if (!/\.(md|markdown)$/i.test(page)) {
    throw new UsageError(`--page ${shown(page)}: is no Markdown file; give a name that ends in .md`);
  }
  await checkWritable(page, cwd);
}

async function study(file: string, options: StudyFlags & WorkerFlags, session: Session): Promise<number> {
  const { out, page, data, cache } = options;
  const plan = await readPlan(file, data, session.cwd);
  await checkWritable(join(out, 'results.json'), session.cwd);
  if (page !== undefined) await checkPage(page, session.cwd);
  await loadKernels();
  const pool = poolOf(session, options);
  const results = await staged(session, (hooks) =>
    runStudy(plan, { out, ...(page !== undefined && { page }), ...(cache !== undefined && { cache }), pool, ...hooks }),
  );
  const files = ['results.json', 'report.md', 'report.html'].map((name) => join(out, name));
  if (page !== undefined) files.push(page);
  for (const { name, skipped } of results.collections) {
    for (const { path, reason, duplicate } of skipped) {
      if (!duplicate) session.fail(new FormatError(reason), join(name, path));
    }
  }
  if (session.json) session.printJson({ command: 'study', out, files, results });
  else session.print((await readFile(resolve(session.cwd, files[1]), 'utf8')).trimEnd());
  session.info(`written: ${files.map(shown).join(', ')}`);
  session.reportFailures(results.collections.reduce((sum, { tracks }) => sum + tracks, 0));
  return session.exitAfter(1);
}
