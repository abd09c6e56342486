// What came of it.

/**
 * @typedef {object} Row one consumer
 * @property {string} name
 * @property {string} [version] of the runtime or tool
 * @property {Record<string, string>} [digests] of the job's parts (`music`, `shipped`, `readers` ...)
 * @property {string} [says] in place of digests, where the consumer is a check
 * @property {string} [error] why it failed
 * @property {string} [notRun] what the machine lacks
 * @property {number} seconds
 *
 * @param {Row[]} rows
 * @returns for each row: `ok`, a word for the table, and `details` for the console. Digests must be those of the first
 *   row that has some.
 */
export function judge(rows) {
  const expected = {};
  for (const { digests } of rows) {
    for (const [part, digest] of Object.entries(digests ?? {})) expected[part] ??= digest;
  }
  return rows.map(({ name, digests, error, notRun }) => {
    if (error) return { ok: false, word: 'FAILED', details: `${name}: ${error}` };
    if (notRun) return { ok: !process.env.CI, word: 'not run', details: `${name} was not run: ${notRun}` };
    const parts = Object.keys(digests ?? {});
    const differing = parts.filter((part) => digests[part] !== expected[part]);
    if (differing.length === 0) return { ok: true, word: 'passed' };
    const details = differing.map((part) => `${part} is ${digests[part]}, expected ${expected[part]}`);
    return { ok: false, word: 'DIFFERS', details: `${name}: ${details.join('; ')}` };
  });
}

export function toTable(rows, verdicts) {
  const cells = rows.map(({ name, version = '', digests, says, seconds }, i) => {
    const result =
      says ??
      Object.entries(digests ?? {})
        .map((pair) => pair.join(' '))
        .join(', ');
    return [name, version, verdicts[i].word, result, seconds.toFixed(1)];
  });
  const all = [['consumer', 'version', 'result', 'digests, or what a check says', 'seconds'], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
