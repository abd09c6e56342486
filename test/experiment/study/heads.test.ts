import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { NotFittedError, ParameterError } from '../../../src/errors.ts';
import { ColumnScale } from '../../../src/experiment/study/columnscale.ts';
import { HEADS, makeHead, predictTrack } from '../../../src/experiment/study/heads.ts';
import { minimise } from '../../../src/experiment/study/lbfgs.ts';
import { LogisticHead, logisticLoss } from '../../../src/experiment/study/logistic.ts';
import { Network } from '../../../src/experiment/study/network.ts';
import { adam } from '../../../src/experiment/study/rates.ts';
import { NetworkHead, networkLoss } from '../../../src/experiment/study/smallnetwork.ts';
import { log, softmaxLoss } from '../../../src/experiment/study/softmax.ts';
import { validateHead } from '../../../src/experiment/study/validatehead.ts';
import { LinearClassifier } from '../../../src/linear.ts';
import { Matrix } from '../../../src/matrix.ts';
import { RandomState } from '../../../src/random.ts';
import { loadKernels } from '../../../src/runtime/node.ts';
import { stratifiedKFold } from '../../../src/split.ts';
import { crossValidate } from '../../../src/validate.ts';
import { seededValues } from '../../reference/samples.ts';

beforeAll(() => loadKernels());

interface Golden {
  logistic: {
    name: string;
    seed: number;
    rows: number;
    columns: number;
    classes: number;
    alpha: number;
    coef: number[][] | null;
    scores: number[][];
    probabilities: number[][];
  }[];
  network: {
    rows: number;
    columns: number;
    classes: number;
    hidden: number;
    alpha: number;
    losses: number[];
    gradients: Record<string, number[]>;
    weights: Record<string, number[]>;
  };
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../golden/study-heads/golden.json', import.meta.url)).toString(),
);

/** The samples of the golden script. */
function samplesOf({ rows, columns, classes }: { rows: number; columns: number; classes: number }, seed: number) {
  const data = seededValues(seed, rows * columns).map((value, i) => {
    const label = Math.floor(i / columns) % classes;
    return (i % columns) % classes === label ? value + 0.4 : value;
  });
  const labels = Array.from({ length: rows }, (_, i) => i % classes);
  return { X: new Matrix(data, rows, columns), labels, y: labels.map((label) => `class ${label}`) };
}
const farthest = (values: ArrayLike<number>, expected: ArrayLike<number>) =>
  Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);

describe('softmaxLoss', () => {
  it('takes logarithms within a unit or so in the last place of what this runtime says', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(5e-16 * Math.max(1e-3, Math.abs(Math.log(x))));
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(log(1)).toBe(0);
  });

  it('is not broken by large scores, nor by a label that they leave without a share', () => {
    const scores = Float64Array.of(1000, 1000, -5e5, 3, 1, 2);
    const { loss, gradient } = softmaxLoss(scores, [2, 0], 3);
    const small = Math.log(Math.exp(3) + Math.exp(1) + Math.exp(2)) - 3;
    expect(loss).toBeCloseTo(501_000 + Math.log(2) + small, 9);
    expect([...gradient.subarray(0, 3)]).toEqual([0.5, 0.5, -1]);
    expect(gradient[3]).toBeCloseTo(Math.exp(-small) - 1, 15);
    expect([...scores.subarray(0, 2)]).toEqual([1000, 1000]);
  });
});

describe("scikit-learn's logistic regression", () => {
  it.each(golden.logistic)('$name', ({ seed, alpha, coef, scores, probabilities, ...shape }) => {
    const { X, y } = samplesOf(shape, seed);
    const head = new LogisticHead({ alpha, tolerance: 1e-6 * alpha, maxIterations: 2000 }).fit(X, y);
    if (coef) expect(farthest(head.coef_, coef.flat())).toBeLessThan(1e-6 * Math.max(1, ...coef.flat().map(Math.abs)));
    const ours = head.decision(X.slice(0, 10));
    scores.forEach((row, i) => {
      const mean = ours.row(i).reduce((sum, value) => sum + value, 0) / shape.classes;
      expect(
        farthest(
          ours.row(i).map((value) => value - mean),
          row,
        ),
      ).toBeLessThan(2e-5);
      const { gradient: p } = softmaxLoss(Float64Array.from(ours.row(i)), [0], shape.classes);
      p[0] += 1;
      expect(farthest(p, probabilities[i])).toBeLessThan(2e-5);
    });
    // What the study uses ends earlier, at the same predictions.
    const usual = new LogisticHead({ alpha }).fit(X, y);
    expect(usual.iterations_).toBeLessThanOrEqual(head.iterations_);
    expect(usual.iterations_).toBeLessThan(100);
    expect(usual.decision(X).data.length).toBe(head.decision(X).data.length);
    const winners = (from: LogisticHead) => y.map((_, i) => predictTrack(from, X.slice(i, i + 1)).label);
    expect(winners(usual)).toEqual(winners(head));
  });

  it('is the minimum of its loss, whose gradient is that of differences', () => {
    const { X, labels } = samplesOf({ rows: 20, columns: 4, classes: 3 }, 11);
    const x = new ColumnScale(X).apply(X);
    const w = Float64Array.from(new RandomState(1).normal(15));
    const gradient = new Float64Array(15);
    const at = (values: Float64Array) => logisticLoss(x, labels, values, 3, 0.1, new Float64Array(15));
    logisticLoss(x, labels, w, 3, 0.1, gradient);
    gradient.forEach((slope, i) => {
      const [up, down] = [1e-5, -1e-5].map((by) => at(w.map((value, j) => value + (i === j ? by : 0))));
      expect((up - down) / 2e-5).toBeCloseTo(slope, 7);
    });
  });
});

