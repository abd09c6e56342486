import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError, FrontEndError, NotFittedError, ParameterError } from '../src/errors.ts';
import { Matrix } from '../src/matrix.ts';
import { decodeSafetensors, encodeModel } from '../src/model.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { loadSpace } from '../src/spaces/index.ts';
import { fitSharpness, softmax } from '../src/teach/calibration.ts';
import { inPieces } from '../src/teach/features.ts';
import { productsOf, solveRidge } from '../src/teach/ridge.ts';
import { FewShotClassifier, type TeachExample, teach } from '../src/teach.ts';
import { Wsabie } from '../src/wsabie.ts';
import { rowsOf, seededMatrix } from './reference/samples.ts';
import { softmaxOf } from './reference/softmax.ts';

const COLUMNS = 6;
let space: Wsabie;

/** Frames around a level in each column, from a seed. */
function track(seed: number, levels: readonly number[], frames = 130): Matrix {
  const X = seededMatrix(seed, frames, COLUMNS);
  X.data.forEach((value, at) => {
    X.data[at] = value + levels[at % COLUMNS];
  });
  return X;
}
const LOW = [2, 1, 0, 0, 0, 0];
const HIGH = [0, 0, 0, 0, 1, 2];
const NONE = [0, 0, 0, 0, 0, 0];

/** Tracks of two labels that differ. */
const pairs = (each: number, seed = 0) =>
  Array.from({ length: 2 * each }, (_, i) => track(seed + i, i % 2 ? HIGH : LOW));
const labels = (n: number) => Array.from({ length: n }, (_, i) => (i % 2 ? 'high' : 'low'));

beforeAll(async () => {
  await loadKernels();
  const tracks = Array.from({ length: 6 }, (_, i) => ({ X: track(900 + i, i % 2 ? HIGH : LOW), labels: [`${i % 2}`] }));
  space = await new Wsabie({ nComponents: 3, nBatches: 20, batchSize: 8, evaluateEvery: 10 }).fit([
    { name: 's', tracks },
  ]);
});

describe('other programs', () => {
  interface Golden {
    ridge: { alpha: number; classes: number[]; weights: number[]; rows: number[][]; outputs: number[][] }[];
    sharpness: { classes: number[]; scores: number[][]; weights: number[]; softmax: number[][]; sharpness: number }[];
    pieces: { rows: number[][]; mean: number[]; factor: number[]; embedded: number; pieces: number[] }[];
  }
  const golden: Golden = JSON.parse(readFileSync(new URL('./golden/teach/teach.json', import.meta.url), 'utf8'));

  it.each(golden.ridge)('give the same weighted ridge (scikit-learn), alpha $alpha', (one) => {
    const columns = one.rows[0].length;
    const products = productsOf(Float32Array.from(one.rows.flat()), columns);
    expect(products.of(0, 2)).toBe(products.of(2, 0));
    const n = one.classes.length;
    const rows = one.classes.map((_, i) => i);
    const nClasses = one.outputs[0].length;
    const { dual, intercept } = solveRidge({ ...one, products, rows, nClasses });
    one.outputs.forEach((outputs, row) => {
      outputs.forEach((expected, c) => {
        const found = rows.reduce((sum, i) => sum + dual[c][i] * products.of(row, i), intercept[c]);
        expect(Math.abs(found - expected)).toBeLessThan(1e-12);
      });
    });
    expect(dual[0].length).toBe(n);
  });

  it.each(golden.pieces)('give the same pieces of columns, $embedded of them embedded (NumPy)', (one) => {
    const scale = { mean: Float64Array.from(one.mean), factor: Float64Array.from(one.factor) };
    const found = inPieces(
      one.rows.map((row) => Float32Array.from(row)),
      scale,
      one.embedded,
    );
    expect(found.length).toBe(3 * one.mean.length);
    one.pieces.forEach((expected, at) => {
      expect(Math.abs(found[at] - expected)).toBeLessThan(1e-7);
    });
  });

  it.each(golden.sharpness)('give the same softmax and sharpness $sharpness (SciPy)', (one) => {
    const nClasses = one.scores[0].length;
    const scores = Float64Array.from(one.scores.flat());
    const shares = softmax(scores, 1, nClasses);
    one.softmax.flat().forEach((expected, at) => {
      expect(Math.abs(shares[at] - expected)).toBeLessThan(1e-15);
    });
    expect(
      rowsOf(new Matrix(Float32Array.from(softmax(scores, 3, nClasses)), one.scores.length, nClasses)).flat(),
    ).toEqual(one.scores.flatMap((row) => softmaxOf(row, 3)).map(Math.fround));
    // The minimiser finds the place only to the root of the rounding of the loss.
    expect(fitSharpness({ ...one, scores, nClasses }) / one.sharpness).toBeCloseTo(1, 6);
  });
});

