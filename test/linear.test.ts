import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { LinearClassifier } from '../src/linear.ts';
import { Matrix } from '../src/matrix.ts';
import { decodeSafetensors } from '../src/model.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { ridge } from './reference/linear.ts';
import { rowsOf, seededMatrix } from './reference/samples.ts';

await loadKernels();

/** A case of test/golden/linear/linear.json. */
interface GoldenCase {
  name: string;
  alpha: number;
  penalty: 'absolute' | 'relative';
  rows: number;
  columns: number;
  condition: number;
  labels: string[];
  coef: number[][];
  intercept: number[];
  scores: number[][];
  predictions: string[];
}

const golden = (name: string) => readFileSync(new URL(`./golden/linear/${name}`, import.meta.url));
const cases: GoldenCase[] = JSON.parse(golden('linear.json').toString());
const samplesOf = ({ name, rows, columns }: GoldenCase) => {
  const bytes = golden(`${name}.f32`);
  return new Matrix(new Float32Array(new Uint8Array(bytes).buffer), rows, columns);
};

/** Largest difference relative to the largest value. */
function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(actual[i] - value))) / size;
}

/** Labels `a`, `b`, ... in turn. */
const cyclic = (n: number, classes: number) => Array.from({ length: n }, (_, i) => 'abcdefgh'[i % classes]);

describe("scikit-learn's solutions", () => {
  it.each(cases)('$name: alpha $alpha, $penalty, condition $condition', (one) => {
    const X = samplesOf(one);
    const model = new LinearClassifier({ alpha: one.alpha, penalty: one.penalty }).fit(X, one.labels);
    expect(model.classes_).toEqual([...new Set(one.labels)].sort());
    // Normal equations square the condition, which ridge bounds; the singular "wide" is held by its ridge.
    const condition = Math.min(one.condition, one.alpha ? 1e5 : Number.POSITIVE_INFINITY);
    const tolerance = 1e-7 + 2e-16 * condition * condition;
    expect(relativeError(model.coef_.data, one.coef.flat())).toBeLessThan(tolerance);
    expect(relativeError(model.intercept_, one.intercept)).toBeLessThan(tolerance);
    // Scores suffer less: the weights' error lies where the data hardly vary.
    const scores = model.decisionFunction(X.slice(0, 20)).data;
    expect(relativeError(scores, one.scores.flat())).toBeLessThan(1e-7 + 2e-12 * condition);
    expect(model.predict(X)).toEqual(one.predictions);
  });
});

describe('fit', () => {
  it('is the float64 twin for any width, and centred data need no intercept', () => {
    for (const columns of [1, 2, 3, 4, 5, 7, 9]) {
      const X = seededMatrix(columns, 90, columns, 5, 2);
      const y = cyclic(90, 3);
      const Y = y.map((label) => ['a', 'b', 'c'].map((word) => (word === label ? 1 : 0)));
      const expected = ridge(rowsOf(X), Y, 0.5);
      const model = new LinearClassifier({ alpha: 0.5 }).fit(X, y);
      expect(relativeError(model.coef_.data, expected.coef.flat())).toBeLessThan(1e-6);
      expect(relativeError(model.intercept_, expected.intercept)).toBeLessThan(1e-12);
    }
  });

  it('gives scores that sum to 1, whatever the data (the targets do, and so does their regression)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 2, max: 5 }),
        fc.nat(1000),
        (columns, classes, seed) => {
          const X = seededMatrix(seed, 40, columns, seed, 2);
          const scores = new LinearClassifier().fit(X, cyclic(40, classes)).decisionFunction(X);
          for (const row of rowsOf(scores)) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        },
      ),
      { seed: 6 },
    );
  });

  it('reproduces targets that a linear map can give', () => {
    // A class is where column 0 says 1.
    const X = new Matrix(
      seededMatrix(9, 60, 3).data.map((value, i) => (i % 3 === 0 ? Math.floor(i / 3) % 2 : value)),
      60,
      3,
    );
    const model = new LinearClassifier({ alpha: 0 }).fit(X, cyclic(60, 2));
    expect(relativeError(model.coef_.data, [-1, 0, 0, 1, 0, 0])).toBeLessThan(1e-7);
    expect(relativeError(model.intercept_, [1, 0])).toBeLessThan(1e-12);
  });

  it('forgets what was there before', () => {
    const X = seededMatrix(1, 30, 4);
    const model = new LinearClassifier().fit(seededMatrix(2, 40, 6), cyclic(40, 3)).fit(X, cyclic(30, 2));
    expect(model.toBytes()).toEqual(new LinearClassifier().fit(X, cyclic(30, 2)).toBytes());
  });

  it('is not shaken by data far from zero', () => {
    // Whole numbers stay exact in float32 when 2^20 is added.
    const near = new Matrix(seededMatrix(3, 200, 5, 0, 64).data.map(Math.round), 200, 5);
    const far = new Matrix(
      near.data.map((value) => value + 1048576),
      200,
      5,
    );
    const [a, b] = [near, far].map((X) => new LinearClassifier({ alpha: 0 }).fit(X, cyclic(200, 3)));
    expect(relativeError(b.coef_.data, Array.from(a.coef_.data))).toBeLessThan(1e-7);
    expect(relativeError(b.decisionFunction(far).data, Array.from(a.decisionFunction(near).data))).toBeLessThan(1e-7);
  });
});

