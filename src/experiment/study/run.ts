/** A study from its plan to results on disk. */
import { defaultCacheFolder } from '../../library/cache.ts';
import type { ExperimentHooks } from '../config.ts';
import type { Song } from '../material.ts';
import { roundResults } from '../results.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Course } from '../target.ts';
import { type Cell, RECIPES } from './cells.ts';
import { claimConfirmation } from './confirm.ts';
import { identityOf, Judge, type SongsOf } from './judge.ts';
import { type Material, type Part, readMaterial } from './material.ts';
import { describeStudy, writeStudy } from './output.ts';
import { type CheckedPlan, checkPlan, isOpen, type Measure, type StudyPlan } from './plan.ts';
import { baseOf, learningKey, type Recipe } from './recipe.ts';
import type { CellResult, ConfirmationResult, StudyResults } from './results.ts';
import { robustness } from './robustness.ts';
import { digestOf, type Outcome, OutcomeStore, type Outcomes } from './store.ts';
import { cellResult, score } from './summary.ts';

/** Where a study writes and keeps things, and how the outside looks in. */
export interface StudyOptions extends ExperimentHooks {
  /** Folder of the results; `"study"` unless told otherwise. */
  out?: string;
  /** Folder of frames; by default the user's cache. */
  cache?: string;
  /** A Markdown file, e.g. `"docs/study.md"`, that the report is written to as well, with its figures in a folder of its name. */
  page?: string;
}

/** The songs of a part, as they are. */
const songsOfPart =
  (part: Part): SongsOf =>
  async ({ parts }) =>
    parts.get(part) as readonly Song[];

/** The distinct recipes. */
function distinct(recipes: readonly Recipe[]): Recipe[] {
  return [...new Map(recipes.map((recipe) => [digestOf(recipe), recipe])).values()];
}

/** What is judged of one part of the targets, and what the progress calls it. */
interface Round {
  readonly part: Part;
  readonly what: readonly Measure[];
  readonly stage: string;
}

/** Every recipe at every seed on one part of the targets. */
async function judgeAll(
  recipes: readonly Recipe[],
  { part, what, stage }: Round,
  { plan, material, judge, course }: Study,
): Promise<Map<string, Outcomes>> {
  const all = distinct(recipes);
  const identity = identityOf(material, part);
  const songs = songsOfPart(part);
  const total = all.length * plan.seeds.length;
  const found = new Map<string, Outcome[]>(all.map((recipe) => [digestOf(recipe), []]));
  let done = 0;
  // Recipes of one space follow one another at each seed, so that frames are embedded once.
  const keys = [...new Set(all.map(learningKey))];
  for (const key of keys) {
    const group = all.filter((recipe) => learningKey(recipe) === key);
    for (const seed of plan.seeds) {
      for (const recipe of group) {
        course.progress(stage, done, total);
        const outcome = await judge.judge({ recipe, seed, place: part, songs, identity, what });
        found.get(digestOf(recipe))?.push(outcome);
        done++;
      }
    }
  }
  course.progress(stage, total, total);
  return found;
}

/** The part that choices are made on. */
const firstPart = ({ halves }: CheckedPlan): Part => (halves ? 'A' : 'all');

/** Cells as results: each beside the base and the recipe that it is compared with. */
function toResults(cells: readonly Cell[], plan: CheckedPlan, outcomes: ReadonlyMap<string, Outcomes>): CellResult[] {
  const of = (recipe: Recipe) => outcomes.get(digestOf(recipe)) as Outcomes;
  return cells.map((cell) => {
    const reference = plan.cells.find(({ name }) => name === cell.reference);
    return cellResult(cell, plan, {
      outcomes: of(cell.recipe),
      base: of(baseOf(cell.recipe)),
      reference: reference && of(reference.recipe),
    });
  });
}

/** The recipes behind cells: their own, and those that they are compared with. */
const recipesBehind = (cells: readonly Cell[]): Recipe[] => cells.flatMap(({ recipe }) => [baseOf(recipe), recipe]);

/** The frames themselves as a cell. */
const baseCell = (plan: CheckedPlan): Cell => ({
  name: 'base',
  axis: RECIPES,
  recipe: baseOf(plan.cells[0].recipe),
});

/** What is taken to the second half. */
interface Choice {
  /** The best that there was a choice among. */
  readonly chosen: Cell;
  /** The best of all. */
  readonly best: Cell;
}

/** The cells with the best mean over targets on the first half, controls aside; the first of equal ones. */
function choose(plan: CheckedPlan, results: readonly CellResult[]): Choice | undefined {
  if (!plan.choose) return undefined;
  const { by, from } = plan.choose;
  const ranked = results
    .filter(({ control }) => !control)
    .map((result) => ({
      cell: plan.cells.find(({ name }) => name === result.name) as Cell,
      value: score(result, by),
    }));
  const bestOf = (among: typeof ranked) => among.reduce((a, b) => (b.value > a.value ? b : a)).cell;
  const open = ranked.filter(({ cell }) => isOpen(cell, from));
  return { chosen: bestOf(open), best: bestOf(ranked) };
}