describe('FewShotClassifier', () => {
  it('learns from two tracks a label, says that they differ, and is right and sure about new ones', () => {
    const mine = new FewShotClassifier({ space }).fit(pairs(4), labels(8));
    expect(mine.classes_).toEqual(['high', 'low']);
    expect(mine.validation_).toMatchObject({ accuracy: 1, chance: 0.5, distinguishable: true, folds: 4, repeats: 3 });
    expect(mine.validation_?.predictions).toEqual(labels(8));
    expect(mine.validation_?.confusion.counts).toEqual([
      [4, 0],
      [0, 4],
    ]);
    // A share of 9 in 10 (one right and one wrong added) from 8 tracks.
    expect(mine.validation_?.standardError).toBeCloseTo(Math.sqrt((0.9 * 0.1) / 8), 12);
    const fresh = pairs(3, 50);
    expect(mine.predict(fresh)).toEqual(labels(6));
    const one = mine.predictTrack(fresh[0]);
    expect(one.label).toBe('low');
    expect(one.probability).toBeGreaterThan(0.9);
    expect(one.probability).toBe(one.probabilities[1]);
    const shares = mine.predictProba(fresh);
    expect(shares.row(0)).toEqual(Float32Array.from(one.probabilities));
    for (const row of rowsOf(shares)) expect(row[0] + row[1]).toBeCloseTo(1, 6);
    const scores = rowsOf(mine.decisionFunction(fresh));
    expect(softmaxOf(scores[2], mine.sharpness_ as number)[1]).toBeCloseTo(shares.row(2)[1], 6);
    // One-hot targets that add up to 1 give outputs that do.
    for (const row of scores) expect(row[0] + row[1]).toBeCloseTo(1, 5);
  });

  it('takes frames or their windows, and answers the same', () => {
    const X = pairs(2);
    const a = new FewShotClassifier({ space });
    const windows = X.map((frames) => a.windows(frames));
    expect([windows[0].rows, windows[0].columns]).toEqual([2, 4 * (3 + COLUMNS)]);
    a.fit(X, labels(4));
    const b = new FewShotClassifier({ space }).fit(windows, labels(4));
    expect(b.toBytes()).toEqual(a.toBytes());
    expect(b.predictTrack(windows[0])).toEqual(a.predictTrack(X[0]));
  });

  it('counts labels the same, however many examples each has', () => {
    const X = [...pairs(2), ...Array.from({ length: 8 }, (_, i) => track(70 + i, HIGH))];
    const y = [...labels(4), ...Array.from({ length: 8 }, () => 'high')];
    const mine = new FewShotClassifier({ space }).fit(X, y);
    expect(mine.validation_).toMatchObject({ accuracy: 1, folds: 2, repeats: 5 });
    const nothing = Array.from({ length: 40 }, (_, i) => mine.decisionFunction([track(300 + i, NONE)]).row(0)[0]);
    expect(Math.abs(nothing.reduce((sum, value) => sum + value, 0) / 40 - 0.5)).toBeLessThan(0.25);
  });

  it('is right about sounds that differ, whatever their noise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const fitted = new FewShotClassifier({ space }).fit(pairs(3, seed), labels(6));
        expect(fitted.predict(pairs(3, seed + 500))).toEqual(labels(6));
      }),
      { numRuns: 10, seed: 3 },
    );
  });

  it('tells what lies about the middle of a column from what lies at either end, as no straight line does', () => {
    const ends = (each: number, seed: number) =>
      Array.from({ length: 3 * each }, (_, i) => track(seed + i, [4 * ((i % 3) - 1), 0, 0, 0, 0, 0]));
    const y = (each: number) => Array.from({ length: 3 * each }, (_, i) => (i % 3 === 1 ? 'middle' : 'end'));
    const mine = new FewShotClassifier({ space }).fit(ends(4, 300), y(4));
    expect(mine.predict(ends(5, 400))).toEqual(y(5));
    expect(mine.validation_?.accuracy).toBe(1);
  });

  it('takes a sound far from all examples no further than their range', () => {
    const mine = new FewShotClassifier({ space }).fit(pairs(4), labels(8));
    const [near, far] = [20, 20_000].map((level) => track(500, [level, 0, 0, 0, 0, 0]));
    const scores = mine.decisionFunction([near, far]);
    for (const value of scores.data) expect(Math.abs(value)).toBeLessThan(3);
  });

  it('seldom takes noise for a difference', () => {
    let told = 0;
    let hits = 0;
    for (let round = 0; round < 60; round++) {
      const X = Array.from({ length: 8 }, (_, i) => track(1000 + 8 * round + i, NONE, 64));
      const { validation_: found } = new FewShotClassifier({ space }).fit(X, labels(8));
      told += found?.distinguishable ? 1 : 0;
      hits += found?.accuracy ?? 0;
    }
    expect(told).toBeLessThanOrEqual(6);
    // Held-out tracks of the same noise are guessed, neither worse nor better.
    expect(Math.abs(hits / 60 - 0.5)).toBeLessThan(0.1);
  });

  it('holds tracks of one group out together', () => {
    // Each group has a colour of its own and one label: shown one of its tracks, the others are easy.
    const colour = (g: number) => NONE.map((_, j) => (j === g % COLUMNS ? 4 : 0));
    const X = Array.from({ length: 12 }, (_, i) => track(40 + i, colour(Math.floor(i / 2))));
    const y = X.map((_, i) => (Math.floor(i / 2) % 2 ? 'high' : 'low'));
    const open = new FewShotClassifier({ space }).fit(X, y);
    const grouped = new FewShotClassifier({ space }).fit(X, y, { groups: X.map((_, i) => Math.floor(i / 2)) });
    expect(open.validation_?.accuracy).toBe(1);
    expect(grouped.validation_?.accuracy).toBeLessThan(0.7);
    // What is learned of all tracks is the same.
    expect(grouped.decisionFunction(X).data).toEqual(open.decisionFunction(X).data);
    expect(() => new FewShotClassifier({ space }).fit(X, y, { groups: X.map(() => 'one') })).toThrow(ParameterError);
  });

  it('ranks by one label: the examples themselves first, what is unlike them last', () => {
    const examples = [track(1, HIGH), track(2, HIGH)];
    const liked = new FewShotClassifier({ space }).fit(examples, ['liked', 'liked']);
    expect(liked.validation_).toBeUndefined();
    expect(liked.sharpness_).toBeUndefined();
    const [self, like, unlike] = liked.distances([examples[1], track(3, HIGH), track(4, LOW)]);
    expect(self).toBeCloseTo(0, 6);
    expect(self).toBeLessThan(like);
    expect(like).toBeLessThan(unlike);
    expect(unlike).toBeLessThanOrEqual(2);
    for (const ask of ['predict', 'predictProba', 'decisionFunction'] as const) {
      expect(() => liked[ask]([examples[0]])).toThrow(/only one label was taught, "liked".*distances/s);
    }
    expect(() => liked.predictTrack(examples[0])).toThrow(ParameterError);
    const loaded = FewShotClassifier.fromBytes(liked.toBytes());
    expect(loaded.distances(examples)).toEqual(liked.distances(examples));
  });

  it('is one file that needs no other', () => {
    const mine = new FewShotClassifier({ space, alpha: 0.02, randomState: 5 }).fit(pairs(3), labels(6));
    const loaded = FewShotClassifier.fromBytes(mine.toBytes(), 'mine.safetensors');
    const fresh = pairs(2, 60);
    expect(loaded.predictProba(fresh)).toEqual(mine.predictProba(fresh));
    expect(loaded.validation_).toEqual(mine.validation_);
    expect([loaded.alpha, loaded.randomState]).toEqual([0.02, 5]);
    expect(loaded.space.toBytes()).toEqual(space.toBytes());
    expect(loaded.toBytes()).toEqual(mine.toBytes());
  });

  it('refuses files that are damaged or of another kind', () => {
    const bytes = new FewShotClassifier({ space }).fit(pairs(2), labels(4)).toBytes();
    for (const at of [4, 40, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at] ^= 1;
      expect(() => FewShotClassifier.fromBytes(damaged, 'x')).toThrow(FormatError);
    }
    expect(() => FewShotClassifier.fromBytes(bytes.subarray(0, bytes.length - 100), 'x')).toThrow(FormatError);
    expect(() => FewShotClassifier.fromBytes(space.toBytes(), 'x')).toThrow(/holds a Wsabie, not a FewShotClassifier/);
    const { tensors, metadata } = decodeSafetensors(bytes);
    const content = {
      tensors,
      params: JSON.parse(metadata.params),
      classes: JSON.parse(metadata.classes),
      record: JSON.parse(metadata.record),
      frontEnd: JSON.parse(metadata.frontEnd),
    };
    const changed = (change: object) => () =>
      FewShotClassifier.fromBytes(encodeModel('FewShotClassifier', { ...content, ...change }), 'x');
    expect(changed({})().classes_).toEqual(['high', 'low']);
    for (const change of [
      { classes: [] },
      { classes: ['low', 'high'] },
      { classes: ['high'] },
      { params: { alpha: -1 } },
      { record: {} },
      { record: { ...content.record, sharpness: 0 } },
      { record: { ...content.record, validation: { accuracy: 2 } } },
      { tensors: { ...tensors, coef: tensors.intercept } },
      { tensors: { ...tensors, mean: tensors.intercept } },
      { tensors: { ...tensors, factor: tensors.intercept } },
      { tensors: { ...tensors, space: { dtype: 'U8', shape: [3], data: new Uint8Array(3) } } },
    ]) {
      expect(changed(change), JSON.stringify(Object.keys(change))).toThrow(FormatError);
    }
  });

  it('refuses what it cannot learn from or answer, naming it', () => {
    const mine = new FewShotClassifier({ space });
    expect(() => mine.predict(pairs(1))).toThrow(NotFittedError);
    expect(() => mine.toBytes()).toThrow(NotFittedError);
    expect(() => mine.classes_).toThrow(NotFittedError);
    const says = (work: () => unknown, words: RegExp) => {
      expect(work).toThrow(ParameterError);
      expect(work).toThrow(words);
    };
    says(() => mine.fit(pairs(2), labels(3)), /one label per row of X = 4, got 3/);
    says(() => mine.fit(pairs(2), ['a', 'a', 'b', 'a']), /label "b" has one track; give at least two/);
    says(() => mine.fit([], []), /at least two tracks, got none/);
    says(() => mine.fit(pairs(2)[0] as never, []), /X must be an array of Matrix, one a track/);
    says(() => mine.fit([...pairs(1), seededMatrix(1, 9, 5), seededMatrix(2, 9, 5)], labels(4)), /columns/);
    says(() => mine.fit(pairs(2), labels(4), { group: [] } as never), /did you mean "groups"/);
    const bad = pairs(2);
    bad[2].data[7] = Number.NaN;
    says(() => mine.fit(bad, labels(4)), /finite/);
    says(() => new FewShotClassifier({} as never), /space must be a fitted Wsabie, such as await loadSpace\(\)/);
    expect(() => new FewShotClassifier({ space: new Wsabie() })).toThrow(NotFittedError);
    says(() => new FewShotClassifier({ space, alpha: 0 }), /alpha/);
    says(() => new FewShotClassifier({ space, Alpha: 1 } as never), /did you mean "alpha"/);
    mine.fit(pairs(2), labels(4));
    says(() => mine.distances(pairs(1)), /ranks by one label, and 2 were taught/);
    says(() => mine.predict([new Matrix(new Float32Array(0), 0, COLUMNS)]), /at least 1 row/);
    const other = mine.windows(pairs(1)[0]).withFrontEnd({ kind: 'other' });
    expect(() => mine.predict([other])).toThrow(FrontEndError);
  });

  it('learns from ten songs in the shipped space in under a second', async () => {
    const shipped = await loadSpace();
    const mine = new FewShotClassifier({ space: shipped });
    const columns = 4 * (200 + shipped.params.nComponents);
    const songs = Array.from({ length: 10 }, (_, i) => seededMatrix(i, 160, columns));
    const started = process.cpuUsage();
    mine.fit(songs, labels(10));
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(1);
  });
});

