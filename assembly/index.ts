// Only exports: the list of what the host may call. `src/exports.ts` holds the same list as a TypeScript interface.

export { affineMap } from "./affine";
export { aggregateFrames } from "./aggregate";
export { addGramSingle, subtractFitted } from "./gram";
export { addClassSums, addGram, centreGram, cholesky, choleskySolve, foldSums, linearScores } from "./linear";
export { hzToMel, melBands, melBandsSize, melFrames, melFrequencies, melToHz, melWorkSize } from "./mel";
export { abi, alloc, free } from "./memory";
export { clearNearest, distances, keepNearest, unitRows } from "./neighbors";
export {
  randomIntegers,
  randomNormal,
  randomPermutation,
  randomUniform,
  randomWords,
} from "./random";
export {
  resampleBlock,
  resampleBlockBetween,
  resampleFilter,
  resamplePairs,
  resamplePairsWork,
  resampleSpectra,
  resampleSpectraSize,
  resampleSpectraWork,
} from "./resample";
export { anyBeyond } from "./samples";
export { softmaxRows } from "./softmax";
export { spectrogramFrames, stftFrames, stftPlan, stftPlanSize, stftWorkSize } from "./stft";
export { cosineRows, projectRows, warpEpoch, warpRows } from "./wsabie";
