/** The public names of tunespace, and nothing else. */
/// <reference lib="esnext.disposable" preserve="true" />
export { type AggregateOptions, Aggregator, aggregate, aggregateStream, meanRow } from './aggregate.ts';
export {
  type Audio,
  type AudioBlock,
  type AudioFormat,
  type DecodeOptions,
  type DecodeStreamOptions,
  decode,
  decodeStream,
  detectFormat,
} from './decode.ts';
export * from './errors.ts';
export {
  type ByteSource,
  type ExtractOptions,
  type ExtractProgress,
  type ExtractSource,
  type ExtractStage,
  extract,
  type Pcm,
} from './extract.ts';
export { decodeFeatures, encodeFeatures } from './features.ts';
export { checkFrontEnd, FRONT_END_VERSION, type FrontEnd } from './frontend.ts';
export { type Kernels, type KernelsSource, loadKernels } from './kernels.ts';
export { LinearClassifier, type LinearClassifierOptions, type TrackPrediction } from './linear.ts';
export { Matrix } from './matrix.ts';
export {
  hzToMel,
  LogMel,
  type LogMelOptions,
  logMelFrontEnd,
  logMelOptions,
  logMelSpectrogram,
  logMelStream,
  type MelFilterBankOptions,
  type MelFrequenciesOptions,
  type MelOptions,
  type MelScaleOptions,
  melFilterBank,
  melFrequencies,
  melSpectrogram,
  melToHz,
} from './mel.ts';
export {
  accuracyScore,
  averagePrecisionScore,
  type ConfusionMatrix,
  confusionMatrix,
  kOccurrence,
  labelRankingAveragePrecision,
  type MeanAndStandardError,
  meanAndStandardError,
  type PrecisionAtKOptions,
  precisionAtK,
  precisionsAtK,
  rocAucScore,
  skewness,
  type TaggingScores,
  taggingScores,
} from './metrics.ts';
export { decodeSafetensors, encodeSafetensors, type Safetensors, type Tensor } from './model.ts';
export {
  type Group,
  type KNeighborsOptions,
  type Metric,
  NearestNeighbors,
  type NearestNeighborsOptions,
  type Neighbors,
} from './neighbors.ts';
export { RandomState } from './random.ts';
export { type BytesSource, type ReadBytesOptions, readBytes } from './read.ts';
export { type ResampleOptions, Resampler, resample, resampleStream } from './resample.ts';
export {
  type GroupShuffleSplitOptions,
  groupShuffleSplit,
  maxSplits,
  type SamplePerClassOptions,
  type Split,
  type StratifiedKFoldOptions,
  type StratifiedShuffleSplitOptions,
  samplePerClass,
  stratifiedKFold,
  stratifiedShuffleSplit,
} from './split.ts';
export { type FramingOptions, type SpectrogramOptions, spectrogram, stft } from './stft.ts';
export { type CrossValidateOptions, type CrossValidation, crossValidate, type FoldOptions } from './validate.ts';
export {
  type ClassNeighbours,
  type DatasetRecord,
  type Evaluation,
  type SourceSet,
  type SourceTrack,
  type Tag,
  Wsabie,
  type WsabieDataset,
  type WsabieFitOptions,
  type WsabieParams,
  type WsabieProgress,
  type WsabieRecord,
} from './wsabie.ts';
