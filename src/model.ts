/**
 * The bytes of everything that is learned: one safetensors file.
 *
 * `encodeSafetensors` and `decodeSafetensors` are that format; `encodeModel` and `decodeModel` are ours on top of it: who
 * made the file, with which front end and parameters, and a checksum, so that a damaged file is refused instead of giving
 * other answers.
 */
import { FormatError, ParameterError } from './errors.ts';
import { type FrontEnd, parseFrontEnd } from './frontend.ts';
import type { NumberArray } from './kernels.ts';
import {
  byCodeUnit,
  bytesOf,
  DAMAGED,
  type Dtype,
  decodeSafetensors,
  encodeSafetensors,
  parseObject,
  type Refuse,
  refusal,
  type Safetensors,
  type Tensor,
  type TYPES,
} from './model/safetensors.ts';
import { describe, findNonFinite } from './options.ts';
import { encodeUtf8 } from './utf8.ts';

export { type Dtype, decodeSafetensors, encodeSafetensors, type Safetensors, type Tensor };

/** A plain JSON object. */
export type JsonObject = { readonly [key: string]: unknown };

/** What an estimator's file holds. */
export interface ModelContent {
  /** What was learned. */
  readonly tensors: Record<string, Tensor>;
  /** How the features it was fitted on were made; absent where they carried no record. */
  readonly frontEnd?: FrontEnd;
  /** The constructor's options. */
  readonly params: JsonObject;
  /** Names of the classes, in the order of the tensors' rows. */
  readonly classes?: readonly string[];
  /** Whatever else the estimator keeps: its training record, names of datasets. */
  readonly record?: JsonObject;
}

const FORMAT = 'tunespace';
const FORMAT_VERSION = '1';

/** FNV-1a (32 bits) going on from `hash`. */
function fnv1a(bytes: Uint8Array, hash: number): number {
  let value = hash;
  for (let i = 0; i < bytes.length; i++) value = Math.imul(value ^ bytes[i], 0x01000193);
  return value;
}

/**
 * Eight hexadecimal digits that name a content: FNV-1a over its parts, each closed by its length.
 *
 * Equal contents have equal names on every machine. It tells spaces and training sets apart; it is no protection against
 * someone who wants two contents to share a name.
 */
export function fingerprint(parts: Iterable<NumberArray | string>): string {
  let hash = 0x811c9dc5 | 0;
  for (const part of parts) {
    const bytes = typeof part === 'string' ? encodeUtf8(part) : bytesOf(part);
    hash = fnv1a(bytes, hash);
    hash = fnv1a(encodeUtf8(`|${bytes.length}|`), hash);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Names a file's whole content, whatever the order or spacing it is written in. */
function checksum({ tensors, metadata }: Safetensors): string {
  const texts = Object.keys(metadata)
    .filter((name) => name !== 'checksum')
    .sort(byCodeUnit);
  const names = Object.keys(tensors).sort(byCodeUnit);
  return fingerprint([
    ...texts.flatMap((name) => [name, metadata[name]]),
    ...names.flatMap((name) => {
      const { dtype, shape, data } = tensors[name];
      return [name, dtype, shape.join(), data];
    }),
  ]);
}

/**
 * The file of an estimator: its tensors, and as metadata `format`, `formatVersion`, `estimator`, `checksum` and, as JSON,
 * `params`, `frontEnd`, `classes` and `record`.
 *
 * @param estimator the class's name, e.g. `"Wsabie"`
 * @throws ParameterError as `encodeSafetensors`
 */
export function encodeModel(estimator: string, content: ModelContent): Uint8Array<ArrayBuffer> {
  const { tensors, frontEnd, params, classes, record } = content;
  const metadata: Record<string, string> = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    estimator,
    params: JSON.stringify(params),
  };
  if (frontEnd) metadata.frontEnd = JSON.stringify(frontEnd);
  if (classes) metadata.classes = JSON.stringify(classes);
  if (record) metadata.record = JSON.stringify(record);
  metadata.checksum = checksum({ tensors, metadata });
  return encodeSafetensors(tensors, metadata);
}

function readClasses(text: string, refuse: Refuse): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse(`classes are not JSON; ${DAMAGED}`);
  }
  if (!Array.isArray(value) || !value.every((label) => typeof label === 'string')) {
    refuse(`classes must be a list of strings; ${DAMAGED}`);
  }
  return value as string[];
}

