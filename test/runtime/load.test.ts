import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { afterEach, expect, it, vi } from 'vitest';
import { KernelsError } from '../../src/errors.ts';
import { ABI } from '../../src/exports.ts';
import { makeLoadKernels } from '../../src/runtime/load.ts';

const wasmUrl = new URL('../../build/tunespace.wasm', import.meta.url);
const wasmBytes = new Uint8Array(readFileSync(wasmUrl));
const entries = ['node', 'deno', 'bun', 'browser', 'workerd', 'edge-light', 'default', 'standalone'];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it('gives the same names from the entry of every runtime', async () => {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => `src/runtime/${entry}.ts`),
    bundle: true,
    format: 'esm',
    write: false,
    metafile: true,
    outdir: 'unused',
    packages: 'external',
    external: ['*.wasm', '*.wasm?module', '*.wasm?base64'],
  });
  const names = Object.values(metafile.outputs).map(({ exports }) => [...exports].sort());
  expect(names).toHaveLength(entries.length);
  expect(names[0]).toContain('loadKernels');
  expect(names[0].length).toBeGreaterThan(50);
  for (const others of names) expect(others).toEqual(names[0]);
});

it('names an entry for every condition of package.json', () => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { types, ...conditions } = exports['.'];
  expect(types).toBe('./build/types/runtime/default.d.ts');
  expect(Object.keys(conditions)).toEqual(['workerd', 'edge-light', 'deno', 'bun', 'browser', 'node', 'default']);
  for (const [condition, file] of Object.entries(conditions)) expect(file).toBe(`./build/runtime/${condition}.js`);
});

it('loads its own module once, also concurrently, and tries again after a failure', async () => {
  let calls = 0;
  const load = makeLoadKernels(() => {
    calls++;
    return calls === 1 ? new Uint8Array(3) : wasmBytes;
  });
  const failed = await Promise.allSettled([load(), load()]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toBe(1);
  const [a, b] = await Promise.all([load(), load()]);
  expect(a).toBe(b);
  expect(await load()).toBe(a);
  expect(calls).toBe(2);
});

it('says which file cannot be read or is not the module, and what to do', async () => {
  const url = new URL('file:///nowhere/tunespace.wasm');
  const missing = makeLoadKernels(
    () => url,
    () => Promise.reject(new Error('ENOENT')),
  );
  await expect(missing()).rejects.toThrow(/file:\/\/\/nowhere\/tunespace\.wasm cannot be read \(ENOENT\); build it/);
  const wrong = makeLoadKernels(
    () => url,
    async () => new TextEncoder().encode('not a module'),
  );
  await expect(wrong()).rejects.toThrow(
    /file:\/\/\/nowhere\/tunespace\.wasm is not a usable .*begins with "not a module"/,
  );
  await expect(wrong()).rejects.toThrow(KernelsError);
});

it('says what a server sent in place of the module', async () => {
  const load = makeLoadKernels(() => wasmBytes);
  const page = () => new Response('<!doctype html><title>App</title>', { headers: { 'content-type': 'text/html' } });
  await expect(load(page())).rejects.toThrow(/begins with "<!doctype html><title>.*served as text\/html\); serve/);
  const cut = new Response(wasmBytes.subarray(0, 1000), { headers: { 'content-type': 'application/wasm' } });
  await expect(load(cut)).rejects.toThrow(/damaged or cut short/);
  await expect(load(new Response(wasmBytes.subarray(0, 1000)))).rejects.toThrow(/cut short after 1000 bytes/);
  await expect(load(new Response('no', { status: 404 }))).rejects.toThrow(/HTTP status 404/);
  const read = new Response(wasmBytes);
  await read.arrayBuffer();
  await expect(load(read)).rejects.toThrow(/its body was read before/);
  await expect(load(new Uint8Array())).rejects.toThrow(/0 bytes .*it is empty/);
  await expect(load(Promise.reject(new Error('offline')))).rejects.toThrow(/promised Response .*offline/);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
  await expect(load(new URL('https://nowhere.test/a.wasm'))).rejects.toThrow(
    /nowhere\.test\/a\.wasm .*cannot be fetched/,
  );
});

it.each([
  "WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-eval' nor 'unsafe-eval' is an allowed source of script",
  'call to WebAssembly.compile() blocked by CSP',
  "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
])('says that the Content-Security-Policy lacks wasm-unsafe-eval: %s', async (message) => {
  const load = makeLoadKernels(() => wasmBytes);
  vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new EvalError(message));
  await expect(load(wasmBytes)).rejects.toThrow(
    /Content-Security-Policy forbids.*add 'wasm-unsafe-eval' to its script-src/,
  );
});

it('says what to give where a runtime compiles no bytes', async () => {
  const load = makeLoadKernels(() => wasmBytes);
  const message = 'WebAssembly.compile(): Wasm code generation disallowed by embedder';
  vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError(message));
  await expect(load(wasmBytes)).rejects.toThrow(/compiles no bytes.*import "tunespace\/tunespace\.wasm" as a module/);
});

it('refuses a module of another version', async () => {
  const load = makeLoadKernels(() => wasmBytes);
  const instance = { exports: { alloc: () => 0, abi: () => ABI + 1 } };
  vi.spyOn(WebAssembly, 'instantiate').mockResolvedValue(instance as never);
  await expect(load(new Uint8Array(wasmBytes))).rejects.toThrow(
    new RegExp(`of another version: its exports are of generation ${ABI + 1}, this code calls generation ${ABI}`),
  );
  instance.exports = { alloc: () => 0 } as never;
  await expect(load(new Uint8Array(wasmBytes))).rejects.toThrow(/of generation 0/);
});

it('keeps what is in use when another module comes, because what was made with it lives in its memory', async () => {
  const load = makeLoadKernels(() => wasmBytes);
  const first = await load();
  const [a, b] = await Promise.all([load(await WebAssembly.compile(wasmBytes)), load(new Response(wasmBytes))]);
  expect(a).toBe(first);
  expect(b).toBe(first);
  await expect(load(new Uint8Array(8))).rejects.toThrow(KernelsError);
  expect(await load()).toBe(first);
});
