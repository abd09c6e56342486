/**
 * Features as a file, which one machine makes and another uses: a browser sends frames in place of sound, say.
 */
import { FormatError } from './errors.ts';
import { checkSamples } from './estimator.ts';
import { Matrix } from './matrix.ts';
import { checkTensor, decodeModel, encodeModel, type JsonObject } from './model.ts';

/** What a file of features names in the place where a model names its class. */
const ESTIMATOR = 'Features';

/**
 * One safetensors file with the tensor `features` and the front end's record, as `tunespace features --format safetensors`
 * writes it.
 *
 * @param X frames or windows, at least one row, finite
 * @param params whatever else is to be kept, as plain JSON; nothing unless given
 * @throws ParameterError on other matrices
 */
export function encodeFeatures(X: Matrix, params: JsonObject = {}): Uint8Array<ArrayBuffer> {
  const { data, rows, columns, frontEnd } = checkSamples('encodeFeatures', X, { minSamples: 1 });
  return encodeModel(ESTIMATOR, {
    tensors: { features: { dtype: 'F32', shape: [rows, columns], data } },
    params,
    ...(frontEnd && { frontEnd }),
  });
}

/**
 * Reads what `encodeFeatures` wrote: at least one row, finite, with its front end's record.
 *
 * @param bytes the whole file
 * @param file its name, for messages
 * @throws FormatError when the bytes are damaged, cut short, or another kind of file
 */
export function decodeFeatures(bytes: Uint8Array | ArrayBuffer, file = ''): Matrix {
  const { tensors, frontEnd } = decodeModel(bytes, ESTIMATOR, file);
  const { data, shape } = checkTensor(tensors, 'features', 'F32', [undefined, undefined], file);
  if (data.length === 0) throw new FormatError(`${file || 'the file'}: holds no features; make it anew`, file);
  return new Matrix(data, shape[0], shape[1], frontEnd);
}