describe('the relative penalty', () => {
  const y = cyclic(60, 3);
  const relative = (alpha: number) => new LinearClassifier({ alpha, penalty: 'relative' });

  it('means the same whatever the units and however often the rows are given', () => {
    const X = seededMatrix(6, 60, 5, 2, 3);
    const scaled = new Matrix(
      X.data.map((value, i) => value * [1, 1024, 0.125, 4, 2 ** -20][i % 5]),
      60,
      5,
    );
    const expected = Array.from(relative(0.1).fit(X, y).decisionFunction(X).data);
    expect(relativeError(relative(0.1).fit(scaled, y).decisionFunction(scaled).data, expected)).toBeLessThan(1e-7);
    const twice = relative(0.1).fit(Matrix.concatenate([X, X]), [...y, ...y]);
    expect(relativeError(twice.decisionFunction(X).data, expected)).toBeLessThan(1e-7);
  });

  it('gives constant columns no weight, and without alpha refuses them', () => {
    const X = new Matrix(
      seededMatrix(6, 60, 3).data.map((value, i) => (i % 3 === 1 ? 1e5 : value)),
      60,
      3,
    );
    const coef = relative(0.01).fit(X, y).coef_;
    for (const row of rowsOf(coef)) expect(Math.abs(row[1])).toBeLessThan(1e-12);
    expect(() => relative(0).fit(X, y)).toThrow('column 1 of X');
  });

  it('is kept in the file', () => {
    const X = seededMatrix(6, 60, 5);
    const copy = LinearClassifier.fromBytes(relative(0.5).fit(X, y).toBytes());
    expect(copy).toMatchObject({ alpha: 0.5, penalty: 'relative' });
  });
});

