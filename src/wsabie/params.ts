/** The options of `Wsabie` and of its `fit`. */
import { ParameterError } from '../errors.ts';
import { checkChoice, checkHooks, checkNumber, checkOptions, describe } from '../options.ts';
import type { WsabieProgress } from './training.ts';

/** Options of `Wsabie`. */
export interface WsabieParams {
  /** Dimensions of the space, D; 100 as in the paper. */
  nComponents: number;
  /** Constant step on the gradient that is averaged over the batch; 0.01. */
  learningRate: number;
  /** Frames of a batch; 100 as in the paper. */
  batchSize: number;
  /** Batches of each set, at most. */
  nBatches: number;
  /** By how much a label must outscore the others; 1. */
  margin: number;
  /** Longest norm of a feature's column of V (Weston 2011, section 3); `null`, the default, for none. */
  maxNormV: number | null;
  /**
   * Longest norm of a label's row of W, apart from V's (the paper's proposal for small genre sets); `null`, the default, for
   * none. Rows start at a norm near 1 and move little where a set is small, so that distances between classes are
   * then mostly the start's: a bound near 0.5 makes `nearestClasses` say more (on three small genre sets 10 of 18
   * classes next to their like instead of 5) and leaves `transform` about as good.
   */
  maxNormW: number | null;
  /** Whether columns are brought to mean 0 and deviation 1 over the training frames of all sets; `true`. */
  standardize: boolean;
  /**
   * `"removed"` takes from every frame the mean over its columns before anything else, so that the space does not hear how loud a
   * frame of logarithms is: weights, scale and `transform` are those of the frames without their level. `"kept"` is the
   * paper, and the default. Loudness is the first thing that single notes teach, and between collections it is noise.
   */
  level: 'kept' | 'removed';
  /**
   * What V starts as: `"random"` (the default) normal numbers; `"cosine"` the orthonormal cosine transform of the frame without its
   * constant row, so that the space starts as a smooth description of a spectrum's shape (the cepstrum, which MFCCs are the
   * first part of) and training bends it. Then `nComponents` is less than the number of columns. L1 distances
   * depend on a space's axes, and these are better axes than random ones.
   */
  start: 'random' | 'cosine';
  /**
   * What the start of V is multiplied by; 1. Of a window's statistics the variance grows with the square of the space's size, the others
   * with the size, so that it sets how much variance counts in L1 distances. Training hardly changes it.
   */
  startScale: number;
  /** Share of each set's tracks that are not learned from but judge the space; 0 to turn the judging off; 0.1. */
  validationFraction: number;
  /** Evaluations without a better one after which training ends; `null` for never. */
  patience: number | null;
  /** Batches of each set between evaluations. */
  evaluateEvery: number;
  /**
   * What is equally likely in a draw: `"frames"` (the default: every frame of a set, so that long tracks count for more) or
   * `"tracks"` (every track, then a frame of it: for sets whose tracks differ much in length).
   */
  sampling: 'frames' | 'tracks';
  /** Seed of every draw: start, held-out tracks, frames, labels; 0. */
  randomState: number;
}

/** Options of `fit`. */
export interface WsabieFitOptions {
  /** Ends the training early: `fit` throws the signal's reason, and what was learned so far is kept. */
  signal?: AbortSignal;
  /** Called after each few milliseconds of work. */
  onProgress?: (progress: WsabieProgress) => void;
  /** Called with the bytes of the unfinished model, from which `fromBytes` and `fit` go on; awaited. */
  onCheckpoint?: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** Batches of each set between checkpoints; 1000. */
  checkpointEvery?: number;
  /** Called with what was left out of the sets, and why; `console.warn` unless told otherwise. */
  onWarning?: (message: string) => void;
}

const DEFAULTS: WsabieParams = {
  nComponents: 100,
  learningRate: 0.01,
  batchSize: 100,
  nBatches: 6000,
  margin: 1,
  maxNormV: null,
  maxNormW: null,
  standardize: true,
  level: 'kept',
  start: 'random',
  startScale: 1,
  validationFraction: 0.1,
  patience: 10,
  evaluateEvery: 200,
  sampling: 'frames',
  randomState: 0,
};

/** Numbers of samples are words of 32 bits. */
const MAX_SAMPLES = 4294967295;

/** Fills in the defaults. @throws ParameterError naming the option, its value and its range */
export function checkParams(given: Partial<WsabieParams> | undefined): WsabieParams {
  const where = 'Wsabie';
  const params = checkOptions(where, given, DEFAULTS);
  const { nComponents, batchSize, nBatches, validationFraction, patience } = params;
  checkNumber(where, 'nComponents', nComponents, { min: 1, max: 4096, integer: true });
  checkNumber(where, 'learningRate', params.learningRate, { above: 0 });
  checkNumber(where, 'batchSize', batchSize, { min: 1, max: 65536, integer: true });
  checkNumber(where, 'nBatches', nBatches, { min: 1, max: Math.floor(MAX_SAMPLES / batchSize), integer: true });
  checkNumber(where, 'margin', params.margin, { above: 0 });
  for (const name of ['maxNormV', 'maxNormW'] as const) {
    if (params[name] !== null) checkNumber(where, name, params[name], { above: 0 });
  }
  if (typeof params.standardize !== 'boolean') {
    throw new ParameterError(
      `${where}: standardize must be true or false, got ${describe(params.standardize)}`,
      'standardize',
    );
  }
  checkNumber(where, 'validationFraction', validationFraction, { min: 0, max: 0.9 });
  if (patience !== null) checkNumber(where, 'patience', patience, { min: 1, integer: true });
  checkNumber(where, 'evaluateEvery', params.evaluateEvery, { min: 1, integer: true });
  checkChoice(where, 'level', params.level, ['kept', 'removed']);
  checkChoice(where, 'start', params.start, ['random', 'cosine']);
  checkNumber(where, 'startScale', params.startScale, { above: 0 });
  checkChoice(where, 'sampling', params.sampling, ['frames', 'tracks']);
  checkNumber(where, 'randomState', params.randomState, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  return params;
}

/** The options of `fit`, defaults filled in. */
export type FitCalls = Required<Pick<WsabieFitOptions, 'checkpointEvery' | 'onWarning'>> & {
  signal: AbortSignal | undefined;
  onProgress: WsabieFitOptions['onProgress'];
  onCheckpoint: WsabieFitOptions['onCheckpoint'];
};

/** Fills in the defaults. @throws ParameterError naming the option, its value and what it must be */
export function checkFitOptions(where: string, options: WsabieFitOptions): FitCalls {
  const calls = checkOptions<FitCalls>(where, options, {
    signal: undefined,
    onProgress: undefined,
    onCheckpoint: undefined,
    checkpointEvery: 1000,
    onWarning: (message) => console.warn(message),
  });
  checkNumber(where, 'checkpointEvery', calls.checkpointEvery, { min: 1, integer: true });
  const { signal, onProgress, onCheckpoint, onWarning } = calls;
  checkHooks(where, { signal, onProgress, onCheckpoint, onWarning });
  return calls;
}