describe('teach', () => {
  const examples = (): TeachExample[] => pairs(3).map((X, i) => ({ name: `${i}.wav`, label: labels(6)[i], X }));
  const heard = (list: TeachExample[]) => {
    const warnings: string[] = [];
    const taught = teach(list, { space, onWarning: (message) => warnings.push(message) });
    return { taught, warnings };
  };

  it('learns from named examples what fit learns from tracks', () => {
    const { taught, warnings } = heard(examples());
    expect(warnings).toEqual([]);
    expect(taught.toBytes()).toEqual(new FewShotClassifier({ space }).fit(pairs(3), labels(6)).toBytes());
  });

  it('holds groups out together where every label has two, and says where one has not', () => {
    const grouped = (per: (i: number) => string | undefined) =>
      heard(
        examples().map((one, i) => {
          const group = per(i);
          return group === undefined ? one : { ...one, group };
        }),
      );
    const { taught, warnings } = grouped((i) => (i < 4 ? `artist ${i % 2}` : undefined));
    expect([taught.validation_?.grouped, warnings]).toEqual([true, []]);
    const single = grouped((i) => `artist ${i % 2 ? 'one' : i}`);
    expect(single.warnings).toEqual([expect.stringMatching(/^all examples of "high" are of one group/)]);
    expect(single.taught.toBytes()).toEqual(heard(examples()).taught.toBytes());
    expect(() => grouped(() => '')).toThrow(/examples\[0\]\.group must be a non-empty string/);
  });

  it('counts the same sound once, and passes over silence, saying which', () => {
    const again = { ...examples()[2], name: 'copy.wav' };
    const silent = {
      name: 'silence.wav',
      label: 'low',
      X: new Matrix(new Float32Array(100 * COLUMNS).fill(-11.5), 100, COLUMNS),
    };
    const { taught, warnings } = heard([...examples(), again, silent]);
    expect(warnings).toEqual([
      'silence.wav: is silent, so that nothing can be learned from it; passed over as an example of "low"',
      'copy.wav: holds the same sound as 2.wav; counted once under "low"',
    ]);
    expect(taught.toBytes()).toEqual(heard(examples()).taught.toBytes());
  });

  it('refuses the same sound under two labels, naming all such pairs', () => {
    const more = examples()
      .slice(0, 2)
      .map((one, i) => ({ ...one, name: `copy${i}.wav`, label: 'third' }));
    const work = () => heard([...examples(), ...more]);
    expect(work).toThrow(ParameterError);
    expect(work).toThrow(
      'teach: the same sound has two labels: 0.wav ("low") and copy0.wav ("third"); 1.wav ("high") and copy1.wav ("third"); ' +
        'keep one label of each',
    );
  });

  it('says when labels cannot be told apart', () => {
    const noise = labels(8).map((label, i) => ({ name: `${i}`, label, X: track(i, NONE, 64) }));
    const { taught, warnings } = heard(noise);
    expect(taught.validation_?.distinguishable).toBe(false);
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toMatch(
      /^the labels cannot be told apart: accuracy on held-out examples is 0\.\d\d ± 0\.\d\d, guessing gives 0\.50; give more/,
    );
  });

  it('makes a ranking of one label', () => {
    const { taught, warnings } = heard(examples().filter(({ label }) => label === 'low'));
    expect(warnings).toEqual([]);
    const [like, unlike] = taught.distances([track(77, LOW), track(78, HIGH)]);
    expect(like).toBeLessThan(unlike);
  });

  it('refuses too few examples and what is none', () => {
    const short = [...examples(), { ...examples()[0], label: 'third', name: 'x', X: track(99, NONE) }];
    expect(() => heard(short)).toThrow(/label "third" has one example that can be used; give at least two/);
    expect(() => heard([])).toThrow(/examples must be an array of \{ name, label, X \}/);
    expect(() => heard([{ name: '', label: 'a', X: track(1, NONE) }])).toThrow(
      /examples\[0\]\.name must be a non-empty string/,
    );
    expect(() => heard([null as never])).toThrow(ParameterError);
    expect(() => heard([{ name: 'a', label: 'b', X: [] as never }])).toThrow(/teach: a: X must be a Matrix/);
    expect(() => teach(examples(), { space, onWarning: 3 as never })).toThrow(/onWarning must be a function/);
    expect(() => teach(examples(), { spaces: space } as never)).toThrow(/did you mean "space"/);
  });
});