describe('fit of many columns, refined from float32 products', () => {
  const [rows, columns] = [700, 104];
  const noise = seededMatrix(11, rows, columns, 0, 2);
  const y = cyclic(rows, 3);
  /** Neighbouring columns resemble each other, as Mel bands do, and all are far from zero and of sizes of their own. */
  const X = new Matrix(
    noise.data.map((value, i) => {
      const j = i % columns;
      const before = j > 0 ? noise.data[i - 1] : 0;
      return 2 ** ((j * 7) % 24) * 2 ** -12 * (50 * (j % 5) + value + 0.9 * before);
    }),
    rows,
    columns,
  );
  const exact = (options: object, data = X) => {
    using model = new LinearClassifier(options).partialFit(data, y);
    model.predict(data.slice(0, 1));
    return model;
  };
  const options = [{ alpha: 0 }, { alpha: 1 }, { penalty: 'relative', alpha: 0.001 }] as const;

  /** Weights in float64, of columns brought to variance 1. */
  const weightsOf = (model: LinearClassifier, data: Matrix) => {
    const deviations = Array.from({ length: columns }, (_, j) => {
      const values = Float64Array.from({ length: rows }, (_, i) => data.row(i)[j]);
      const mean = values.reduce((sum, value) => sum + value, 0) / rows;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    });
    return Array.from(decodeSafetensors(model.toBytes()).tensors.coef.data, (w, i) => w * deviations[i % columns]);
  };

  it.each(options)('is that of partialFit, in float64, but for 1e-9: %o', (chosen) => {
    const found = new LinearClassifier(chosen).fit(X, y);
    const wanted = exact(chosen);
    expect(found.toBytes()).not.toEqual(wanted.toBytes());
    expect(relativeError(weightsOf(found, X), weightsOf(wanted, X))).toBeLessThan(1e-9);
    expect(relativeError(found.intercept_, Array.from(wanted.intercept_))).toBeLessThan(1e-9);
    expect(found.predict(X)).toEqual(wanted.predict(X));
  });

  /** Every other column is the one before it, but for `share` of noise. */
  const paired = (share: number) => {
    const own = seededMatrix(12, rows, columns, 0, 2);
    const data = noise.data.map((value, i) => (i % 2 ? noise.data[i - 1] + share * own.data[i] : value));
    return new Matrix(data, rows, columns);
  };

  it('keeps to that however columns depend on each other, and is left to float64 where they do too much', () => {
    const shares = [1, 0.1, 0.02, 0.01, 0.007, 0.003, 1e-4];
    for (const chosen of options) {
      const isSame = shares.map((share) => {
        const data = paired(share);
        const [found, wanted] = [new LinearClassifier(chosen).fit(data, y), exact(chosen, data)];
        expect(relativeError(weightsOf(found, data), weightsOf(wanted, data))).toBeLessThan(1e-9);
        expect(found.predict(data)).toEqual(wanted.predict(data));
        return Buffer.from(found.toBytes()).equals(wanted.toBytes());
      });
      // At 0.007 corrections shrink too slowly, from 0.003 on the factor of float32 products breaks off. A ridge mends both.
      expect(isSame).toEqual(shares.map((share) => chosen.alpha === 0 && share < 0.01));
    }
    const twice = new Matrix(
      X.data.map((value, i) => (i % columns === 7 ? X.data[i - 1] : value)),
      rows,
      columns,
    );
    expect(() => new LinearClassifier({ alpha: 0 }).fit(twice, y)).toThrow('column 7 of X depends linearly');
  });

  it.each([
    ['of a number that is no multiple of eight', 103, rows],
    ['few beside the classes', 64, rows],
    ['many beside the rows', 104, 207],
  ])('leaves columns %s to float64', (_, width, height) => {
    const part = X.takeColumns(0, width).slice(0, height);
    using model = new LinearClassifier().partialFit(part, y.slice(0, height));
    expect(new LinearClassifier().fit(part, y.slice(0, height)).toBytes()).toEqual(model.toBytes());
  });

  it('gives constant columns no weight', () => {
    const constant = new Matrix(
      X.data.map((value, i) => (i % columns === 4 ? 0.1 : value)),
      rows,
      columns,
    );
    const found = new LinearClassifier({ alpha: 1 }).fit(constant, y);
    for (const row of rowsOf(found.coef_)) expect(row[4]).toBe(0);
    expect(found.predict(constant)).toEqual(exact({ alpha: 1 }, constant).predict(constant));
    expect(() => new LinearClassifier({ alpha: 0 }).fit(constant, y)).toThrow('column 4 of X');
  });

  it('wants two classes', () => {
    expect(() => new LinearClassifier().fit(X, Array(rows).fill('a'))).toThrow('at least two classes');
  });
});

