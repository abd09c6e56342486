/** The entry of Node: everything of `index.ts`, with the module read from beside the package's own files. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type LoadKernels, makeLoadKernels } from './load.ts';
import { nodeLine } from './pool/line.ts';
import { type CreatePool, makeCreatePool } from './pool.ts';

export * from './names.ts';

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

/**
 * Makes a pool of worker threads; see `pool.ts`. Idle workers do not keep the process alive.
 *
 * @throws ParameterError on bad options; KernelsError before `loadKernels`
 */
export const createPool: CreatePool = makeCreatePool({
  // Options of this process (a loader, --eval) are none of a worker's. The path holds from src/runtime, too.
  open: (url = new URL('../../build/runtime/worker-node.js', import.meta.url)) =>
    // Blocks of sound come and go by the hundred a second: a small nursery has them collected sooner, which was measured to
    // save 40 MB a worker and no time.
    new Worker(url, { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 2 } }),
  connect: nodeLine,
  processors: availableParallelism,
});
