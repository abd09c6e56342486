/** The entry of Bun: everything of `index.ts`, with the module read from beside the package's own files. */
import { readFile } from 'node:fs/promises';
import { type LoadKernels, makeLoadKernels } from './load.ts';

export * from '../index.ts';

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
