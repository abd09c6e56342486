/**
 * NumPy's `.npy` files: one array each, read and written as matrices.
 *
 * The format is NumPy's NEP 1 (numpy.lib.format): the magic `\x93NUMPY`, a version, the length of a header, the header
 * as the text of a Python dictionary with the keys `descr`, `fortran_order` and `shape`, then the values.
 */
import { open } from 'node:fs/promises';
import { FormatError } from '../errors.ts';
import { Matrix } from '../matrix.ts';

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  /** Type of the values: little-endian float32, float64 or int32. */
  readonly dtype: '<f4' | '<f8' | '<i4';
  /** Whether columns, not rows, are contiguous. */
  readonly fortranOrder: boolean;
  /** `(frames, dims)`, dims at least 1. */
  readonly shape: readonly [number, number];
  /** Where the values start, in bytes. */
  readonly dataOffset: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const sizes = { '<f4': 4, '<f8': 8, '<i4': 4 } as const;
// numpy.load itself refuses longer headers unless told to trust them.
const maxHeaderLength = 10_000;

/**
 * Reads the header at the start of `bytes`.
 *
 * @param bytes the file, or as much of its start as holds the header
 * @param byteLength length of the whole file, which the header must account for exactly
 * @param file its name, for messages
 * @throws FormatError when it is no `.npy` file, is cut short, or holds another type or shape than a matrix of numbers
 */
export function decodeNpyHeader(bytes: Uint8Array, byteLength: number, file = ''): NpyHeader {
  const refuse = (fault: string) => new FormatError(`${file || 'npy'}: ${fault}`, file);
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw refuse('not a .npy file; write it with numpy.save');
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw refuse(`format version ${version} is unknown; versions 1 to 3 are read`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (version > 1 && bytes.length < 12) throw refuse('cut short within its header; write it again');
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderLength) throw refuse(`its header claims ${length} bytes, more than any matrix needs`);
  if (bytes.length < start + length) throw refuse('cut short within its header; write it again');
  const text = new TextDecoder('utf-8').decode(bytes.subarray(start, start + length));
  const dtype = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)\b/.exec(text)?.[1];
  const shapeText = /['"]shape['"]\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (!/^\s*\{[\s\S]*\}\s*$/.test(text) || order === undefined || shapeText === undefined) {
    throw refuse(`its header is not one of NumPy's: ${JSON.stringify(text.slice(0, 60))}`);
  }
  if (dtype === undefined || !(dtype in sizes)) {
    throw refuse(
      `holds values of type ${JSON.stringify(dtype ?? 'structured')}; "<f4", "<f8" and "<i4" are read: save x.astype("<f4")`,
    );
  }
  const shape = shapeText.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
  if (shape.length !== 2 || shape[1] === 0) {
    throw refuse(`has the shape (${shapeText.trim()}); frames are a matrix (frames, dims) with dims at least 1`);
  }
  const [rows, columns] = shape;
  const header = {
    dtype: dtype as NpyHeader['dtype'],
    fortranOrder: order === 'True',
    shape: [rows, columns] as const,
    dataOffset: start + length,
  };
  // Beyond 2^53 the product is not exact, but then it is also no length of a file.
  const expected = rows * columns * sizes[header.dtype];
  const actual = byteLength - header.dataOffset;
  if (expected !== actual) {
    const remedy = actual < expected ? 'it was cut short: write it again' : 'write one array a file';
    throw refuse(`its header promises ${expected} bytes of values (${rows}, ${columns}), got ${actual}; ${remedy}`);
  }
  return header;
}

/** Reads no more than the header of a `.npy` file. @throws FormatError as `decodeNpyHeader` does */
export async function readNpyHeader(path: string): Promise<NpyHeader> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(new Uint8Array(maxHeaderLength + 12), { position: 0 });
    return decodeNpyHeader(buffer.subarray(0, bytesRead), size, path);
  } finally {
    await handle.close();
  }
}

/**
 * Decodes a `.npy` file to a matrix `(frames, dims)`. Float64 and int32 are rounded to float32; a column-major file is
 * turned to row-major.
 *
 * @param bytes the whole file
 * @param file its name, for messages
 * @throws FormatError as `decodeNpyHeader` does
 */
export function decodeNpy(bytes: Uint8Array, file = ''): Matrix {
  const { dtype, fortranOrder, shape, dataOffset } = decodeNpyHeader(bytes, bytes.length, file);
  const [rows, columns] = shape;
  // Copied to an aligned start, which typed arrays ask for and headers do not promise (a Buffer's slice is no copy).
  const { buffer } = new Uint8Array(bytes.subarray(dataOffset));
  const stored =
    dtype === '<f4' ? new Float32Array(buffer) : dtype === '<f8' ? new Float64Array(buffer) : new Int32Array(buffer);
  const data = stored instanceof Float32Array ? stored : Float32Array.from(stored);
  return new Matrix(fortranOrder ? transpose(data, columns, rows) : data, rows, columns);
}

/** `(rows, columns)` row-major to `(columns, rows)` row-major. */
function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j];
  }
  return turned;
}

/** Encodes a matrix as `.npy`, version 1.0, float32, row-major: what `numpy.load` reads back to the same bits. */
export function encodeNpy(matrix: Matrix): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${matrix.rows}, ${matrix.columns}), }`;
  // The values start at a multiple of 64, for mapping into memory, as NumPy's own do.
  const dataOffset = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const header = `${dictionary.padEnd(dataOffset - 11)}\n`;
  const bytes = new Uint8Array(dataOffset + matrix.data.byteLength);
  bytes.set([...magic, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  const { buffer, byteOffset, byteLength } = matrix.data;
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength), dataOffset);
  return bytes;
}
