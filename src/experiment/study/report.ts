/** The report of a study: built from its results alone, as Markdown and as a page. */
import type { Figure } from '../figures/chart.ts';
import type { Block, Document } from '../report/document.ts';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import { RECIPES } from './cells.ts';
import { type AxesFigure, differencesFigures } from './figure.ts';
import type { CellResult, ConfirmationResult, RobustnessResult, StudyResults } from './results.ts';
import { isSame, meanRowOf, type Verdict, verdictOf } from './summary.ts';
import {
  baseTable,
  bestTable,
  classifiesOtherwise,
  collectionsTable,
  measureName,
  measuresIn,
  measureTable,
  otherMeasuresTable,
  recipesTable,
  recipeText,
  robustnessTables,
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
  'folds (accuracy), seeds and draws (few examples): it says how sure the mean is on these very tracks, whatever the seed. "Over tracks" ' +
  'is the standard error over tracks of their mean difference: it says how far other tracks of the same kind may disagree. A cell ' +
  '"helps" or "hurts" where the difference is beyond two of both; it "helps here" or "hurts here" where it is beyond two over seeds only, ' +
  'so that other tracks may say otherwise; it has "no effect" within two over seeds. Folds and draws share tracks, so that errors of the ' +
  'accuracies are too small rather than too large; and of many cells without effect, one in twenty is beyond two errors by chance. Where ' +
  'nothing depends on the seed, the error over seeds is 0, and only the error over tracks says something. Few examples have no error over ' +
  'tracks, so that their verdict is by seeds and draws alone.';

const FIGURES =
  'Dots are the differences on the mean over targets. Thick bars are two standard errors over seeds, thin ones two over tracks where ' +
  'those are wider.';

/** How many cells are shown as the best. */
const BEST = 10;

const idOf = (axis: string) => axis.replace(/[^A-Za-z0-9]+/g, '-');

/** A section on an axis: what is asked, precision, and the other measures where they differ. */
function axisBlocks(results: StudyResults, axis: string, measure: string): Block[] {
  const own = results.cells.filter((cell) => cell.axis === axis);
  const references = [...new Set(own.map(({ reference }) => reference))];
  const compared = results.cells
    .filter(({ name, axis: other }) => other !== axis && references.includes(name))
    .map((cell) => ({ ...cell, rows: cell.rows.map((row) => ({ ...row, fromReference: null })) }));
  const isRecipes = axis === RECIPES;
  const against = isRecipes ? 'base' : references.join(', ');
  const from = isRecipes ? 'fromBase' : 'fromReference';
  const table = measureTable(isRecipes ? [results.base, ...own] : [...compared, ...own], measure, {
    id: `axis-${idOf(axis)}`,
    caption: `${axis}: ${measureName(measure)}; differences from ${against}.`,
    from,
  });
  if (!table) return [];
  const others = measuresIn(results.cells).filter((name) => name !== measure);
  const differing = own.filter((cell) => isRecipes || classifiesOtherwise(cell, others));
  const more =
    differing.length > 0
      ? otherMeasuresTable([...(isRecipes ? [results.base] : compared), ...differing], others, {
          id: `other-${idOf(axis)}`,
          caption:
            `${axis}: the other measures, mean over targets; differences from ${against}. Bold: above by more than two standard ` +
            'errors.',
          from,
        })
      : undefined;
  const about = results.axes.find(({ title }) => title === axis)?.about;
  return [{ kind: 'heading', text: axis }, ...(about ? [paragraph(about)] : []), table, ...(more ? [more] : [])];
}

/** The measure that says something of a cell: the leading one, or the first other where that is its reference's. */
function tellingMeasure(cell: CellResult, measure: string): string {
  if (!isSame(cell, measure)) return measure;
  return measuresIn([cell]).find((name) => name !== measure && !isSame(cell, name)) ?? measure;
}

/** Cells of some verdicts, a line an axis. */
function sentences(cells: readonly CellResult[], measure: string, wanted: readonly Verdict[]): string[] {
  const axes = [...new Set(cells.map(({ axis }) => axis))];
  return axes.flatMap((axis) => {
    const own = cells.filter((cell) => cell.axis === axis);
    const said = own.flatMap((cell) => {
      const telling = tellingMeasure(cell, measure);
      const difference = meanRowOf(cell, telling)?.fromReference;
      const verdict = difference && verdictOf(difference);
      if (!verdict || !wanted.includes(verdict)) return [];
      const by = telling === measure ? '' : ` by ${measureName(telling)}`;
      const word = wanted.length > 1 ? ` (${verdict})` : '';
      return [`${cell.name}${by} ${withError(difference)}${word}`];
    });
    const references = [...new Set(own.map(({ reference }) => reference))].filter((name) => name !== null);
    return said.length > 0 ? [`${axis} (from ${references.join(', ')}): ${said.join('; ')}`] : [];
  });
}

function verdictBlocks({ cells }: StudyResults, measure: string): Block[] {
  const tried = cells.filter(({ control }) => !control);
  const controls = cells.filter(({ control }) => control);
  const all = ['helps', 'helps here', 'no effect', 'hurts here', 'hurts'] as const;
  const heading = (text: string): Block => ({ kind: 'heading', text });
  const list = (items: string[]): Block => (items.length > 0 ? { kind: 'list', items } : paragraph('Nothing.'));
  return [
    heading('What helped'),
    list(sentences(tried, measure, ['helps', 'helps here'])),
    heading('What did not help'),
    paragraph(`By ${measureName(measure)}, unless another measure is named. Worse:`),
    list(sentences(tried, measure, ['hurts', 'hurts here'])),
    paragraph('Without effect:'),
    list(sentences(tried, measure, ['no effect'])),
    ...(controls.length > 0
      ? [heading('Controls: nothing learned, or judged otherwise'), list(sentences(controls, measure, all))]
      : []),
  ];
}

/** What a chosen cell is worth on either half. */
function halvesText(name: string, results: StudyResults, cells: readonly CellResult[], measure: string): string {
  const [onA, onB] = [results.cells, cells].map((all) => {
    const found = all.find((cell) => cell.name === name);
    return found && meanRowOf(found, measure);
  });
  if (!onA || !onB) return '';
  const over = onB.fromBase.overTracks;
  return (
    ` On half A its ${measureName(measure)} is ${three(onA.value)}, ${withError(onA.fromBase)} from base; on half B it is ` +
    `${three(onB.value)}, ${withError(onB.fromBase)} from base${over === null ? '' : ` (± ${three(over)} over tracks)`}` +
    `${onB.fromReference ? ` and ${withError(onB.fromReference)} from ${cells[0].name}` : ''}.`
  );
}

function confirmationBlocks(results: StudyResults, confirmation: ConfirmationResult, measure: string): Block[] {
  const { chosen, from, best, by, confirmed, note, known, cells, whole } = confirmation;
  const heading: Block = { kind: 'heading', text: 'Confirmation' };
  const before = known === null ? [] : [paragraph(known)];
  if (!confirmed) return [heading, ...before, { kind: 'notice', text: note ?? '' }];
  const about = (name: string) => {
    const { recipe } = cells.find((cell) => cell.name === name) as CellResult;
    return `"${name}" (${recipeText(recipe)}).${halvesText(name, results, cells, measure)}`;
  };
  const among = from === null ? '' : `, of those that learn from ${from.join(' or ')} alone,`;
  const tables = measuresIn(cells).flatMap((name) => {
    const table = measureTable(cells, name, {
      id: `confirmation-${name.replace(' ', '-')}`,
      caption: `Half B: ${measureName(name)}; differences from base.`,
      from: 'fromBase',
    });
    return table ? [table] : [];
  });
  const all = measureTable(whole, 'precision', {
    id: 'whole',
    caption:
      'All tracks, both halves together: precision, with neighbours among all tracks; differences from base. Half A is in it, which the ' +
      'choice was made on.',
    from: 'fromBase',
  });
  return [
    heading,
    ...before,
    paragraph(`The cell with the best ${by} on half A${among} is ${about(chosen)}`),
    ...(best === chosen ? [] : [paragraph(`The best of all is ${about(best)}`)]),
    paragraph('Half B was looked at once, after the choice, beside the recipes; nothing was chosen there.'),
    ...tables,
    ...(all ? [all] : []),
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

const robustnessBlocks = (robustness: RobustnessResult): Block[] => [
  { kind: 'heading', text: 'Other files of the same music' },
  paragraph(
    'The spaces are those of the tables above; only what they are judged on is other sound. Base is judged on the same other sound, so ' +
      'that a gain kept in full says that the space suffers no more from it than the frames do. Errors are over seeds; over tracks they are ' +
      'those of the tables above, so that shares beyond 100 % and a good deal below it come by chance, too.',
  ),
  ...robustnessTables(robustness),
];

/** Builds the report. */
export function studyDocument(results: StudyResults, figures: readonly AxesFigure[]): Document {
  const measure = leading(results);
  const axes = [...new Set(results.cells.map(({ axis }) => axis))];
  const base = baseTable(results, measure);
  const part = results.part === 'all' ? '' : ` Unless another half is named, numbers are of half ${results.part}.`;
  const blocks: Block[] = [
    ...results.about.map(paragraph),
    ...(results.findings.length > 0
      ? [
          { kind: 'heading' as const, text: 'In short' },
          paragraph('In the words of whoever made the plan, after a run of it; everything below is the run’s own.'),
          { kind: 'list' as const, items: results.findings },
        ]
      : []),
    { kind: 'heading', text: 'What was measured' },
    paragraph(settingsText(results)),
    { kind: 'heading', text: 'Collections' },
    collectionsTable(results),
    { kind: 'heading', text: 'Base' },
    paragraph(
      `Base is what every gain is counted from: windows of the log-Mel frames themselves, compared by L1.${part} "@3" says that the three ` +
        'nearest tracks were looked at, which is all that the smallest label allows.',
    ),
    ...(base ? [base] : []),
    recipesTable(results),
    { kind: 'heading', text: 'How to read the errors' },
    paragraph(VERDICTS),
    ...verdictBlocks(results, measure),
    { kind: 'heading', text: 'The best cells' },
    paragraph(
      'The best of many are flattered by chance: what the first of them is worth is said by the confirmation, and not by this table.',
    ),
    bestTable(results, measure, BEST),
    ...(figures.length > 0 ? [{ kind: 'heading' as const, text: 'All differences' }] : []),
    ...figures.map(({ figure, reference, axes: shown }, i) => ({
      kind: 'figure' as const,
      figure,
      caption: `Difference of each cell from ${reference}: ${shown.join('; ')}.${i === 0 ? ` ${FIGURES}` : ''}`,
    })),
    ...axes.flatMap((axis) => axisBlocks(results, axis, measure)),
    ...(results.robustness ? robustnessBlocks(results.robustness) : []),
    ...(results.confirmation ? confirmationBlocks(results, results.confirmation, measure) : []),
    ...skippedBlocks(results),
  ];
  return { title: results.title, blocks };
}

/** The report in its forms. */
export interface StudyReport {
  /**
   * As Markdown.
   *
   * @param figuresIn where it finds its figures: a folder with its slash, or nothing for its own
   */
  markdown(figuresIn?: string): string;
  readonly html: string;
  readonly figures: readonly Figure[];
}

/** Writes the report. The same results give the same bytes. */
export async function writeStudyReport(results: StudyResults): Promise<StudyReport> {
  const figures = await differencesFigures(results.cells, leading(results));
  const document = studyDocument(results, figures);
  return {
    markdown: (figuresIn = '') => toMarkdown(document, { figuresIn }),
    html: toHtml(document),
    figures: figures.map(({ figure }) => figure),
  };
}
