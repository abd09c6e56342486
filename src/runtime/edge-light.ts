/** The entry of edge runtimes (Vercel, Next.js), which forbid compiling bytes: the module is part of the deployment. */
import module from '../../build/tunespace.wasm?module';
import { type LoadKernels, makeLoadKernels } from './load.ts';

export * from '../index.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it takes the module that was deployed with this file.
 *
 * @param source another module
 * @throws KernelsError as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(() => module);
