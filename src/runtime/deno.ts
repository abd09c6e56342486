/** The entry of Deno: everything of `index.ts`, with the module read or fetched from beside the package's own files. */
import { type LoadKernels, makeLoadKernels } from './load.ts';

export * from '../index.ts';

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
