import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, ParameterError } from '../src/errors.ts';
import {
  checkTensor,
  type Dtype,
  decodeModel,
  decodeSafetensors,
  encodeModel,
  encodeSafetensors,
  fingerprint,
  type Tensor,
  withFormatError,
} from '../src/model.ts';

const read = (name: string) => new Uint8Array(readFileSync(new URL(`./golden/model/${name}`, import.meta.url)));
const f32 = (shape: number[], ...data: number[]): Tensor => ({ dtype: 'F32', shape, data: Float32Array.from(data) });

/** The content of test/golden/model/make.py. */
const tensors: Record<string, Tensor> = {
  weights: f32([3, 4], ...Array.from({ length: 12 }, (_, i) => i / 7)),
  mean: { dtype: 'F64', shape: [5], data: Float64Array.from({ length: 5 }, (_, i) => i / 3) },
  signed: { dtype: 'I32', shape: [2, 1], data: Int32Array.of(-1, 2147483647) },
  unsigned: { dtype: 'U32', shape: [1], data: Uint32Array.of(4294967295) },
  bytes: { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) },
  empty: f32([0, 4]),
  7: f32([], 0.5),
};
const metadata = { format: 'test', unicode: 'ünï"\\\n🎵', '': 'empty name' };

/** A file with this header and this many bytes of data. */
function file(header: string | object, room = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + room);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

