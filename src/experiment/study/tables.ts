/** The tables of a study's report. Each is absent where there is nothing to show. */
import { cell, type TableBlock, type Cell as TableCell } from '../report/document.ts';
import { RECIPES } from './cells.ts';
import { defaultRecipe } from './plan.ts';
import { type Recipe, SWITCHES } from './recipe.ts';
import {
  type CellResult,
  type Difference,
  MEAN,
  type RobustnessResult,
  type Row,
  type StudyResults,
} from './results.ts';
import { isSame, meanRowOf, verdictOf } from './summary.ts';

export const three = (value: number): string => value.toFixed(3);
/** A number with its sign, a true minus. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
const percent = (share: number): string => `${share < 0 ? '−' : ''}${Math.round(Math.abs(share) * 100)} %`;
const none = cell('–');

/** A difference with its error over seeds. */
export const withError = ({ mean, standardError }: Difference): string => `${signed(mean)} ± ${three(standardError)}`;

/** A value of a switch in words. */
function shown(value: unknown): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(' + ') : String(value);
}

/** What a recipe says beyond the paper's. */
export function recipeText(recipe: Recipe): string {
  const plain = defaultRecipe();
  const parts = SWITCHES.filter((name) => JSON.stringify(recipe[name]) !== JSON.stringify(plain[name]));
  return parts.map((name) => `${name} ${shown(recipe[name])}`).join(', ') || 'the paper’s';
}

export function collectionsTable({ collections }: StudyResults): TableBlock {
  return {
    kind: 'table',
    id: 'collections',
    caption:
      'The collections. Cells are judged on half A of the targets, where there are halves; half B is for the confirmation.',
    header: ['Collection', 'Use', 'Tracks', 'Labels', 'Artists', 'Half A', 'Half B', 'Skipped'],
    words: 2,
    rows: collections.map(({ name, use, tracks, labels, artists, parts, skipped }) => {
      const half = (wanted: string) => parts.find(({ part }) => part === wanted)?.tracks ?? '–';
      return [name, use, tracks, labels, artists ?? '–', half('A'), half('B'), skipped.length].map((v) => cell(v));
    }),
  };
}

export function recipesTable({ cells }: StudyResults): TableBlock {
  return {
    kind: 'table',
    id: 'recipes',
    caption: 'The recipes that cells are compared with, by what they say beyond the paper’s.',
    header: ['Recipe', 'Settings'],
    words: 2,
    rows: cells
      .filter(({ axis }) => axis === RECIPES)
      .map(({ name, recipe }) => [cell(name), cell(recipeText(recipe))]),
  };
}

const rowOf = ({ rows }: CellResult, target: string, measure: string): Row | undefined =>
  rows.find((row) => row.target === target && row.measure === measure);

/** The measures that a cell has. */
export const measuresIn = (cells: readonly CellResult[]): string[] => [
  ...new Set(cells.flatMap(({ rows }) => rows.map(({ measure }) => measure))),
];

/** `"fewShot 2"` as people say it. */
export const measureName = (measure: string): string =>
  measure.startsWith('fewShot') ? `accuracy from ${measure.split(' ')[1]} a class` : measure;

/** Which difference a table shows: from the frames themselves, or from the recipe that a cell is compared with. */
type From = 'fromBase' | 'fromReference';

/** The difference to show; the frames themselves have none from themselves. */
function differenceOf(
  { recipe, reference }: CellResult,
  row: Row | undefined,
  from: From,
): Difference | null | undefined {
  if (from === 'fromBase' && recipe.model === 'none' && reference === null) return undefined;
  return row?.[from];
}

/** Cells beside one another by one measure. */
export function measureTable(
  cells: readonly CellResult[],
  measure: string,
  { id, caption, from }: { id: string; caption: string; from: From },
): TableBlock | undefined {
  const shownCells = cells.filter((one) => meanRowOf(one, measure));
  if (shownCells.length === 0) return undefined;
  const targets = [...new Set(shownCells.flatMap(({ rows }) => rows.map(({ target }) => target)))].filter(
    (t) => t !== MEAN,
  );
  const title = (target: string) => {
    const k = rowOf(shownCells[0], target, measure)?.k;
    return k === null || k === undefined ? target : `${target} @${k}`;
  };
  return {
    kind: 'table',
    id,
    caption,
    header: ['Cell', ...targets.map(title), 'mean', 'difference', 'over tracks', 'says'],
    words: 1,
    rows: shownCells.map((one) => {
      const values = [...targets, MEAN].map((target) => rowOf(one, target, measure));
      const difference = differenceOf(one, values.at(-1), from);
      return [
        cell(one.name),
        ...values.map((row) => (row ? cell(three(row.value)) : none)),
        ...differenceCells(difference),
      ];
    }),
  };
}

function differenceCells(difference: Difference | null | undefined): TableCell[] {
  if (!difference) return [none, none, none];
  const { overTracks } = difference;
  return [
    cell(withError(difference)),
    overTracks === null ? none : cell(`± ${three(overTracks)}`),
    cell(verdictOf(difference), verdictOf(difference) === 'helps'),
  ];
}

