/** Files of features: what `features` and `transform` write, for other programs and for us to read. */
import { readFile } from 'node:fs/promises';
import { FormatError } from '../errors.ts';
import { encodeNpy } from '../library/npy.ts';
import { writeFileAtomic } from '../library/write.ts';
import { Matrix } from '../matrix.ts';
import { checkTensor, decodeModel, encodeModel } from '../model.ts';
import { writing } from './errors.ts';

/** The formats that are written. */
export const FEATURE_FORMATS = ['npy', 'safetensors'] as const;
export type FeatureFormat = (typeof FEATURE_FORMATS)[number];

/** What estimator a file of features names, in the place where a model names its class. */
const ESTIMATOR = 'Features';

/** What a file of features says beside its numbers. */
export interface FeatureParams {
  /** `"frames"`, `"windows"` or `"embedded"`. */
  readonly stage: string;
  /** Seconds of the input's start that were used; `null` for all. */
  readonly seconds: number | null;
}

/** The bytes of one matrix: a `.npy` array, or safetensors with the tensor `features` and the front end's record. */
export function encodeFeatures(matrix: Matrix, format: FeatureFormat, params: FeatureParams): Uint8Array {
  if (format === 'npy') return encodeNpy(matrix);
  const { data, rows, columns, frontEnd } = matrix;
  return encodeModel(ESTIMATOR, {
    tensors: { features: { dtype: 'F32', shape: [rows, columns], data } },
    params: { ...params },
    ...(frontEnd && { frontEnd }),
  });
}

/**
 * Writes one matrix, whole or not at all.
 *
 * @param path where to, absolute
 * @param name the same as a user knows it
 * @throws OutputError
 */
export async function writeFeatures(
  path: string,
  name: string,
  matrix: Matrix,
  format: FeatureFormat,
  params: FeatureParams,
): Promise<void> {
  const bytes = encodeFeatures(matrix, format, params);
  await writing(name, () => writeFileAtomic(path, bytes));
}

/** Reads features back from safetensors, their record with them. @throws FormatError when damaged or of another kind */
export async function readFeatures(path: string, name: string): Promise<Matrix> {
  const { tensors, frontEnd } = decodeModel(await readFile(path), ESTIMATOR, name);
  const { data, shape } = checkTensor(tensors, 'features', 'F32', [undefined, undefined], name);
  if (shape[0] === 0 || shape[1] === 0) throw new FormatError(`${name}: holds no features; make it anew`, name);
  return new Matrix(data, shape[0], shape[1], frontEnd);
}