describe("PyTorch's small network", () => {
  it('has the same losses, first gradient and weights after four steps of Adam', () => {
    const { rows, columns, classes, hidden, alpha, losses, gradients, weights } = golden.network;
    const { X, labels } = samplesOf({ rows, columns, classes }, 6);
    const sizes = [columns * hidden, hidden, hidden * classes, classes];
    const network = new Network(
      { nIn: columns, nHidden: hidden, nOut: classes, bias: true },
      sizes.map((size, l) => seededValues(7 + l, size, 0, 2)),
    );
    const rates = adam(0.03);
    losses.forEach((expected, step) => {
      const { loss, gradients: ours } = networkLoss(network, { x: X.data, labels: Uint32Array.from(labels) }, alpha);
      expect(loss).toBeCloseTo(expected, 5);
      if (step === 0) {
        Object.values(gradients).forEach((values, l) => {
          expect(farthest(ours[l], values)).toBeLessThan(1e-6);
        });
      }
      rates.step(network.parameters, ours);
    });
    Object.values(weights).forEach((values, l) => {
      expect(farthest(network.parameters[l], values)).toBeLessThan(1e-5);
    });
  });
});

/** Clouds of windows around each class's centre, several a track. */
function music(classes: number, tracks: number, windows: number, columns: number, noise: number) {
  const centres = new RandomState(5).normal(classes * columns);
  const draws = new RandomState(6).normal(tracks * windows * columns);
  const rows = tracks * windows;
  const data = draws.map(
    (v, i) => noise * v + centres[((Math.floor(i / columns / windows) % classes) * columns + (i % columns)) as number],
  );
  const track = Array.from({ length: rows }, (_, i) => Math.floor(i / windows));
  return {
    X: new Matrix(data, rows, columns),
    y: track.map((t) => `class ${t % classes}`),
    groups: track.map((t) => `track ${t}`),
  };
}

describe.each(HEADS)('the head "%s"', (kind) => {
  it('tells tracks apart that it has not seen, and does so again', () => {
    const { X, y, groups } = music(4, 60, 5, 8, 1);
    const half = 150;
    const learn = () => {
      const head = makeHead(kind, { randomState: 2 });
      head.fit(X.slice(0, half), y.slice(0, half), groups.slice(0, half));
      return head;
    };
    const head = learn();
    expect(head.classes_).toEqual(['class 0', 'class 1', 'class 2', 'class 3']);
    let right = 0;
    for (let t = 30; t < 60; t++) if (predictTrack(head, X.slice(t * 5, t * 5 + 5)).label === `class ${t % 4}`) right++;
    expect(right).toBeGreaterThanOrEqual(28);
    const scores = head.decision(X);
    expect([scores.rows, scores.columns]).toEqual([300, 4]);
    expect(learn().decision(X).data).toEqual(scores.data);
    expect(head.decision(X.slice(7, 8)).data).toEqual(scores.row(7));
  });

  it('does not mind the units of the columns', () => {
    const { X, y, groups } = music(3, 30, 4, 6, 1);
    const units = [1, 1024, 1 / 256, 1, 64, 1 / 8];
    const other = new Matrix(
      X.data.map((value, i) => value * units[i % 6]),
      X.rows,
      6,
    );
    const [a, b] = [makeHead(kind), makeHead(kind)];
    a.fit(X, y, groups);
    b.fit(other, y, groups);
    expect(farthest(a.decision(X).data, b.decision(other).data)).toBeLessThan(1e-3);
  });

  it('takes constant columns, and two examples in all', () => {
    const X = Matrix.fromRows([
      [0, 1, 7],
      [0, -1, 7],
    ]);
    const head = makeHead(kind);
    head.fit(X, ['up', 'down']);
    expect(predictTrack(head, X.slice(0, 1)).label).toBe('up');
    expect(predictTrack(head, X.slice(1, 2)).label).toBe('down');
  });

  it('refuses what it cannot learn from or judge', () => {
    const X = Matrix.fromRows([[0], [1]]);
    const head = makeHead(kind);
    expect(() => head.decision(X)).toThrow(NotFittedError);
    expect(() => head.fit(X, ['a'])).toThrow(ParameterError);
    expect(() => head.fit(X, ['a', 'a'])).toThrow(/two classes/);
    expect(() => makeHead(kind, { alpha: -1 })).toThrow(/alpha/);
    head.fit(X, ['a', 'b']);
    expect(() => head.decision(Matrix.fromRows([[0, 1]]))).toThrow(/1 columns/);
  });
});

