/** The report of a study: built from its results alone, as Markdown and as a page. */
import type { Figure } from '../figures/chart.ts';
import type { Block, Document } from '../report/document.ts';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import { RECIPES } from './cells.ts';
import { differencesFigure } from './figure.ts';
import type { CellResult, ConfirmationResult, StudyResults } from './results.ts';
import { meanRowOf, type Verdict, verdictOf } from './summary.ts';
import {
  collectionsTable,
  measureName,
  measuresIn,
  measureTable,
  otherMeasuresTable,
  recipesTable,
  recipeText,
  robustnessTable,
  three,
  withError,
} from './tables.ts';

const paragraph = (text: string): Block => ({ kind: 'paragraph', text });

/** What the numbers are. */
function settingsText({ settings, versions }: StudyResults): string {
  const { seconds, seeds, folds, draws, fewShot, alpha } = settings;
  return (
    `${seconds === null ? 'Whole tracks are used' : `The first ${seconds} s of each track are used`}. Every cell is learned and judged at ` +
    `${seeds.length} seeds (${seeds.join(', ')}). Precision is the share of a track's nearest tracks that carry its label, by other ` +
    `artists where artists are known; accuracy is that of least squares with ridge ${alpha} (relative) over up to ${folds} folds for each ` +
    `seed, grouped by artist where known; from few examples (${fewShot.join(' and ')} a class) over ${draws} draws for each seed. The mean ` +
    `over targets counts each the same. tunespace ${versions.tunespace}, front end version ${versions.frontEnd}.`
  );
}

const VERDICTS =
  'Differences are paired: the same seed, folds and draws on both sides. "±" is one standard error over seeds (precision), seeds and ' +
  'folds (accuracy), seeds and draws (few examples); "over tracks" is the standard error over tracks of their mean difference, which ' +
  'says how far other tracks may disagree. A cell "helps" where the difference is above two of both; it "helps here" where it is ' +
  'above two over seeds only, so that other tracks may say otherwise; it has "no effect" within two over seeds, and "hurts" below.';

function axisBlocks(results: StudyResults, axis: string, measure: string): Block[] {
  const own = results.cells.filter((cell) => cell.axis === axis);
  const references = [...new Set(own.map(({ reference }) => reference))];
  const compared = results.cells.filter(({ name }) => references.includes(name));
  const rows = axis === RECIPES ? [results.base, ...own] : [...compared, ...own];
  const against = references.filter((name) => name !== null).join(', ');
  const table = measureTable(rows, measure, {
    id: `axis-${axis.replace(/[^A-Za-z0-9]+/g, '-')}`,
    caption: `${axis}: ${measureName(measure)}${against ? `; differences from ${against}` : ''}.`,
    from: 'fromReference',
  });
  return table ? [{ kind: 'heading', text: axis }, table] : [];
}

/** Sentences about the cells of some verdicts. */
function sentences(cells: readonly CellResult[], measure: string, wanted: readonly Verdict[]): string[] {
  return cells.flatMap((cell) => {
    const difference = meanRowOf(cell, measure)?.fromReference;
    if (!difference || !wanted.includes(verdictOf(difference))) return [];
    const verdict = verdictOf(difference);
    return `${cell.axis}: ${cell.name}: ${withError(difference)} from ${cell.reference} (${verdict})`;
  });
}

function verdictBlocks({ cells }: StudyResults, measure: string): Block[] {
  const tried = cells.filter(({ control }) => !control);
  const controls = cells.filter(({ control }) => control);
  const all = ['helps', 'helps here', 'no effect', 'hurts'] as const;
  const section = (text: string, items: string[]): Block[] => [
    { kind: 'heading', text },
    items.length > 0 ? { kind: 'list', items } : paragraph('Nothing.'),
  ];
  return [
    ...section('What helped', sentences(tried, measure, ['helps', 'helps here'])),
    ...section('What did not help', sentences(tried, measure, ['no effect', 'hurts'])),
    ...(controls.length > 0
      ? section('Controls: nothing learned, or judged otherwise', sentences(controls, measure, all))
      : []),
  ];
}