/** The measures beside the leading one, each with its difference. */
export function otherMeasuresTable(
  cells: readonly CellResult[],
  measures: readonly string[],
  { id, caption, from }: { id: string; caption: string; from: From },
): TableBlock | undefined {
  const shown = measures.filter((measure) => cells.some((one) => meanRowOf(one, measure)));
  const rows = cells.filter((one) => shown.some((measure) => meanRowOf(one, measure)));
  if (shown.length === 0) return undefined;
  return {
    kind: 'table',
    id,
    caption,
    header: ['Cell', ...shown.flatMap((measure) => [measureName(measure), 'difference'])],
    words: 1,
    rows: rows.map((one) => [
      cell(one.name),
      ...shown.flatMap((measure) => {
        const row = meanRowOf(one, measure);
        const difference = differenceOf(one, row, from);
        return [
          row ? cell(three(row.value)) : none,
          difference ? cell(withError(difference), difference.mean > 2 * difference.standardError) : none,
        ];
      }),
    ]),
  };
}

/** Whether a cell classifies otherwise than the recipe that it is compared with. */
export const classifiesOtherwise = (one: CellResult, measures: readonly string[]): boolean =>
  measures.some((measure) => meanRowOf(one, measure)?.fromReference && !isSame(one, measure));

type Variants = RobustnessResult['variants'];

/** Cells down, variants across. */
function variantTable(
  variants: Variants,
  { id, caption }: { id: string; caption: string },
  base: ((variant: Variants[number]) => TableCell) | undefined,
  value: (found: Variants[number]['cells'][number]) => TableCell,
): TableBlock {
  const names = [...new Set(variants.flatMap(({ cells }) => cells.map(({ name }) => name)))];
  return {
    kind: 'table',
    id,
    caption,
    header: ['Cell', ...variants.map(({ name }) => name)],
    words: 1,
    rows: [
      ...(base ? [[cell('base'), ...variants.map(base)]] : []),
      ...names.map((wanted) => [
        cell(wanted),
        ...variants.map(({ cells }) => {
          const found = cells.find(({ name }) => name === wanted);
          return found ? value(found) : none;
        }),
      ]),
    ],
  };
}

/** The tables of robustness: precision, gain and what is kept of it, for other files and for altered samples. */
export function robustnessTables({ part, variants }: RobustnessResult): TableBlock[] {
  const half = part === 'all' ? '' : ` (half ${part})`;
  const [original] = variants;
  return [false, true].flatMap((altered) => {
    const others = variants.filter((variant) => variant !== original && variant.altered === altered);
    if (others.length === 0) return [];
    const what = altered ? 'samples are altered' : 'files are encoded anew';
    const id = altered ? 'altered' : 'encoded';
    const all = [original, ...others];
    return [
      variantTable(
        others,
        {
          id: `kept-${id}`,
          caption:
            `Share of the gain over base that is kept when the targets’ ${what}${half}: the gain on those, by the gain on the tracks as ` +
            'they are. Bold: four fifths or more; “–”: there is no gain beyond two standard errors to keep.',
        },
        undefined,
        ({ kept }) => (kept === null ? none : cell(percent(kept), kept >= 0.8)),
      ),
      variantTable(
        all,
        { id: `precision-${id}`, caption: `Precision, mean over targets${half}, when ${what}.` },
        ({ base }) => cell(three(base)),
        ({ precision }) => cell(three(precision)),
      ),
      variantTable(
        all,
        { id: `gain-${id}`, caption: `Gain over base on the same files, ± one standard error over seeds${half}.` },
        undefined,
        ({ gain }) => cell(withError(gain)),
      ),
    ];
  });
}

/** The frames themselves, on the part that cells are judged on and on all tracks, where both were looked at. */
export function baseTable({ base, part, confirmation }: StudyResults, measure: string): TableBlock | undefined {
  const rows = [
    { name: part === 'all' ? 'all tracks' : `half ${part}`, cell: base },
    ...(confirmation?.whole[0] ? [{ name: 'all tracks', cell: confirmation.whole[0] }] : []),
  ].filter((row) => meanRowOf(row.cell, measure));
  if (rows.length === 0) return undefined;
  const targets = base.rows.filter((row) => row.measure === measure && row.target !== MEAN).map(({ target }) => target);
  return {
    kind: 'table',
    id: 'base',
    caption: `Base: ${measureName(measure)}.`,
    header: ['Tracks', ...targets, 'mean'],
    words: 1,
    rows: rows.map(({ name, cell: one }) => [
      cell(name),
      ...[...targets, MEAN].map((target) => {
        const row = rowOf(one, target, measure);
        if (!row) return none;
        return cell(row.k === null ? three(row.value) : `${three(row.value)} @${row.k}`);
      }),
    ]),
  };
}

/** The cells with the best means, controls aside. */
export function bestTable({ cells }: StudyResults, measure: string, n: number): TableBlock {
  const ranked = cells
    .filter(({ control }) => !control)
    .flatMap((one) => {
      const row = meanRowOf(one, measure);
      return row ? [{ one, row }] : [];
    })
    .map((entry, place) => ({ ...entry, place }))
    .sort((a, b) => b.row.value - a.row.value || a.place - b.place)
    .slice(0, n);
  return {
    kind: 'table',
    id: 'best',
    caption: `The cells with the best ${measureName(measure)}, mean over targets, with their difference from base.`,
    header: ['Cell', 'compared with', measureName(measure), 'less base', 'over tracks'],
    words: 2,
    rows: ranked.map(({ one, row }) => [
      cell(one.name),
      cell(one.reference ?? '–'),
      cell(three(row.value)),
      cell(withError(row.fromBase)),
      row.fromBase.overTracks === null ? none : cell(`± ${three(row.fromBase.overTracks)}`),
    ]),
  };
}
