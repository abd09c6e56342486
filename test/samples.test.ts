import { describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { checkSamplesOf } from '../src/samples.ts';

describe('checkSamplesOf', () => {
  it('takes any samples that could be audio, also none and very loud ones', () => {
    checkSamplesOf('f', new Float32Array(0));
    checkSamplesOf('f', Float32Array.of(0, -0, 1e-45, 1, -32768, 1e10));
  });

  it.each([
    [Float32Array.of(0, Number.NaN, 1 / 0), 'f: y must be finite, got NaN at sample 1; repair the signal'],
    [Float32Array.of(-1 / 0), 'f: y must be finite, got -Infinity at sample 0'],
    [Float32Array.of(0, 0, 3e38), 'f: y must be at most 1e10 in size (audio lies within -1 to 1), got 3'],
    [new Float64Array(2), 'f: y must be a Float32Array of mono samples, got a Float64Array'],
    [[0, 1], 'f: y must be a Float32Array of mono samples, got an array of 2'],
    [undefined, 'got undefined'],
  ])('refuses %o', (y, message) => {
    expect(() => checkSamplesOf('f', y)).toThrow(ParameterError);
    expect(() => checkSamplesOf('f', y)).toThrow(message);
  });
});
