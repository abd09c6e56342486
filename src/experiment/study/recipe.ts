/**
 * A recipe: everything that a cell of a study can switch, from what is learned to how tracks are compared. The defaults are
 * the paper's recipe.
 */
import { z } from 'zod';
import { PATTERNS } from './blockpatterns.ts';
import { HEADS } from './heads.ts';

/** Statistics of a window, in the order of its columns. */
export const STATS = ['mean', 'variance', 'maximum', 'minimum'] as const;
export type Stat = (typeof STATS)[number];

/** The word among a recipe's sources that stands for the study's other targets. */
export const OTHERS = 'others';

const positive = z.number().positive();
const bound = positive.nullable();

/** The switches, their ranges and the paper's choices. */
export const recipeSchema = z.strictObject({
  model: z
    .enum(['linear', 'hidden', 'none'])
    .default('linear')
    .describe('linear: Wsabie; hidden: one layer of rectified units before it; none: the frames as they are'),
  sources: z
    .array(z.string().min(1))
    .default([])
    .describe('names of sources that are learned from, jointly where several; "others": the other targets'),
  optimizer: z.enum(['constant', 'adagrad']).default('constant').describe('how steps are sized'),
  nComponents: z.int().min(1).max(4096).default(100).describe('dimensions of the space'),
  nHidden: z.int().min(1).max(4096).default(200).describe('units of the hidden layer, where there is one'),
  learningRate: positive.default(0.01).describe('step of the trainer'),
  batchSize: z.int().min(1).max(65536).default(100).describe('frames in a batch'),
  nBatches: z.int().min(0).default(6000).describe('batches of each source, at most; 0 leaves the start as it is'),
  validationFraction: z.number().min(0).max(0.9).default(0).describe('tracks held out for the early stop'),
  patience: z.int().min(1).nullable().default(null).describe('evaluations without a better one; null: no early stop'),
  maxNormV: bound.default(null).describe('longest column of V; null: no bound'),
  maxNormW: bound.default(null).describe("longest label's row of W; null: no bound"),
  level: z.enum(['kept', 'removed']).default('kept').describe('whether frames lose their mean over the bands'),
  start: z.enum(['random', 'cosine']).default('random').describe('what V starts as'),
  startScale: positive.default(1).describe('what the start is multiplied by'),
  sampling: z.enum(['frames', 'tracks']).default('frames').describe('what is equally likely in a draw'),
  inputScale: z
    .enum(['source', 'target', 'none'])
    .default('source')
    .describe("whose mean and deviation a target's bands are brought to 0 and 1 by"),
  silence: z.enum(['dropped', 'kept']).default('dropped').describe('silent frames of sources that say soundingOnly'),
  copies: z.int().min(0).max(20).default(0).describe('altered copies of each source track that are learned from too'),
  copyGain: z.number().min(0).default(3).describe("deviation of a copy's gain, natural-log units"),
  copyTilt: z
    .number()
    .min(0)
    .default(0)
    .describe("deviation of a copy's tilt from the lowest band to the highest, the same"),
  features: z
    .enum(['windows', 'blockPatterns'])
    .default('windows')
    .describe('what embedded frames are gathered into: statistics of windows, or block-level patterns of the track'),
  patterns: z
    .array(z.enum(PATTERNS))
    .min(1)
    .default([...PATTERNS])
    .describe('which patterns, where features are blockPatterns'),
  stats: z
    .array(z.enum(STATS))
    .min(1)
    .default([...STATS])
    .describe('statistics kept of a window'),
  columns: z
    .enum(['embedded', 'both'])
    .default('embedded')
    .describe('columns of a window: of embedded frames, or of the frames themselves beside them'),
  windowScale: z
    .enum(['none', 'target'])
    .default('none')
    .describe("whether the columns of a target's windows are brought to deviation 1 before tracks are compared"),
  distance: z.enum(['l1', 'euclidean', 'cosine']).default('l1').describe('how far two tracks are apart'),
  mutualProximity: z
    .boolean()
    .default(false)
    .describe('whether tracks are ranked by mutual proximity, which makes hubs rarer'),
  head: z
    .enum(HEADS)
    .default('ridge')
    .describe('what classifies windows: least squares, logistic regression, a small network'),
  artistFilter: z
    .boolean()
    .default(true)
    .describe("whether a track's artist is left out of its neighbours, where known"),
});

/** A recipe with everything filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** The name of a switch. */
export type Switch = keyof Recipe;

/** The names of all switches. */
export const SWITCHES = Object.keys(recipeSchema.shape) as Switch[];

/** What a cell changes of the recipe that it is compared with: the same switches, none filled in. */
export const changeSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(recipeSchema.shape).map(([name, schema]) => [name, schema.unwrap().optional()]),
  ) as unknown as { [K in Switch]: z.ZodOptional<z.ZodType<Recipe[K]>> },
);
export type Change = z.output<typeof changeSchema>;

/** The switches that decide what is learned; cells that agree in them share their spaces. */
const LEARNING: readonly Switch[] = [
  ...(['model', 'sources', 'optimizer', 'nComponents', 'nHidden', 'learningRate', 'batchSize', 'nBatches'] as const),
  ...(['validationFraction', 'patience', 'maxNormV', 'maxNormW', 'level', 'start', 'startScale'] as const),
  ...(['sampling', 'silence', 'copies', 'copyGain', 'copyTilt'] as const),
];

/** Names what a recipe learns: equal texts, equal spaces. `inputScale` counts where it says that nothing is standardised. */
export function learningKey(recipe: Recipe): string {
  if (recipe.model === 'none') return JSON.stringify(['none', recipe.level]);
  return JSON.stringify([...LEARNING.map((name) => recipe[name]), recipe.inputScale === 'none']);
}

/** The recipe by which tracks are compared: what only a classifier looks at is as it comes. */
export const comparing = (recipe: Recipe): Recipe => ({ ...recipe, head: 'ridge' });

/** The recipe by which tracks are classified: what only comparing looks at is as it comes. */
export const classifying = (recipe: Recipe): Recipe => ({
  ...recipe,
  distance: 'l1',
  mutualProximity: false,
  artistFilter: true,
});

/** A recipe with a change made. */
export function changed(recipe: Recipe, change: Change): Recipe {
  return { ...recipe, ...change };
}

/** The frames themselves, compared as the paper does: what every gain is counted from. Judged as `recipe` is. */
export function baseOf({ artistFilter }: Recipe): Recipe {
  return { ...recipeSchema.parse({}), model: 'none', artistFilter };
}

/** Whether a recipe shows what comes without learning, or judges otherwise than the rest: it is shown, but never chosen. */
export const isControl = ({ model, nBatches, artistFilter }: Recipe): boolean =>
  model === 'none' || nBatches === 0 || !artistFilter;
