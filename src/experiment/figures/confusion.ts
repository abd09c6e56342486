/** Confusion matrices, one figure a collection: what each feature set takes for what. */
import { type ClassificationResult, type ExperimentResults, featureSets } from '../results.ts';
import { type Figure, featureStyle, renderChart } from './chart.ts';

/** One row of matrices per collection, in the order of the collections. `names` gives each figure its file name. */
export async function confusionFigures(results: ExperimentResults): Promise<{ dataset: string; figure: Figure }[]> {
  const datasets = [...new Set(results.classification.map(({ dataset }) => dataset))];
  const figures = [];
  for (const [i, dataset] of datasets.entries()) {
    const rows = results.classification.filter((row) => row.dataset === dataset);
    const ordered = featureSets.flatMap((features) => rows.filter((row) => row.features === features));
    figures.push({ dataset, figure: await confusionFigure(ordered, `confusion-${i + 1}`, dataset) });
  }
  return figures;
}

function confusionFigure(rows: ClassificationResult[], name: string, dataset: string): Promise<Figure> {
  const { labels } = rows[0];
  const cell = Math.max(16, Math.min(34, 230 / labels.length));
  const size = cell * labels.length;
  const panel = (row: ClassificationResult, first: boolean) => {
    const sums = row.confusion.map((counts) => counts.reduce((sum, count) => sum + count, 0));
    const values = row.confusion.flatMap((counts, t) =>
      counts.map((count, p) => ({
        truth: labels[t],
        predicted: labels[p],
        count,
        share: sums[t] ? count / sums[t] : 0,
      })),
    );
    const axis = { labelLimit: 90, ticks: false, domain: false, labelPadding: 4 };
    return {
      title: { text: featureStyle[row.features].title, fontWeight: 'normal' as const },
      data: { values },
      width: size,
      height: size,
      encoding: {
        x: {
          field: 'predicted',
          type: 'nominal' as const,
          sort: labels,
          axis: { ...axis, title: 'predicted', labelAngle: -45 },
        },
        y: {
          field: 'truth',
          type: 'nominal' as const,
          sort: labels,
          axis: first ? { ...axis, title: 'label' } : { ...axis, title: null, labels: false },
        },
      },
      layer: [
        {
          mark: { type: 'rect' as const, stroke: '#ffffff', strokeWidth: 1 },
          encoding: {
            color: {
              field: 'share',
              type: 'quantitative' as const,
              scale: { domain: [0, 1], range: ['#f4f6f9', '#08306b'] },
              legend: null,
            },
          },
        },
        {
          transform: [{ filter: 'datum.count > 0' }],
          mark: { type: 'text' as const, fontSize: Math.min(10, cell * 0.5) },
          encoding: {
            text: { field: 'count', type: 'quantitative' as const },
            color: {
              condition: { test: 'datum.share > 0.5', value: 'white' },
              value: '#222222',
            },
          },
        },
      ],
    };
  };
  return renderChart(
    { hconcat: rows.map((row, i) => panel(row, i === 0)), spacing: 22 },
    name,
    `Confusion matrices of ${dataset}`,
  );
}
