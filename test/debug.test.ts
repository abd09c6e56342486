/**
 * The debug build (assertions on, incremental runtime, garbage collected) gives the bits of the release build. Its kernels
 * run on managed arrays, which the AssemblyScript loader makes and reads: what shares a heap with the collector and its
 * checks would show a kernel that writes where it should not.
 */
import { readFileSync } from 'node:fs';
import { type ASUtil, instantiateSync } from '@assemblyscript/loader';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KernelExports } from '../src/exports.ts';
import { kernels } from '../src/kernels.ts';
import { loadKernels } from '../src/runtime/node.ts';

/** What assembly/debug.ts adds to the exports. */
interface DebugExports {
  readonly Float32ArrayId: WebAssembly.Global;
  readonly Float64ArrayId: WebAssembly.Global;
  readonly Int32ArrayId: WebAssembly.Global;
  dataOf(array: number): number;
}

type Values = Float32Array | Float64Array | Int32Array;
type Argument = number | Values;
type KernelName = Exclude<keyof KernelExports, 'memory' | 'alloc' | 'free'>;

let debug: ASUtil & KernelExports & DebugExports;

beforeAll(async () => {
  await loadKernels();
  const bytes = readFileSync(new URL('../build/tunespace.debug.wasm', import.meta.url));
  debug = instantiateSync(bytes).exports as unknown as typeof debug;
});

const isValues = (argument: Argument): argument is Values => typeof argument !== 'number';

function classOf(values: Values): number {
  if (values instanceof Float32Array) return debug.Float32ArrayId.value;
  return values instanceof Float64Array ? debug.Float64ArrayId.value : debug.Int32ArrayId.value;
}

function copyOf(values: Values, pointer: number): Values {
  if (values instanceof Float32Array) return debug.__getFloat32Array(pointer);
  return values instanceof Float64Array ? debug.__getFloat64Array(pointer) : debug.__getInt32Array(pointer);
}

/** Calls a kernel of the debug build, arrays as managed ones, and gives all arrays back as they are afterwards. */
function callDebug(name: KernelName, args: readonly Argument[]): Values[] {
  const managed = args.map((argument) =>
    isValues(argument) ? debug.__pin(debug.__newArray(classOf(argument), argument)) : 0,
  );
  try {
    debug.__collect();
    const kernel = debug[name] as (...args: number[]) => void;
    kernel(...args.map((argument, i) => (isValues(argument) ? debug.dataOf(managed[i]) : argument)));
    debug.__collect();
    return args.flatMap((argument, i) => (isValues(argument) ? [copyOf(argument, managed[i])] : []));
  } finally {
    for (const pointer of managed) if (pointer) debug.__unpin(pointer);
  }
}

/** The same on the release build, arrays in scratch memory. */
function callRelease(name: KernelName, args: readonly Argument[]): Values[] {
  return kernels().run((k, { put }) => {
    const pointers = args.map((argument) => (isValues(argument) ? put(argument) : argument));
    (k[name] as (...args: number[]) => void)(...pointers);
    return args.flatMap((argument, i): Values[] => {
      if (!isValues(argument)) return [];
      if (argument instanceof Float32Array) return [kernels().readF32(pointers[i], argument.length)];
      if (argument instanceof Float64Array) return [kernels().readF64(pointers[i], argument.length)];
      return [kernels().readI32(pointers[i], argument.length)];
    });
  });
}

const noise = (n: number): Float32Array => {
  let state = 1;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return 2 * ((state >>> 16) / 65536 - 0.5);
  });
};
/** A generator's seed, stream, position and room for a block: 12 words. */
const state = () => Int32Array.of(1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0);
const room = (n: number) => new Float32Array(n);

describe('the debug build', () => {
  const cases: [KernelName, Argument[]][] = [
    ['aggregateFrames', [room(3 * 4 * 7), noise(20 * 7), 3, 8, 6, 7]],
    ['resampleFilter', [room(5 * 32), new Float64Array(32), 0.9, 15.5, 9, 16, 3, -1, 5]],
    ['resampleBlock', [room(40), noise(120), noise(3 * 32), 40, 2, 5, 3, 16]],
    ['resampleBlockBetween', [room(40), noise(120), noise(11 * 32), 40, 2, 5, 3, 16, 8]],
    ['resampleSpectra', [room(1016 + 2 * 1024), new Float64Array(512 + 32), 0.45, 15.5, 9, 16, 2, 1]],
    ['resamplePairs', [room(4 * 80), noise((3 * 80 + 512) * 2), noise(1016 + 2 * 1024), room(4 * 1024), 2, 2, 1, 80]],
    ['randomNormal', [room(50), state(), 50]],
    ['randomPermutation', [new Int32Array(50), state(), 50]],
  ];

  it.each(cases)('%s has the bits of the release build, on managed arrays', (name, args) => {
    const expected = callRelease(name, args);
    expect(callDebug(name, args)).toEqual(expected);
    // The kernel did something, and not to what it was given to read.
    expect(expected[0]).not.toEqual(args[0]);
  });

  it('log-Mel frames have the bits of the release build, tables and all', () => {
    const [n, hop, nMels, nFrames] = [256, 100, 20, 7];
    const sizes = kernels().exports;
    /** Both builds' arrays, which must agree; the first is the result. */
    const both = (name: KernelName, args: readonly Argument[]) => {
      const results = callDebug(name, args);
      expect(results).toEqual(callRelease(name, args));
      return results[0];
    };
    const edges = both('melFrequencies', [new Float64Array(nMels + 2), 0, 11025, 0, nMels + 2]);
    const bands = both('melBands', [room(sizes.melBandsSize(n, nMels) / 4), edges, 22050, 1, n, nMels]);
    const plan = both('stftPlan', [room(sizes.stftPlanSize(n) / 4), n]);
    const y = noise(n + (nFrames - 1) * hop);
    const work = room(sizes.melWorkSize(n, nMels) / 4);
    const frames = both('melFrames', [room(nFrames * nMels), y, plan, bands, work, 1, 1e-5, n, hop, nMels, nFrames]);
    expect(frames.every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
  });

  it('collects what is no longer pinned', () => {
    const [name, args] = cases[0];
    callDebug(name, args);
    const held = debug.memory.buffer.byteLength;
    for (let i = 0; i < 300; i++) callDebug(name, args);
    expect(debug.memory.buffer.byteLength).toBe(held);
  });

  it('has its checks on: a block given back twice is caught, and the message says where', () => {
    const pointer = debug.alloc(64);
    debug.free(pointer);
    expect(() => debug.free(pointer)).toThrow(/abort: .*~lib\/rt\/tlsf\.ts/);
  });
});
