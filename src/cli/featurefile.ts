/** Files of features: what `features` and `transform` write, for other programs and for us to read. */
import { readFile } from 'node:fs/promises';
import { decodeFeatures, encodeFeatures } from '../features.ts';
import { encodeNpy } from '../library/npy.ts';
import { writeFileAtomic } from '../library/write.ts';
import type { Matrix } from '../matrix.ts';
import { writing } from './errors.ts';
import { checkKind } from './kinds.ts';

/** The formats that are written. */
export const FEATURE_FORMATS = ['npy', 'safetensors'] as const;
export type FeatureFormat = (typeof FEATURE_FORMATS)[number];

/** What a file of features says beside its numbers. */
export interface FeatureParams {
  /** `"frames"`, `"windows"` or `"embedded"`. */
  readonly stage: string;
  /** Seconds of the input's start that were used; `null` for all. */
  readonly seconds: number | null;
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
  const bytes = format === 'npy' ? encodeNpy(matrix) : encodeFeatures(matrix, { ...params });
  await writing(name, () => writeFileAtomic(path, bytes));
}

/** Reads features back from safetensors, their record with them. @throws FormatError when damaged or of another kind */
export async function readFeatures(path: string, name: string): Promise<Matrix> {
  const bytes = await readFile(path);
  checkKind(bytes, 'Features', name);
  return decodeFeatures(bytes, name);
}
