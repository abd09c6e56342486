/**
 * `npm run bench`: tunespace against its peers, in one run on one machine.
 *
 * Options: `--only mel,gemm` some rows; `--json FILE`, `--markdown FILE` the results; `--readme` writes them into the README;
 * `--python PATH` (or the environment's PYTHON); `--clock cpu` measures what the cores spent instead of what the clock on the
 * wall showed, for a machine that others use too; `--from a.json,b.json` puts the results of earlier runs together instead of
 * measuring, for rows that were run one by one; `--quick` tiny work, to try the benchmark itself; `--no-peers` ours alone.
 *
 * @typedef {import('./harness.mjs').Side} Side
 * @typedef {{ tunespace: any, kernels: any, quick: boolean, peers: boolean, timing: import('./harness.mjs').Timing }} Context
 * @typedef {{ name: string, target?: number, note?: string, start: () => Promise<Side>, timing?: import('./harness.mjs').Timing,
 *   tolerance?: import('./compare.mjs').Tolerance,
 *   compare?: (ours: ArrayLike<number>, theirs: ArrayLike<number>) => { same: boolean, why: string } }} Peer
 *   `target`: how many times as fast as the peer we want to be; `compare` where value by value will not do
 * @typedef {{ work: string, ours: Side, peers: Peer[], tolerance?: import('./compare.mjs').Tolerance,
 *   timing?: import('./harness.mjs').Timing, bound?: 'arithmetic' | { bytes: number } }} Case
 *   `bound`: what the least time that the machine could take is made of: the vector operations, which are counted, or bytes read
 * @typedef {{ work: string, unit: string, sizes: number[], make: (size: number) => Side | Promise<Side>, expected: string,
 *   most: number, after?: (size: number) => string, timing?: import('./harness.mjs').Timing }} CurveOf cost at several sizes; `most` is the largest exponent allowed,
 *   `after` a remark on each point
 * @typedef {{ name: string, title: string, cases?: (context: Context) => Promise<Case[]>,
 *   curves?: (context: Context) => Promise<CurveOf[]> }} Row
 * @typedef {{ work: string, peer: string, target?: number, note?: string, agreement?: string, notRun?: string,
 *   notCompared?: string, ours?: number, theirs?: number, ratio?: { median: number, q1: number, q3: number },
 *   pairs?: number }} Result
 * @typedef {{ work: string, unit: string, points: { size: number, seconds: number, note?: string }[], exponent: number,
 *   expected: string, held: boolean }} Curve
 * @typedef {{ work: string, what: string, ours: number, bound: number, share: { median: number, q1: number, q3: number } }} Bound
 *   seconds, and the bound as a share of ours
 * @typedef {{ rows: string[], environment: Record<string, string>, load: { before: string, after: string }, results: Result[],
 *   curves: Curve[], bounds: Bound[], notes: string[] }} Report
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { environment, load } from './environment.mjs';
import { installPeers } from './install.mjs';
import { measureRow } from './measure.mjs';
import { usePython } from './programs.mjs';
import { digits, markdown, time, writeBetweenMarkers } from './report.mjs';

/** The rows, in the order of the table; each is a file of `rows/`. */
const ROWS = [
  'mel',
  'resample',
  'aggregate',
  'gemm',
  'leastsquares',
  'distances',
  'search',
  'warp',
  'pipeline',
  'process',
  'growth',
];

const OPTIONS = {
  only: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  readme: { type: 'boolean' },
  from: { type: 'string' },
  python: { type: 'string' },
  clock: { type: 'string', default: 'wall' },
  quick: { type: 'boolean' },
  'no-peers': { type: 'boolean' },
};

