import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFeatures,
  encodeFeatures,
  encodeSafetensors,
  FormatError,
  Matrix,
  ParameterError,
} from '../src/index.ts';
import { encodeModel } from '../src/model.ts';

const frontEnd = { kind: 'logMel', version: 1, sr: 22050 };
const frames = new Matrix(Float32Array.from([1, -2, 0.5, 3, 4, 1e-30]), 3, 2, frontEnd);
const file = (shape: number[], data: Float32Array, dtype = 'F32' as const) =>
  encodeModel('Features', { tensors: { features: { dtype, shape, data } }, params: {} });

describe('features as a file', () => {
  it('come back with their record, bit for bit', () => {
    const { data, rows, columns, frontEnd: record } = decodeFeatures(encodeFeatures(frames, { stage: 'frames' }));
    expect({ data, rows, columns, record }).toEqual({ data: frames.data, rows: 3, columns: 2, record: frontEnd });
    expect(decodeFeatures(encodeFeatures(frames.withFrontEnd(undefined))).frontEnd).toBeUndefined();
  });

  it('are refused where they are none', () => {
    expect(() => encodeFeatures([[1]] as never)).toThrow(ParameterError);
    expect(() => encodeFeatures(frames.slice(0, 0))).toThrow('encodeFeatures: X must have at least 1 rows, got 0');
    expect(() => encodeFeatures(new Matrix(Float32Array.of(Number.NaN), 1, 1))).toThrow(ParameterError);
  });

  it.each([
    ['no rows', file([0, 2], new Float32Array(0)), 'a.safetensors: holds no features; make it anew'],
    [
      'one dimension',
      file([2], new Float32Array(2)),
      'tensor "features" must be F32 of shape [any, any], got F32 of [2]',
    ],
    ['NaN', file([1, 1], Float32Array.of(Number.NaN)), 'tensor "features" holds NaN at 0'],
    ['another file', encodeSafetensors({}), 'is a safetensors file, but not a tunespace model'],
    ['another kind', encodeModel('Wsabie', { tensors: {}, params: {} }), 'holds a Wsabie, not a Features'],
    ['no file', new Uint8Array(3), 'holds 3 bytes'],
  ])('with %s are refused with a FormatError', (_, bytes, words) => {
    expect(() => decodeFeatures(bytes, 'a.safetensors')).toThrow(FormatError);
    expect(() => decodeFeatures(bytes, 'a.safetensors')).toThrow(words);
  });

  it('are refused after any damage, or read equal', () => {
    const whole = encodeFeatures(frames);
    const flip = fc.tuple(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(flip, ([at, mask]) => {
        const bytes = whole.slice();
        bytes[at] ^= mask;
        try {
          expect(decodeFeatures(bytes).data).toEqual(frames.data);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