/** Looks at the second half, once; then at all tracks together, where the labels have more tracks. */
async function confirm(study: Study, { chosen, best }: Choice): Promise<ConfirmationResult> {
  const { plan, material, course, out } = study;
  const by = plan.choose?.by as string;
  const about = { chosen: chosen.name, from: plan.choose?.from ?? null, best: best.name, by };
  const known = plan.choose?.known ?? null;
  const recipes = plan.cells.filter(({ axis }) => axis === RECIPES);
  const others = [...new Set([chosen, best])].filter((cell) => !recipes.includes(cell));
  const cells = [...recipes, ...others.map((cell) => ({ ...cell, reference: recipes[0].name }))];
  const depends = [cells.map(({ recipe }) => recipe), plan.seeds, plan.measure, identityOf(material, 'B')];
  const claim = await claimConfirmation(out, { chosen: chosen.name, by, about: depends });
  if (!claim.granted) {
    const note =
      `The second half was looked at before, for the choice "${claim.earlier}", with other data or another plan. A second look ` +
      `would confirm nothing, so "${chosen.name}" stays unconfirmed; take tracks that nobody has looked at and another folder.`;
    course.warn(note);
    return { ...about, confirmed: false, note, known, cells: [], whole: [] };
  }
  const { what } = plan.measure;
  const found = await judgeAll(recipesBehind(cells), { part: 'B', what, stage: 'confirmation' }, study);
  const measured = what.filter((name) => name === 'precision');
  const all = await judgeAll(recipesBehind(cells), { part: 'all', what: measured, stage: 'all tracks' }, study);
  return {
    ...about,
    confirmed: true,
    note: null,
    known,
    cells: toResults(cells, plan, found),
    whole: toResults([baseCell(plan), ...cells], plan, all),
  };
}

/** What the parts of a study share. */
interface Study {
  readonly plan: CheckedPlan;
  readonly material: Material;
  readonly judge: Judge;
  readonly course: Course;
  readonly out: string;
}

/** Everything that is measured. */
async function judgeStudy(study: Study): Promise<Pick<StudyResults, 'base' | 'cells' | 'robustness' | 'confirmation'>> {
  const { plan, material, judge, course } = study;
  const part = firstPart(plan);
  const outcomes = await judgeAll(recipesBehind(plan.cells), { part, what: plan.measure.what, stage: 'cells' }, study);
  const cells = toResults(plan.cells, plan, outcomes);
  const [base] = toResults([baseCell(plan)], plan, outcomes);
  const choice = choose(plan, cells);
  const chosen = plan.robustness?.chosen && choice ? [choice.chosen.name, choice.best.name] : [];
  const named = [...(plan.robustness?.cells ?? []), ...chosen];
  const robustCells = plan.cells.filter(({ name }, i) => i === 0 || named.includes(name));
  const robust = await robustness(robustCells, part, plan, material, judge, course);
  return {
    base,
    cells,
    robustness: robust ?? null,
    confirmation: choice ? await confirm(study, choice) : null,
  };
}

/**
 * Runs a study: every cell of the plan at every seed on every target, then what is robust, then the confirmation. Writes
 * `results.json` (with its schema), `report.md`, `report.html`, the figures and `timings.json` into `options.out`; what cells gave
 * lies in `cells/` there, and a killed run goes on from it. Two runs of one plan give the same bytes but for the timings.
 *
 * Needs loaded kernels.
 *
 * @param plan see `planSchema`; paths are relative to the current folder
 * @throws ParameterError on a bad plan and on tracks that sources and targets share; FormatError on a collection that cannot be
 *   read at all; WriteError where results cannot be written; the signal's reason when stopped
 */
export async function runStudy(plan: StudyPlan, options: StudyOptions = {}): Promise<StudyResults> {
  const checked = checkPlan(plan);
  const { out = 'study', cache = defaultCacheFolder(), page, pool, signal, onWarning } = options;
  const watch = new Stopwatch(options);
  const warnings: string[] = [];
  const course: Course = {
    seed: 0,
    ...(signal && { signal }),
    ...(pool && pool.size > 0 && { pool }),
    warn: (message) => {
      if (warnings.includes(message)) return;
      warnings.push(message);
      onWarning?.(message);
    },
    note: (message) => onWarning?.(message),
    progress: watch.progress,
  };
  const material = await readMaterial(checked, cache, course);
  const judge = new Judge(checked, material, new OutcomeStore(out), course);
  const found = await judgeStudy({ plan: checked, material, judge, course, out });
  // In order of their text: which came first depends on what was stored before.
  const results = roundResults({ ...describeStudy(checked, material), ...found, warnings: [...warnings].sort() });
  await writeStudy(out, results, watch.timings(), page);
  return results;
}
