/** What every entry exports besides its own `loadKernels` (which takes the place of the one in `index.ts`) and `createPool`. */
export * from '../index.ts';
export {
  type CreatePool,
  Pool,
  type PoolExtractOptions,
  type PoolInput,
  type PoolOptions,
  type PoolProgress,
  type PoolResult,
} from './pool.ts';
