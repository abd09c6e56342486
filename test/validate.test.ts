import { describe, expect, it, vi } from 'vitest';
import { FrontEndError, ParameterError } from '../src/errors.ts';
import { LinearClassifier } from '../src/linear.ts';
import { Matrix } from '../src/matrix.ts';
import { accuracyScore, confusionMatrix, meanAndStandardError } from '../src/metrics.ts';
import { createPool, loadKernels } from '../src/runtime/node.ts';
import { stratifiedKFold } from '../src/split.ts';
import { type CrossValidateOptions, crossValidate, predictSplit } from '../src/validate.ts';
import { seededMatrix } from './reference/samples.ts';

await loadKernels();

const labels = Array.from({ length: 24 }, (_, i) => ['jazz', 'pop', 'rock'][i % 3]);
/** Tracks of one to four windows that lean towards their label. */
const tracks = labels.map((label, i) => {
  const X = seededMatrix(i, 1 + (i % 4), 8);
  for (let row = 0; row < X.rows; row++) X.row(row)[label.length % 3] += 1.5;
  return X;
});
const splits = stratifiedKFold(labels, { nSplits: 4, randomState: 1 });

/** One fold as it reads in the paper: all windows at once. */
function plainFold({ train, test }: (typeof splits)[number], alpha: number, penalty: 'absolute' | 'relative') {
  const learned = Array.from(train, (i) => tracks[i]);
  const y = Array.from(train).flatMap((i) => Array<string>(tracks[i].rows).fill(labels[i]));
  const classifier = new LinearClassifier({ alpha, penalty }).fit(Matrix.concatenate(learned), y);
  return Array.from(test, (i) => classifier.predictTrack(tracks[i]).label);
}

describe('crossValidate', () => {
  it.each([[0.01, 'absolute'] as const, [0.1, 'relative'] as const])(
    'is what fitting each fold gives: alpha %d, %s',
    async (alpha, penalty) => {
      const result = await crossValidate(tracks, labels, { splits, alpha, penalty });
      const predictions = splits.map((split) => plainFold(split, alpha, penalty));
      const truth = splits.map(({ test }) => Array.from(test, (i) => labels[i]));
      const foldAccuracies = truth.map((expected, fold) => accuracyScore(expected, predictions[fold]));
      const { mean, standardError } = meanAndStandardError(foldAccuracies);
      expect(result).toEqual({
        accuracy: mean,
        standardError,
        foldAccuracies,
        predictions,
        confusion: confusionMatrix(truth.flat(), predictions.flat()),
      });
      expect(mean).toBeGreaterThan(0.5);
    },
  );

  it('gives the same for long tracks, which are taken in steps', async () => {
    const long = ['a', 'b', 'a', 'b'].map((_, i) => seededMatrix(50 + i, 700, 320));
    const split = { train: Int32Array.of(0, 1), test: Int32Array.of(2, 3) };
    const other = { train: Int32Array.of(2, 3), test: Int32Array.of(0, 1) };
    const y = ['a', 'b', 'a', 'b'];
    const { predictions } = await crossValidate(long, y, { splits: [split, other] as never });
    const all = new LinearClassifier().fit(
      Matrix.concatenate(long.slice(0, 2)),
      y.slice(0, 2).flatMap((label) => Array<string>(700).fill(label)),
    );
    expect(predictions[0]).toEqual([2, 3].map((i) => all.predictTrack(long[i]).label));
  });

  it('reports folds, and stops at the signal', async () => {
    const onProgress = vi.fn();
    await crossValidate(tracks, labels, { splits, onProgress });
    expect(onProgress.mock.calls.map(([{ done, total }]) => [done, total])).toEqual([1, 2, 3, 4].map((n) => [n, 4]));
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = crossValidate(tracks, labels, {
      splits,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
  });

  it.each<[string, unknown, unknown, object, string, string]>([
    ['no folds', tracks, labels, {}, 'splits', 'stratifiedKFold'],
    [
      'a fold of other tracks',
      tracks,
      labels,
      {
        splits: [
          { train: [0], test: [24] },
          { train: [0], test: [1] },
        ],
      },
      'splits',
      'fold 0 of splits must name tracks from 0 to 23',
    ],
    [
      'a fold without a test',
      tracks,
      labels,
      {
        splits: [
          { train: [0], test: [] },
          { train: [0], test: [1] },
        ],
      },
      'splits',
      'fold 0',
    ],
    ['too few labels', tracks, ['a'], { splits }, 'y', '24 labels, one a track, got an array of 1'],
    ['one matrix', tracks[0], labels, { splits }, 'X', 'array of Matrix'],
    ['rows that are none', [[1, 2]], ['a'], { splits }, 'X', 'array of Matrix'],
    ['a misspelt option', tracks, labels, { splits, folds: 3 }, 'folds', 'unknown option'],
    ['a negative ridge', tracks, labels, { splits, alpha: -1 }, 'alpha', 'at least 0'],
  ])('refuses %s', async (_, X, y, options, parameter, words) => {
    const refused = crossValidate(X as Matrix[], y as string[], options as CrossValidateOptions);
    await expect(refused).rejects.toThrow(ParameterError);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.toMatchObject({ parameter });
  });

  it('learns from feature sets side by side apart, on workers or not', async () => {
    const blocks = [5, 3];
    const options = { splits, alpha: 0.1, penalty: 'relative' } as const;
    const result = await crossValidate(tracks, labels, { ...options, blocks });
    const expected = splits.map(({ train, test }) => {
      const y = Array.from(train).flatMap((i) => Array<string>(tracks[i].rows).fill(labels[i]));
      const rows = Matrix.concatenate(Array.from(train, (i) => tracks[i]));
      const parts = [rows.takeColumns(0, 5), rows.takeColumns(5, 8)].map((X) =>
        new LinearClassifier({ alpha: 0.1, penalty: 'relative' }).fit(X, y),
      );
      const whole = LinearClassifier.hstack(parts);
      return Array.from(test, (i) => whole.predictTrack(tracks[i]).label);
    });
    expect(result.predictions).toEqual(expected);
    expect(result.predictions).not.toEqual((await crossValidate(tracks, labels, options)).predictions);
    const pool = createPool({ size: 1 });
    try {
      expect(await pool.crossValidate(tracks, labels, { ...options, blocks })).toEqual(result);
    } finally {
      pool.dispose();
    }
    const mixed = tracks.map((X, i) => X.withFrontEnd({ kind: 'logMel', sr: i === 5 ? 44_100 : 22_050 }));
    await expect(crossValidate(mixed, labels, { splits, blocks })).rejects.toThrow(FrontEndError);
  });

  it.each([[[5, 4]], [[8, 0]], [[7.5, 0.5]], [[]], [8]])('refuses the blocks %j of 8 columns', async (blocks) => {
    const refused = crossValidate(tracks, labels, { splits, blocks: blocks as never });
    await expect(refused).rejects.toThrow('whole numbers whose sum is 8');
    await expect(refused).rejects.toMatchObject({ parameter: 'blocks' });
  });

  it('refuses tracks of two front ends, and a fold of one class', async () => {
    const mixed = tracks.map((X, i) => X.withFrontEnd({ kind: 'logMel', sr: i === 5 ? 44_100 : 22_050 }));
    await expect(crossValidate(mixed, labels, { splits })).rejects.toThrow(FrontEndError);
    const lone = { train: Int32Array.of(0, 3), test: Int32Array.of(1) };
    await expect(predictSplit(tracks, labels, lone as never, {})).rejects.toThrow('at least two classes');
  });
});