describe('safetensors', () => {
  it("reads a file of Python's safetensors", () => {
    const decoded = decodeSafetensors(read('python.safetensors'));
    expect({ ...decoded.tensors }).toEqual(tensors);
    expect({ ...decoded.metadata }).toEqual(metadata);
  });

  it('writes the bytes that Python has read', () => {
    expect(encodeSafetensors(tensors, metadata)).toEqual(read('ours.safetensors'));
  });

  it('writes the same bytes for any order of keys, each tensor at a multiple of its element size', () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    const bytes = encodeSafetensors(reversed, Object.fromEntries(Object.entries(metadata).reverse()));
    expect(bytes).toEqual(encodeSafetensors(tensors, metadata));
    const length = new DataView(bytes.buffer).getUint32(0, true);
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    for (const [name, tensor] of Object.entries(tensors)) {
      expect(header[name].data_offsets[0] % tensor.data.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  it('reads from an ArrayBuffer and from an odd offset, and gives copies', () => {
    const bytes = encodeSafetensors(tensors);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const view = shifted.subarray(3);
    const decoded = decodeSafetensors(view);
    expect({ ...decodeSafetensors(bytes.buffer).tensors }).toEqual({ ...decoded.tensors });
    shifted.fill(0);
    expect(decoded.tensors.weights.data[1]).toBeCloseTo(1 / 7);
  });

  it('knows no names but those of the file', () => {
    const decoded = decodeSafetensors(encodeSafetensors({}));
    expect('constructor' in decoded.tensors).toBe(false);
    expect(decoded.metadata.toString).toBeUndefined();
  });

  const names = fc.string({ unit: 'binary', minLength: 1 }).filter((name) => !/^__(proto|metadata)__$/.test(name));
  const types = { F32: Float32Array, F64: Float64Array, I32: Int32Array, U32: Uint32Array, U8: Uint8Array };
  const anyTensor = fc
    .tuple(fc.constantFrom<Dtype>('F32', 'F64', 'I32', 'U32', 'U8'), fc.array(fc.nat(4), { maxLength: 3 }))
    .chain(([dtype, shape]) =>
      fc
        .array(fc.nat(255), {
          minLength: shape.reduce((all, n) => all * n, 1),
          maxLength: shape.reduce((all, n) => all * n, 1),
        })
        .map((values): Tensor => ({ dtype, shape, data: types[dtype].from(values) })),
    );

  it('gives back what it was given', () => {
    fc.assert(
      fc.property(
        fc.dictionary(names, anyTensor, { maxKeys: 5 }),
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__'),
          fc.string({ unit: 'binary' }),
          { maxKeys: 4 },
        ),
        (given, texts) => {
          const decoded = decodeSafetensors(encodeSafetensors(given, texts));
          expect({ ...decoded.tensors }).toEqual({ ...given });
          expect({ ...decoded.metadata }).toEqual({ ...texts });
        },
      ),
    );
  });
});

describe('encodeSafetensors refuses', () => {
  it.each([
    ['a shape that does not fit', { a: f32([2], 1) }, 'shape [2] does not fit 1 values'],
    ['another array', { a: { dtype: 'F32', shape: [1], data: Float64Array.of(1) } }, 'must be a Float32Array'],
    ['an unknown dtype', { a: { dtype: 'F16', shape: [1], data: Float32Array.of(1) } }, 'one of F64, F32'],
    ['a negative extent', { a: f32([-1], 1) }, 'shape[0] must be a whole number'],
    ['an empty name', { '': f32([], 1) }, 'not a name'],
    ['no tensors', null, 'tensors must be an object'],
    ['a tensor that is none', { a: null }, 'must be { dtype, shape, data }'],
    ['the name of the metadata', { __metadata__: f32([], 1) }, 'not a name'],
    ['the name of the prototype', JSON.parse('{"__proto__": {}}'), 'not a name'],
  ])('%s', (_, bad, words) => {
    expect(() => encodeSafetensors(bad as never)).toThrow(ParameterError);
    expect(() => encodeSafetensors(bad as never)).toThrow(words);
  });

  it('metadata that is not text, or longer than a reader takes', () => {
    expect(() => encodeSafetensors({}, { a: 1 as never })).toThrow('must be a string');
    expect(() => encodeSafetensors({}, null as never)).toThrow(ParameterError);
    expect(() => encodeSafetensors({}, { a: 'x'.repeat(17 * 1024 * 1024) })).toThrow('the most is 16777216');
  });
});

describe('decodeSafetensors refuses', () => {
  const one = (fields: object) => ({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields } });
  const two = (begin: number, end: number) => ({
    ...one({}),
    b: { dtype: 'F32', shape: [1], data_offsets: [begin, end] },
  });
  const huge = new Uint8Array(16);
  new DataView(huge.buffer).setUint32(0, 17 * 1024 * 1024, true);
  const lying = new Uint8Array(16);
  new DataView(lying.buffer).setUint32(4, 1, true);

  it.each([
    ['no bytes', new Uint8Array(0), 'holds 0 bytes'],
    ['a header beyond the limit', huge, 'is beyond the most'],
    ['a length of 64 bits', lying, 'is beyond the most'],
    ['a header that is cut short', file({}).subarray(0, 9), 'cut short'],
    ['data that is cut short', file(one({}), 3), 'in 3 bytes of data'],
    ['bytes behind the data', file(one({}), 8), "the last 4 bytes are nobody's"],
    ['a gap', file(two(8, 12), 12), '4 bytes before tensor "b" are nobody\'s'],
    ['an overlap', file(two(2, 6), 6), 'overlaps'],
    ['the same bytes twice', file(two(0, 4), 4), 'overlaps'],
    ['offsets in reverse', file(one({ data_offsets: [4, 0] }), 4), 'data_offsets 4 to 0'],
    ['negative offsets', file(one({ data_offsets: [-4, 0] }), 4), 'data_offsets -4 to 0'],
    ['offsets that are no integers', file(one({ data_offsets: [0, 3.5] }), 4), 'needs two data_offsets'],
    ['three offsets', file(one({ data_offsets: [0, 4, 4] }), 4), 'needs two data_offsets'],
    ['an unknown dtype', file(one({ dtype: 'BF16' }), 4), 'has dtype "BF16"'],
    ['a dtype of the prototype', file(one({ dtype: 'constructor' }), 4), 'has dtype "constructor"'],
    ['a shape that does not fit', file(one({ shape: [2] }), 4), 'shape [2] does not fit 1 values'],
    ['a shape that is no list', file(one({ shape: 1 }), 4), 'shape must be a list'],
    ['a shape of fractions', file(one({ shape: [0.25, 4] }), 4), 'shape[0] must be a whole number'],
    ['an extent beyond 2^31', file(one({ shape: [0, 2 ** 40], data_offsets: [0, 0] })), 'shape[1] must be a whole'],
    ['nine dimensions', file(one({ shape: new Array(9).fill(1) }), 4), '9 dimensions'],
    ['a tensor that is no object', file({ a: 1 }), 'must be described by an object'],
    ['an unknown field', file(one({ strides: [1] }), 4), 'unknown field "strides"'],
    ['a header that is no JSON', file('{"a":'), 'header is not JSON'],
    ['a header that is a list', file('[]'), 'must be a JSON object'],
    ['a header that is no UTF-8', file('{}').fill(0xff, 8), 'not UTF-8'],
    ['deep nesting', file('['.repeat(1_000_000)), 'header'],
    ['deep nesting that is JSON', file(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`), 'nested more than 100 deep'],
    ['a name twice', file('{"__metadata__":{},"a":1,"\\u0061":1}'), 'names "a" twice'],
    ['a key of the metadata twice', file('{"__metadata__":{"k":"v","k":"w"}}'), 'names "k" twice'],
    ['metadata that is no object', file({ __metadata__: [] }), '__metadata__ must be an object'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), '__metadata__.a must be a string'],
    ['__proto__ as a tensor', file('{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4), '__proto__'],
    ['__proto__ as metadata', file('{"__metadata__":{"__proto__":"x"}}'), '__proto__'],
  ])('%s, naming file and fault', (_, bytes, words) => {
    expect(() => decodeSafetensors(bytes, 'space.safetensors')).toThrow(FormatError);
    expect(() => decodeSafetensors(bytes, 'space.safetensors')).toThrow(words);
    expect(() => decodeSafetensors(bytes, 'space.safetensors')).toThrow(/^space\.safetensors: .*(again|one of)/s);
    expect(() => decodeSafetensors(bytes, 'space.safetensors')).toThrow(
      expect.objectContaining({ file: 'space.safetensors' }),
    );
  });

  it('no brackets within names', () => {
    const name = `${'['.repeat(200)}\\"{`;
    expect(Object.keys(decodeSafetensors(encodeSafetensors({ [name]: f32([1], 1) })).tensors)).toEqual([name]);
  });

  it('what is not bytes, as a fault of the caller', () => {
    expect(() => decodeSafetensors('{}' as never)).toThrow(ParameterError);
  });
});

describe('model', () => {
  const content = {
    tensors: { W: f32([2, 2], 1, 2, 3, 4), steps: { dtype: 'U32' as const, shape: [], data: Uint32Array.of(7) } },
    frontEnd: { kind: 'logMel', sr: 22050, center: false },
    params: { alpha: 0.01, deep: { list: [1, null] } },
    classes: ['rock', 'ünï'],
    record: { batches: 3 },
  };
  const bytes = encodeModel('Linear', content);

  it('gives back what it was given', () => {
    const decoded = decodeModel(bytes, 'Linear');
    expect({ ...decoded, tensors: { ...decoded.tensors } }).toEqual(content);
    const bare = decodeModel(encodeModel('Linear', { tensors: {}, params: {} }), 'Linear');
    expect({ ...bare, tensors: { ...bare.tensors } }).toEqual({ tensors: {}, params: {} });
  });

  it('is a file of metadata that other programs read', () => {
    const { metadata: texts } = decodeSafetensors(bytes);
    expect(texts).toMatchObject({ format: 'tunespace', formatVersion: '1', estimator: 'Linear' });
    expect(JSON.parse(texts.classes)).toEqual(content.classes);
  });

  it('survives another writer that keeps the content', () => {
    const { tensors: values, metadata: texts } = decodeSafetensors(bytes);
    const header: Record<string, unknown> = { __metadata__: texts };
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (const [name, { dtype, shape, data }] of Object.entries(values).reverse()) {
      header[name] = { data_offsets: [offset, offset + data.byteLength], shape, dtype };
      parts.push(new Uint8Array(data.buffer));
      offset += data.byteLength;
    }
    const other = file(JSON.stringify(header, null, 2), offset);
    let position = other.length - offset;
    for (const part of parts) {
      other.set(part, position);
      position += part.length;
    }
    expect(decodeModel(other, 'Linear')).toEqual(decodeModel(bytes, 'Linear'));
  });

  it.each([
    ['another estimator', bytes, 'Wsabie', 'load it with Linear.fromBytes'],
    ['a foreign file', encodeSafetensors({}), 'Linear', 'not a tunespace model'],
    ['another version', encodeSafetensors({}, { format: 'tunespace', formatVersion: '2' }), 'Linear', 'reads "1"'],
    ['no checksum', encodeSafetensors({}, { format: 'tunespace', formatVersion: '1' }), 'Linear', 'checksum'],
    ['parameters that are no object', encodeModel('Linear', { tensors: {}, params: [] as never }), 'Linear', 'params'],
    [
      'a nested record',
      encodeModel('Linear', { tensors: {}, params: {}, frontEnd: { a: {} } as never }),
      'Linear',
      'must be a flat object',
    ],
    [
      'classes of numbers',
      encodeModel('Linear', { tensors: {}, params: {}, classes: [1] as never }),
      'Linear',
      'classes',
    ],
  ])('refuses %s', (_, bad, estimator, words) => {
    expect(() => decodeModel(bad, estimator, 'm.safetensors')).toThrow(FormatError);
    expect(() => decodeModel(bad, estimator, 'm.safetensors')).toThrow(words);
    expect(() => decodeModel(bad, estimator, 'm.safetensors')).toThrow(/^m\.safetensors: /);
  });

  it('is refused after any damage, or reads equal', () => {
    const whole = decodeModel(bytes, 'Linear');
    const outcome = (damaged: Uint8Array) => {
      try {
        return decodeModel(damaged, 'Linear');
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        return whole;
      }
    };
    for (let cut = 0; cut < bytes.length; cut++) expect(outcome(bytes.subarray(0, cut))).toEqual(whole);
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = bytes.slice();
        for (const [position, value] of changes) damaged[position] = value;
        expect(outcome(damaged)).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what estimators check', () => {
  it('checkTensor gives type and shape, or says which differ', () => {
    const given = { W: f32([2, 1], 1, 2), bad: f32([1], Number.NaN) };
    expect(checkTensor(given, 'W', 'F32', [undefined, 1]).shape).toEqual([2, 1]);
    expect(() => checkTensor(given, 'V', 'F32', [2], 'm')).toThrow('m: has no tensor "V"');
    expect(() => checkTensor(given, 'W', 'F32', [2], 'm')).toThrow('must be F32 of shape [2], got F32 of [2, 1]');
    expect(() => checkTensor(given, 'W', 'F64', [2, 1], 'm')).toThrow('must be F64');
    expect(() => checkTensor(given, 'bad', 'F32', [1], 'm')).toThrow('holds NaN at 0');
    expect(() => checkTensor({}, 'toString', 'F32', [1], 'm')).toThrow(FormatError);
  });

  it('withFormatError blames the file for parameters, and passes on the rest', () => {
    const blame = (error: Error) => () =>
      withFormatError('m', () => {
        throw error;
      });
    expect(blame(new ParameterError('alpha'))).toThrow(FormatError);
    expect(blame(new RangeError('ours'))).toThrow(RangeError);
    expect(withFormatError('m', () => 3)).toBe(3);
  });

  it('fingerprint: FNV-1a, and parts do not run together', () => {
    expect(fingerprint([])).toBe('811c9dc5');
    expect(fingerprint(['ab', 'c'])).not.toBe(fingerprint(['a', 'bc']));
    expect(fingerprint([Uint8Array.of(97)])).toBe(fingerprint(['a']));
  });
});
