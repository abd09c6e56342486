/** The figures of a study: how much each cell differs from the recipe that it is compared with. */
import { type Figure, palette, renderChart } from '../figures/chart.ts';
import type { CellResult } from './results.ts';
import { isSame, meanRowOf, type Verdict, verdictOf } from './summary.ts';

const colours: Record<Verdict, string> = {
  helps: palette[0],
  'helps here': palette[4],
  'no effect': palette[7],
  'hurts here': palette[5],
  hurts: palette[1],
};

/** Lines of a figure, so that it fits a page; an axis is never parted, so that there may be more. */
const MOST_LINES = 26;

/** A figure and what stands in it. */
export interface AxesFigure {
  readonly figure: Figure;
  /** The recipe that its cells are compared with. */
  readonly reference: string;
  readonly axes: readonly string[];
}

/** Cells that have a difference, one axis after the other. */
interface Part {
  readonly reference: string;
  readonly cells: readonly CellResult[];
}

const axesOf = ({ cells }: Part) => [...new Set(cells.map(({ axis }) => axis))];

/** Cells in figures: those of one recipe together, whole axes, at most `MOST_LINES` where the axes allow it. */
function parts(cells: readonly CellResult[], measure: string): Part[] {
  const compared = cells.filter((cell) => meanRowOf(cell, measure)?.fromReference && !isSame(cell, measure));
  const references = [...new Set(compared.map(({ reference }) => reference as string))];
  return references.flatMap((reference) => {
    const own = compared.filter((cell) => cell.reference === reference);
    const axes = [...new Set(own.map(({ axis }) => axis))].map((axis) => own.filter((cell) => cell.axis === axis));
    const nFigures = Math.ceil(own.length / MOST_LINES);
    const wanted = own.length / nFigures;
    const figures: CellResult[][] = [];
    for (const axis of axes) {
      const last = figures.at(-1);
      if (last && last.length + axis.length / 2 <= wanted) last.push(...axis);
      else figures.push([...axis]);
    }
    return figures.map((one) => ({ reference, cells: one }));
  });
}

/** The limits of all figures together, so that they can be laid side by side. */
interface Limits {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** Limits at whole steps about all ends and 0. */
function limitsOf(ends: readonly number[]): Limits {
  const steps = 20;
  const low = Math.floor(Math.min(0, ...ends) * steps);
  const high = Math.ceil(Math.max(0, ...ends) * steps);
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => (low + i) / steps);
  return { domain: [low / steps, high / steps], ticks };
}

interface Line {
  readonly cell: string;
  readonly axis: string;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly wideLow: number;
  readonly wideHigh: number;
  readonly verdict: Verdict;
}

function lineOf(cell: CellResult, measure: string): Line[] {
  const difference = meanRowOf(cell, measure)?.fromReference;
  if (!difference) return [];
  const { mean, standardError, overTracks } = difference;
  const wide = Math.max(standardError, overTracks ?? 0);
  return [
    {
      cell: cell.name,
      axis: cell.axis,
      difference: mean,
      low: mean - 2 * standardError,
      high: mean + 2 * standardError,
      wideLow: mean - 2 * wide,
      wideHigh: mean + 2 * wide,
      verdict: verdictOf(difference),
    },
  ];
}

/** One axis: dots and bars of its cells; the last one of a figure says what the numbers are. */
function panel(values: readonly Line[], { domain, ticks }: Limits, present: readonly Verdict[], xTitle: string | null) {
  const x = {
    type: 'quantitative' as const,
    scale: { domain: [...domain], nice: false },
    axis: {
      title: xTitle,
      format: '+.2f',
      values: [...ticks],
      grid: true,
      labels: xTitle !== null,
      ticks: xTitle !== null,
      domain: xTitle !== null,
    },
  };
  const y = {
    field: 'cell',
    type: 'nominal' as const,
    sort: null,
    axis: { title: null, labelLimit: 420, ticks: false, domain: false },
  };
  const color = {
    field: 'verdict',
    type: 'nominal' as const,
    scale: { domain: [...present], range: present.map((verdict) => colours[verdict]) },
    legend: { title: null },
  };
  return {
    data: { values: [...values] },
    title: { text: values[0].axis, anchor: 'start' as const, frame: 'group' as const, fontSize: 11, offset: 4 },
    width: 400,
    height: { step: 16 },
    layer: [
      {
        mark: { type: 'rule' as const, color: '#555', strokeWidth: 0.8 },
        encoding: { x: { datum: 0, type: 'quantitative' as const } },
      },
      {
        mark: { type: 'rule' as const, strokeWidth: 0.9, opacity: 0.5 },
        encoding: { x: { ...x, field: 'wideLow' }, x2: { field: 'wideHigh' }, y, color },
      },
      {
        mark: { type: 'rule' as const, strokeWidth: 2.4 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color },
      },
      {
        mark: { type: 'point' as const, filled: true, size: 40, opacity: 1 },
        encoding: { x: { ...x, field: 'difference' }, y, color },
      },
    ],
  };
}

function draw(lines: readonly Line[], limits: Limits, measure: string, name: string, title: string) {
  const present = (Object.keys(colours) as Verdict[]).filter((verdict) => lines.some((v) => v.verdict === verdict));
  const axes = [...new Set(lines.map(({ axis }) => axis))];
  const vconcat = axes.map((axis, i) => {
    const last = i === axes.length - 1;
    const values = lines.filter((line) => line.axis === axis);
    return panel(values, limits, present, last ? `difference of ${measure}, mean over targets` : null);
  });
  return renderChart({ vconcat, spacing: 10 }, name, title);
}

/** Letters, digits and hyphens. */
const slug = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Differences with bars of two standard errors, a line a cell, a panel an axis; none where no cell is compared. */
export async function differencesFigures(cells: readonly CellResult[], measure: string): Promise<AxesFigure[]> {
  const all = parts(cells, measure).map((part) => ({
    part,
    lines: part.cells.flatMap((cell) => lineOf(cell, measure)),
  }));
  const ends = all.flatMap(({ lines }) => lines.flatMap(({ wideLow, wideHigh }) => [wideLow, wideHigh]));
  const limits = limitsOf(ends);
  const figures: AxesFigure[] = [];
  for (const [i, { part, lines }] of all.entries()) {
    const { reference } = part;
    const number = all.slice(0, i + 1).filter((one) => one.part.reference === reference).length;
    const several = all.filter((one) => one.part.reference === reference).length > 1;
    const name = `differences-${slug(reference) || 'recipe'}${several ? `-${number}` : ''}`;
    const title = `Difference of each cell from ${reference}`;
    figures.push({ figure: await draw(lines, limits, measure, name, title), reference, axes: axesOf(part) });
  }
  return figures;
}