/** @returns {string[]} @throws Error on a name that is none */
function chosenRows(/** @type {string | undefined} */ only) {
  if (only === undefined) return ROWS;
  const names = only.split(',');
  const unknown = names.find((name) => !ROWS.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no row "${unknown}"; the rows are ${ROWS.join(', ')}`);
  return names;
}

/** @param {Result} result */
function say({ work, peer, ours, theirs, ratio, target, agreement, notRun, notCompared, pairs }) {
  const verdict = notRun
    ? `not run: ${notRun}`
    : notCompared
      ? `not compared: ${notCompared}`
      : `${digits(ratio.median)} (${digits(ratio.q1)} to ${digits(ratio.q3)}), target ${target ?? 'none'}; ours ` +
        `${time(ours)}, peer's ${time(theirs)}, ${pairs} pairs; ${agreement ?? 'nothing to compare'}`;
  console.error(`  ${work} | ${peer}: ${verdict}`);
}

/** Reports of several runs as one; rows that none of them has are said to be missing. @param {string[]} files */
async function readReports(files) {
  /** @type {Report[]} */
  const parts = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const all = (/** @type {(part: Report) => any[]} */ of) => parts.flatMap(of);
  const rows = all((part) => part.rows);
  const missing = await Promise.all(
    ROWS.filter((name) => !rows.includes(name)).map(async (name) => {
      const { default: row } = await import(`./rows/${name}.mjs`);
      return { work: row.title, peer: 'all', notRun: 'left out of this run' };
    }),
  );
  return {
    rows,
    environment: parts[0].environment,
    load: { before: parts[0].load.before, after: parts[parts.length - 1].load.after },
    results: [...all((part) => part.results), ...missing],
    curves: all((part) => part.curves),
    bounds: all((part) => part.bounds),
    notes: [...new Set(all((part) => part.notes))],
  };
}

/** The report, to wherever it is wanted. */
function write(/** @type {Report} */ report, { json, markdown: file, readme }) {
  const text = markdown(report);
  console.log(text);
  if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (file) writeFileSync(file, `${text}\n`);
  if (readme) writeBetweenMarkers(fileURLToPath(new URL('../../README.md', import.meta.url)), text);
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.from) return write(await readReports(values.from.split(',')), values);
  const rows = chosenRows(values.only);
  if (values.readme && (values.only !== undefined || values.quick || values['no-peers'])) {
    throw new Error('--readme: the README shows whole results; leave --only, --quick and --no-peers out');
  }
  if (!['wall', 'cpu'].includes(values.clock)) throw new Error(`--clock must be wall or cpu, got "${values.clock}"`);
  if (values.python) usePython(values.python);
  if (!values['no-peers']) installPeers();

  const tunespace = await import('../../build/runtime/node.js');
  const kernels = await tunespace.loadKernels();
  const quick = values.quick === true;
  const timing = { clock: values.clock, ...(quick && { budget: 0.05, least: 3, most: 3, turn: 0.001 }) };
  const context = { tunespace, kernels, quick, peers: !values['no-peers'], timing };

  const before = load();
  /** @type {Report} */
  const report = {
    rows,
    environment: { ...environment(), clock: values.clock },
    load: { before, after: '' },
    results: [],
    curves: [],
    bounds: [],
    notes: [],
  };
  for (const name of rows) {
    const { default: row } = await import(`./rows/${name}.mjs`);
    console.error(row.title);
    await measureRow(row, context, {
      result(/** @type {Result} */ result) {
        report.results.push(result);
        say(result);
      },
      curve(/** @type {Curve} */ curve) {
        report.curves.push(curve);
        console.error(`  ${curve.work}: time grows as ${curve.unit} to the ${curve.exponent.toFixed(2)}`);
      },
      bound(/** @type {Bound} */ bound) {
        report.bounds.push(bound);
        const { work, what, share } = bound;
        console.error(`  ${work}: ${digits(share.median)} of the machine's peak (${what})`);
      },
    });
  }
  report.load.after = load();
  report.notes = [...new Set(report.results.flatMap(({ peer, note }) => (note ? [`${peer}: ${note}.`] : [])))];
  write(report, values);
}

await main();
// Not left to the event loop: Node 20 can hang at its end, where V8 still compiles in the background and waits for memory.
process.stdout.write('', () => process.exit());
