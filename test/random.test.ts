import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryError, ParameterError } from '../src/errors.ts';
import { RandomState } from '../src/random.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { ReferenceRandom } from './reference/random.ts';

interface Golden {
  words: { seed: number; stream: number; words: number[] }[];
  split: { seed: number; split: number; words: number[] }[];
  normal: { seed: number; stream: number; values: number[] }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('./golden/random/golden.json', import.meta.url), 'utf8'));
const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

beforeAll(() => loadKernels());

describe('words', () => {
  it.each(golden.words)("are randomgen's for seed $seed, stream $stream", ({ seed, stream, words }) => {
    expect([...new RandomState(seed, stream).words(words.length)]).toEqual(words);
  });

  it.each(golden.split)("of split($split) are randomgen's for seed $seed", ({ seed, split, words }) => {
    expect([...new RandomState(seed).split(split).words(words.length)]).toEqual(words);
  });

  it('are those of the reference, also across blocks', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.nat(40), (seed, stream, n) => {
        const reference = new ReferenceRandom(BigInt(seed), BigInt(stream));
        const expected = Array.from({ length: n }, () => reference.word());
        expect([...new RandomState(seed, stream).words(n)]).toEqual(expected);
      }),
    );
  });
});

describe('draws', () => {
  const kinds = {
    words: (random: RandomState, n: number) => random.words(n),
    uniform: (random: RandomState, n: number) => random.uniform(n),
    normal: (random: RandomState, n: number) => random.normal(n),
    integers: (random: RandomState, n: number) => random.integers(3_000_000_000, n),
  };

  it.each(Object.entries(kinds))('%s: two draws are one draw cut in two', (_, draw) => {
    fc.assert(
      fc.property(seeds, fc.nat(20), fc.nat(20), (seed, a, b) => {
        const cut = new RandomState(seed);
        const parts = [...draw(cut, a), ...draw(cut, b)];
        expect(parts).toEqual([...draw(new RandomState(seed), a + b)]);
      }),
    );
  });

  it('go on after a permutation, which takes as many words as it needs', () => {
    const random = new RandomState(9);
    const reference = new ReferenceRandom(9n);
    for (const n of [0, 1, 2, 17, 1000]) {
      expect([...random.permutation(n)]).toEqual(reference.permutation(n));
    }
    expect(random.words(1)[0]).toBe(reference.word());
  });

  it('are without bias and in range, for bounds that reject often and never', () => {
    for (const bound of [1, 2, 3, 10, 2 ** 31 + 1, 3_000_000_000, 2 ** 32 - 1, 2 ** 32]) {
      const reference = new ReferenceRandom(5n, BigInt(bound));
      const drawn = new RandomState(5, bound).integers(bound, 200);
      expect([...drawn]).toEqual(Array.from({ length: 200 }, () => reference.integer(bound)));
    }
    const counts = new Array(10).fill(0);
    for (const value of new RandomState(3).integers(10, 100_000)) counts[value]++;
    // Chi-square with 9 degrees of freedom: 27.9 is passed once in a thousand seeds.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  it('uniform: in [0, 1), multiples of 2^-24, with the moments of the distribution', () => {
    const values = new RandomState(11).uniform(100_000);
    expect(values.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24))).toBe(true);
    expect(mean(values)).toBeCloseTo(0.5, 2);
    expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
    const words = new RandomState(11).words(8);
    expect([...values.slice(0, 8)]).toEqual(Array.from(words, (word) => (word >>> 8) / 2 ** 24));
  });

  it.each(golden.normal)("normal: SciPy's quantiles of the words of seed $seed", ({ seed, stream, values }) => {
    const drawn = new RandomState(seed, stream).normal(values.length);
    values.forEach((value, i) => {
      expect(Math.abs(drawn[i] - value)).toBeLessThanOrEqual(1.2e-7 * Math.abs(value));
    });
  });

  it('normal: the moments of the distribution', () => {
    const values = new RandomState(12).normal(100_000);
    expect(mean(values)).toBeCloseTo(0, 1.7);
    expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 1.5);
    expect(mean(values.map((value) => value ** 3))).toBeCloseTo(0, 1);
    expect(mean(values.map((value) => value ** 4))).toBeCloseTo(3, 0.9);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it('permutation: every order equally likely', () => {
    const random = new RandomState(13);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(20.5); // 5 degrees of freedom, once in a thousand seeds
  });
});

describe('streams', () => {
  it('differ, and a split does not depend on what was drawn before', () => {
    const random = new RandomState(1);
    const before = random.split(3).words(4);
    random.words(5);
    expect(random.split(3).words(4)).toEqual(before);
    const heads = [random.words(4), before, random.split(4).words(4), random.split(3).split(3).words(4)];
    expect(new Set(heads.map(String)).size).toBe(heads.length);
    expect(new RandomState(1, 1).words(4)).not.toEqual(new RandomState(1, 2).words(4));
  });

  it('are uncorrelated', () => {
    const a = new RandomState(1).split(0).normal(20_000);
    const b = new RandomState(1).split(1).normal(20_000);
    expect(Math.abs(mean(a.map((value, i) => value * b[i])))).toBeLessThan(0.025);
  });
});

describe('bad input', () => {
  it.each([
    ['seed', () => new RandomState(-1)],
    ['seed', () => new RandomState(1.5)],
    ['seed', () => new RandomState(2 ** 53)],
    ['seed', () => new RandomState('1' as never)],
    ['stream', () => new RandomState(1, -1)],
    ['stream', () => new RandomState(1).split(Number.NaN)],
    ['bound', () => new RandomState(1).integers(0, 3)],
    ['bound', () => new RandomState(1).integers(2 ** 32 + 1, 3)],
    ['n', () => new RandomState(1).uniform(-1)],
    ['n', () => new RandomState(1).permutation(2 ** 32)],
  ])('blames %s', (parameter, draw) => {
    expect(draw).toThrow(ParameterError);
    expect(draw).toThrow(expect.objectContaining({ parameter }));
  });

  it('refuses more than the memory holds with a sentence', () => {
    expect(() => new RandomState(1).words(2 ** 30)).toThrow(MemoryError);
  });
});