function confirmationBlocks({ chosen, by, confirmed, note, cells }: ConfirmationResult, measure: string): Block[] {
  const heading: Block = { kind: 'heading', text: 'Confirmation' };
  if (!confirmed) return [heading, { kind: 'notice', text: note ?? '' }];
  const best = cells.find(({ name }) => name === chosen) as CellResult;
  const row = meanRowOf(best, measure);
  const found = row
    ? ` On half B its ${measureName(measure)} is ${three(row.value)}, ${withError(row.fromBase)} from base` +
      (row.fromBase.overTracks === null ? '.' : ` (± ${three(row.fromBase.overTracks)} over tracks).`)
    : '';
  const tables = measuresIn(cells).flatMap((name) => {
    const table = measureTable(cells, name, {
      id: `confirmation-${name.replace(' ', '-')}`,
      caption: `Half B: ${measureName(name)}; differences from base.`,
      from: 'fromBase',
    });
    return table ? [table] : [];
  });
  return [
    heading,
    paragraph(
      `The cell with the best ${by} on half A is "${chosen}" (${recipeText(best.recipe)}). It was then judged on half B, once; nothing was ` +
        `chosen there.${found}`,
    ),
    ...tables,
  ];
}

function skippedBlocks({ collections, warnings }: StudyResults): Block[] {
  const items = collections.flatMap(({ name, skipped }) =>
    skipped.map(({ path, reason }) => `${name}: ${path}: ${reason}`),
  );
  return [
    ...(warnings.length > 0
      ? [
          { kind: 'heading' as const, text: 'What departs from what was asked' },
          { kind: 'list' as const, items: warnings },
        ]
      : []),
    ...(items.length > 0
      ? [
          { kind: 'heading' as const, text: 'Skipped tracks' },
          { kind: 'list' as const, items },
        ]
      : []),
  ];
}

/** The measure that verdicts are made by: the first of its kind. */
const leading = (results: StudyResults): string =>
  measuresIn(results.cells).find((name) => name.split(' ')[0] === results.settings.by) ?? 'precision';

/** Builds the report. */
export function studyDocument(results: StudyResults, figure: Figure | undefined): Document {
  const measure = leading(results);
  const others = measuresIn(results.cells).filter((name) => name !== measure);
  const axes = [...new Set(results.cells.map(({ axis }) => axis))];
  const base = meanRowOf(results.base, measure);
  const otherTable = otherMeasuresTable(results.cells, others);
  const blocks: Block[] = [
    ...results.about.map(paragraph),
    paragraph(settingsText(results)),
    { kind: 'heading', text: 'Collections' },
    collectionsTable(results),
    { kind: 'heading', text: 'Base' },
    paragraph(
      'Base is what every gain is counted from: windows of the log-Mel frames themselves, compared by L1.' +
        (base ? ` Its ${measureName(measure)} is ${three(base.value)} on the mean over targets.` : ''),
    ),
    recipesTable(results),
    paragraph(VERDICTS),
    ...(figure
      ? [
          {
            kind: 'figure' as const,
            figure,
            caption:
              'Difference of each cell from the recipe that it is compared with. Thick bars are two standard errors over seeds, thin ones ' +
              'over tracks where those are wider.',
          },
        ]
      : []),
    ...verdictBlocks(results, measure),
    ...axes.flatMap((axis) => axisBlocks(results, axis, measure)),
    ...(otherTable ? [{ kind: 'heading' as const, text: 'Other measures' }, otherTable] : []),
    ...(results.robustness
      ? [{ kind: 'heading' as const, text: 'Other files of the same music' }, robustnessTable(results.robustness)]
      : []),
    ...(results.confirmation ? confirmationBlocks(results.confirmation, measure) : []),
    ...skippedBlocks(results),
  ];
  return { title: results.title, blocks };
}

/** Writes the report. The same results give the same bytes. */
export async function writeStudyReport(results: StudyResults) {
  const figure = await differencesFigure(results.cells, leading(results));
  const document = studyDocument(results, figure);
  return { markdown: toMarkdown(document), html: toHtml(document), figures: figure ? [figure] : [] };
}
