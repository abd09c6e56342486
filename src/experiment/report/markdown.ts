/** A report as Markdown (GitHub's tables). */
import type { Block, Document, TableBlock } from './document.ts';

/** Text in which nothing is taken for markup, also inside a table's cell. Line breaks become spaces. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]{}|~$]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/^(\s*\d*)([#+.)-])(?=\s)/, '$1\\$2');
}

function table(block: TableBlock, number: number): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = block.header.map((_, i) => (i < block.words ? '---' : '---:'));
  const rows = block.rows.map((row) =>
    line(row.map(({ text, strong }) => (strong ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text)))),
  );
  return [
    `**Table ${number}.** ${escapeMarkdown(block.caption)}`,
    [line(block.header.map(escapeMarkdown)), line(rule), ...rows].join('\n'),
  ].join('\n\n');
}

/** Options of `toMarkdown`. */
export interface MarkdownOptions {
  /** Where the figures' files are, from the document: a folder with its slash; beside it unless told otherwise. */
  readonly figuresIn?: string;
}

/** Writes the document; figures are named by their files. */
export function toMarkdown(document: Document, { figuresIn = '' }: MarkdownOptions = {}): string {
  const numbers = { table: 0, figure: 0 };
  const write = (block: Block): string => {
    switch (block.kind) {
      case 'heading':
        return `## ${escapeMarkdown(block.text)}`;
      case 'paragraph':
        return escapeMarkdown(block.text);
      case 'notice':
        return `> **${escapeMarkdown(block.text)}**`;
      case 'list':
        return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
      case 'table':
        return table(block, ++numbers.table);
      case 'figure': {
        const title = `Figure ${++numbers.figure}.`;
        return `![${title}](${figuresIn}${block.figure.name}.svg)\n\n**${title}** ${escapeMarkdown(block.caption)}`;
      }
    }
  };
  return `${[`# ${escapeMarkdown(document.title)}`, ...document.blocks.map(write)].join('\n\n')}\n`;
}
