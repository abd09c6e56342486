/**
 * What a study is told: a JSON plan that names sources, targets, recipes, and the axes along which cells differ from a recipe.
 */
import { z } from 'zod';
import { ParameterError } from '../../errors.ts';
import { columnsSchema, datasetSchema } from '../config.ts';
import { checkAgainst, wordHint } from '../issues.ts';
import { type Cell, checkNames, expandCells } from './cells.ts';
import { changeSchema, isControl, OTHERS, recipeSchema, SWITCHES } from './recipe.ts';

const name = z.string().min(1).max(60);

const variantSchema = z.strictObject({
  name: name.describe('what tables call it, e.g. "mp3 at 80 kbit/s"; the same name in every target is one variant'),
  path: z
    .string()
    .min(1)
    .describe("a folder with the target's tracks encoded anew, under the same paths (another ending is fine)"),
});

const targetSchema = datasetSchema.extend({
  variants: z.array(variantSchema).default([]).describe('the same tracks as other files'),
});

const sourceSchema = datasetSchema.extend({
  role: z.enum(['tag', 'genre']).default('tag').describe('tag: several labels a track; genre: one'),
  minTracksPerTag: z.int().min(1).default(4).describe('tags of fewer tracks are left out'),
  heldOut: z
    .boolean()
    .default(false)
    .describe(
      'whether tracks and artists of a target are left out when learning for it; without it, shared tracks are refused',
    ),
});

const alterationSchema = z
  .strictObject({
    gain: z.number().min(-60).max(60).describe('level, dB; what goes beyond full scale is clipped'),
    tilt: z.number().min(-30).max(30).describe('highs against lows, dB: a shelf about 1 kHz'),
    sampleRate: z.int().min(2000).max(192_000).describe('resampled to this rate and back: a low-pass at its half'),
  })
  .partial()
  .refine((alteration) => Object.keys(alteration).length > 0, 'says nothing; give gain, tilt or sampleRate');

const axisSchema = z
  .strictObject({
    title: name.describe('what the axis is called'),
    about: z.string().min(1).optional().describe('a sentence or two for the report: what is asked, and how'),
    of: name.optional().describe('the recipe that its cells differ from; the first unless told otherwise'),
    switch: z
      .enum(SWITCHES as [string, ...string[]])
      .optional()
      .describe('the one switch, with `values`'),
    values: z.array(z.unknown()).min(1).optional().describe('a cell for each'),
    cells: z
      .array(z.strictObject({ name, change: changeSchema }))
      .min(1)
      .optional()
      .describe('cells by name, each with what it changes'),
    grid: z
      .record(z.string(), z.array(z.unknown()).min(1))
      .optional()
      .describe('switches and their values: a cell for each combination'),
  })
  .superRefine((axis, context) => {
    const given = [axis.values ?? axis.switch, axis.cells, axis.grid].filter((part) => part !== undefined).length;
    if (given !== 1) {
      context.addIssue({ code: 'custom', message: 'needs one of: switch with values, cells, grid' });
    } else if ((axis.switch === undefined) !== (axis.values === undefined)) {
      context.addIssue({ code: 'custom', message: 'switch and values go together' });
    }
  });

/** What a study can measure. */
export const MEASURES = ['precision', 'accuracy', 'fewShot'] as const;
export type Measure = (typeof MEASURES)[number];

