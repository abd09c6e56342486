/** The entry of every other runtime and tool: everything of `index.ts`, with the module's bytes inside, as base64. */
import base64 from '../../build/tunespace.wasm?base64';
import { type LoadKernels, makeLoadKernels } from './load.ts';

export * from '../index.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it compiles the bytes that this file carries, once.
 *
 * @param source another module, its bytes, a Response or a URL
 * @throws KernelsError as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(() =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
);
