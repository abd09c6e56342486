/**
 * `results.json` of a study: every number of its report. The schema is the documentation; it holds nothing that differs
 * between two runs of one plan on the same data.
 */
import { z } from 'zod';
import { recipeSchema } from './recipe.ts';

/** Version of the layout; rises when a field changes its meaning or goes. */
export const STUDY_RESULTS_VERSION = 1;

const count = z.int().min(0);
const error = z.number().min(0);
const partSchema = z.enum(['A', 'B', 'all']);

/** What the mean over targets is called among them. */
export const MEAN = 'mean';

const differenceSchema = z.strictObject({
  mean: z.number().describe('mean of the paired differences'),
  standardError: error.describe('over seeds (precision), seeds and folds (accuracy), seeds and draws (few examples)'),
  overTracks: error
    .nullable()
    .describe(
      'standard error over tracks of their mean difference over seeds: how far other tracks may say otherwise; null for few examples',
    ),
});

const rowSchema = z.strictObject({
  target: z.string().describe(`name of a target, or "${MEAN}" for the mean over them, each counting the same`),
  measure: z.string().describe('"precision", "accuracy", or "fewShot N" with N examples of each class'),
  k: count.nullable().describe('neighbours of the precision'),
  value: z.number(),
  standardError: error,
  fromBase: differenceSchema.describe('from the frames themselves, compared by L1 between the means of their windows'),
  fromReference: differenceSchema.nullable().describe('from the recipe that the cell is compared with'),
});

const cellSchema = z.strictObject({
  name: z.string(),
  axis: z.string(),
  reference: z.string().nullable(),
  recipe: recipeSchema,
  control: z.boolean().describe('shown, but never chosen: nothing is learned, or it is judged otherwise'),
  batches: z.number().describe('batches of each source that were done, mean over seeds and targets'),
  rows: z.array(rowSchema),
});

const confirmationSchema = z.strictObject({
  chosen: z.string().describe('the cell with the best mean on the first half, of those that there was a choice among'),
  from: z
    .array(z.string())
    .nullable()
    .describe('the choice was among cells that learn from nothing else; null: among all'),
  best: z.string().describe('the cell with the best mean on the first half, of all'),
  by: z.string(),
  confirmed: z.boolean().describe('false: the second half was looked at before, for another choice, and was not again'),
  note: z.string().nullable(),
  known: z.string().nullable().describe('what the plan says had been seen of the second half before'),
  cells: z.array(cellSchema).describe('the recipes, the chosen cell and the best of all on the second half'),
  whole: z.array(cellSchema).describe('the frames themselves and the same cells on all tracks, after the confirmation'),
});

const robustnessSchema = z.strictObject({
  part: partSchema,
  variants: z.array(
    z.strictObject({
      name: z.string(),
      altered: z.boolean().describe('whether samples were altered here; else the files were encoded anew'),
      tracks: count,
      base: z.number().describe('precision of the frames themselves, mean over targets'),
      cells: z.array(
        z.strictObject({
          name: z.string(),
          precision: z.number(),
          standardError: error,
          gain: differenceSchema.describe('from the frames themselves on the same variant'),
          kept: z
            .number()
            .nullable()
            .describe(
              'gain here / gain on the tracks as they are; null where that is within two standard errors over seeds, so that ' +
                'there is none to keep',
            ),
        }),
      ),
    }),
  ),
});

const collectionSchema = z.strictObject({
  name: z.string(),
  use: z.enum(['target', 'source']),
  tracks: count,
  labels: count,
  artists: count.nullable(),
  parts: z.array(z.strictObject({ part: partSchema, tracks: count, labels: count })),
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string(), duplicate: z.boolean() })),
});

export const studyResultsSchema = z
  .strictObject({
    format: z.literal('tunespace study'),
    version: z.literal(STUDY_RESULTS_VERSION),
    versions: z.strictObject({ tunespace: z.string(), frontEnd: count }),
    title: z.string(),
    about: z.array(z.string()),
    findings: z
      .array(z.string())
      .describe("the plan's author's words on an earlier run; the numbers do not depend on them"),
    settings: z.strictObject({
      seconds: z.number().nullable(),
      seeds: z.array(count),
      k: count,
      folds: count,
      draws: count,
      fewShot: z.array(count),
      alpha: z.number(),
      halves: count.nullable().describe('seed of the halves; null: all tracks are one part'),
      by: z.string().describe('the measure of the verdicts'),
    }),
    collections: z.array(collectionSchema),
    axes: z.array(z.strictObject({ title: z.string(), about: z.string().nullable() })),
    part: partSchema.describe('what the cells are judged on'),
    base: cellSchema.describe('the frames themselves'),
    cells: z.array(cellSchema),
    robustness: robustnessSchema.nullable(),
    confirmation: confirmationSchema.nullable(),
    warnings: z.array(z.string()),
  })
  .describe('Results of `tunespace study`.');

export type StudyResults = z.output<typeof studyResultsSchema>;
export type CellResult = z.output<typeof cellSchema>;
export type Row = z.output<typeof rowSchema>;
export type Difference = z.output<typeof differenceSchema>;
export type RobustnessResult = z.output<typeof robustnessSchema>;
export type ConfirmationResult = z.output<typeof confirmationSchema>;
