/** The experiments of the paper: every table and figure for whatever collections they are given. */
export {
  type CheckedConfig,
  checkExperimentConfig,
  type DatasetConfig,
  type ExperimentConfig,
  type ExperimentHooks,
  type ExperimentProgress,
  experimentConfigSchema,
} from './config.ts';
export { WriteError } from './output.ts';
export {
  decodeResults,
  type ExperimentResults,
  encodeResults,
  RESULTS_VERSION,
  resultsJsonSchema,
  resultsSchema,
} from './results.ts';
export { runExperiment } from './run.ts';
export { renderSyntheticCorpus, type SyntheticOptions } from './synthetic/render.ts';
