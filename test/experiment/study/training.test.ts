import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { NotFittedError, ParameterError } from '../../../src/errors.ts';
import { checkExperimentConfig } from '../../../src/experiment/config.ts';
import { paramsOf } from '../../../src/experiment/embedding.ts';
import { fitAdaGrad, fitConstant } from '../../../src/experiment/study/adagrad.ts';
import { product, transpose } from '../../../src/experiment/study/dense.ts';
import { HiddenEmbedding } from '../../../src/experiment/study/hidden.ts';
import { Network } from '../../../src/experiment/study/network.ts';
import { adaGrad, adam, constantRate } from '../../../src/experiment/study/rates.ts';
import { projectRows } from '../../../src/experiment/study/training.ts';
import { WarpSet } from '../../../src/experiment/study/warp.ts';
import { Matrix } from '../../../src/matrix.ts';
import { RandomState } from '../../../src/random.ts';
import { loadKernels } from '../../../src/runtime/node.ts';
import { identityScale } from '../../../src/wsabie/scale.ts';
import { type SourceSet, Wsabie, type WsabieParams } from '../../../src/wsabie.ts';

beforeAll(() => loadKernels());

const frontEnd = { kind: 'test', version: 1 };

/** Tracks that are clouds around their classes' centres; every third has a second class. */
function makeSet(name: string, words: string[], stream: number, nFeatures = 12): SourceSet {
  const centres = words.map((word) => new RandomState(word.charCodeAt(0)).normal(nFeatures));
  const random = new RandomState(11, stream);
  const tracks = Array.from({ length: 24 }, (_, t) => {
    const own = t % 3 === 2 ? [t, t + 1] : [t];
    const values = random
      .normal(6 * nFeatures)
      .map((v, i) => own.reduce((sum, c) => sum + centres[c % words.length][i % nFeatures], 0.7 * v + (i % nFeatures)));
    return { X: new Matrix(values, 6, nFeatures, frontEnd), labels: own.map((c) => words[c % words.length]) };
  });
  return { name, tracks };
}
const sets = () => [
  makeSet('genres', ['blues', 'jazz', 'metal', 'pop'], 1),
  makeSet('tags', ['loud', 'soft', 'tin'], 2),
];
const small: Partial<WsabieParams> = {
  nComponents: 10,
  batchSize: 16,
  nBatches: 60,
  evaluateEvery: 20,
  randomState: 3,
};

const farthest = (values: ArrayLike<number>, expected: ArrayLike<number>) =>
  Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);

interface Golden {
  shape: { n: number; nIn: number; nHidden: number; nOut: number; margin: number };
  x: number[];
  A: number[];
  b: number[];
  V: number[];
  U: number[];
  W: number[];
  y: number[];
  cases: {
    hidden: boolean;
    rates: 'constant' | 'adagrad' | 'adam';
    steps: number;
    losses: number[];
    gradients: Record<string, number[]>;
    weights: Record<string, number[]>;
  }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../golden/study-training/golden.json', import.meta.url)).toString(),
);

