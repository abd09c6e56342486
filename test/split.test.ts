import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { loadKernels } from '../src/runtime/node.ts';
import {
  groupShuffleSplit,
  maxSplits,
  type Split,
  samplePerClass,
  stratifiedKFold,
  stratifiedShuffleSplit,
} from '../src/split.ts';

beforeAll(() => loadKernels());

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const count = (indices: Iterable<number>, labels: readonly string[], label: string) =>
  [...indices].filter((i) => labels[i] === label).length;
const classesOf = (labels: readonly string[]) => [...new Set(labels)];

/** Labels of 1 to 5 classes, each with at least `least` samples, in mixed order. */
const labelled = (least: number) =>
  fc
    .array(fc.integer({ min: least, max: least + 12 }), { minLength: 1, maxLength: 5 })
    .chain((sizes) =>
      fc.shuffledSubarray(
        sizes.flatMap((size, c) => Array(size).fill(c)),
        { minLength: sizes.reduce((a, b) => a + b) },
      ),
    )
    .map((classes) => classes.map((c) => ['rock', 'jazz', 'Pop', 'folk', 'ängste'][c]));

/** Each split has all samples, once, in ascending order. */
function expectPartition(splits: Split[], n: number): void {
  for (const { train, test } of splits) {
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(range(n));
    for (const part of [train, test]) expect(Array.from(part)).toEqual([...part].sort((a, b) => a - b));
  }
}

