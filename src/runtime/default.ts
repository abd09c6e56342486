/** The entry of every other runtime and tool: everything of `index.ts`, with the module's bytes inside, as base64. */
import base64 from '../../build/tunespace.wasm?base64';
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { webHost } from './pool/line.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it compiles the bytes that this file carries, once.
 *
 * @param source another module, its bytes, a Response or a URL
 * @throws KernelsError as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(() =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
);

/**
 * Makes a pool of Web Workers where the runtime has them; see `pool.ts`. Where it has none, `size` is 0 and the calling
 * thread does the work, with the same results.
 *
 * @throws ParameterError on bad options; KernelsError before `loadKernels`
 */
export const createPool: CreatePool = makeCreatePool(
  webHost((url = new URL('./worker.js', import.meta.url)) => new Worker(url, { type: 'module' })),
);
