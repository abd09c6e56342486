/** Results as a Markdown table, and into the files that show it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Between these lines the README holds the benchmark's last result. */
const MARKERS = ['<!-- bench: begin, written by `npm run bench -- --readme` -->', '<!-- bench: end -->'];

/** Three significant digits, without an exponent where people read times and ratios. */
export const digits = (/** @type {number} */ x) => String(Number(x.toPrecision(x >= 100 ? 3 : 2)));

/** Seconds in the unit that keeps the number short. */
export function time(/** @type {number} */ seconds) {
  if (seconds >= 1) return `${digits(seconds)} s`;
  if (seconds >= 1e-3) return `${digits(seconds * 1e3)} ms`;
  return `${digits(seconds * 1e6)} µs`;
}

/** @param {(string | number)[][]} rows the first one is the head */
function table(rows) {
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  return [lines[0], `| ${rows[0].map(() => '---').join(' | ')} |`, ...lines.slice(1)].join('\n');
}

/** @param {import('./run.mjs').Result} result */
function ratioCells({ ratio, target, notRun, notCompared }) {
  if (notRun) return [`not run: ${notRun}`, target ?? '', ''];
  if (notCompared) return [`not compared: ${notCompared}`, target ?? '', ''];
  const shown = `**${digits(ratio.median)}** (${digits(ratio.q1)} to ${digits(ratio.q3)})`;
  return [shown, target ?? '', target === undefined ? '' : ratio.median >= target ? 'yes' : 'no'];
}

/** @param {import('./run.mjs').Result[]} results */
function comparisonTable(results) {
  const rows = results.map((result) => [
    result.work,
    result.peer,
    result.ours === undefined ? '' : time(result.ours),
    result.theirs === undefined ? '' : time(result.theirs),
    ...ratioCells(result),
  ]);
  return table([['work', 'peer', 'ours', 'peer’s', 'times as fast (quartiles)', 'target', 'met'], ...rows]);
}

/** @param {import('./run.mjs').Curve[]} curves */
function curveTable(curves) {
  const rows = curves.map(({ work, unit, points, exponent, expected, held }) => [
    work,
    points.map(({ size, seconds, note }) => `${size}: ${time(seconds)}${note ? ` (${note})` : ''}`).join(', '),
    unit,
    exponent.toFixed(2),
    expected,
    held ? 'yes' : 'no',
  ]);
  return table([['work', 'size: time', 'size in', 'time grows as size to the', 'wanted', 'met'], ...rows]);
}

/** @param {import('./run.mjs').Bound[]} bounds */
function boundTable(bounds) {
  const rows = bounds.map(({ work, what, bound, ours, share }) => [
    work,
    what,
    time(bound),
    time(ours),
    `**${digits(share.median)}** (${digits(share.q1)} to ${digits(share.q3)})`,
  ]);
  return table([['work', 'vector operations, or bytes', 'at the machine’s peak', 'ours', 'share reached'], ...rows]);
}

/**
 * The whole report.
 *
 * @param {import('./run.mjs').Report} report
 */
export function markdown({ environment, load, results, curves, bounds, notes }) {
  const about = Object.entries(environment).map(([name, value]) => `${name} ${value}`);
  const parts = [];
  if (results.length > 0) parts.push(comparisonTable(results));
  if (curves.length > 0) parts.push(curveTable(curves));
  if (bounds.length > 0) parts.push(boundTable(bounds));
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'));
  parts.push(`Measured on: ${about.join('; ')}; load ${load.before} before, ${load.after} after.`);
  return parts.join('\n\n');
}

/**
 * Puts the report between the markers of a file.
 *
 * @throws Error where the file has no markers
 */
export function writeBetweenMarkers(/** @type {string} */ file, /** @type {string} */ text) {
  const content = readFileSync(file, 'utf8');
  const [begin, end] = MARKERS.map((marker) => content.indexOf(marker));
  if (begin < 0 || end < begin) throw new Error(`${file} has no lines "${MARKERS.join('" and "')}"`);
  writeFileSync(file, `${content.slice(0, begin + MARKERS[0].length)}\n\n${text}\n\n${content.slice(end)}`);
}
