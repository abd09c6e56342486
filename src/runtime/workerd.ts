/** The entry of Cloudflare Workers (workerd), which forbid compiling bytes: the module is part of the deployment. */
import module from '../../build/tunespace.wasm';
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

/**
 * Loads the kernels; see `kernels.ts`. Without a source it takes the module that was deployed with this file.
 *
 * @param source another module
 * @throws KernelsError as `kernels.ts`
 */
export const loadKernels: LoadKernels = makeLoadKernels(() => module);

/**
 * Makes a pool without workers, which this runtime does not have: `size` is 0 and the calling thread does the work, with the
 * same results.
 *
 * @throws ParameterError on bad options; KernelsError before `loadKernels`
 */
export const createPool: CreatePool = makeCreatePool(undefined);
