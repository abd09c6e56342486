/**
 * Charts as SVG text, by vega-lite: its grammar has panels, error bars and legends, it needs no browser and no DOM, and
 * the same specification gives the same text.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { FeatureSet } from '../results.ts';

/** One finished figure. */
export interface Figure {
  /** File name without its ending: letters, digits and hyphens. */
  readonly name: string;
  /** A whole SVG document, without the XML declaration, so that it can stand inside a page. */
  readonly svg: string;
}

/** Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), and in grey by their lightness. */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#6A3D9A', '#4D4D4D'];

/** More of them, for words that stand beside their marks anyway (Tol's muted scheme, 2021, where it adds to the above). */
export const longPalette = [...palette, '#117733', '#882255', '#999933', '#332288', '#44AA99', '#AA4466', '#DDCC77'];

/** Each feature set has one colour, one mark and one dash everywhere. */
export const featureStyle: Record<FeatureSet, { color: string; shape: string; dash: number[]; title: string }> = {
  base: { color: '#4D4D4D', shape: 'circle', dash: [1, 0], title: 'base' },
  genre: { color: '#0072B2', shape: 'square', dash: [5, 2], title: 'genre embedding' },
  tag: { color: '#D55E00', shape: 'triangle-up', dash: [2, 2], title: 'tag embedding' },
  both: { color: '#009E73', shape: 'diamond', dash: [8, 2, 2, 2], title: 'base and embedding' },
};

/** The scales of the features, for those that occur. */
export function featureScales(features: readonly FeatureSet[]) {
  const styles = features.map((name) => featureStyle[name]);
  const domain = styles.map(({ title }) => title);
  return {
    color: { domain, range: styles.map(({ color }) => color) },
    shape: { domain, range: styles.map(({ shape }) => shape) },
  };
}

const font = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif";

const theme: TopLevelSpec['config'] = {
  aria: false,
  background: 'white',
  font,
  view: { stroke: null },
  axis: {
    labelFontSize: 10,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: '#333',
    titleColor: '#111',
    domainColor: '#555',
    tickColor: '#555',
    gridColor: '#e6e6e6',
    tickSize: 4,
    labelLimit: 150,
  },
  header: { labelFontSize: 12, labelFontWeight: 'bold', labelColor: '#111', labelLimit: 260 },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    labelFontSize: 11,
    labelColor: '#111',
    title: null,
    symbolSize: 60,
    columnPadding: 18,
    labelLimit: 220,
  },
  title: { fontSize: 12, fontWeight: 'bold', color: '#111', limit: 300 },
};

/**
 * Draws a specification.
 *
 * @param spec a vega-lite specification; the look is added here
 * @param name the figure's file name without ending; also keeps its inner ids apart from those of other figures
 * @param title what a screen reader says
 */
export async function renderChart(spec: TopLevelSpec, name: string, title: string): Promise<Figure> {
  // Half a megabyte of code that only reports need.
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new View(parse(compile({ ...spec, config: theme }).spec), { renderer: 'none' });
  try {
    return { name, svg: finish(await view.toSVG(), name, title) };
  } finally {
    view.finalize();
  }
}

/** Numbers the inner ids per figure (vega counts on through the process) and adds the title. */
function finish(svg: string, name: string, title: string): string {
  const ids = [...new Set([...svg.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]))];
  const numbered = ids.reduce(
    (text, id, i) => text.replaceAll(`id="${id}"`, `id="${name}-${i}"`).replaceAll(`#${id})`, `#${name}-${i})`),
    svg,
  );
  return numbered.replace(/<svg ([^>]*)>/, (_, attributes: string) => {
    return `<svg ${attributes} role="img"><title>${escapeXml(title)}</title>`;
  });
}

/** Text as it stands in XML and HTML, inside elements and quoted attributes. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these, escaped or not
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"']/g, (character) => entities[character])
  );
}