/**
 * Reads the file of an estimator.
 *
 * @param bytes the whole file
 * @param estimator the class that wants it
 * @param file its name, for messages
 * @throws FormatError naming the file, the field and the remedy: not ours, of another version or estimator, damaged
 */
export function decodeModel(bytes: Uint8Array | ArrayBuffer, estimator: string, file = ''): ModelContent {
  const content = decodeSafetensors(bytes, file);
  const refuse = refusal(file);
  const { tensors, metadata } = content;
  if (metadata.format !== FORMAT) {
    refuse(`is a safetensors file, but not a tunespace model (format ${describe(metadata.format)}); give one of those`);
  }
  if (metadata.formatVersion !== FORMAT_VERSION) {
    refuse(
      `has format version ${describe(metadata.formatVersion)}, this release reads "${FORMAT_VERSION}"; use the release ` +
        'that wrote it, or fit the model again',
    );
  }
  if (metadata.checksum !== checksum(content)) refuse(`checksum does not fit the content; ${DAMAGED}`);
  if (metadata.estimator !== estimator) {
    refuse(
      `holds a ${metadata.estimator}, not a ${estimator}; load it with ${metadata.estimator}.fromBytes, or give another file`,
    );
  }
  const { params, frontEnd, classes, record } = metadata;
  return {
    tensors,
    params: parseObject(params ?? '', 'params', refuse),
    ...(frontEnd !== undefined && { frontEnd: withFormatError(file, () => parseFrontEnd('frontEnd', frontEnd)) }),
    ...(classes !== undefined && { classes: readClasses(classes, refuse) }),
    ...(record !== undefined && { record: parseObject(record, 'record', refuse) }),
  };
}

/**
 * Runs a check of what came from a file, such as the constructor of an estimator on the file's `params`.
 *
 * @throws FormatError where `work` throws a ParameterError: the file is to blame, not the caller
 */
export function withFormatError<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof ParameterError)) throw cause;
    throw new FormatError(`${file || 'the file'}: ${cause.message}; ${DAMAGED}`, file, { cause });
  }
}

/**
 * One tensor of a file, with the type and shape that the estimator needs.
 *
 * @param shape its extents; `undefined` where any will do
 * @throws FormatError when it is missing, of another type or shape, or holds NaN or infinity
 */
export function checkTensor<D extends Dtype>(
  tensors: Record<string, Tensor>,
  name: string,
  dtype: D,
  shape: readonly (number | undefined)[],
  file = '',
): { data: InstanceType<(typeof TYPES)[D]>; shape: readonly number[] } {
  const refuse = refusal(file);
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : refuse(`has no tensor "${name}"; ${DAMAGED}`);
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((extent, i) => extent === undefined || extent === tensor.shape[i]);
  if (tensor.dtype !== dtype || !fits) {
    const wanted = shape.map((extent) => extent ?? 'any').join(', ');
    refuse(
      `tensor "${name}" must be ${dtype} of shape [${wanted}], got ${tensor.dtype} of [${tensor.shape.join(', ')}]; ${DAMAGED}`,
    );
  }
  const bad = findNonFinite(tensor.data);
  if (bad >= 0) refuse(`tensor "${name}" holds ${tensor.data[bad]} at ${bad}; fit the model again`);
  return { data: tensor.data as InstanceType<(typeof TYPES)[D]>, shape: tensor.shape };
}
