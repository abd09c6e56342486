/** Reports: the same content as Markdown and as one self-contained page. */
import type { Figure, Figures } from '../figures/index.ts';
import type { ExperimentResults } from '../results.ts';
import { reportDocument } from './content.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';

export { SYNTHETIC_NOTICE } from './content.ts';

/** The texts of a report, and the figures that the Markdown names. */
export interface Report {
  readonly markdown: string;
  readonly html: string;
  readonly figures: readonly Figure[];
}

/** Writes a report from results and their figures. The same results give the same bytes. */
export function writeReport(results: ExperimentResults, figures: Figures): Report {
  const document = reportDocument(results, figures);
  const drawn = document.blocks.flatMap((block) => (block.kind === 'figure' ? [block.figure] : []));
  return { markdown: toMarkdown(document), html: toHtml(document), figures: drawn };
}
