import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrontEndError, NotFittedError, ParameterError } from '../src/errors.ts';
import { checkFitted, checkSamples, encodeLabels, sortedClasses } from '../src/estimator.ts';
import { Matrix } from '../src/matrix.ts';

describe('checkSamples', () => {
  const X = Matrix.fromRows([
    [1, 2],
    [3, 4],
  ]);

  it('gives good samples back', () => {
    expect(checkSamples('here', X, { nFeatures: 2, minSamples: 2 })).toBe(X);
  });

  it.each([
    ['columns', () => checkSamples('here', X, { nFeatures: 3 }), 'must have 3 columns, as at fit, got 2'],
    ['rows', () => checkSamples('here', X, { minSamples: 3 }), 'at least 3 rows, got 2'],
    ['type', () => checkSamples('here', [[1, 2]]), 'must be a Matrix'],
    [
      'NaN',
      () =>
        checkSamples(
          'here',
          Matrix.fromRows([
            [1, 2],
            [3, Number.NaN],
          ]),
        ),
      'NaN in row 1, column 1',
    ],
    ['infinity', () => checkSamples('here', Matrix.fromRows([[-1 / 0, 2]])), '-Infinity in row 0, column 0'],
  ])('blames %s', (_, check, words) => {
    expect(check).toThrow(ParameterError);
    expect(check).toThrow(words);
  });

  it('refuses another front end', () => {
    expect(() => checkSamples('here', X.withFrontEnd({ sr: 1 }), { frontEnd: { sr: 2 } })).toThrow(FrontEndError);
  });
});

describe('encodeLabels', () => {
  it('is undone by classes_', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (y) => {
        const { classes_, indices } = encodeLabels('here', y, y.length);
        expect(Array.from(indices, (index) => classes_[index])).toEqual(y);
      }),
    );
  });

  it('sorts by code unit, upper case first', () => {
    expect(sortedClasses(['rock', 'Zydeco', 'jazz', 'rock', 'ängste'])).toEqual(['Zydeco', 'jazz', 'rock', 'ängste']);
  });

  it.each([[['a', '']], [['a', 3]], [['a']], ['ab']])('refuses %j for two samples', (y) => {
    expect(() => encodeLabels('here', y as string[], 2)).toThrow(ParameterError);
  });
});

it('checkFitted tells a missing fit from a falsy value', () => {
  expect(checkFitted('Wsabie.transform', 0)).toBe(0);
  expect(() => checkFitted('Wsabie.transform', undefined)).toThrow(NotFittedError);
});
