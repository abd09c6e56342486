import { describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { checkChoice, checkHooks, checkNumber, checkOptions, closestWord, findNonFinite } from '../src/options.ts';

const defaults = { nFft: 1024, hopLength: 512, center: false };

describe('checkOptions', () => {
  it('merges over the defaults; undefined counts as not given', () => {
    expect(checkOptions('f', { nFft: 2048, center: undefined }, defaults)).toEqual({ ...defaults, nFft: 2048 });
    expect(checkOptions('f', undefined, defaults)).toEqual(defaults);
  });

  it('says what was probably meant', () => {
    expect(() => checkOptions('melSpectrogram', { hop_length: 256 } as never, defaults)).toThrow(
      'melSpectrogram: unknown option "hop_length"; did you mean "hopLength"?',
    );
    expect(() => checkOptions('f', { zebra: 1 } as never, defaults)).toThrow('known options: nFft, hopLength, center');
  });

  it.each([null, 3, 'nFft', []])('refuses %j as options', (options) => {
    expect(() => checkOptions('f', options as never, defaults)).toThrow(ParameterError);
  });
});

describe('checkNumber', () => {
  it.each([
    [1.5, { integer: true }, 'an integer'],
    [0, { above: 0 }, 'above 0'],
    [-1, { min: 0 }, 'at least 0'],
    [9, { min: 0, max: 8 }, 'at least 0 and at most 8'],
    [Number.NaN, {}, 'a finite number'],
    ['7', {}, 'got "7"'],
  ])('refuses %j within %j', (value, bounds, words) => {
    expect(() => checkNumber('f', 'x', value, bounds)).toThrow(words);
    expect(() => checkNumber('f', 'x', value, bounds)).toThrow(expect.objectContaining({ parameter: 'x' }));
  });

  it('gives a good value back', () => {
    expect(checkNumber('f', 'x', 8, { min: 0, max: 8, integer: true })).toBe(8);
  });
});

describe('checkChoice', () => {
  it('gives a known word back and helps with another', () => {
    expect(checkChoice('f', 'metric', 'l1', ['l1', 'cosine'])).toBe('l1');
    expect(() => checkChoice('f', 'metric', 'cosin', ['l1', 'cosine'])).toThrow('did you mean "cosine"?');
    expect(() => checkChoice('f', 'metric', 7, ['l1', 'cosine'])).toThrow('one of "l1", "cosine", got 7');
  });
});

it('closestWord finds swaps and cases, and nothing where nothing is near', () => {
  expect(closestWord('nmels', ['nFft', 'nMels'])).toBe('nMels');
  expect(closestWord('nMesl', ['nFft', 'nMels'])).toBe('nMels');
  expect(closestWord('colour', ['nFft', 'nMels'])).toBeUndefined();
});

it('findNonFinite gives the first index, and -1 where all is finite', () => {
  expect(findNonFinite(Float32Array.of(0, 3e38, -0, Number.NEGATIVE_INFINITY, Number.NaN))).toBe(3);
  expect(findNonFinite(Float32Array.of(1, Number.NaN))).toBe(1);
  expect(findNonFinite(Float32Array.of(1, -3e38, 1e-45))).toBe(-1);
  expect(findNonFinite(Float32Array.of(1, -8, 9), 8)).toBe(2);
});

it('findNonFinite finds a value wherever it stands among the fours', () => {
  for (let at = 0; at < 11; at++) {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -8.5]) {
      // Squares of four values at the limit are together beyond it, the values are not.
      const values = new Float32Array(11).fill(-8);
      expect(findNonFinite(values, 8)).toBe(-1);
      values[at] = bad;
      values[10] = bad;
      expect(findNonFinite(values, 8)).toBe(at);
      expect(findNonFinite(Float64Array.from(values), 8)).toBe(at);
    }
  }
  expect(findNonFinite(new Float32Array(8).fill(-3.4e38))).toBe(-1);
});

describe('checkHooks', () => {
  it('takes what is not given, signals and functions, and names what is neither', () => {
    const { signal } = new AbortController();
    checkHooks('fit', { signal, onProgress: () => {}, onWarning: undefined });
    for (const bad of [null, {}, 1]) expect(() => checkHooks('fit', { signal: bad })).toThrow('must be an AbortSignal');
    const refused = () => checkHooks('fit', { onProgress: 'often' });
    expect(refused).toThrow(expect.objectContaining({ name: 'ParameterError', parameter: 'onProgress' }));
    expect(refused).toThrow('fit: onProgress must be a function, got "often"');
  });
});
