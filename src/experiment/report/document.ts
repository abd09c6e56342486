/** A report as blocks, which Markdown and HTML are written from: one content, two forms, each with its own escaping. */
import type { Figure } from '../figures/index.ts';

/** One cell of a table; `strong` marks the best of its group, `level` keeps columns of numbers to the right. */
export interface Cell {
  readonly text: string;
  readonly strong?: boolean;
}

/** A table: first columns of words, then columns of numbers. */
export interface TableBlock {
  readonly kind: 'table';
  /** Its name within the document, e.g. `"classification"`. */
  readonly id: string;
  /** What it shows, in a sentence or two; numbered by the writers. */
  readonly caption: string;
  readonly header: readonly string[];
  /** How many columns at the left hold words and are set flush left. */
  readonly words: number;
  readonly rows: readonly (readonly Cell[])[];
}

/** A figure with its caption; the Markdown names its file, the page holds it. */
export interface FigureBlock {
  readonly kind: 'figure';
  readonly figure: Figure;
  readonly caption: string;
}

/** One piece of a report, in reading order. Texts are plain: the writers escape them. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | TableBlock
  | FigureBlock;

/** A whole report. */
export interface Document {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A cell of plain text. */
export const cell = (text: string | number, strong = false): Cell => ({ text: String(text), strong });