/** The plan of a study, with its ranges and defaults. */
export const planSchema = z.strictObject({
  title: z.string().min(1).max(200).default('A study of spaces').describe("the report's title"),
  about: z.array(z.string().min(1)).default([]).describe('paragraphs for the head of the report'),
  findings: z
    .array(z.string().min(1))
    .default([])
    .describe('what its author makes of the results: sentences written after a run, for the head of the report'),
  seconds: z.number().positive().nullable().default(30).describe('the start of each track that is used; null is all'),
  seeds: z
    .array(z.int().min(0).max(0xffffffff))
    .min(2)
    .max(100)
    .refine((seeds) => new Set(seeds).size === seeds.length, 'names a seed twice')
    .default([1, 2, 3, 4, 5])
    .describe('every cell is learned and judged with each'),
  columns: columnsSchema.default({}).describe('columns of every CSV'),
  targets: z.array(targetSchema).min(1).describe('genre collections, one label a track, that spaces are judged on'),
  sources: z.array(sourceSchema).default([]).describe('collections that spaces are learned from'),
  recipes: z.record(name, changeSchema).describe('what cells differ from, by name; the first is the baseline'),
  axes: z.array(axisSchema).default([]).describe('the ablations'),
  measure: z
    .strictObject({
      what: z
        .array(z.enum(MEASURES))
        .min(1)
        .default([...MEASURES]),
      k: z
        .int()
        .min(1)
        .max(1000)
        .default(10)
        .describe('neighbours that precision looks at, or as many as a small label allows'),
      folds: z.int().min(2).max(100).default(5).describe('folds of the accuracy, or as many as a small label allows'),
      fewShot: z.array(z.int().min(1).max(1000)).min(1).default([2, 5]).describe('examples of each class'),
      draws: z.int().min(2).max(1000).default(10).describe('draws of examples, for each seed'),
      alpha: z.number().min(0).default(0.01).describe('ridge of the classifier, relative'),
    })
    .prefault({})
    .describe('what is measured'),
  halves: z
    .strictObject({ seed: z.int().min(0).max(0xffffffff).default(1) })
    .nullable()
    .prefault({})
    .describe('each target in two halves by artist or track: one to choose on, one to confirm on; null: all is one'),
  choose: z
    .strictObject({
      by: z.enum(MEASURES).default('precision'),
      from: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe('the choice is among cells that learn from nothing else; the best of all is confirmed beside it'),
      known: z
        .string()
        .min(1)
        .optional()
        .describe('what had been seen of the second half before this study; printed beside the confirmation'),
    })
    .optional()
    .describe('the cell with the best mean over targets on the first half is confirmed on the second, once'),
  robustness: z
    .strictObject({
      cells: z
        .array(name)
        .default([])
        .describe('cells that are judged on altered targets beside the chosen one and the baseline'),
      chosen: z.boolean().default(true).describe('whether the chosen cell and the best of all are judged on them, too'),
      alterations: z.array(alterationSchema).default([]).describe('what is done to the samples of every target'),
    })
    .optional()
    .describe('how much of the gain is kept when targets are encoded anew or altered'),
});

/** What a caller gives. */
export type StudyPlan = z.input<typeof planSchema>;
type Parsed = z.output<typeof planSchema>;
/** A plan with the defaults filled in and its cells. */
export type CheckedPlan = Parsed & { readonly cells: readonly Cell[] };
export type TargetEntry = Parsed['targets'][number];
export type SourceEntry = Parsed['sources'][number];
export type Alteration = z.output<typeof alterationSchema>;

/**
 * Checks a plan, fills in the defaults and lists its cells.
 *
 * @param value e.g. parsed from JSON
 * @param where first word of the message: a file's name, or the function's
 * @throws ParameterError naming every key at fault and where it stands and, for an unknown name, the nearest known one
 */
export function checkPlan(value: unknown, where = 'runStudy'): CheckedPlan {
  const plan = checkAgainst(planSchema, value, where);
  checkNames(plan, where);
  if (plan.choose && !plan.halves) {
    throw new ParameterError(
      `${where}: choose: a choice is confirmed on the other half, and halves is null; leave one of them out`,
      'choose',
    );
  }
  plan.choose?.from?.forEach((name, i) => {
    const known = [...plan.sources.map((source) => source.name), OTHERS];
    if (known.includes(name)) return;
    throw new ParameterError(
      `${where}: choose.from[${i}]: "${name}" is no source; ${wordHint(name, known, 'sources')}`,
      `choose.from[${i}]`,
    );
  });
  if (plan.choose && !plan.measure.what.includes(plan.choose.by)) {
    throw new ParameterError(
      `${where}: choose.by: "${plan.choose.by}" is not measured; add it to measure.what`,
      'choose.by',
    );
  }
  const cells = expandCells(plan, where);
  if (plan.choose && !cells.some((cell) => !isControl(cell.recipe) && isOpen(cell, plan.choose?.from))) {
    const among = plan.choose.from ? `learns from ${plan.choose.from.join(' or ')} alone` : 'learns anything';
    throw new ParameterError(`${where}: choose: no cell ${among}, so that there is nothing to choose among`, 'choose');
  }
  return { ...plan, cells };
}

/** Whether a cell is one of those that there is a choice among. */
export const isOpen = ({ recipe }: Cell, from: readonly string[] | undefined): boolean =>
  !from || recipe.sources.every((name) => from.includes(name));

/** The defaults of a recipe, for the report. */
export const defaultRecipe = () => recipeSchema.parse({});
