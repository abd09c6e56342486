/** The entry of Node: everything of `index.ts`, with the module read from beside the package's own files. */
import { readFile } from 'node:fs/promises';
import { type Kernels, type KernelsSource, loadKernels as loadKernelsFrom } from '../kernels.ts';

export * from '../index.ts';

// The same relative path holds from src/runtime and from build/runtime.
const moduleUrl = new URL('../../build/tunespace.wasm', import.meta.url);

let loading: Promise<Kernels> | undefined;

/**
 * Loads the kernels; see `kernels.ts`. Without a source it reads the package's own `build/tunespace.wasm`, once.
 *
 * @param source another module, its bytes, a Response or a URL (`file:` too)
 */
export async function loadKernels(source?: KernelsSource): Promise<Kernels> {
  if (source instanceof URL && source.protocol === 'file:') return loadKernelsFrom(await readFile(source));
  if (source !== undefined) return loadKernelsFrom(source);
  loading ??= readFile(moduleUrl)
    .then((bytes) => loadKernelsFrom(bytes))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}
