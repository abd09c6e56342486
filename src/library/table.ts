/** Tables of labels: CSV as spreadsheets and scripts really write it (byte order marks, quotes, `,`, `;` or tabs). */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { FormatError } from '../errors.ts';
import { closestWord } from '../options.ts';
import { describeFault } from './files.ts';
import { count, type Problem } from './track.ts';

/** One row of a table: the cells that were asked for, by the names they were asked under. */
export interface TableRow<Name extends string> {
  readonly line: number;
  readonly cells: Readonly<Record<Name, string>>;
}

/** A table's header and the text below it. */
export interface Table {
  readonly file: string;
  readonly columns: readonly string[];
  readonly delimiter: string;
  readonly text: string;
}

/**
 * Opens a table: UTF-8 or UTF-16, with or without a byte order mark.
 *
 * @param file the table's path
 * @param delimiter `","`, `";"`, a tab, or `"auto"` for whichever the header holds most of
 * @throws FormatError when the file cannot be read, is no text, or is empty
 */
export async function openTable(file: string, delimiter: string = 'auto'): Promise<Table> {
  const text = await readText(file);
  const header = firstRecord(text);
  if (header.trim() === '') throw new FormatError(`${file}: is empty; a table starts with a row of column names`, file);
  const chosen = delimiter === 'auto' ? mostFrequent(header) : delimiter;
  const columns = parseCells(file, header, chosen)[0].map((name) => name.trim());
  return { file, columns, delimiter: chosen, text };
}

/**
 * The column that is meant by `wanted`: of that name, or else the one that differs in case or spaces only.
 *
 * @param wanted names in order of preference; a single one is one that the user has asked for
 * @param required whether to throw, or to give `undefined`, where there is none
 * @throws FormatError listing the columns there are, and naming the likely one
 */
export function findColumn(table: Table, wanted: readonly string[], required: true): string;
export function findColumn(table: Table, wanted: readonly string[], required: boolean): string | undefined;
export function findColumn(table: Table, wanted: readonly string[], required: boolean): string | undefined {
  const folded = (name: string) => name.trim().toLowerCase();
  for (const name of wanted) {
    const found = table.columns.find((c) => c === name) ?? table.columns.find((c) => folded(c) === folded(name));
    if (found !== undefined) return found;
  }
  if (!required) return undefined;
  const meant = wanted.map((name) => closestWord(name, table.columns)).find((name) => name !== undefined);
  const list = table.columns.map((name) => JSON.stringify(name)).join(', ');
  throw new FormatError(
    `${table.file}: no column ${wanted.map((name) => `"${name}"`).join(' or ')}; its columns are ${list}` +
      `${meant === undefined ? '; name the one to use' : `; did you mean "${meant}"?`}`,
    table.file,
  );
}

/**
 * Reads the rows below the header. A row with another number of cells than the header is reported and skipped: its
 * cells are not where the header says.
 *
 * @param wanted which column to give under which name; `undefined` gives `""`
 * @throws FormatError on a quote that is never closed
 */
export function readRows<Name extends string>(
  table: Table,
  wanted: Readonly<Record<Name, string | undefined>>,
): { rows: TableRow<Name>[]; problems: Problem[] } {
  const at = Object.entries(wanted).map(([name, column]) => [name, table.columns.indexOf(column as string)] as const);
  return mapRows(table, (cells) => {
    return Object.fromEntries(at.map(([name, i]) => [name, i < 0 ? '' : cells[i]])) as Record<Name, string>;
  });
}

/** As `readRows`, with whatever `reduce` makes of a row's cells (for tables that are too wide to be kept whole). */
export function mapRows<T>(
  table: Table,
  reduce: (cells: readonly string[]) => T,
): { rows: { line: number; cells: T }[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const rows: { line: number; cells: T }[] = [];
  let header = true;
  parseCells(table.file, table.text, table.delimiter, (cells, line) => {
    if (header) {
      header = false;
    } else if (cells.length !== table.columns.length) {
      problems.push({
        file: `${table.file}:${line}`,
        message:
          `the row has ${count(cells.length, 'cell')}, the header ${table.columns.length}; put quotes around a cell ` +
          `that holds ${table.delimiter === '\t' ? 'a tab' : `"${table.delimiter}"`}`,
      });
    } else {
      rows.push({ line, cells: reduce(cells) });
    }
    return null;
  });
  return { rows, problems };
}

function parseCells(
  file: string,
  text: string,
  delimiter: string,
  onRecord?: (cells: string[], line: number) => null,
): string[][] {
  try {
    return parse(text, {
      delimiter,
      relax_column_count: true,
      // Names like "Weird Al" Yankovic stand unquoted in many tables.
      relax_quotes: true,
      skip_empty_lines: true,
      ...(onRecord && { on_record: (cells: string[], { lines }: { lines: number }) => onRecord(cells, lines) }),
    });
  } catch (error) {
    const { code, lines } = error as { code?: string; lines?: number };
    if (code === undefined) throw error;
    const fault = code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote is opened and never closed' : (error as Error).message;
    throw new FormatError(`${file}: not readable as a table, line ${lines}: ${fault}`, file, { cause: error });
  }
}

/** Text of a file: UTF-16 where a byte order mark says so, UTF-8 otherwise; the mark itself is dropped. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error) => {
    throw new FormatError(`The file "${file}" ${describeFault(error)}`, file, { cause: error });
  });
  const mark = (bytes[0] << 8) | bytes[1];
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new FormatError(`${file}: is not text in UTF-8 (or UTF-16 with a mark); save it as "CSV UTF-8"`, file);
}

/** The first line that is not empty; line breaks inside quotes do not end it. */
function firstRecord(text: string): string {
  const start = text.search(/[^\r\n]/);
  let quoted = false;
  for (let i = Math.max(0, start); i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    if (!quoted && (text[i] === '\n' || text[i] === '\r')) return text.slice(Math.max(0, start), i);
  }
  return start < 0 ? '' : text.slice(start);
}

/** Of comma, semicolon and tab the one that stands most often outside quotes; comma where none does. */
function mostFrequent(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const counted = [',', ';', '\t'].map((mark) => [mark, bare.split(mark).length] as const);
  return counted.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
