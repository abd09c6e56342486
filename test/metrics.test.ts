import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { Matrix } from '../src/matrix.ts';
import {
  accuracyScore,
  averagePrecisionScore,
  confusionMatrix,
  kOccurrence,
  labelRankingAveragePrecision,
  meanAndStandardError,
  precisionAtK,
  precisionsAtK,
  rocAucScore,
  skewness,
  taggingScores,
} from '../src/metrics.ts';
import type { Neighbors } from '../src/neighbors.ts';

const golden = JSON.parse(readFileSync(new URL('./golden/metrics/metrics.json', import.meta.url), 'utf8'));

describe("scikit-learn's and SciPy's values", () => {
  it('accuracy and confusion matrix', () => {
    const { yTrue, yPred, accuracy, classes, confusion } = golden.classification;
    expect(accuracyScore(yTrue, yPred)).toBeCloseTo(accuracy, 14);
    expect(confusionMatrix(yTrue, yPred)).toEqual({ classes, counts: confusion });
  });

  it.each([0, 1, 2])('ROC-AUC and average precision with ties, set %i', (i) => {
    const { truth, scores, rocAuc, averagePrecision } = golden.binary[i];
    expect(rocAucScore(truth, scores)).toBeCloseTo(rocAuc, 13);
    expect(averagePrecisionScore(truth, scores)).toBeCloseTo(averagePrecision, 13);
  });

  it('tagging', () => {
    const { truth, scores, nTags, rocAuc, prAuc, map } = golden.tagging;
    const found = taggingScores(Matrix.fromRows(scores), Matrix.fromRows(truth));
    expect(found.rocAuc).toBeCloseTo(rocAuc, 13);
    expect(found.prAuc).toBeCloseTo(prAuc, 13);
    expect(found.map).toBeCloseTo(map, 13);
    expect(found).toMatchObject({
      nTags,
      nTagsLeftOut: truth[0].length - nTags,
      nTracks: truth.length,
      nTracksLeftOut: 0,
    });
  });

  it.each([0, 1, 2])('skewness, mean and standard error, sample %i', (i) => {
    const sample = golden.samples[i];
    expect(skewness(sample.values)).toBeCloseTo(sample.skewness, 12);
    const { mean, standardError, n } = meanAndStandardError(sample.values);
    expect(mean).toBeCloseTo(sample.mean, 12);
    expect(standardError).toBeCloseTo(sample.standardError, 12);
    expect(n).toBe(sample.values.length);
  });
});

/** Lists of neighbours from rows of indices. */
const lists = (...rows: number[][]): Neighbors => ({
  indices: Int32Array.from(rows.flat()),
  distances: new Float32Array(rows.flat().length),
  nNeighbors: rows[0].length,
});

describe('precisionAtK', () => {
  const labels = ['a', 'b', 'a', 'a'];
  const neighbors = lists([1, 2, 3], [0, 2, 3], [3, 0, 1], [2, -1, -1]);

  it('is the share of k with the same label, missing ones are misses', () => {
    expect(Array.from(precisionsAtK(neighbors, labels))).toEqual([2 / 3, 0, 2 / 3, 1 / 3]);
    expect(precisionAtK(neighbors, labels, { k: 1 })).toBe(0.5);
    expect(Array.from(precisionsAtK(neighbors, labels, { k: 2 }))).toEqual([0.5, 0, 1, 0.5]);
  });

  it('takes queries that are not the rows', () => {
    expect(precisionAtK(lists([0, 1]), labels, { queryLabels: ['b'] })).toBe(0.5);
  });

  it.each([
    ['k', () => precisionAtK(neighbors, labels, { k: 4 })],
    ['labels', () => precisionAtK(neighbors, ['a'])],
    ['labels', () => precisionAtK(lists([5]), ['a'])],
    ['queryLabels', () => precisionAtK(neighbors, labels, { queryLabels: ['a'] })],
    ['neighbors', () => precisionAtK(undefined as never, labels)],
    ['labels', () => precisionAtK(neighbors, null as never)],
    ['queryLabels', () => precisionAtK(neighbors, labels, { queryLabels: 3 as never })],
    ['neighbors', () => precisionAtK({ ...lists([0]), indices: new Int32Array(0) }, [])],
  ])('blames %s', (parameter, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });
});

