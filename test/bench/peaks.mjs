/**
 * What the machine can do at most, in WebAssembly: loops of ours that only add and multiply, or only read. They are timed in
 * turns with the kernel that they bound, like a peer, so that a busy machine slows both.
 */
import { stopwatch } from './harness.mjs';

/** Operations of a loop's body: two rounds over 12 sums that do not depend on each other. */
const UNROLLED = 24;
const SUMS = 12;
/** Bytes that a step of the reading loop takes from each of four streams. */
const STEP = 64;

const times = (/** @type {number} */ n, /** @type {(i: number) => string} */ of) =>
  Array.from({ length: n }, (_, i) => of(i)).join('\n');

/** A loop of UNROLLED operations a turn, of which each second one multiplies where `mixed`. */
function arithmeticLoop(/** @type {string} */ shape, /** @type {boolean} */ mixed) {
  const name = `${shape} ${mixed ? 'mixed' : 'add'}`;
  const scalar = shape === 'f32x4' ? 'f32' : 'f64';
  return `(func (export "${name}") (param $out i32) (param $n i32) (local $one v128)
    ${times(SUMS, (i) => `(local $s${i} v128)`)}
    (local.set $one (${shape}.splat (${scalar}.const 1)))
    ${times(SUMS, (i) => `(local.set $s${i} (local.get $one))`)}
    (loop $turn
      ${times(UNROLLED, (i) => {
        const operation = mixed && i % 2 === 1 ? 'mul' : 'add';
        return `(local.set $s${i % SUMS} (${shape}.${operation} (local.get $s${i % SUMS}) (local.get $one)))`;
      })}
      (br_if $turn (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const ${UNROLLED}))) (i32.const 0))))
    ${times(SUMS, (i) => `(v128.store offset=${16 * i} (local.get $out) (local.get $s${i}))`)})`;
}

/** Reads four streams of a quarter of the bytes each. */
const READ = `(func (export "read") (param $out i32) (param $from i32) (param $quarter i32) (local $end i32)
    (local $b i32) (local $c i32) (local $d i32) ${times(4, (i) => `(local $s${i} v128)`)}
    (local.set $end (i32.add (local.get $from) (local.get $quarter)))
    (local.set $b (local.get $end))
    (local.set $c (i32.add (local.get $b) (local.get $quarter)))
    (local.set $d (i32.add (local.get $c) (local.get $quarter)))
    (loop $turn
      ${['from', 'b', 'c', 'd']
        .map((stream, i) =>
          times(
            STEP / 16,
            (k) =>
              `(local.set $s${i} (v128.or (local.get $s${i}) (v128.load offset=${16 * k} (local.get $${stream}))))`,
          ),
        )
        .join('\n')}
      ${['from', 'b', 'c', 'd'].map((p) => `(local.set $${p} (i32.add (local.get $${p}) (i32.const ${STEP})))`).join('\n')}
      (br_if $turn (i32.lt_u (local.get $from) (local.get $end))))
    ${times(4, (i) => `(v128.store offset=${16 * i} (local.get $out) (local.get $s${i}))`)})`;

let instance;

/** The loops, over the kernels' own memory. */
async function loops(kernels) {
  if (instance) return instance;
  const { default: binaryen } = await import('binaryen');
  const shapes = ['f32x4', 'f64x2'].flatMap((shape) => [arithmeticLoop(shape, true), arithmeticLoop(shape, false)]);
  const module = binaryen.parseText(`(module (memory (import "m" "memory") 0) ${shapes.join('\n')} ${READ})`);
  module.setFeatures(binaryen.Features.All);
  const imports = { m: { memory: kernels.exports.memory } };
  const { instance: made } = await WebAssembly.instantiate(module.emitBinary(), imports);
  const out = kernels.allocate(16 * SUMS);
  instance = { ...made.exports, out };
  return instance;
}

/**
 * How often which loop has to run for counted operations. Additions and multiplications go side by side; minima and maxima where
 * there is room; what is left over of one kind goes alone.
 *
 * @param {import('./counting.mjs').Counts} counts
 */
function planOf(counts) {
  return ['f32x4', 'f64x2'].flatMap((shape) => {
    const [add, mul, either] = ['add', 'mul', 'either'].map((kind) => counts[`${shape} ${kind}`] ?? 0);
    const total = add + mul + either;
    const longer = Math.max(add, mul, total / 2);
    return [
      { loop: `${shape} mixed`, operations: 2 * (total - longer) },
      { loop: `${shape} add`, operations: 2 * longer - total },
    ];
  });
}

/** @returns {Promise<import('./harness.mjs').Side>} as many operations, at the machine's peak */
export async function arithmeticSide(kernels, counts) {
  const run = await loops(kernels);
  const plan = planOf(counts).filter(({ operations }) => operations > 0);
  return {
    time(n) {
      const stop = stopwatch();
      for (const { loop, operations } of plan) {
        for (let left = n * operations; left > 0; left -= 1e9) run[loop](run.out.pointer, Math.min(left, 1e9));
      }
      return stop();
    },
  };
}

/** @returns {Promise<import('./harness.mjs').Side>} as many bytes, read from one end to the other */
export async function readingSide(kernels, /** @type {number} */ bytes) {
  const run = await loops(kernels);
  const quarter = Math.ceil(bytes / 4 / STEP) * STEP;
  const block = kernels.allocate(4 * quarter);
  return {
    time(n) {
      const stop = stopwatch();
      for (let i = 0; i < n; i++) run.read(run.out.pointer, block.pointer, quarter);
      return stop();
    },
    close: () => block.dispose(),
  };
}

/** Vector operations of a work, in words. */
export function describeCounts(/** @type {import('./counting.mjs').Counts} */ counts) {
  const millions = (/** @type {number} */ x) =>
    x >= 1e6 ? `${Number((x / 1e6).toPrecision(3))} M` : `${Number((x / 1e3).toPrecision(3))} k`;
  return ['f32x4', 'f64x2']
    .map((shape) => {
      const parts = [
        ['add', 'additions'],
        ['mul', 'products'],
        ['either', 'minima and maxima'],
      ].flatMap(([kind, words]) =>
        counts[`${shape} ${kind}`] > 0 ? [`${millions(counts[`${shape} ${kind}`])} ${words}`] : [],
      );
      return parts.length > 0 ? `${shape}: ${parts.join(', ')}` : '';
    })
    .filter((part) => part !== '')
    .join('; ');
}
