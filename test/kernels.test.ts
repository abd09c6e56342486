import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { KernelsError, MemoryError, ParameterError } from '../src/errors.ts';
import { ABI } from '../src/exports.ts';
import { kernels, loadKernels as loadKernelsFrom } from '../src/kernels.ts';
import { loadKernels } from '../src/runtime/node.ts';

const wasmUrl = new URL('../build/tunespace.wasm', import.meta.url);
const wasmBytes = readFileSync(wasmUrl);

describe('loadKernels', () => {
  it('says what to do when nothing is loaded', () => {
    expect(() => kernels()).toThrow(KernelsError);
    expect(() => kernels()).toThrow(/await loadKernels\(\)/);
  });

  it('takes bytes, a Module, a Response, a promise of one, and a file URL', async () => {
    const module = await WebAssembly.compile(wasmBytes);
    const response = () => new Response(wasmBytes, { headers: { 'content-type': 'application/wasm' } });
    const wrongType = new Response(wasmBytes, { headers: { 'content-type': 'text/plain' } });
    for (const source of [wasmBytes, module, response(), Promise.resolve(response()), wrongType, wasmUrl]) {
      const loaded = await loadKernels(source as Parameters<typeof loadKernels>[0]);
      expect(kernels()).toBe(loaded);
    }
  });

  it('is free when the same module is already in use, also concurrently', async () => {
    const [a, b] = await Promise.all([loadKernels(), loadKernels()]);
    expect(a).toBe(b);
    expect(await loadKernelsFrom(a.module)).toBe(a);
  });

  it('names what was loaded when it will not do, and keeps what worked', async () => {
    const before = await loadKernels(wasmBytes);
    await expect(loadKernels(new Uint8Array([1, 2, 3]))).rejects.toThrow(KernelsError);
    await expect(loadKernels(new URL('./nothing.wasm', wasmUrl))).rejects.toThrow(/nothing\.wasm/);
    await expect(loadKernels(new URL('./nothing.wasm', wasmUrl))).rejects.toThrow(KernelsError);
    await expect(loadKernels(wasmBytes.subarray(0, 100))).rejects.toThrow(/100 bytes is not a usable tunespace\.wasm/);
    const foreign = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    await expect(loadKernels(foreign)).rejects.toThrow(/none of its exports/);
    await expect(loadKernels(42 as never)).rejects.toThrow(ParameterError);
    await expect(loadKernelsFrom(undefined as never)).rejects.toThrow(ParameterError);
    expect(kernels()).toBe(before);
  });
});

describe('memory', () => {
  beforeAll(() => loadKernels());

  it('gathers rows of several matrices', () => {
    const rows = kernels().run((_, { reserve }) => {
      const pointer = reserve(24);
      kernels().gather(
        pointer,
        [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)],
        Uint32Array.of(0, 1, 1, 0, 0, 0),
        2,
      );
      return kernels().readF32(pointer, 6);
    });
    expect([...rows]).toEqual([3, 4, 5, 6, 1, 2]);
  });

  it('gives scratch back also when the work throws', () => {
    const pointers = [0, 1].map(() => {
      let pointer = 0;
      expect(() =>
        kernels().run((_, { reserve }) => {
          pointer = reserve(100_000);
          throw new Error('mid-way');
        }),
      ).toThrow('mid-way');
      return pointer;
    });
    expect(pointers[1]).toBe(pointers[0]);
  });

  it('copies in and out without loss', () => {
    const data = Float32Array.of(1, -2.5, Number.NaN, 3e38);
    const copy = kernels().run((_, { put }) => kernels().readF32(put(data), data.length));
    expect(copy).toEqual(data);
    expect(copy.buffer).not.toBe(kernels().exports.memory.buffer);
  });

  it('zeroes resident blocks, and refuses a block that is disposed of', () => {
    const block = kernels().allocate(64);
    expect(kernels().readF64(block.pointer, 8)).toEqual(new Float64Array(8));
    block.dispose();
    block.dispose();
    expect(() => block.pointer).toThrow(KernelsError);
  });

  it('refuses sizes beyond the heap with a sentence', () => {
    expect(() => kernels().allocate(0x40000000)).toThrow(MemoryError);
    expect(() => kernels().run((_, { reserve }) => reserve(Number.NaN))).toThrow(MemoryError);
  });
});

it('has no imports', () => {
  expect(WebAssembly.Module.imports(new WebAssembly.Module(wasmBytes))).toEqual([]);
});

it('tells a generation that rises with the list of exports', async () => {
  await loadKernels();
  expect(kernels().exports.abi()).toBe(ABI);
  const list = readFileSync('src/exports.ts', 'utf8').replace(/^[\s\S]*interface KernelExports/, '');
  const signatures = list.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, '');
  // Where this fails, the exports changed: raise ABI in src/exports.ts and assembly/memory.ts, once for each release that has
  // other ones, and put the new digest here.
  expect(createHash('sha256').update(signatures).digest('hex').slice(0, 16)).toBe('2a5e9a957af2f00a');
});