describe("PyTorch's steps", () => {
  it.each(golden.cases)('hidden layer $hidden, $rates, $steps steps', ({ hidden, rates, steps, ...expected }) => {
    const { n, nIn, nHidden, nOut, margin } = golden.shape;
    const f32 = (values: number[]) => Float32Array.from(values);
    const parameters = hidden ? [f32(golden.A), f32(golden.b), f32(golden.V)] : [f32(golden.U)];
    const network = new Network({ nIn, nHidden: hidden ? nHidden : 0, nOut, bias: false }, parameters);
    const W = f32(golden.W);
    const x = f32(golden.x);
    // One track a class; the samples say which is theirs.
    const tracks = [0, 1].map((c) => ({ X: new Matrix(new Float32Array(nIn), 1, nIn), classes: Uint32Array.of(c) }));
    const options = { batchSize: n, margin, sampling: 'frames', randomState: 1 } as const;
    const set = new WarpSet(options, 0, tracks, 2, identityScale(nIn, false));
    const make = { constant: () => constantRate(0.3), adagrad: () => adaGrad(0.05), adam: () => adam(0.02) }[rates];
    const [ratesOfMap, ratesOfW] = [make(), make()];
    const names = hidden ? ['A', 'b', 'V'] : ['V'];
    for (let step = 0; step < steps; step++) {
      const { h, z } = network.forward(x);
      const { loss, dz, dW } = set.gradient(step, Uint32Array.from(golden.y), z, W);
      const gradients = network.gradients(x, h, dz);
      expect(loss).toBeCloseTo(expected.losses[step], 5);
      if (step === 0) {
        names.forEach((name, l) => {
          expect(farthest(gradients[l], expected.gradients[name])).toBeLessThan(1e-6);
        });
        expect(farthest(dW, expected.gradients.W)).toBeLessThan(1e-6);
      }
      ratesOfMap.step(network.parameters, gradients);
      ratesOfW.step([W], [dW]);
    }
    names.forEach((name, l) => {
      expect(farthest(network.parameters[l], expected.weights[name])).toBeLessThan(5e-6);
    });
    expect(farthest(W, expected.weights.W)).toBeLessThan(5e-6);
  });
});

describe('the training with the constant rate', () => {
  it.each<[string, Partial<WsabieParams>]>([
    ['plain', {}],
    ['norm balls', { maxNormV: 0.6, maxNormW: 0.7, learningRate: 0.3 }],
    ['a cosine start without the level, track after track', { start: 'cosine', level: 'removed', sampling: 'tracks' }],
  ])('takes the steps of Wsabie: %s', async (_, options) => {
    const params = { ...small, nBatches: 8, evaluateEvery: 4, validationFraction: 0.2, ...options };
    const expected = await new Wsabie(params).fit(sets());
    const space = await fitConstant(sets(), params);
    expect(farthest(space.V_.data, expected.V_.data)).toBeLessThan(2e-5);
    space.datasets_.forEach(({ W, ...rest }, s) => {
      const { W: expectedW, ...others } = expected.datasets_[s];
      expect(farthest(W.data, expectedW.data)).toBeLessThan(2e-5);
      expect(rest).toEqual(others);
    });
    const { history, ...record } = space.record_;
    const { history: expectedHistory, ...others } = expected.record_;
    expect(record).toEqual(others);
    history.forEach(({ batch, loss, score }, i) => {
      expect(batch).toBe(expectedHistory[i].batch);
      expect(loss).toBeCloseTo(expectedHistory[i].loss, 4);
      expect(score).toBeCloseTo(expectedHistory[i].score as number, 4);
    });
  });

  it('draws on where a sample needs more words than one helping', async () => {
    // One frame for each of 40 classes: soon most samples go through many classes before one violates the margin.
    const words = Array.from({ length: 40 }, (_, i) => `class ${i}`);
    const many = (): SourceSet => ({
      name: 'many',
      tracks: words.map((word, i) => ({
        X: new Matrix(
          Float32Array.from({ length: 41 }, (_, k) => (k === i ? 5 : 0)),
          1,
          41,
        ),
        labels: [word],
      })),
    });
    const params = { ...small, nBatches: 150, evaluateEvery: 150, learningRate: 0.05, validationFraction: 0 };
    const expected = await new Wsabie(params).fit(many());
    const space = await fitConstant(many(), params);
    expect(farthest(space.V_.data, expected.V_.data)).toBeLessThan(2e-4);
  });
});

