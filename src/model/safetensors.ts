/**
 * The safetensors format (https://github.com/huggingface/safetensors), written in one order and read strictly.
 *
 *     8 bytes   length n of the header, unsigned, little-endian
 *     n bytes   header: JSON {"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets"}}, padded with spaces
 *     the rest  the tensors' values, little-endian, without gaps
 */
import { FormatError, ParameterError } from '../errors.ts';
import type { NumberArray } from '../kernels.ts';
import { asBytes, checkAttached, describe } from '../options.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';

/** The JavaScript array of each element type. */
export const TYPES = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;

/** The element types that we write and read; the JavaScript array of each is the one of that name. */
export type Dtype = keyof typeof TYPES;

/** Values of one type with a shape; `[]` is a single value. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

/** What a safetensors file holds. Both records have no prototype, so that a name can only find what the file holds. */
export interface Safetensors {
  readonly tensors: Record<string, Tensor>;
  readonly metadata: Record<string, string>;
}

/** Longest header that is written or read; the format's own limit is 100 MB, ours are a few kilobytes. */
const MAX_HEADER = 16 * 1024 * 1024;
const MAX_DIMENSIONS = 8;
/** Deepest nesting of a header or record; the format's own is 3. */
const MAX_NESTING = 100;
const MAX_EXTENT = 0x7fffffff;
const METADATA = '__metadata__';
/** A key that would reach an object's prototype in careless code; nobody needs it as a name. */
const FORBIDDEN = '__proto__';

/** Order of names that is the same everywhere. */
export const byCodeUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const sizeOf = (dtype: Dtype) => TYPES[dtype].BYTES_PER_ELEMENT;
const product = (shape: readonly number[]) => shape.reduce((all, extent) => all * extent, 1);
/** The bytes of an array, as a view. */
export const bytesOf = (data: NumberArray) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Tensors in the order of the file: larger elements first, so that each lies at a multiple of its own size; then names. */
const inOrder = (tensors: Record<string, Tensor>) =>
  Object.entries(tensors).sort(([a, x], [b, y]) => sizeOf(y.dtype) - sizeOf(x.dtype) || byCodeUnit(a, b));

function checkNamed(parameter: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new ParameterError(`encodeSafetensors: ${parameter} must be an object, got ${describe(value)}`, parameter);
}

function checkWritable(name: string, tensor: Tensor): void {
  const where = `encodeSafetensors: tensor ${describe(name)}`;
  if (typeof tensor !== 'object' || tensor === null) {
    throw new ParameterError(`${where}: must be { dtype, shape, data }, got ${describe(tensor)}`, 'tensors');
  }
  if (name === '' || name === METADATA || name === FORBIDDEN) {
    throw new ParameterError(`${where}: is not a name a tensor can have; use another one`, 'tensors');
  }
  const Type = Object.hasOwn(TYPES, tensor.dtype) ? TYPES[tensor.dtype] : undefined;
  if (!Type) throw new ParameterError(`${where}: dtype must be one of ${Object.keys(TYPES).join(', ')}`, 'tensors');
  if (!(tensor.data instanceof Type)) {
    throw new ParameterError(
      `${where}: data of dtype ${tensor.dtype} must be a ${Type.name}, got ${describe(tensor.data)}`,
      'tensors',
    );
  }
  checkAttached(where, 'data', tensor.data);
  const fault = shapeFault(tensor.shape) ?? sizeFault(tensor.shape, tensor.data.length);
  if (fault) throw new ParameterError(`${where}: ${fault}`, 'tensors');
}

/** What is wrong with a shape, or `undefined`. */
function shapeFault(shape: unknown): string | undefined {
  if (!Array.isArray(shape)) return `shape must be a list of numbers, got ${describe(shape)}`;
  if (shape.length > MAX_DIMENSIONS) return `shape has ${shape.length} dimensions, the most is ${MAX_DIMENSIONS}`;
  const bad = shape.findIndex((extent) => !Number.isInteger(extent) || extent < 0 || extent > MAX_EXTENT);
  if (bad >= 0) return `shape[${bad}] must be a whole number from 0 to ${MAX_EXTENT}, got ${describe(shape[bad])}`;
  return undefined;
}