describe('rocAucScore', () => {
  it.each([
    [[0, 0, 1, 1], [1, 2, 3, 4], 1],
    [[1, 1, 0, 0], [1, 2, 3, 4], 0],
    [[0, 1, 0, 1], [5, 5, 5, 5], 0.5],
    [[0, 1, 1], [1, 1, 2], 0.75],
  ])('%j by %j is %d', (truth, scores, area) => {
    expect(rocAucScore(truth, scores)).toBe(area);
  });

  it('counts won pairs, and turns round with the scores', () => {
    const cases = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -4, max: 4 })), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(cases, (pairs) => {
        const truth = pairs.map(([yes]) => yes);
        const scores = pairs.map(([, score]) => score);
        fc.pre(truth.includes(true) && truth.includes(false));
        let wins = 0;
        let n = 0;
        for (const [yes, high] of pairs) {
          for (const [no, low] of pairs) {
            if (!yes || no) continue;
            n++;
            wins += high > low ? 1 : high === low ? 0.5 : 0;
          }
        }
        expect(rocAucScore(truth, scores)).toBeCloseTo(wins / n, 12);
        expect(
          rocAucScore(
            truth,
            scores.map((x) => -x),
          ),
        ).toBeCloseTo(1 - wins / n, 12);
      }),
      { seed: 1 },
    );
  });

  it.each([
    ['yTrue', () => rocAucScore([1, 1], [1, 2])],
    ['yTrue', () => rocAucScore([0, 2], [1, 2])],
    ['yTrue', () => averagePrecisionScore([0, 0], [1, 2])],
    ['scores', () => rocAucScore([0, 1], [1])],
    ['yTrue', () => rocAucScore(null as never, [1])],
    ['scores', () => averagePrecisionScore([0, 1], undefined as never)],
    ['scores', () => averagePrecisionScore([0, 1], [1, Number.NaN])],
  ])('blames %s', (parameter, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });
});

describe('averagePrecisionScore', () => {
  it.each([
    [[1, 1, 0], [3, 2, 1], 1],
    [[0, 0, 1], [3, 2, 1], 1 / 3],
    [[1, 0, 1, 0], [4, 3, 2, 1], (1 + 2 / 3) / 2],
    [[1, 0], [1, 1], 0.5],
  ])('%j by %j is %d', (truth, scores, precision) => {
    expect(averagePrecisionScore(truth, scores)).toBeCloseTo(precision, 15);
  });
});

describe('taggingScores', () => {
  const scores = Matrix.fromRows([
    [0.9, 0.1, 0.5],
    [0.2, 0.8, 0.8],
    [0.3, 0.4, 0.1],
  ]);
  const truth = Matrix.fromRows([
    [1, 0, 0],
    [1, 0, 1],
    [0, 0, 0],
  ]);

  it('leaves out tags of one class and tracks without tags, and says so', () => {
    const found = taggingScores(scores, truth, { k: [1, 2] });
    // Track 1: tags 1 and 2 tie, and the first of them counts.
    expect(found.precisionAtK).toEqual([
      { k: 1, precision: 0.5 },
      { k: 2, precision: 0.5 },
    ]);
    expect(found.nTags).toBe(2);
    expect(found.nTagsLeftOut).toBe(1);
    expect(found.nTracks).toBe(2);
    expect(found.nTracksLeftOut).toBe(1);
    expect(found.rocAuc).toBe((0.5 + 1) / 2);
    expect(found.map).toBeCloseTo((1 + (1 / 2 + 2 / 3) / 2) / 2, 15);
    expect(labelRankingAveragePrecision(scores, truth)).toBe(found.map);
  });

  it.each([
    ['truth', () => taggingScores(scores, truth.slice(0, 2))],
    ['truth', () => taggingScores(scores, scores)],
    ['truth', () => taggingScores(scores, new Matrix(new Float32Array(9), 3, 3))],
    ['truth', () => taggingScores(scores, undefined as never)],
    ['truth', () => taggingScores(scores, new Matrix(new Float32Array(9).fill(1), 3, 3))],
    ['truth', () => taggingScores(scores, { rows: 3, columns: 3 } as never)],
    ['k', () => taggingScores(scores, truth, { k: [4] })],
    ['k', () => taggingScores(scores, truth, { k: 3 as never })],
    ['X', () => taggingScores(Matrix.fromRows([[Number.NaN]]), Matrix.fromRows([[1]]))],
  ])('blames %s', (parameter, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });
});

describe('hubness', () => {
  it('counts in how many lists a row is', () => {
    const neighbors = lists([1, 2], [0, 2], [0, -1]);
    expect(Array.from(kOccurrence(neighbors, 4))).toEqual([2, 1, 2, 0]);
    expect(() => kOccurrence(neighbors, 2)).toThrow(ParameterError);
  });

  it('skews to the right where one row is a hub, and not where all are alike', () => {
    expect(skewness([0, 0, 0, 0, 10])).toBeCloseTo(1.5, 12);
    expect(skewness([3, 3, 3])).toBe(0);
    expect(skewness([0.1, 0.1, 0.1])).toBe(0);
    expect(skewness([-1, 0, 1])).toBe(0);
  });
});

describe('failures', () => {
  it.each([
    ['yTrue', () => accuracyScore([], [])],
    ['yPred', () => accuracyScore(['a'], [])],
    ['yPred', () => confusionMatrix(['a'], ['a', 'b'])],
    ['values', () => meanAndStandardError([1])],
    ['values', () => meanAndStandardError([])],
    ['values', () => meanAndStandardError([1, Number.NaN])],
    ['values', () => skewness([])],
    ['values', () => skewness(null as never)],
    ['neighbors', () => kOccurrence(null as never, 3)],
  ])('blames %s', (parameter, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });
});