describe('fitAdaGrad', () => {
  it('learns a space that reads back, the same one each time, and ranks held-out tracks well', async () => {
    const first = await fitAdaGrad(sets(), { ...small, learningRate: 0.05 });
    const again = await fitAdaGrad(sets(), { ...small, learningRate: 0.05 });
    expect(again.toBytes()).toEqual(first.toBytes());
    expect(Wsabie.fromBytes(first.toBytes()).V_.data).toEqual(first.V_.data);
    expect(first.record_).toMatchObject({ batch: 60, stopped: 'nBatches' });
    expect(first.record_.best?.score).toBeGreaterThan(0.85);
    const constant = await fitConstant(sets(), small);
    expect(farthest(first.V_.data, constant.V_.data)).toBeGreaterThan(0.01);
  });

  it('moves each weight by the rate at its first step, as its gradient says', async () => {
    const params = { ...small, nBatches: 1, evaluateEvery: 1, validationFraction: 0, learningRate: 0.01 };
    const one = [makeSet('genres', ['blues', 'jazz', 'metal', 'pop'], 1)];
    const constant = await fitConstant(one, { ...params, learningRate: 1e-30 });
    const { V_ } = await fitAdaGrad(one, params);
    const moved = [...V_.data].map((value, i) => Math.abs(value - constant.V_.data[i])).filter((by) => by > 0);
    expect(moved.length).toBeGreaterThan(0);
    for (const by of moved) expect(by).toBeCloseTo(0.01, 5);
  });

  it('refuses what Wsabie refuses, stops when told to, and says when it diverges', async () => {
    await expect(fitAdaGrad(sets(), { nComponents: 0 })).rejects.toThrow(ParameterError);
    await expect(fitAdaGrad(sets(), { epsilon: 0 })).rejects.toThrow(/epsilon must be a finite number above 0/);
    await expect(fitAdaGrad([], small)).rejects.toThrow(ParameterError);
    await expect(fitConstant(sets(), { ...small, learningRate: 1e30 })).rejects.toThrow(/diverged near batch/);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(fitAdaGrad(sets(), small, { signal })).rejects.toThrow('enough');
  });
});

describe('bounds on V and on W', () => {
  const norms = (matrix: Matrix, ofColumns: boolean) =>
    Array.from({ length: ofColumns ? matrix.columns : matrix.rows }, (_, i) => {
      const values = ofColumns
        ? Array.from({ length: matrix.rows }, (_, j) => matrix.row(j)[i])
        : Array.from(matrix.row(i));
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    });
  const largest = (space: Wsabie) => ({
    V: Math.max(...norms(space.V_, true)),
    W: Math.max(...space.datasets_.flatMap(({ W }) => norms(W, false))),
  });

  it.each([
    ['Wsabie', async (params: Partial<WsabieParams>) => new Wsabie(params).fit(sets())],
    ['fitAdaGrad', async (params: Partial<WsabieParams>) => fitAdaGrad(sets(), params)],
  ])('act apart in %s', async (_, learn) => {
    const params = { ...small, learningRate: 0.05, validationFraction: 0 };
    const free = largest(await learn(params));
    expect(free.V).toBeGreaterThan(0.9);
    expect(free.W).toBeGreaterThan(0.9);
    const severeW = largest(await learn({ ...params, maxNormW: 0.1 }));
    expect(severeW.W).toBeLessThan(0.1 + 1e-6);
    expect(severeW.V).toBeGreaterThan(0.9);
    const severeV = largest(await learn({ ...params, maxNormV: 0.1 }));
    expect(severeV.V).toBeLessThan(0.1 + 1e-6);
    expect(severeV.W).toBeGreaterThan(0.9);
  });

  it('are set apart by an experiment: genres have a bound on W of their own', () => {
    const config = checkExperimentConfig({ maxNormV: 2, maxNormW: 0.3, genreMaxNormW: 0.4 });
    expect(paramsOf(config, 'tag', [])).toMatchObject({ maxNormV: 2, maxNormW: 0.3 });
    expect(paramsOf(config, 'genre', [])).toMatchObject({ maxNormV: 2, maxNormW: 0.4 });
    const free = checkExperimentConfig({ genreMaxNormW: null });
    expect(paramsOf(free, 'genre', [])).toMatchObject({ maxNormV: null, maxNormW: null });
  });

  it('leave rows within the ball as they are, and bring others onto it', () => {
    const rows = Float32Array.of(3, 4, 0.3, 0.4);
    projectRows(rows, 2, 1);
    expect([...rows]).toEqual([0.6, 0.8, 0.3, 0.4].map(Math.fround));
    projectRows(rows, 2, null);
    expect(rows[0]).toBe(Math.fround(0.6));
  });
});

