/** A fitted space as the content of a model file, and back. */
import { FormatError } from '../errors.ts';
import { checkTensor, type JsonObject, type ModelContent, type Tensor } from '../model.ts';
import { identityScale } from './scale.ts';
import type { Weights } from './space.ts';
import type { DatasetRecord, Evaluation, Fitted } from './training.ts';

const tensor = (data: Float32Array | Float64Array, ...shape: number[]): Tensor => ({
  dtype: data instanceof Float64Array ? 'F64' : 'F32',
  shape,
  data,
});

/** The prefix of the weights that only an unfinished training needs. */
const LATEST = 'latest.';

function weightTensors(prefix: string, { V, W }: Weights, nComponents: number): Record<string, Tensor> {
  const named: Record<string, Tensor> = { [`${prefix}V`]: tensor(V, nComponents, V.length / nComponents) };
  W.forEach((values, s) => {
    named[`${prefix}W.${s}`] = tensor(values, values.length / nComponents, nComponents);
  });
  return named;
}

/**
 * What the file holds: tensors `V` (nComponents, nFeatures) and, for each set, `W.0`, `W.1`, ... (nClasses, nComponents), the
 * best so far; `mean` and `scale` (nFeatures) where the input is standardised; `latest.V`, `latest.W.0`, ... where training
 * has not ended and has gone on past its best. The rest is the record.
 */
export function toContent(fitted: Fitted, params: JsonObject): ModelContent {
  const { datasets, frontEnd, scale, latest, best, fingerprint, step, history, stopped, lossSum, lossCount } = fitted;
  const nComponents = params.nComponents as number;
  const tensors = weightTensors('', best ?? latest, nComponents);
  if (best) Object.assign(tensors, weightTensors(LATEST, latest, nComponents));
  if (params.standardize) {
    tensors.mean = tensor(scale.mean, scale.mean.length);
    tensors.scale = tensor(scale.scale, scale.scale.length);
  }
  const record = { datasets, fingerprint, step, stopped, history, lossSum, lossCount };
  return { tensors, params, record: { ...record }, ...(frontEnd && { frontEnd }) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isWord = (value: unknown): value is string => typeof value === 'string';

function isDataset(value: unknown): value is DatasetRecord {
  return (
    isObject(value) &&
    isWord(value.name) &&
    Array.isArray(value.classes) &&
    value.classes.length >= 2 &&
    value.classes.every(isWord) &&
    [value.nTraining, value.nHeldOut, value.nFrames].every(isCount)
  );
}

function isEvaluation(value: unknown): value is Evaluation {
  return (
    isObject(value) &&
    isCount(value.batch) &&
    Number.isFinite(value.loss) &&
    (value.score === null || Number.isFinite(value.score))
  );
}

type Record_ = Pick<Fitted, 'datasets' | 'fingerprint' | 'step' | 'history' | 'stopped' | 'lossSum' | 'lossCount'>;

/** The record, field by field. @throws FormatError naming the first that is wrong */
function checkRecord(record: JsonObject | undefined, file: string): Record_ {
  const fields: Record<keyof Record_, (value: unknown) => boolean> = {
    datasets: (value) => Array.isArray(value) && value.length > 0 && value.every(isDataset),
    fingerprint: isWord,
    step: isCount,
    history: (value) => Array.isArray(value) && value.every(isEvaluation),
    stopped: (value) => value === null || value === 'nBatches' || value === 'patience',
    lossSum: Number.isFinite,
    lossCount: isCount,
  };
  for (const [name, isGood] of Object.entries(fields)) {
    if (!isGood(record?.[name])) {
      throw new FormatError(
        `${file || 'the file'}: record.${name} is missing or has a wrong value; fit the model again`,
        file,
      );
    }
  }
  return record as unknown as Record_;
}

/** The inverse of `toContent`. @throws FormatError naming the file, the field and the remedy */
export function fromContent(content: ModelContent, file: string): Fitted {
  const { tensors, params, frontEnd } = content;
  const record = checkRecord(content.record, file);
  const nComponents = params.nComponents as number;
  const V = checkTensor(tensors, 'V', 'F32', [nComponents, undefined], file);
  const nFeatures = V.shape[1];
  const read = (prefix: string): Weights => ({
    V: checkTensor(tensors, `${prefix}V`, 'F32', [nComponents, nFeatures], file).data,
    W: record.datasets.map(
      ({ classes }, s) => checkTensor(tensors, `${prefix}W.${s}`, 'F32', [classes.length, nComponents], file).data,
    ),
  });
  const inUse = read('');
  const past = Object.hasOwn(tensors, `${LATEST}V`);
  const own = <T extends ArrayBufferLike>(values: Float64Array<T>) => new Float64Array(values);
  const removesLevel = params.level === 'removed';
  const scale = params.standardize
    ? {
        mean: own(checkTensor(tensors, 'mean', 'F64', [nFeatures], file).data),
        scale: own(checkTensor(tensors, 'scale', 'F64', [nFeatures], file).data),
        removesLevel,
      }
    : identityScale(nFeatures, removesLevel);
  if (nFeatures === 0 || scale.scale.some((value) => !(value > 0))) {
    throw new FormatError(`${file || 'the file'}: scale must be above 0 in every column; fit the model again`, file);
  }
  return { ...record, frontEnd, scale, latest: past ? read(LATEST) : inUse, best: past ? inUse : undefined };
}