describe('stratifiedKFold', () => {
  it('tests every sample once, with each class spread within one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }).chain((k) => fc.tuple(fc.constant(k), labelled(k))),
        fc.nat(),
        ([nSplits, labels], randomState) => {
          const splits = stratifiedKFold(labels, { nSplits, randomState });
          expect(splits).toHaveLength(nSplits);
          expectPartition(splits, labels.length);
          expect(splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(range(labels.length));
          const sizes = splits.map(({ test }) => test.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          for (const label of classesOf(labels)) {
            const counts = splits.map(({ test }) => count(test, labels, label));
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { seed: 1 },
    );
  });

  it('keeps groups whole, and no fold empty', () => {
    fc.assert(
      fc.property(labelled(4), fc.integer({ min: 4, max: 9 }), fc.nat(), (labels, nGroups, randomState) => {
        const groups = labels.map((_, i) => `artist ${(i * 7) % nGroups}`);
        fc.pre(new Set(groups).size >= 4);
        const splits = stratifiedKFold(labels, { nSplits: 4, randomState, groups });
        expectPartition(splits, labels.length);
        expect(splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(range(labels.length));
        for (const { train, test } of splits) {
          expect(test.length).toBeGreaterThan(0);
          const trained = new Set(Array.from(train, (i) => groups[i]));
          for (const i of test) expect(trained.has(groups[i])).toBe(false);
        }
      }),
      { seed: 2 },
    );
  });

  it('spreads classes over grouped folds as evenly as can be where groups are alike', () => {
    // Twelve artists of two tracks, four of each class: four folds can be perfect.
    const labels = range(24).map((i) => ['a', 'b', 'c'][Math.floor(i / 2) % 3]);
    const groups = range(24).map((i) => Math.floor(i / 2));
    for (const { test } of stratifiedKFold(labels, { nSplits: 4, groups, randomState: 3 })) {
      for (const label of ['a', 'b', 'c']) expect(count(test, labels, label)).toBe(2);
    }
  });

  it('with every sample its own group is stratified within one', () => {
    const labels = range(50).map((i) => (i % 5 === 0 ? 'few' : 'many'));
    for (const { test } of stratifiedKFold(labels, { nSplits: 5, groups: range(50) })) {
      expect([count(test, labels, 'few'), count(test, labels, 'many')]).toEqual([2, 8]);
    }
  });

  it('is the same for a seed and another for another', () => {
    const labels = range(60).map((i) => 'abc'[i % 3]);
    const groups = range(60).map((i) => i % 20);
    for (const options of [{}, { groups }]) {
      const folds = (randomState: number) => stratifiedKFold(labels, { ...options, nSplits: 5, randomState });
      expect(folds(7)).toEqual(folds(7));
      expect(folds(7)).not.toEqual(folds(8));
    }
    expect(stratifiedKFold(labels)).toEqual(stratifiedKFold(labels, { nSplits: 10, randomState: 0 }));
  });

  it('has fixed folds for a seed, so that published numbers can be made again', () => {
    const labels = range(12).map((i) => 'ab'[i % 2]);
    expect(stratifiedKFold(labels, { nSplits: 3, randomState: 1 }).map(({ test }) => [...test])).toEqual([
      [0, 4, 7, 9],
      [2, 3, 5, 8],
      [1, 6, 10, 11],
    ]);
  });

  it.each([
    [
      'nSplits',
      'class "b" has 3, got nSplits = 4; use at most nSplits = 3',
      () => stratifiedKFold([...'aaaabbb'], { nSplits: 4 }),
    ],
    [
      'nSplits',
      'class "b" has 1, got nSplits = 2; leave that class out',
      () => stratifiedKFold([...'aaab'], { nSplits: 2 }),
    ],
    ['nSplits', 'at least 2', () => stratifiedKFold([...'ab'], { nSplits: 1 })],
    [
      'nSplits',
      'number of groups, 2',
      () => stratifiedKFold([...'aaabbb'], { nSplits: 3, groups: [1, 2, 1, 2, 1, 2] }),
    ],
    ['groups', 'one group per label = 2, got 1', () => stratifiedKFold([...'aa'], { nSplits: 2, groups: ['x'] })],
    ['groups', 'groups[1]', () => stratifiedKFold([...'aa'], { nSplits: 2, groups: ['x', undefined as never] })],
    ['randomState', 'at least 0', () => stratifiedKFold([...'aa'], { nSplits: 2, randomState: -1 })],
    ['n_splits', 'did you mean "nSplits"', () => stratifiedKFold([...'aa'], { n_splits: 2 } as never)],
    ['y', 'at least 10 samples', () => stratifiedKFold([])],
  ])('blames %s: %s', (parameter, words, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(words);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });
});

it('maxSplits is what stratifiedKFold takes at most', () => {
  fc.assert(
    fc.property(labelled(2), fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined }), (labels, nGroups) => {
      const options = nGroups ? { groups: labels.map((_, i) => i % nGroups) } : {};
      const nSplits = maxSplits(labels, options);
      expect(stratifiedKFold(labels, { ...options, nSplits })).toHaveLength(nSplits);
      expect(() => stratifiedKFold(labels, { ...options, nSplits: nSplits + 1 })).toThrow(ParameterError);
    }),
    { seed: 3 },
  );
  expect(maxSplits([])).toBe(0);
});

describe('stratifiedShuffleSplit', () => {
  it('tests the same share of each class, and trains on the rest or on so many of each', () => {
    fc.assert(
      fc.property(
        labelled(4),
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        fc.nat(),
        (labels, testSize, randomState) => {
          const all = stratifiedShuffleSplit(labels, { nSplits: 3, testSize, randomState });
          expectPartition(all, labels.length);
          const one = stratifiedShuffleSplit(labels, { nSplits: 3, testSize, randomState, trainPerClass: 1 });
          one.forEach(({ train, test }, i) => {
            expect(test).toEqual(all[i].test);
            for (const label of classesOf(labels)) {
              const n = count(range(labels.length), labels, label);
              expect(count(train, labels, label)).toBe(1);
              const tested = count(test, labels, label);
              expect(tested).toBeGreaterThan(0);
              expect(Math.abs(tested - n * testSize)).toBeLessThanOrEqual(1);
            }
            for (const i of train) expect(test.includes(i)).toBe(false);
          });
        },
      ),
      { seed: 4 },
    );
  });

  it('nests the training parts of a curve', () => {
    const labels = range(80).map((i) => 'abcd'[i % 4]);
    const at = (trainPerClass: number) => stratifiedShuffleSplit(labels, { trainPerClass, randomState: 5 });
    at(3).forEach(({ train }, i) => {
      const larger = at(9)[i].train;
      expect(larger).toHaveLength(36);
      for (const sample of train) expect(larger.includes(sample)).toBe(true);
    });
    expect(at(3)[0]).not.toEqual(at(3)[1]);
  });

  it.each([
    ['trainPerClass', 'class "b" has 2, got 3', () => stratifiedShuffleSplit([...'aaaaaabbb'], { trainPerClass: 3 })],
    ['trainPerClass', 'at least 1', () => stratifiedShuffleSplit([...'aabb'], { trainPerClass: 0 })],
    ['y', 'class "b" has 1', () => stratifiedShuffleSplit([...'aaab'])],
    ['testSize', 'below 1, got 1', () => stratifiedShuffleSplit([...'aabb'], { testSize: 1 })],
    ['testSize', 'above 0', () => stratifiedShuffleSplit([...'aabb'], { testSize: 0 })],
    ['nSplits', 'at least 1', () => stratifiedShuffleSplit([...'aabb'], { nSplits: 0 })],
  ])('blames %s: %s', (parameter, words, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(words);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });

  it('takes all of a scarce class where that is allowed', () => {
    const [{ train }] = stratifiedShuffleSplit([...'aaaaaabbb'], { trainPerClass: 3, allowFewer: true });
    expect(count(train, [...'aaaaaabbb'], 'a')).toBe(3);
    expect(count(train, [...'aaaaaabbb'], 'b')).toBe(2);
  });
});

describe('samplePerClass', () => {
  const labels = range(40).map((i) => 'ab'[i % 2]);

  it('takes so many of each class from the indices, nested and seeded', () => {
    const [{ train }] = stratifiedKFold(labels, { nSplits: 4 });
    const five = samplePerClass(train, labels, { perClass: 5, randomState: 2 });
    expect(count(five, labels, 'a')).toBe(5);
    expect(count(five, labels, 'b')).toBe(5);
    for (const i of five) expect(train.includes(i)).toBe(true);
    for (const i of samplePerClass(train, labels, { perClass: 2, randomState: 2 })) expect(five.includes(i)).toBe(true);
    expect(samplePerClass(train, labels, { perClass: 5, randomState: 3 })).not.toEqual(five);
  });

  it('takes what there is where that is allowed, and names the class where not', () => {
    expect(samplePerClass([0, 1, 2], labels, { perClass: 2, allowFewer: true })).toEqual(Uint32Array.of(0, 1, 2));
    expect(() => samplePerClass([0, 1, 2], labels, { perClass: 2 })).toThrow('class "b" has 1, got 2');
    expect(() => samplePerClass([40], labels, { perClass: 1 })).toThrow('below the number of labels = 40, got 40');
    expect(() => samplePerClass([0], labels, {} as never)).toThrow('perClass');
    expect(() => samplePerClass(null as never, labels, { perClass: 1 })).toThrow(ParameterError);
    expect(() => samplePerClass([0], null as never, { perClass: 1 })).toThrow(ParameterError);
    expect(() => maxSplits(null as never)).toThrow(ParameterError);
  });
});

describe('groupShuffleSplit', () => {
  it('never has a group on both sides', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 2, maxLength: 60 }),
        fc.nat(),
        (groups, randomState) => {
          const nGroups = new Set(groups).size;
          fc.pre(nGroups > 1);
          const splits = groupShuffleSplit(groups, { nSplits: 4, testSize: 0.3, randomState });
          expectPartition(splits, groups.length);
          for (const { train, test } of splits) {
            const tested = new Set(Array.from(test, (i) => groups[i]));
            expect(tested.size).toBe(Math.min(nGroups - 1, Math.max(1, Math.floor(nGroups * 0.3 + 0.5))));
            for (const i of train) expect(tested.has(groups[i])).toBe(false);
          }
        },
      ),
      { seed: 6 },
    );
  });

  it('is the same for a seed and another for another', () => {
    const groups = range(30);
    expect(groupShuffleSplit(groups, { randomState: 1 })).toEqual(groupShuffleSplit(groups, { randomState: 1 }));
    expect(groupShuffleSplit(groups, { randomState: 1 })).not.toEqual(groupShuffleSplit(groups, { randomState: 2 }));
  });

  it.each([
    ['groups', () => groupShuffleSplit(['x', 'x'])],
    ['groups', () => groupShuffleSplit([])],
    ['groups', () => groupShuffleSplit('xy' as never)],
    ['testSize', () => groupShuffleSplit([1, 2], { testSize: 2 })],
  ])('blames %s', (parameter, act) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(expect.objectContaining({ parameter }));
  });
});