describe('HiddenEmbedding', () => {
  it.each(['constant', 'adagrad'] as const)('learns with %s rates, the same space each time', async (rates) => {
    const params = { ...small, nHidden: 24, rates, learningRate: 0.05 };
    const space = await new HiddenEmbedding(params).fit(sets());
    const frames = sets()[0].tracks[0].X;
    const z = space.transform(frames);
    expect([z.rows, z.columns]).toEqual([6, 10]);
    expect(z.frontEnd).toMatchObject({ ...frontEnd, nComponents: 10 });
    expect(space.record_).toMatchObject({ batch: 60, stopped: 'nBatches' });
    expect(space.record_.best?.score).toBeGreaterThan(0.85);
    const again = await new HiddenEmbedding(params).fit(sets());
    expect(again.transform(frames)).toEqual(z);
    const other = await new HiddenEmbedding({ ...params, randomState: 4 }).fit(sets());
    expect(other.transform(frames).frontEnd?.space).not.toBe(z.frontEnd?.space);
  });

  it('embeds each row by itself, without the level where that is removed', async () => {
    const space = await new HiddenEmbedding({ ...small, nBatches: 5, nHidden: 9, level: 'removed' }).fit(sets());
    const frames = sets()[1].tracks[3].X;
    const z = space.transform(frames);
    expect(space.transform(frames.slice(2, 3)).data).toEqual(z.row(2));
    const louder = new Matrix(
      frames.data.map((v) => v + 3),
      6,
      12,
      frontEnd,
    );
    expect(farthest(space.transform(louder).data, z.data)).toBeLessThan(1e-4);
    expect(space.transform(frames.slice(0, 0)).rows).toBe(0);
  });

  it('is no linear map', async () => {
    const space = await new HiddenEmbedding({ ...small, nBatches: 5, nHidden: 9 }).fit(sets());
    const frames = sets()[0].tracks[0].X;
    const [a, b] = [frames.row(0), frames.row(1)];
    const middle = Matrix.fromRows([a, b, a.map((v, i) => (v + b[i]) / 2)], frontEnd);
    const z = space.transform(middle);
    expect(
      farthest(
        z.row(2),
        [...z.row(0)].map((v, i) => (v + z.row(1)[i]) / 2),
      ),
    ).toBeGreaterThan(1e-3);
  });

  it('refuses what it cannot do', async () => {
    expect(() => new HiddenEmbedding({ nHidden: 0 })).toThrow(/nHidden must be an integer at least 1/);
    expect(() => new HiddenEmbedding({ rates: 'adagrd' as 'adagrad' })).toThrow(/did you mean "adagrad"/);
    expect(() => new HiddenEmbedding({ start: 'cosine' })).toThrow(ParameterError);
    const space = new HiddenEmbedding(small);
    expect(() => space.transform(sets()[0].tracks[0].X)).toThrow(NotFittedError);
    await space.fit(sets());
    expect(() => space.transform(new Matrix(new Float32Array(5), 1, 5, frontEnd))).toThrow(/12 columns/);
  });

  it('ends when held-out tracks have not ranked better for long enough', async () => {
    const space = await new HiddenEmbedding({ ...small, nBatches: 400, evaluateEvery: 5, patience: 2 }).fit(sets());
    const { stopped, best, batch, history } = space.record_;
    expect(stopped).toBe('patience');
    expect(batch).toBe((best?.batch as number) + 10);
    expect(history.at(-1)?.batch).toBe(batch);
  });
});

describe('dense products', () => {
  it('are those of plain loops, for any sizes', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 1000 }), ([n, inner, columns], seed) => {
        const random = new RandomState(seed);
        const a = random.normal(n * inner);
        const b = random.normal(inner * columns);
        const c = product(a, b, inner, columns);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < columns; j++) {
            let sum = 0;
            for (let t = 0; t < inner; t++) sum += a[i * inner + t] * b[t * columns + j];
            expect(c[i * columns + j]).toBeCloseTo(sum, 4);
          }
        }
        expect(transpose(transpose(a, inner), n)).toEqual(a);
        expect(product(new Float32Array(0), b, inner, columns).length).toBe(0);
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});
