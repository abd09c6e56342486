/**
 * The entry of pages without a bundler: the browser's, in a folder that holds all it needs (`build/standalone/`), decoders
 * included, and that can be copied to any server as it is.
 */
import { type LoadKernels, makeLoadKernels } from './load.ts';

export * from '../index.ts';

/** Loads the kernels; see `browser.ts`. Without a source it fetches `tunespace.wasm` from beside this file, once. */
export const loadKernels: LoadKernels = makeLoadKernels(() => new URL('./tunespace.wasm', import.meta.url));