describe('partialFit', () => {
  const X = seededMatrix(4, 2600, 6, 3, 2);
  const y = cyclic(2600, 3);
  const whole = () => new LinearClassifier().fit(X, y).toBytes();

  it.each([[1], [7], [1024], [1025], [2600]])('in blocks of %i rows gives the bits of fit', (size) => {
    using model = new LinearClassifier();
    for (let start = 0; start < X.rows; start += size) {
      model.partialFit(
        X.slice(start, start + size),
        y.slice(start, start + size),
        start ? {} : { classes: ['c', 'a', 'b'] },
      );
    }
    expect(model.toBytes()).toEqual(whole());
  });

  it('in random blocks, asked in between, gives the bits of fit', () => {
    const bytes = whole();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2599 }), { maxLength: 8 }), (cuts) => {
        using model = new LinearClassifier();
        const ends = [...cuts.sort((a, b) => a - b), X.rows];
        ends.forEach((end, i) => {
          const start = i ? ends[i - 1] : 0;
          model.partialFit(X.slice(start, end), y.slice(start, end), i ? undefined : { classes: ['a', 'b', 'c'] });
          if (end > 10) model.predict(X.slice(0, 1));
        });
        expect(model.toBytes()).toEqual(bytes);
      }),
      { seed: 8, numRuns: 30 },
    );
  });

  it('in another order differs by rounding alone', () => {
    const order = Array.from({ length: X.rows }, (_, i) => (i * 1009) % X.rows);
    const model = new LinearClassifier().fit(
      X.take(order),
      order.map((i) => y[i]),
    );
    const expected = new LinearClassifier().fit(X, y);
    expect(relativeError(model.intercept_, Array.from(expected.intercept_))).toBeLessThan(1e-12);
  });

  it('still answers after dispose, and takes no more', () => {
    const model = new LinearClassifier().partialFit(X, y);
    const before = model.predict(X.slice(0, 5));
    model.dispose();
    expect(model.predict(X.slice(0, 5))).toEqual(before);
    expect(() => model.partialFit(X, y)).toThrow('holds no sums');
  });

  it('a class without examples is never the answer', () => {
    using model = new LinearClassifier().partialFit(X, y, { classes: ['a', 'b', 'c', 'never'] });
    expect(model.classes_).toEqual(['a', 'b', 'c', 'never']);
    expect(model.predict(X)).not.toContain('never');
    expect(Array.from(model.coef_.row(3))).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('predictTrack', () => {
  const X = seededMatrix(5, 80, 4, 1, 2);
  const model = () => new LinearClassifier().fit(X, cyclic(80, 3));

  it("averages the windows' scores", () => {
    const windows = X.slice(10, 17);
    const rows = rowsOf(model().decisionFunction(windows));
    const { label, scores } = model().predictTrack(windows);
    scores.forEach((score, c) => {
      expect(score).toBeCloseTo(rows.reduce((sum, row) => sum + row[c], 0) / 7, 6);
    });
    expect(label).toBe('abc'[scores.indexOf(Math.max(...scores))]);
  });

  it('agrees with predict for one window', () => {
    for (let i = 0; i < 80; i++) {
      expect(model().predictTrack(X.slice(i, i + 1)).label).toBe(model().predict(X.slice(i, i + 1))[0]);
    }
  });

  it('gives ties to the first class', () => {
    const tied = new LinearClassifier({ alpha: 1 }).fit(Matrix.fromRows([[1], [1], [1], [1]]), ['d', 'c', 'c', 'd']);
    expect(tied.predictTrack(Matrix.fromRows([[1]])).label).toBe('c');
    expect(tied.predict(Matrix.fromRows([[5]]))).toEqual(['c']);
  });
});

describe('classifiers side by side', () => {
  const labels = Array.from({ length: 40 }, (_, i) => ['a', 'b', 'c'][i % 3]);
  const [X, Y] = [seededMatrix(3, 40, 5), seededMatrix(4, 40, 3)];
  const [one, two] = [X, Y].map((rows) => new LinearClassifier({ alpha: 0.1, penalty: 'relative' }).fit(rows, labels));

  it('give the mean of their scores, also from a file', () => {
    const whole = LinearClassifier.hstack([one, two], { kind: 'both' });
    const rows = Matrix.hstack([X, Y]);
    const [a, b, both] = [one.decisionFunction(X), two.decisionFunction(Y), whole.decisionFunction(rows)];
    both.data.forEach((score, i) => {
      expect(score).toBeCloseTo((a.data[i] + b.data[i]) / 2, 6);
    });
    expect([whole.alpha, whole.penalty, whole.coef_.columns]).toEqual([0.1, 'relative', 8]);
    const read = LinearClassifier.fromBytes(whole.toBytes());
    expect(read.decisionFunction(rows.withFrontEnd({ kind: 'both' }))).toEqual(both);
    expect(() => read.decisionFunction(rows.withFrontEnd({ kind: 'other' }))).toThrow(/kind = "both"/);
    expect(LinearClassifier.hstack([one]).decisionFunction(X)).toEqual(a);
  });

  it('must know the same classes', () => {
    const other = new LinearClassifier().fit(
      Y,
      labels.map((label) => (label === 'c' ? 'd' : label)),
    );
    expect(() => LinearClassifier.hstack([one, other])).toThrow(/same classes, got "a", "b", "c" and "a", "b", "d"/);
    for (const bad of [[], [one, {}], one]) expect(() => LinearClassifier.hstack(bad as never)).toThrow(ParameterError);
    expect(() => LinearClassifier.hstack([new LinearClassifier()])).toThrow(/LinearClassifier.classes_/);
  });
});

describe('failures', () => {
  const X = seededMatrix(1, 12, 3);
  const y = cyclic(12, 2);
  const twice = new Matrix(
    X.data.map((value, i) => (i % 3 === 2 ? X.data[i - 1] : value)),
    12,
    3,
  );
  const constant = new Matrix(
    X.data.map((value, i) => (i % 3 === 1 ? 0.1 : value)),
    12,
    3,
  );
  const started = () => new LinearClassifier().partialFit(X, y, { classes: ['a', 'b', 'rock'] });

  it.each([
    ['y', 'at least two classes, got only "a"', () => new LinearClassifier().fit(X, Array(12).fill('a'))],
    ['y', 'at least two classes', () => new LinearClassifier().partialFit(X, Array(12).fill('a')).predict(X)],
    ['y', 'one label per row of X = 12, got 3', () => new LinearClassifier().fit(X, ['a', 'b', 'c'])],
    ['y', 'did you mean "rock"', () => started().partialFit(X, Array(12).fill('Rock'))],
    ['y', 'partialFit(X, y, { classes })', () => started().partialFit(X, Array(12).fill('zither'))],
    ['classes', 'must stay those of the first call', () => started().partialFit(X, y, { classes: ['a', 'b'] })],
    ['X', '3 columns, as at fit, got 2', () => started().partialFit(seededMatrix(1, 12, 2), y)],
    ['X', 'at least 1 rows, got 0', () => new LinearClassifier().fit(X.slice(0, 0), [])],
    ['X', 'at least 1 rows, got 0', () => new LinearClassifier().fit(X, y).predictTrack(X.slice(0, 0))],
    ['alpha', 'at least 0, got -1', () => new LinearClassifier({ alpha: -1 })],
    ['penalty', 'did you mean "relative"', () => new LinearClassifier({ penalty: 'relativ' as never })],
    ['alpha', 'column 2 of X depends linearly', () => new LinearClassifier({ alpha: 0 }).fit(twice, y)],
    ['alpha', 'column 1 of X', () => new LinearClassifier({ alpha: 0 }).fit(constant, y)],
    ['alpha', 'set alpha to', () => new LinearClassifier({ alpha: 0 }).fit(seededMatrix(1, 12, 40), y)],
    ['', 'holds no sums', () => new LinearClassifier().fit(X, y).partialFit(X, y)],
  ])('blames %s: %s', (parameter, words, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(words);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });

  it('says an alpha that is enough', () => {
    const samples = [twice, constant, seededMatrix(1, 12, 40), seededMatrix(1, 12, 40, 1e6, 1e4)];
    const penalties = ['absolute', 'relative'] as const;
    for (const [data, penalty] of samples.flatMap((X) => penalties.map((penalty) => [X, penalty] as const))) {
      const act = () => new LinearClassifier({ alpha: 0, penalty }).fit(data, y);
      expect(act).toThrow(/set alpha to (\S+) or more/);
      try {
        act();
      } catch (error) {
        const alpha = Number(/set alpha to (\S+) or more/.exec((error as Error).message)?.[1]);
        expect(new LinearClassifier({ alpha, penalty }).fit(data, y).predict(data)).toHaveLength(12);
      }
    }
  });

  it('leaves the estimator as it was when a fit fails', () => {
    const model = new LinearClassifier({ alpha: 0 }).fit(X, y);
    const before = model.toBytes();
    expect(() => model.fit(twice, y)).toThrow(ParameterError);
    expect(model.toBytes()).toEqual(before);
  });
});
