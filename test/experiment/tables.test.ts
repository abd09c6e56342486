import { beforeAll, describe, expect, it } from 'vitest';
import { learningCurve, pointsOf } from '../../src/experiment/figure3.ts';
import type { FeatureSet } from '../../src/experiment/results.ts';
import { classification, classifierOf, foldsOf } from '../../src/experiment/table4.ts';
import { reachableK, similarity } from '../../src/experiment/table5.ts';
import type { Course, Target } from '../../src/experiment/target.ts';
import { LinearClassifier } from '../../src/linear.ts';
import { Matrix } from '../../src/matrix.ts';
import { RandomState } from '../../src/random.ts';
import { loadKernels } from '../../src/runtime/node.ts';

beforeAll(async () => {
  await loadKernels();
});

/** A course that keeps what it is told. */
function course(signal?: AbortSignal): Course & { warnings: string[]; stages: string[] } {
  const [warnings, stages]: [string[], string[]] = [[], []];
  return {
    seed: 1,
    signal,
    warnings,
    stages,
    warn: (message) => warnings.push(message),
    note: (message) => warnings.push(message),
    progress: (stage, done, total) => stages.push(`${stage} ${done}/${total}`),
  };
}

/** Songs of two or more labels, windows of 4 values: the label's own corner plus seeded noise of this size. */
function songs(labels: readonly string[], noise: number): Matrix[] {
  const words = [...new Set(labels)];
  const random = new RandomState(3);
  return labels.map((label) => {
    const data = random.normal(3 * 4).map((value) => noise * value);
    for (let row = 0; row < 3; row++) data[row * 4 + words.indexOf(label)] += 1;
    return new Matrix(data, 3, 4);
  });
}

const labels = ['a', 'b', 'c'].flatMap((label) => Array<string>(8).fill(label));
const target = (noise: number, more: Partial<Target> = {}): Target => ({
  name: 'set',
  labels,
  groups: undefined,
  features: new Map<FeatureSet, Matrix[]>([['base', songs(labels, noise)]]),
  ...more,
});

