/** The entry of Deno: everything of `index.ts`, with the module read or fetched from beside the package's own files. */
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { webHost } from './pool/line.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

declare const Deno: { readFile(path: URL): Promise<Uint8Array<ArrayBuffer>> };

/**
 * Loads the kernels; see `kernels.ts`. Without a source it reads (npm) or fetches (JSR) the package's own
 * `build/tunespace.wasm`, once. Reading wants `--allow-read`, unless the package lies in Deno's own cache.
 *
 * @param source another module, its bytes, a Response or a URL (`file:` too)
 * @throws KernelsError when the file cannot be read, and as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(
  () => new URL('../../build/tunespace.wasm', import.meta.url),
  (url) => Deno.readFile(url),
);

/** Beside this file, which npm has as JavaScript and JSR as it is written. */
const OWN_WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/**
 * Makes a pool of Web Workers; see `pool.ts`. A pool keeps the program alive until it is disposed of.
 *
 * @throws ParameterError on bad options; KernelsError before `loadKernels`
 */
export const createPool: CreatePool = makeCreatePool(
  webHost((url) => new Worker(url ?? OWN_WORKER, { type: 'module' })),
);
