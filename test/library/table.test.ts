import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { findColumn, openTable, readRows } from '../../src/library/table.ts';
import { makeFolder } from './files.ts';

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
// A NUL is what tells binary files from text.
const cell = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));

describe('tables', () => {
  it('read back what RFC 4180 writes, with any delimiter, line end and mark', async () => {
    const file = join(await makeFolder(), 'a.csv');
    const property = fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 }),
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (rows, delimiter, end, mark) => {
        const lines = [['path', 'labels', 'more'], ...rows].map((row) => row.map(quoted).join(delimiter));
        await writeFile(file, `${mark ? '\uFEFF' : ''}${lines.join(end)}${end}`);
        const table = await openTable(file);
        expect(table.delimiter).toBe(delimiter);
        const read = readRows(table, { a: 'path', b: 'labels', c: 'more', d: undefined });
        expect(read.problems).toEqual([]);
        expect(read.rows.map(({ cells }) => [cells.a, cells.b, cells.c])).toEqual(rows);
        expect(read.rows.every(({ cells }) => cells.d === '')).toBe(true);
      },
    );
    await fc.assert(property, { seed: 3, numRuns: 100 });
  });

  it('answer anything else with rows, problems or a FormatError', async () => {
    const file = join(await makeFolder(), 'a.csv');
    const text = fc.array(
      fc.constantFrom('path', 'tags', 'a', '"', ',', ';', '\t', '\n', '\r', ' ', '\uFEFF', 'é', '\0'),
      {
        maxLength: 30,
      },
    );
    const property = fc.asyncProperty(text, fc.constantFrom('auto', ',', ';', '\t'), async (parts, delimiter) => {
      await writeFile(file, parts.join(''));
      try {
        const table = await openTable(file, delimiter);
        const { rows, problems } = readRows(table, { path: findColumn(table, ['path'], true) });
        for (const row of rows) expect(typeof row.cells.path).toBe('string');
        for (const problem of problems) expect(problem.file).toMatch(/a\.csv:\d+$/);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect((error as FormatError).file).toBe(file);
      }
    });
    await fc.assert(property, { seed: 4, numRuns: 300 });
  });

  it('give the line of each row, past quoted line breaks', async () => {
    const file = join(await makeFolder(), 'a.csv');
    await writeFile(file, 'path\na\n"b\nb"\n\nc\n');
    const { rows } = readRows(await openTable(file), { path: 'path' });
    expect(rows.map(({ line }) => line)).toEqual([2, 4, 6]);
  });

  it('do not take far-off columns for the likely one', async () => {
    const file = join(await makeFolder(), 'a.csv');
    await writeFile(file, 'aaa,bbb\n1,2\n');
    const table = await openTable(file);
    expect(() => findColumn(table, ['path'], true)).toThrow(
      /no column "path"; its columns are "aaa", "bbb"; name the one/,
    );
    expect(findColumn(table, ['path'], false)).toBeUndefined();
    await expect(openTable(join(file, 'x'))).rejects.toThrow(/does not exist/);
  });
});
