// Compares what hosts gave with the committed table, and writes that down.

/** How a stage that a runtime does not allow begins; see test/conformance.ts. */
const NOT_RUN = 'not run: ';

/** The stages whose packages compile bytes, which edge runtimes forbid. */
export const COMPILED = ['decode flac', 'decode mp3', 'decode vorbis', 'decode opus'];

/**
 * What is to be said of one result.
 *
 * @param result a HostResult; see run.mjs
 * @param expected digests by stage
 * @returns `equal`: `yes`, `NO`, `not run` or `ERROR`; `stages`: which ran, which differ; `ok`; `details`: lines for the console
 */
export function judge(result, expected) {
  if (result.error) return { equal: 'ERROR', stages: '', ok: false, details: [result.error] };
  if (result.notRun) return { equal: 'not run', stages: result.notRun, ok: !process.env.CI, details: [result.notRun] };
  if (result.compared) return { equal: 'yes', stages: result.compared, ok: true, details: [] };
  const wanted = result.stages ?? Object.keys(expected);
  const got = result.digests;
  const skipped = wanted.filter((stage) => got[stage]?.startsWith(NOT_RUN));
  const differing = wanted.filter((stage) => !skipped.includes(stage) && got[stage] !== expected[stage]);
  const unknown = Object.keys(got).filter((stage) => !(stage in expected));
  const forbidden = skipped.filter((stage) => !result.mayMiss?.includes(stage));
  const all = Object.keys(expected).length;
  const count = result.stages ? `${wanted.join(', ')}: all it makes` : `${wanted.length - skipped.length} of ${all}`;
  const lists = [
    ...(skipped.length > 0 ? [`not run: ${skipped.join(', ')}`] : []),
    ...(differing.length > 0 ? [`different: ${differing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not in the table: ${unknown.join(', ')}`] : []),
  ];
  return {
    equal: differing.length + unknown.length > 0 ? 'NO' : 'yes',
    stages: [count, ...lists].join('; '),
    ok: differing.length + unknown.length + forbidden.length === 0,
    details: [
      ...differing.map((stage) => `${stage}: ${got[stage] ?? 'missing'}, expected ${expected[stage]}`),
      ...forbidden.map((stage) => `${stage}: ${got[stage]}`),
      ...unknown.map((stage) => `${stage}: not in test/conformance.json; bring it up to date with --update`),
    ],
  };
}

/** Rows as a Markdown table, padded as the formatter has it. */
function tableOf(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells, fill = ' ') => `| ${cells.map((cell, i) => cell.padEnd(widths[i], fill)).join(' | ')} |`;
  const dashes = line(
    rows[0].map(() => ''),
    '-',
  );
  return [line(rows[0]), dashes, ...rows.slice(1).map((row) => line(row))].join('\n');
}

/**
 * The one table: runtime, version, place, digest equal, stages.
 *
 * @param judged pairs of a HostResult and its verdict
 */
export function toMarkdown(judged) {
  const head = ['runtime', 'version', 'where', 'equal', 'stages'];
  const rows = judged.map(([{ runtime, version, place }, { equal, stages }]) =>
    [runtime, version, place, equal, stages].map(
      (text) =>
        String(text ?? '')
          .replaceAll('|', '/')
          .split('\n')[0],
    ),
  );
  return tableOf([head, ...rows]);
}

/** `text` with `table` between its two markers. @throws Error where they are missing */
export function insertTable(text, table) {
  const [begin, end] = ['<!-- test:runtimes -->', '<!-- /test:runtimes -->'];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no ${begin} ... ${end} to write between`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}
