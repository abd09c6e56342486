/** Loads the packages that decode, and says so where that cannot be done. */

/** A package cannot be used here: not the file's fault. */
export class LoadError extends Error {}

/** The shortest WebAssembly module: magic word and version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Loads a package that compiles WebAssembly.
 *
 * Edge runtimes forbid that, and the packages then never become ready; so it is tried first.
 *
 * @param name of the package, for messages
 * @param load its `import()`
 * @throws LoadError where it cannot be used
 */
export async function loadLibrary<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    new WebAssembly.Module(EMPTY_MODULE);
  } catch (cause) {
    throw new LoadError(
      'this runtime does not let WebAssembly be compiled; give it WAV, AU or AIFF, or features made elsewhere',
      { cause },
    );
  }
  try {
    return await load();
  } catch (cause) {
    throw new LoadError(`the package ${name} cannot be loaded (${(cause as Error).message}); install it`, { cause });
  }
}
