/** The figure of a study: how much each cell differs from the recipe that it is compared with. */
import { type Figure, palette, renderChart } from '../figures/chart.ts';
import type { CellResult } from './results.ts';
import { meanRowOf, type Verdict, verdictOf } from './summary.ts';

const colours: Record<Verdict, string> = {
  helps: palette[0],
  'helps here': palette[4],
  'no effect': palette[7],
  hurts: palette[1],
};

/** Differences with bars of two standard errors, one line a cell, by axis; nothing where no cell is compared. */
export async function differencesFigure(cells: readonly CellResult[], measure: string): Promise<Figure | undefined> {
  const values = cells.flatMap((cell) => {
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
  });
  if (values.length === 0) return undefined;
  const present = (Object.keys(colours) as Verdict[]).filter((verdict) => values.some((v) => v.verdict === verdict));
  const x = {
    type: 'quantitative' as const,
    axis: { title: `difference of ${measure}, mean over targets`, format: '+.2f' },
  };
  const y = { field: 'cell', type: 'nominal' as const, sort: null, axis: { title: null, labelLimit: 260 } };
  const color = {
    field: 'verdict',
    type: 'nominal' as const,
    scale: { domain: present, range: present.map((verdict) => colours[verdict]) },
    legend: { title: null },
  };
  return renderChart(
    {
      data: { values },
      width: 420,
      height: { step: 17 },
      layer: [
        {
          mark: { type: 'rule' as const, color: '#555', strokeWidth: 0.8 },
          encoding: { x: { datum: 0, type: 'quantitative' } },
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
    },
    'differences',
    'Difference of each cell from the recipe that it is compared with',
  );
}
