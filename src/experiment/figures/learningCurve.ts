/** Figure 3 of the paper: accuracy against training tracks per class, one panel a collection. */
import { type ExperimentResults, type FeatureSet, featureSets } from '../results.ts';
import { type Figure, featureScales, featureStyle, renderChart } from './chart.ts';

/** Steps of the axis that people read without counting. */
const ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** The steps up to `largest`, and itself where it lies clear of the last of them. */
function ticksUpTo(largest: number): number[] {
  const below = ticks.filter((tick) => tick <= largest);
  const last = below.at(-1) ?? 0;
  return largest > 1.4 * last ? [...below, Math.round(largest)] : below;
}

/** One panel: its own axis of tracks, the common one of accuracy. */
function panel(
  dataset: string,
  values: readonly { dataset: string; perClass: number }[],
  features: readonly FeatureSet[],
  { width, accuracies, first }: { width: number; accuracies: readonly [number, number]; first: boolean },
) {
  const own = values.filter((value) => value.dataset === dataset);
  const largest = Math.max(...own.map(({ perClass }) => perClass));
  const scales = featureScales(features);
  const x = {
    field: 'perClass',
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain: [0.88, largest * 1.1], nice: false },
    axis: { title: 'training tracks per class', values: ticksUpTo(largest / 1.035), grid: false, format: 'd' },
  };
  const y = {
    type: 'quantitative' as const,
    scale: { domain: [...accuracies], zero: false, nice: true },
    axis: { title: first ? 'accuracy' : null, tickCount: 6, format: '.2f' },
  };
  const color = { field: 'features', type: 'nominal' as const, scale: scales.color, legend: { title: null } };
  const shape = { field: 'features', type: 'nominal' as const, scale: scales.shape, legend: { title: null } };
  return {
    title: dataset,
    data: { values: own },
    width,
    height: 220,
    layer: [
      {
        mark: { type: 'rule' as const, strokeWidth: 1.2 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      // One layer a feature set: dashes of a scale would also cut up the marks of the legend.
      ...features.map((name) => ({
        transform: [{ filter: { field: 'features', equal: featureStyle[name].title } }],
        mark: { type: 'line' as const, strokeWidth: 1.6, strokeDash: featureStyle[name].dash },
        encoding: { x, y: { ...y, field: 'accuracy' }, color },
      })),
      {
        mark: { type: 'point' as const, filled: true, size: 46, opacity: 1 },
        encoding: { x, y: { ...y, field: 'accuracy' }, color, shape },
      },
    ],
  };
}

/** Draws the learning curves, or nothing where there are none. Bars are plus and minus one standard error. */
export async function learningCurveFigure(results: ExperimentResults): Promise<Figure | undefined> {
  const points = results.learningCurve;
  if (points.length === 0) return undefined;
  const features = featureSets.filter((name) => points.some((point) => point.features === name));
  const datasets = [...new Set(points.map(({ dataset }) => dataset))];
  const values = points.map((point) => ({
    dataset: point.dataset,
    features: featureStyle[point.features].title,
    // Bars of one size stand side by side; on a logarithmic axis that is a factor.
    perClass: point.perClass * (1 + 0.035 * (features.indexOf(point.features) - (features.length - 1) / 2)),
    accuracy: point.accuracy,
    low: Math.max(0, point.accuracy - point.standardError),
    high: Math.min(1, point.accuracy + point.standardError),
  }));
  const accuracies = [Math.min(...values.map(({ low }) => low)), Math.max(...values.map(({ high }) => high))] as const;
  const columns = Math.min(3, datasets.length);
  const width = [420, 300, 220][columns - 1];
  return renderChart(
    {
      concat: datasets.map((dataset, i) =>
        panel(dataset, values, features, { width, accuracies, first: i % columns === 0 }),
      ),
      columns,
      spacing: { row: 24, column: 24 },
    },
    'learning-curve',
    'Accuracy against training tracks per class, one panel a collection',
  );
}