describe('Table 4', () => {
  it('is perfect where classes lie apart, with no error bar', async () => {
    const folds = foldsOf(target(0.01), 4, course())!;
    const [row] = await classification(target(0.01), folds, 0.01, course());
    expect(row).toMatchObject({ dataset: 'set', features: 'base', accuracy: 1, standardError: 0, folds: 4 });
    expect(row.confusion).toEqual([
      [8, 0, 0],
      [0, 8, 0],
      [0, 0, 8],
    ]);
  });

  it('is near chance where labels say nothing, and its error is sd / sqrt(folds) of the folds', async () => {
    const features = new Map<FeatureSet, Matrix[]>([['base', songs(Array(24).fill('a'), 1)]]);
    const blind = target(0, { features });
    const [row] = await classification(blind, foldsOf(blind, 4, course())!, 0.01, course());
    expect(row.accuracy).toBeLessThan(0.7);
    const mean = row.foldAccuracies.reduce((sum, value) => sum + value, 0) / 4;
    const variance = row.foldAccuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(row.accuracy).toBeCloseTo(mean, 12);
    expect(row.standardError).toBeCloseTo(Math.sqrt(variance / 4), 12);
    expect(row.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(24);
  });

  it('tests every feature set on the same folds, and twice alike', async () => {
    const both = target(0.7);
    const features = new Map([...both.features, ['tag' as const, both.features.get('base')!]]);
    const folds = foldsOf(both, 4, course())!;
    const [base, tag] = await classification({ ...both, features }, folds, 0.01, course());
    expect(tag).toEqual({ ...base, features: 'tag' });
    expect(foldsOf(both, 4, course())).toEqual(folds);
    const tested = folds.splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
    expect(tested).toEqual(labels.map((_, i) => i));
  });

  it('adds base and embedded windows together, and is as good as the one that tells the classes', async () => {
    const told = songs(labels, 0.01);
    const blind = songs(Array(24).fill('a'), 1);
    const of = (base: Matrix[], more: [FeatureSet, Matrix[]][]) =>
      target(0, { features: new Map<FeatureSet, Matrix[]>([['base', base], ...more]) });
    const folds = foldsOf(target(0), 4, course())!;
    const rows = await classification(
      of(blind, [
        ['genre', blind],
        ['tag', told],
      ]),
      folds,
      0.01,
      course(),
    );
    expect(rows.map(({ features }) => features)).toEqual(['base', 'genre', 'tag', 'both']);
    expect(rows[3].accuracy).toBeGreaterThan(rows[0].accuracy);
    // By hand: the scores of a classifier on each, averaged.
    const { train, test } = folds.splits[0];
    const side = [blind, told].map((windows) => {
      const classifier = new LinearClassifier(classifierOf(0.01));
      const X = Matrix.concatenate(Array.from(train, (i) => windows[i]));
      classifier.fit(
        X,
        Array.from(train, (i) => windows[i].rows).flatMap((n, at) => Array(n).fill(labels[train[at]])),
      );
      return Array.from(test, (i) => classifier.predictTrack(windows[i]).scores);
    });
    const right = Array.from(test, (i, at) => {
      const sums = side[0][at].map((score, c) => score + side[1][at][c]);
      return ['a', 'b', 'c'][sums.indexOf(Math.max(...sums))] === labels[i];
    });
    expect(rows[3].foldAccuracies[0]).toBeCloseTo(right.filter(Boolean).length / right.length, 12);
    const genre = await classification(of(blind, [['genre', told]]), folds, 0.01, course());
    expect(genre.map(({ features }) => features)).toEqual(['base', 'genre', 'both']);
    expect(genre[2].foldAccuracies).toEqual(rows[3].foldAccuracies);
  });

  it('keeps artists on one side', () => {
    const groups = labels.map((label, i) => `${label} ${Math.floor(i / 2)}`);
    const { splits, grouped } = foldsOf({ name: 'set', labels, groups }, 3, course())!;
    expect(grouped).toBe(true);
    for (const { train, test } of splits) {
      const trained = new Set(Array.from(train, (i) => groups[i]));
      expect(Array.from(test, (i) => groups[i]).some((group) => trained.has(group))).toBe(false);
    }
  });

  it.each([
    ['fewer folds for a small label', ['a', 'a', 'a', 'b', 'b'], undefined, 2, 'set: 2 folds instead of 10'],
    ['no folds for one label', ['a', 'a'], undefined, 0, 'set: cannot be split into folds'],
    ['no folds for a label of one track', ['a', 'a', 'b'], undefined, 0, 'set: cannot be split into folds'],
    ['folds of one label only', ['a', 'a', 'b', 'b'], ['u', 'v', 'z', 'z'], 0, 'set: cannot be split into folds'],
    [
      'a lone artist',
      ['a', 'a', 'c', 'c', 'b', 'b'],
      ['u', 'v', 'x', 'y', 'z', 'z'],
      2,
      'all tracks of "b" are by one artist',
    ],
  ])('says: %s', (_, words, groups, folds, warning) => {
    const said = course();
    expect(foldsOf({ name: 'set', labels: words, groups }, 10, said)?.splits.length ?? 0).toBe(folds);
    expect(said.warnings.join('\n')).toContain(warning);
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const folds = foldsOf(target(0.1), 4, course())!;
    await expect(classification(target(0.1), folds, 0.01, course(stop.signal))).rejects.toThrow('enough');
  });

  it('reports its steps up to the last', async () => {
    const said = course();
    await classification(target(0.1), foldsOf(target(0.1), 4, said)!, 0.01, said);
    expect(said.stages[0]).toBe('classification of set 0/4');
    expect(said.stages.at(-1)).toBe('classification of set 4/4');
  });
});

describe('Table 5', () => {
  /** Songs on a line; each is one window of one value, and one of ones so that cosine has directions. */
  const line = (values: number[]) => values.map((value) => Matrix.fromRows([[value, 1]]));

  it('counts neighbours of the same label, by hand', async () => {
    const words = ['a', 'a', 'b', 'b'];
    const features = new Map<FeatureSet, Matrix[]>([['base', line([0, 1, 1.4, 5])]]);
    const rows = await similarity({ name: 'set', labels: words, groups: undefined, features }, 1, course());
    // Nearest of 0 is 1 (a), of 1 is 1.4 (b), of 1.4 is 1 (a), of 5 is 1.4 (b): two of four.
    expect(rows.map(({ metric, k, artistFilter, precision }) => [metric, k, artistFilter, precision])).toEqual([
      ['l1', 1, false, 0.5],
      ['euclidean', 1, false, 0.5],
      ['cosine', 1, false, expect.any(Number)],
    ]);
    // Chosen 1, 2, 1 and 0 times: skewness of that, 0 by symmetry.
    expect(rows[0].hubness).toBe(0);
  });

  it('leaves the artist out with the filter', async () => {
    const words = ['a', 'a', 'b', 'b'];
    const features = new Map<FeatureSet, Matrix[]>([['base', line([0, 1, 10, 11])]]);
    const groups = ['x', 'x', 'y', 'z'];
    const rows = await similarity({ name: 'set', labels: words, groups, features }, 1, course());
    const l1 = rows.filter(({ metric }) => metric === 'l1');
    // Without x's own songs, 0 and 1 find b only; 10 and 11 still find one another.
    expect(l1.map(({ artistFilter, precision }) => [artistFilter, precision])).toEqual([
      [false, 1],
      [true, 0.5],
    ]);
  });

  it.each([
    [['a', 'a', 'b', 'b', 'b'], 10, 1, 'precision at 1 instead of 10'],
    [['a', 'b'], 10, 0, 'similarity is left out'],
    [['a', 'a', 'a'], 10, 0, 'similarity is left out'],
  ])('lowers k for %j', (words, wanted, k, warning) => {
    const said = course();
    expect(reachableK({ name: 'set', labels: words }, wanted, said.warn)).toBe(k);
    expect(said.warnings.join('\n')).toContain(warning);
  });
});

describe('Figure 3', () => {
  it('has the steps that half of the classes reach, then all, which is Table 4', async () => {
    const set = target(0.9);
    const folds = foldsOf(set, 4, course())!;
    const table = await classification(set, folds, 0.01, course());
    const points = await learningCurve(set, folds, table, { alpha: 0.01, draws: 6 }, course());
    expect(points.map(({ perClass, all, draws }) => [perClass, all, draws])).toEqual([
      [1, false, 6],
      [2, false, 6],
      [5, false, 6],
      [6, true, 4],
    ]);
    expect(points.at(-1)).toMatchObject({ accuracy: table[0].accuracy, standardError: table[0].standardError });
    expect(points[0].accuracy).toBeLessThan(points[3].accuracy);
    expect(await learningCurve(set, folds, table, { alpha: 0.01, draws: 6 }, course())).toEqual(points);
  });

  it('goes on past a small class, which gives all it has', () => {
    const uneven = [...Array<string>(20).fill('a'), ...Array<string>(20).fill('b'), 'c', 'c'];
    const folds = foldsOf({ name: 'set', labels: uneven, groups: undefined }, 2, course())!;
    expect(pointsOf(uneven, folds)).toEqual([1, 2, 5]);
  });
});
