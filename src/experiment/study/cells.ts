/** The cells of a plan: its recipes, and what the axes change of them. */
import { ParameterError } from '../../errors.ts';
import { checkParams } from '../../wsabie/params.ts';
import { checkAgainst, wordHint } from '../issues.ts';
import type { CheckedPlan } from './plan.ts';
import { type Change, changed, changeSchema, OTHERS, type Recipe, recipeSchema, SWITCHES } from './recipe.ts';

/** One cell of a study. */
export interface Cell {
  readonly name: string;
  /** What it is about; `"Recipes"` of the recipes themselves. */
  readonly axis: string;
  /** The recipe that it is compared with; absent of the baseline itself. */
  readonly reference?: string;
  readonly recipe: Recipe;
}

type Plan = Omit<CheckedPlan, 'cells'>;
type Axis = Plan['axes'][number];

/** The axis of the recipes. */
export const RECIPES = 'Recipes';

const fail = (where: string, path: string, message: string): never => {
  throw new ParameterError(`${where}: ${path}: ${message}`, path);
};

/** Names that stand twice. @throws ParameterError */
export function checkNames({ sources, targets, recipes }: Plan, where: string): void {
  const seen = new Set([OTHERS]);
  for (const [list, entries] of Object.entries({ targets, sources })) {
    entries.forEach(({ name }, i) => {
      if (seen.has(name)) fail(where, `${list}[${i}].name`, `"${name}" is taken; name each once`);
      seen.add(name);
    });
  }
  for (const [t, { variants }] of targets.entries()) {
    const names = variants.map(({ name }) => name);
    const twice = names.findIndex((name, i) => names.indexOf(name) < i);
    if (twice >= 0) fail(where, `targets[${t}].variants[${twice}].name`, `"${names[twice]}" is taken; name each once`);
  }
  if (Object.keys(recipes).length === 0) fail(where, 'recipes', 'needs at least one, the baseline');
}

/** A value as a cell's name shows it. */
function shown(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.join(' + ');
  return String(value);
}

interface Variation {
  readonly name: string;
  readonly change: Change;
  /** Where it stands in the plan. */
  readonly path: string;
}

function variationsOf(axis: Axis, at: string, where: string): Variation[] {
  if (axis.cells) return axis.cells.map((cell, i) => ({ ...cell, path: `${at}.cells[${i}]` }));
  const checked = (change: object, path: string) => checkAgainst(changeSchema, change, `${where}: ${path}`);
  if (axis.values) {
    return axis.values.map((value, i) => {
      const path = `${at}.values[${i}]`;
      const name = axis.switch as string;
      return { name: `${name} ${shown(value)}`, change: checked({ [name]: value }, path), path };
    });
  }
  let rows: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(axis.grid ?? {})) {
    if (!(SWITCHES as string[]).includes(name)) {
      fail(where, `${at}.grid`, `unknown switch "${name}"; ${wordHint(name, SWITCHES, 'known switches')}`);
    }
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  return rows.map((row) => {
    const words = Object.entries(row).map(([name, value]) => `${name} ${shown(value)}`);
    return { name: words.join(', '), change: checked(row, `${at}.grid`), path: `${at}.grid` };
  });
}

/** Refuses a recipe that cannot be learned. */
function checkRecipe({ sources, targets }: Plan, recipe: Recipe, path: string, where: string): void {
  const known = [...sources.map(({ name }) => name), OTHERS];
  for (const source of recipe.sources) {
    if (!known.includes(source)) {
      fail(where, `${path}.sources`, `"${source}" is no source; ${wordHint(source, known, 'sources')}`);
    }
  }
  if (recipe.sources.includes(OTHERS) && targets.length < 2) {
    fail(where, `${path}.sources`, '"others" are the other targets, and there are none');
  }
  if (recipe.features === 'blockPatterns' && (recipe.columns === 'both' || recipe.windowScale !== 'none')) {
    fail(where, `${path}.features`, 'patterns have no windows; leave columns and windowScale as they are');
  }
  if (recipe.model === 'none') return;
  if (recipe.sources.length === 0)
    fail(where, `${path}.sources`, `names nothing to learn from; give ${known.join(', ')}`);
  if (recipe.model === 'hidden' && recipe.start === 'cosine') {
    fail(where, `${path}.start`, 'a hidden layer starts at random; give start "random" beside model "hidden"');
  }
  if (recipe.optimizer === 'adagrad' && recipe.nBatches === 0) {
    fail(where, `${path}.nBatches`, '0 batches are the start itself; leave optimizer "adagrad" out');
  }
  try {
    checkParams({
      nComponents: recipe.nComponents,
      batchSize: recipe.batchSize,
      nBatches: Math.max(1, recipe.nBatches),
    });
  } catch (error) {
    fail(where, path, (error as Error).message);
  }
}

/**
 * All cells in the plan's order: the recipes, then the axes'.
 *
 * @throws ParameterError on names that are unknown or stand twice, and on recipes that contradict themselves
 */
export function expandCells(plan: Plan, where: string): Cell[] {
  const names = Object.keys(plan.recipes);
  const cells: Cell[] = [];
  const recipes = new Map<string, Recipe>();
  const add = (cell: Cell, path: string) => {
    if (cells.some(({ name }) => name === cell.name)) fail(where, path, `the cell "${cell.name}" is there already`);
    checkRecipe(plan, cell.recipe, path, where);
    cells.push(cell);
  };
  for (const [name, change] of Object.entries(plan.recipes)) {
    const recipe = changed(recipeSchema.parse({}), change);
    recipes.set(name, recipe);
    add({ name, axis: RECIPES, ...(name !== names[0] && { reference: names[0] }), recipe }, `recipes.${name}`);
  }
  for (const [a, axis] of plan.axes.entries()) {
    const at = `axes[${a}]`;
    const reference = axis.of ?? names[0];
    const recipe = recipes.get(reference);
    if (!recipe) {
      throw new ParameterError(
        `${where}: ${at}.of: "${reference}" is no recipe; ${wordHint(reference, names, 'recipes')}`,
        `${at}.of`,
      );
    }
    for (const { name, change, path } of variationsOf(axis, at, where)) {
      const full = reference === names[0] || axis.cells ? name : `${name} (${reference})`;
      add({ name: full, axis: axis.title, reference, recipe: changed(recipe, change) }, path);
    }
  }
  const known = cells.map(({ name }) => name);
  plan.robustness?.cells.forEach((name, i) => {
    if (known.includes(name)) return;
    fail(where, `robustness.cells[${i}]`, `"${name}" is no cell; ${wordHint(name, known, 'cells')}`);
  });
  return cells;
}
