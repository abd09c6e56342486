/** The entry of Node: everything of `index.ts`, with the module read from beside the package's own files. */
import { readFile } from 'node:fs/promises';
import { KernelsError } from '../errors.ts';
import { type Kernels, type KernelsSource, loadKernels as loadKernelsFrom } from '../kernels.ts';

export * from '../index.ts';

// The same relative path holds from src/runtime and from build/runtime.
const moduleUrl = new URL('../../build/tunespace.wasm', import.meta.url);

/** @throws KernelsError naming the file */
async function readModule(url: URL, remedy: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    const error = new KernelsError(`loadKernels: ${url} cannot be read (${(cause as Error).message}); ${remedy}`);
    error.cause = cause;
    throw error;
  }
}

let loading: Promise<Kernels> | undefined;

/**
 * Loads the kernels; see `kernels.ts`. Without a source it reads the package's own `build/tunespace.wasm`, once.
 *
 * @param source another module, its bytes, a Response or a URL (`file:` too)
 * @throws KernelsError when the file cannot be read, and as `kernels.ts`
 */
export async function loadKernels(source?: KernelsSource): Promise<Kernels> {
  if (source instanceof URL && source.protocol === 'file:') {
    return loadKernelsFrom(await readModule(source, 'give the path of tunespace.wasm'));
  }
  if (source !== undefined) return loadKernelsFrom(source);
  loading ??= readModule(moduleUrl, 'build it ("npm run build"), or install the package again')
    .then((bytes) => loadKernelsFrom(bytes))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}