const sizeFault = (shape: readonly number[], length: number): string | undefined =>
  product(shape) === length ? undefined : `shape [${shape.join(', ')}] does not fit ${length} values`;

/**
 * The bytes of a safetensors file. The same content gives the same bytes, whatever the order of its keys.
 *
 * @param tensors by name
 * @param metadata strings by name
 * @throws ParameterError on data that does not fit dtype and shape, metadata that is not text, or more than 16 MB of header
 */
export function encodeSafetensors(
  tensors: Record<string, Tensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  checkNamed('tensors', tensors);
  checkNamed('metadata', metadata);
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== 'string' || name === FORBIDDEN) {
      throw new ParameterError(
        `encodeSafetensors: metadata ${describe(name)} must be a string under another name than ${FORBIDDEN}, got ` +
          describe(value),
        'metadata',
      );
    }
  }
  const texts = Object.entries(metadata)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  // Entries are joined by hand: an object would move names such as "7" to the front.
  const entries = texts.length > 0 ? [`${JSON.stringify(METADATA)}:{${texts.join(',')}}`] : [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) checkWritable(name, tensor);
  const ordered = inOrder(tensors);
  for (const [name, tensor] of ordered) {
    const { dtype, shape, data } = tensor;
    const info = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    offset += data.byteLength;
  }
  const header = encodeUtf8(`{${entries.join(',')}}`);
  const padded = Math.ceil(header.length / 8) * 8;
  if (padded > MAX_HEADER) {
    throw new ParameterError(
      `encodeSafetensors: names, metadata and shapes take ${padded} bytes, the most is ${MAX_HEADER}; use fewer or shorter ones`,
      'metadata',
    );
  }
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setUint32(0, padded, true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.length, 8 + padded);
  let position = 8 + padded;
  for (const [, { data }] of ordered) {
    file.set(bytesOf(data), position);
    position += data.byteLength;
  }
  return file;
}

/** Throws a FormatError about one file. */
export type Refuse = (fault: string) => never;

/** Makes what throws the FormatErrors about `file`. */
export const refusal =
  (file: string): Refuse =>
  (fault) => {
    throw new FormatError(`${file || 'the file'}: ${fault}`, file);
  };

/** The remedy for bytes that are not what they should be. */
export const DAMAGED = 'the file is damaged or is not a safetensors file; fetch or save it again';

/** Text and length of the header. */
function readHeader(bytes: Uint8Array, refuse: Refuse): { text: string; end: number } {
  if (bytes.length < 8) refuse(`holds ${bytes.length} bytes, a header alone takes 8; ${DAMAGED}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
  if (length > MAX_HEADER) refuse(`header length ${length} is beyond the most, ${MAX_HEADER}; ${DAMAGED}`);
  if (8 + length > bytes.length) {
    refuse(`header length ${length} is beyond the ${bytes.length - 8} bytes that follow: cut short; ${DAMAGED}`);
  }
  let text = '';
  try {
    text = decodeUtf8(bytes.subarray(8, 8 + length));
  } catch {
    refuse(`header is not UTF-8 text; ${DAMAGED}`);
  }
  return { text, end: 8 + length };
}

/** The first key that an object of a (valid) JSON text has twice, or `undefined`: `JSON.parse` keeps the last in silence. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
      let next = i + 1;
      while (' \t\n\r'.includes(json[next])) next++;
      if (json[next] !== ':') continue;
      const key = JSON.parse(json.slice(start, i + 1));
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/**
 * Whether brackets are nested beyond `MAX_NESTING`. Looked at before parsing: a header of nothing but brackets, 16 MB of
 * them, took 2 GB of memory.
 */
function nestsTooDeep(json: string): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') {
      for (i++; i < json.length && json[i] !== '"'; i++) if (json[i] === '\\') i++;
    } else if (character === '{' || character === '[') {
      if (++depth > MAX_NESTING) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}

/** JSON text that must be an object without repeated or forbidden keys. */
export function parseObject(text: string, what: string, refuse: Refuse): Record<string, unknown> {
  if (nestsTooDeep(text)) refuse(`${what} is nested more than ${MAX_NESTING} deep; ${DAMAGED}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse(`${what} is not JSON: ${describe(text)}; ${DAMAGED}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${what} must be a JSON object, got ${describe(value)}; ${DAMAGED}`);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) refuse(`${what} names ${describe(twice)} twice; ${DAMAGED}`);
  const object = value as Record<string, unknown>;
  if (Object.hasOwn(object, FORBIDDEN)) refuse(`${what} must not use the name "${FORBIDDEN}"; ${DAMAGED}`);
  return object;
}

function readMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  if (value === undefined) return metadata;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${METADATA} must be an object of strings, got ${describe(value)}; ${DAMAGED}`);
  }
  for (const [name, text] of Object.entries(value as object)) {
    if (typeof text !== 'string') {
      refuse(`${METADATA}.${name} must be a string, got ${describe(text)}; ${DAMAGED}`);
    }
    if (name === FORBIDDEN) refuse(`${METADATA} must not use the name "${FORBIDDEN}"; ${DAMAGED}`);
    metadata[name] = text;
  }
  return metadata;
}

/** One tensor's entry of the header, checked. */
interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function readEntry(name: string, value: unknown, room: number, refuse: Refuse): Entry {
  const where = `tensor ${describe(name)}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${where} must be described by an object, got ${describe(value)}; ${DAMAGED}`);
  }
  const info = value as Record<string, unknown>;
  const unknown = Object.keys(info).find((key) => !['dtype', 'shape', 'data_offsets'].includes(key));
  if (unknown !== undefined) refuse(`${where} has an unknown field ${describe(unknown)}; ${DAMAGED}`);
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    const known = Object.keys(TYPES).join(', ');
    refuse(`${where} has dtype ${describe(dtype)}, which is not read here; save it as one of ${known}`);
  }
  const fault = shapeFault(shape);
  if (fault) refuse(`${where}: ${fault}; ${DAMAGED}`);
  const good = Array.isArray(offsets) && offsets.length === 2 && offsets.every(Number.isSafeInteger);
  const [begin, end] = good ? (offsets as [number, number]) : refuse(`${where} needs two data_offsets; ${DAMAGED}`);
  if (!(begin >= 0 && begin <= end && end <= room)) {
    refuse(`${where} has data_offsets ${begin} to ${end} in ${room} bytes of data: cut short, or lying; ${DAMAGED}`);
  }
  const size = sizeFault(shape as number[], (end - begin) / sizeOf(dtype as Dtype));
  if (size) refuse(`${where}: ${size} of ${dtype}; ${DAMAGED}`);
  // JSON can spell a zero with a sign.
  return { name, dtype: dtype as Dtype, shape: (shape as number[]).map((extent) => extent + 0), begin, end };
}

/** Refuses tensors that overlap, or that leave bytes to nobody. */
function checkCoverage(entries: readonly Entry[], room: number, refuse: Refuse): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < position) refuse(`tensor ${describe(name)} overlaps the one before it; ${DAMAGED}`);
    if (begin > position) refuse(`${begin - position} bytes before tensor ${describe(name)} are nobody's; ${DAMAGED}`);
    position = end;
  }
  if (position < room) refuse(`the last ${room - position} bytes are nobody's; ${DAMAGED}`);
}

/**
 * Reads a safetensors file. The values are copies.
 *
 * @param bytes the whole file
 * @param file its name, for messages
 * @throws FormatError naming the file, the field and the remedy, on anything that the format does not allow, on more than
 *   16 MB of header, and on element types other than F64, F32, I32, U32 and U8
 */
export function decodeSafetensors(bytes: Uint8Array | ArrayBuffer, file = ''): Safetensors {
  const all = asBytes('decodeSafetensors', bytes);
  const refuse = refusal(file);
  const { text, end } = readHeader(all, refuse);
  const header = parseObject(text, 'header', refuse);
  const metadata = readMetadata(header[METADATA], refuse);
  const data = all.subarray(end);
  const entries = Object.keys(header)
    .filter((name) => name !== METADATA)
    .map((name) => readEntry(name, header[name], data.length, refuse));
  checkCoverage(entries, data.length, refuse);
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { name, dtype, shape, begin, end: stop } of entries) {
    // A copy of its own, because a view needs an offset that is a multiple of the element's size.
    const own = data.slice(begin, stop).buffer as ArrayBuffer;
    tensors[name] = { dtype, shape, data: new TYPES[dtype](own) };
  }
  return { tensors, metadata };
}
