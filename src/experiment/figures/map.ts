/** Figure 2's idea on real output: tracks as marks, labels as words, on one map. */
import type { ExperimentResults, MapResult } from '../results.ts';
import { type Figure, longPalette, renderChart } from './chart.ts';
import { type Box, placeWords } from './words.ts';

const width = 640;
const height = 520;
const fontSize = 11;
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right', 'stroke'];

type Point = MapResult['points'][number];

/** Draws the map, or nothing where there is none. */
export async function mapFigure(results: ExperimentResults): Promise<Figure | undefined> {
  if (!results.map || results.map.points.length === 0) return undefined;
  const { points, sources } = results.map;
  const words = [...new Set(points.filter(({ kind }) => kind === 'label').map(({ label }) => label))].sort();
  const colors = words.map((_, i) => longPalette[i % longPalette.length]);
  const toPixels = pixelScale(points);
  const values = points.map((point) => ({ ...point, ...toPixels(point) }));
  const labels = values.filter(({ kind }) => kind === 'label');
  const several = sources.length > 1;
  const placed = placeWords(
    labels.map(({ x, y, label, dataset }) => ({ x, y, text: several ? `${label} (${dataset})` : label })),
    { width, height, fontSize, obstacles: labels.map(({ x, y }): Box => [x - 5, y - 5, x + 5, y + 5]) },
  ).map((word, i) => ({ ...word, label: labels[i].label }));
  const position = (field: 'x' | 'y', domain: number[]) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain, nice: false, zero: false },
    axis: null,
  });
  const x = position('x', [0, width]);
  const y = position('y', [height, 0]);
  const color = {
    field: 'label',
    type: 'nominal' as const,
    scale: { domain: words, range: colors },
    legend: null,
  };
  const shape = {
    field: 'dataset',
    type: 'nominal' as const,
    scale: { domain: [...sources], range: sources.map((_, i) => shapes[i % shapes.length]) },
    legend: several ? { title: null, symbolFillColor: '#666', symbolStrokeColor: '#666' } : null,
  };
  const text = { field: 'text', type: 'nominal' as const };
  return renderChart(
    {
      width,
      height,
      view: { stroke: '#bbbbbb' },
      layer: [
        {
          data: { values: values.filter(({ kind }) => kind === 'track') },
          mark: { type: 'point', filled: true, size: 34, opacity: 0.6 },
          encoding: { x, y, color, shape },
        },
        {
          data: { values: labels },
          mark: { type: 'point', filled: true, size: 120, opacity: 1, stroke: 'black', strokeWidth: 1.4 },
          encoding: { x, y, color, shape },
        },
        {
          data: { values: placed },
          mark: {
            type: 'text',
            fontSize,
            fontWeight: 'bold',
            align: 'left',
            baseline: 'middle',
            stroke: 'white',
            strokeWidth: 3.5,
            strokeJoin: 'round',
          },
          encoding: { x, y, text },
        },
        {
          data: { values: placed },
          mark: { type: 'text', fontSize, fontWeight: 'bold', align: 'left', baseline: 'middle', color: '#111111' },
          encoding: { x, y, text },
        },
      ],
    },
    'map',
    'Map of tracks and labels in the latent space',
  );
}

/** Both axes on one scale, so that distances on paper are those of the map; a margin around. */
function pixelScale(points: readonly Point[]) {
  const range = (values: number[]) => [Math.min(...values), Math.max(...values)];
  const [left, right] = range(points.map(({ x }) => x));
  const [low, high] = range(points.map(({ y }) => y));
  const margin = 30;
  const scale = Math.min((width - 2 * margin) / (right - left || 1), (height - 2 * margin) / (high - low || 1));
  return ({ x, y }: Point) => ({
    x: width / 2 + (x - (left + right) / 2) * scale,
    y: height / 2 - (y - (low + high) / 2) * scale,
  });
}
