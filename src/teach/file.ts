/** A fitted few-shot classifier as the content of a model file, and back. It holds its space, so that it needs nothing beside it. */
import { ParameterError } from '../errors.ts';
import { encodeLabels } from '../estimator.ts';
import type { FrontEnd } from '../frontend.ts';
import { checkTensor, decodeModel, encodeModel, type JsonObject, type Tensor, withFormatError } from '../model.ts';
import { checkNumber } from '../options.ts';
import { Wsabie } from '../wsabie.ts';
import { type ColumnScale, joinedColumns, pieceColumns } from './features.ts';
import type { FewShotValidation } from './validation.ts';

/** The linear map of two labels or more. */
export interface Linear {
  readonly scale: ColumnScale;
  /** `(classes, 3 * columns)`, row by row. */
  readonly coef: Float64Array;
  readonly intercept: Float64Array;
  readonly sharpness: number;
  readonly validation: FewShotValidation;
}

/** What was learned: a map, or the examples of the one label. */
export interface Taught {
  readonly classes: readonly string[];
  /** Record of the joined windows. */
  readonly frontEnd: FrontEnd | undefined;
  readonly linear: Linear | undefined;
  /** Directions `(examples, 4 * nComponents)` of the one label, row by row. */
  readonly examples: Float32Array | undefined;
}

const ESTIMATOR = 'FewShotClassifier';

/** The file: tensors `space` (the space's own file), and `mean`, `factor`, `coef` and `intercept`, or `examples`. */
export function toFile(space: Wsabie, params: JsonObject, { classes, frontEnd, linear, examples }: Taught) {
  const file = space.toBytes();
  const width = 4 * space.params.nComponents;
  const tensors: Record<string, Tensor> = { space: { dtype: 'U8', shape: [file.length], data: file } };
  if (linear) {
    const { scale, coef, intercept } = linear;
    tensors.mean = { dtype: 'F64', shape: [scale.mean.length], data: scale.mean };
    tensors.factor = { dtype: 'F64', shape: [scale.factor.length], data: scale.factor };
    tensors.coef = { dtype: 'F64', shape: [classes.length, coef.length / classes.length], data: coef };
    tensors.intercept = { dtype: 'F64', shape: [classes.length], data: intercept };
  }
  if (examples) tensors.examples = { dtype: 'F32', shape: [examples.length / width, width], data: examples };
  const record = linear ? { sharpness: linear.sharpness, validation: { ...linear.validation } } : {};
  return encodeModel(ESTIMATOR, { tensors, params, classes, record, ...(frontEnd && { frontEnd }) });
}

/** Reads it. @throws FormatError when the bytes are damaged, cut short, or another estimator's */
export function fromFile(
  bytes: Uint8Array | ArrayBuffer,
  file = '',
): { space: Wsabie; params: JsonObject; taught: Taught } {
  const { tensors, params, frontEnd, classes = [], record = {} } = decodeModel(bytes, ESTIMATOR, file);
  return withFormatError(file, () => {
    const space = Wsabie.fromBytes(checkTensor(tensors, 'space', 'U8', [undefined], file).data, file);
    if (classes.length === 0 || encodeLabels('classes', classes).classes_.some((label, i) => label !== classes[i])) {
      throw new ParameterError('classes must be one or more words in order', 'classes');
    }
    if (classes.length === 1) {
      const { data } = checkTensor(tensors, 'examples', 'F32', [undefined, 4 * space.params.nComponents], file);
      return { space, params, taught: { classes, frontEnd, linear: undefined, examples: data } };
    }
    const mean = checkTensor(tensors, 'mean', 'F64', [joinedColumns(space)], file).data;
    const factor = checkTensor(tensors, 'factor', 'F64', [joinedColumns(space)], file).data;
    const coef = checkTensor(tensors, 'coef', 'F64', [classes.length, pieceColumns(space)], file).data;
    const intercept = checkTensor(tensors, 'intercept', 'F64', [classes.length], file).data;
    const sharpness = checkNumber('record', 'sharpness', record.sharpness, { above: 0 });
    const validation = checkValidation(record.validation);
    const linear = { scale: { mean, factor }, coef, intercept, sharpness, validation };
    return { space, params, taught: { classes, frontEnd, linear, examples: undefined } };
  });
}

/** The judgement that came with a file. */
function checkValidation(value: unknown): FewShotValidation {
  const found = (value ?? {}) as FewShotValidation;
  for (const name of ['accuracy', 'standardError', 'chance'] as const) {
    checkNumber('validation', name, found[name], { min: 0, max: 1 });
  }
  for (const name of ['folds', 'repeats'] as const)
    checkNumber('validation', name, found[name], { min: 1, integer: true });
  const isWhole =
    typeof found.distinguishable === 'boolean' &&
    typeof found.grouped === 'boolean' &&
    Array.isArray(found.predictions) &&
    Array.isArray(found.confusion?.classes) &&
    Array.isArray(found.confusion?.counts);
  if (!isWhole) throw new ParameterError('validation must say what was found', 'validation');
  return found;
}
