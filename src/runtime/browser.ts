/** The entry of browsers, pages and workers alike: everything of `index.ts`, with the module fetched. */
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { webHost } from './pool/line.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it fetches the package's own `build/tunespace.wasm`, once.
 *
 * Vite, webpack and Parcel see the address below and carry the file along; esbuild and Rollup do not: there, give the URL
 * of a copy.
 *
 * @param source another module, its bytes, a Response or a URL
 * @throws KernelsError when the file cannot be fetched or compiled, and as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(() => new URL('../../build/tunespace.wasm', import.meta.url));

/**
 * Makes a pool of Web Workers; see `pool.ts`.
 *
 * @throws ParameterError on bad options; KernelsError before `loadKernels`
 */
export const createPool: CreatePool = makeCreatePool(
  webHost((url) =>
    // Written out for bundlers, which look for just this. Vite's server gives a worker's packages out as they are, and one
    // of the decoders' is CommonJS: so this is the script that holds them.
    url
      ? new Worker(url, { type: 'module' })
      : new Worker(new URL('../../build/standalone/worker.js', import.meta.url), { type: 'module' }),
  ),
);
