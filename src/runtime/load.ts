/** What the entries of all runtimes share: `loadKernels` with a default source. */
import { KernelsError } from '../errors.ts';
import { type Kernels, type KernelsSource, loadKernels as loadKernelsFrom } from '../kernels.ts';

/** `loadKernels` as every entry gives it. */
export type LoadKernels = (source?: KernelsSource) => Promise<Kernels>;

/** How a runtime reads a file, where it can. */
export type ReadFile = (url: URL) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Makes an entry's `loadKernels`.
 *
 * @param own where the package's module is on this runtime; called by the first call without a source, and again after it failed
 * @param readFile reads `file:` URLs; without it they go to `fetch`
 */
export function makeLoadKernels(own: () => KernelsSource, readFile?: ReadFile): LoadKernels {
  const load = async (source: KernelsSource, remedy: string): Promise<Kernels> => {
    if (!readFile || !(source instanceof URL) || source.protocol !== 'file:') return loadKernelsFrom(source);
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await readFile(source);
    } catch (cause) {
      const error = new KernelsError(`loadKernels: ${source} cannot be read (${(cause as Error).message}); ${remedy}`);
      error.cause = cause;
      throw error;
    }
    try {
      return await loadKernelsFrom(bytes);
    } catch (cause) {
      // The bytes do not know where they came from.
      if (cause instanceof KernelsError) {
        cause.message = cause.message.replace(`${bytes.byteLength} bytes is not`, `${source} is not`);
      }
      throw cause;
    }
  };
  let loading: Promise<Kernels> | undefined;
  return (source) => {
    if (source !== undefined) return load(source, 'give the path of tunespace.wasm');
    loading ??= load(
      own(),
      'build it ("npm run build") or install the package again; from a bundle, give its bytes or URL: "tunespace/tunespace.wasm"',
    ).catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
