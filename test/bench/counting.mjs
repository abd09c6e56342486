/**
 * Counts the vector operations that a piece of work executes: a module of the same kernels in which every one of them adds to a
 * counter. The bounds are made of these numbers, so they follow the kernels as they change.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newFile } from './child.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is counted as what. Roots, divisions, conversions and moves between lanes are left out, so the bound is below the truth. */
const KINDS = {
  add: ['add', 'sub'],
  mul: ['mul'],
  either: ['min', 'max', 'pmin', 'pmax'],
};
const SHAPES = ['f32x4', 'f64x2'];

/** Kind of an instruction by its name, as `f32x4.add`: the names of the counters. */
const counters = new Map(
  SHAPES.flatMap((shape) =>
    Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [`${shape}.${name}`, `${shape} ${kind}`])),
  ),
);

/**
 * @typedef {Record<string, number>} Counts by shape and kind, `f32x4 add`
 */

/** The module with counters, as bytes: an exported i64 global for each kind. */
async function countingModule() {
  const text = newFile('.wat');
  const asc = `${root}node_modules/assemblyscript/bin/asc.js`;
  const args = [
    asc,
    '--config',
    'asconfig.json',
    '--target',
    'release',
    '--textFile',
    text,
    '--outFile',
    newFile('.wasm'),
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`asc could not compile the kernels with counters: ${stderr.slice(-1000)}`);
  const names = [...new Set(counters.values())];
  const globals = names.map(
    (name, i) => ` (global $count${i} (mut i64) (i64.const 0))\n (export "${name}" (global $count${i}))`,
  );
  const lines = readFileSync(text, 'utf8').split('\n');
  const counted = lines.flatMap((line, at) => {
    // An instruction stands alone in its line; exports come before the first function.
    if (at > 0 && /^ \(export /.test(line) && !/^ \(export /.test(lines[at - 1])) return [...globals, line];
    const name = counters.get(line.trim());
    if (name === undefined) return [line];
    const counter = `$count${names.indexOf(name)}`;
    return [line, `global.get ${counter}`, 'i64.const 1', 'i64.add', `global.set ${counter}`];
  });
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.parseText(counted.join('\n'));
  module.setFeatures(binaryen.Features.All);
  return module.emitBinary();
}

/**
 * Counts what one execution of each case of a row takes. For a process of its own: the kernels that load first stay.
 *
 * @param {string} name the row's
 * @returns {Promise<Record<string, Counts>>} by the case's work
 */
export async function countRow(name) {
  const tunespace = await import('../../build/runtime/node.js');
  const kernels = await tunespace.loadKernels(await WebAssembly.compile(await countingModule()));
  const { default: row } = await import(`./rows/${name}.mjs`);
  const result = {};
  for (const { work, ours, bound } of await row.cases({ tunespace, kernels, quick: false, peers: false, timing: {} })) {
    if (bound === 'arithmetic') {
      const counts = [...new Set(counters.values())].map((kind) => [kind, kernels.exports[kind]]);
      for (const [, counter] of counts) counter.value = 0n;
      await ours.time(1);
      result[work] = Object.fromEntries(counts.map(([kind, counter]) => [kind, Number(counter.value)]));
    }
    await ours.close?.();
  }
  return result;
}

/** `countRow` in a process of its own. @returns {Record<string, Counts>} */
export function countInProcess(/** @type {string} */ name) {
  const script = `import { countRow } from ${JSON.stringify(import.meta.url)};
console.log(JSON.stringify(await countRow(${JSON.stringify(name)}))); process.exit();`;
  const args = ['--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the operations of row ${name} could not be counted: ${stderr.slice(-1000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