describe('the heads differ', () => {
  it('a network learns what is no linear map', () => {
    const random = new RandomState(3).normal(800);
    const X = new Matrix(random, 400, 2);
    const y = Array.from({ length: 400 }, (_, i) => (X.row(i)[0] * X.row(i)[1] > 0 ? 'same' : 'other'));
    const rightOf = (kind: (typeof HEADS)[number]) => {
      const head = kind === 'network' ? new NetworkHead({ learningRate: 0.01 }) : makeHead(kind);
      head.fit(X.slice(0, 300), y.slice(0, 300));
      const rows = Array.from({ length: 100 }, (_, i) => 300 + i);
      return rows.filter((i) => predictTrack(head, X.slice(i, i + 1)).label === y[i]).length;
    };
    expect(rightOf('network')).toBeGreaterThan(90);
    expect(rightOf('ridge')).toBeLessThan(70);
    expect(rightOf('logistic')).toBeLessThan(70);
  });

  it('ridge is the classifier of the experiments', () => {
    const { X, y } = music(3, 12, 4, 6, 1);
    const head = makeHead('ridge');
    head.fit(X, y);
    const expected = new LinearClassifier({ alpha: 0.01, penalty: 'relative' }).fit(X, y);
    expect(head.decision(X)).toEqual(expected.decisionFunction(X));
    const { label, scores } = expected.predictTrack(X.slice(0, 4));
    const ours = predictTrack(head, X.slice(0, 4));
    expect(ours.label).toBe(label);
    expect(farthest(ours.scores, scores)).toBeLessThan(1e-6);
  });

  it('the network holds whole groups out, and refuses a wrong number of them', () => {
    const { X, y, groups } = music(3, 30, 4, 6, 1);
    expect(() => new NetworkHead().fit(X, y, groups.slice(1))).toThrow(/one entry per row/);
    const byTrack = new NetworkHead().fit(X, y, groups);
    const byRow = new NetworkHead().fit(X, y);
    expect(byTrack.decision(X).data).not.toEqual(byRow.decision(X).data);
    // Where every class has one group, nothing can be held out, and the number of passes is fixed.
    const whole = new NetworkHead({ epochsWithout: 7 }).fit(
      X,
      y,
      y.map((label) => label),
    );
    expect(whole.epochs_).toBe(7);
  });

  it('unknown ones are named', () => {
    expect(() => makeHead('logistc' as 'logistic')).toThrow(/did you mean "logistic"/);
  });
});

describe('validateHead', () => {
  const data = () => {
    const { X, y } = music(3, 18, 4, 6, 0.8);
    const windows = Array.from({ length: 18 }, (_, t) => X.slice(t * 4, t * 4 + 4));
    const labels = windows.map((_, t) => y[t * 4]);
    return { windows, labels, splits: stratifiedKFold(labels, { nSplits: 3, randomState: 1 }) };
  };

  it('is crossValidate for the ridge', async () => {
    const { windows, labels, splits } = data();
    const options = { alpha: 0.1, splits };
    const expected = await crossValidate(windows, labels, { ...options, penalty: 'relative' });
    expect(await validateHead('ridge', windows, labels, options)).toEqual(expected);
  });

  it.each(HEADS)('predicts every test track once with "%s", the same each time', async (kind) => {
    const { windows, labels, splits } = data();
    const options = { splits, randomState: 3 };
    const found = await validateHead(kind, windows, labels, options);
    expect(found.predictions.map((fold) => fold.length)).toEqual(splits.map(({ test }) => test.length));
    expect(found.accuracy).toBeGreaterThan(0.8);
    expect(await validateHead(kind, windows, labels, options)).toEqual(found);
  });

  it('stops when told to', async () => {
    const { windows, labels, splits } = data();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(validateHead('logistic', windows, labels, { splits, signal })).rejects.toThrow('enough');
  });
});

describe('minimise', () => {
  it('finds the minimum of any bowl', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 12 }), (centre) => {
        const x = new Float64Array(centre.length);
        const { converged } = minimise(
          (at, gradient) =>
            at.reduce((sum, value, i) => {
              const away = value - centre[i];
              gradient[i] = 2 * (i + 1) * away + 4 * away * away * away;
              return sum + (i + 1) * away * away + away * away * away * away;
            }, 0),
          x,
          { tolerance: 1e-7 },
        );
        expect(converged).toBe(true);
        expect(farthest(x, centre)).toBeLessThan(1e-6);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('says when it ran out of steps', () => {
    const bowl = (at: Float64Array, gradient: Float64Array) => {
      gradient[0] = 4 * at[0] * at[0] * at[0];
      return at[0] * at[0] * at[0] * at[0];
    };
    expect(minimise(bowl, Float64Array.of(3), { maxIterations: 2, tolerance: 1e-12 })).toMatchObject({
      iterations: 2,
      converged: false,
    });
  });
});
