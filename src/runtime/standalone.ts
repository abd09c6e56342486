/**
 * The entry of pages without a bundler: the browser's, in a folder that holds all it needs (`build/standalone/`), decoders
 * included, and that can be copied to any server as it is.
 */
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { webHost } from './pool/line.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

/** Loads the kernels; see `browser.ts`. Without a source it fetches `tunespace.wasm` from beside this file, once. */
export const loadKernels: LoadKernels = makeLoadKernels(() => new URL('./tunespace.wasm', import.meta.url));

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
