/** The entry of browsers, pages and workers alike: everything of `index.ts`, with the module fetched. */
import { type LoadKernels, makeLoadKernels } from './load.ts';

export * from '../index.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it fetches the package's own `build/tunespace.wasm`, once.
 *
 * Vite, webpack, Rollup and Parcel see the address below and carry the file along; esbuild does not: there, give the URL
 * of a copy.
 *
 * @param source another module, its bytes, a Response or a URL
 * @throws KernelsError when the file cannot be fetched or compiled, and as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(() => new URL('../../build/tunespace.wasm', import.meta.url));
