/** The entry of Bun: everything of `index.ts`, with the module read from beside the package's own files. */
import { readFile } from 'node:fs/promises';
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { webHost } from './pool/line.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it reads the package's own `build/tunespace.wasm`, once.
 *
 * @param source another module, its bytes, a Response or a URL (`file:` too)
 * @throws KernelsError when the file cannot be read, and as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(
  // The same relative path holds from src/runtime and from build/runtime.
  () => new URL('../../build/tunespace.wasm', import.meta.url),
  async (url) => new Uint8Array(await readFile(url)),
);

/**
 * Makes a pool of Web Workers; see `pool.ts`.
 *
 * @throws ParameterError on bad options; KernelsError before `loadKernels`
 */
export const createPool: CreatePool = makeCreatePool(
  webHost((url) =>
    // Written out for bundlers, which look for just this.
    url ? new Worker(url, { type: 'module' }) : new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  ),
);
