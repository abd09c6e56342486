import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { KernelsError, ParameterError } from '../src/errors.ts';
import { kernels } from '../src/kernels.ts';
import { type ResampleOptions, Resampler, resample, resampleStream } from '../src/resample.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { resample as resampleReference } from './reference/resample.ts';

beforeAll(() => loadKernels());

/**
 * Pairs of rates: some have few phases and go by spectra, most by a rate in between, from which 44099 interpolates between rows
 * of a grid; 191999 to 3000 has taps alone.
 */
const PAIRS = [
  [44100, 22050],
  [48000, 22050],
  [32000, 22050],
  [8000, 22050],
  [96000, 22050],
  [11025, 22050],
  [44099, 22050],
  [192000, 22050],
  [88200, 22050],
  [22050, 44100],
  [48000, 16000],
  [48000, 32000],
  [191999, 3000],
] as const;

/** The noise of test/golden/resample/make.py, exact in float32. */
function noise(seed: number, n: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return 2 * ((state >>> 16) / 65536 - 0.5);
  });
}

const tone = (frequency: number, sr: number, n: number) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / sr));

/** Without the ends, where the zeros beyond the signal are heard. */
const middle = (y: Float32Array) => y.subarray(Math.floor(y.length * 0.3), Math.ceil(y.length * 0.7));
const power = (y: Float32Array) => middle(y).reduce((sum, x) => sum + x * x, 0) / middle(y).length;
const decibels = (ratio: number) => 10 * Math.log10(ratio);

const joined = (blocks: readonly Float32Array[]) => Float32Array.from(blocks.flatMap((block) => [...block]));

function blocksOf(y: Float32Array, sizes: readonly number[]): Float32Array[] {
  let start = 0;
  const blocks = sizes.map((size) => {
    const block = y.subarray(start, start + size);
    start += block.length;
    return block;
  });
  return [...blocks, y.subarray(start)];
}

describe('resample', () => {
  const golden = JSON.parse(readFileSync(new URL('./golden/resample/resampled.json', import.meta.url), 'utf8'));

  it.each<ResampleOptions & { seed: number; samples: number; y: number[] }>(golden)(
    'agrees with SciPy: $origSr to $targetSr',
    ({ origSr, targetSr, seed, samples, y }) => {
      const out = resample(noise(seed, samples), { origSr, targetSr });
      expect(out.length).toBe(y.length);
      y.forEach((value, i) => {
        expect(Math.abs(out[i] - value), `sample ${i}`).toBeLessThan(1e-6);
      });
    },
  );

  it('agrees with the float64 twin for any rates and length', () => {
    const rate = fc.oneof(fc.integer({ min: 1000, max: 20_000 }), fc.constantFrom(8000, 11025, 16000, 22050, 44100));
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 0, max: 150 }), fc.nat(), (origSr, targetSr, n, seed) => {
        fc.pre(origSr !== targetSr);
        const y = noise(seed, n);
        const out = resample(y, { origSr, targetSr });
        const expected = resampleReference(y, origSr, targetSr);
        expect(out.length).toBe(expected.length);
        expected.forEach((value, i) => {
          expect(Math.abs(out[i] - value), `sample ${i}`).toBeLessThan(1e-6);
        });
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it.each(PAIRS)(
    '%i to %i: a tone keeps its shape, level and place up to 0.9 of the lower Nyquist',
    (origSr, targetSr) => {
      for (const part of [0.02, 0.3, 0.6, 0.9]) {
        const frequency = (part * Math.min(origSr, targetSr)) / 2;
        const out = resample(tone(frequency, origSr, Math.ceil(origSr / 4)), { origSr, targetSr });
        const expected = tone(frequency, targetSr, out.length);
        const error = out.map((value, i) => value - expected[i]);
        // Measured: 118 to 148 dB. Images of an upsampled tone count as error.
        expect(decibels(power(expected) / power(error)), `at ${part}`).toBeGreaterThan(110);
        expect(Math.abs(decibels(power(out) / power(expected)))).toBeLessThan(0.001);
      }
    },
  );

  it.each(PAIRS.filter(([origSr, targetSr]) => origSr > targetSr))(
    '%i to %i: what lies beyond the new Nyquist is gone',
    (origSr, targetSr) => {
      for (const part of [1.001, 1.02, 1.1, 1.4, 1.9, 3, 5]) {
        const frequency = (part * targetSr) / 2;
        if (frequency >= origSr / 2) continue;
        const out = resample(tone(frequency, origSr, Math.ceil(origSr / 4)), { origSr, targetSr });
        // Measured: -125 dB and below.
        expect(decibels(2 * power(out)), `at ${part}`).toBeLessThan(-110);
      }
    },
  );

  it('keeps an impulse at its time, symmetric: linear phase and no delay', () => {
    for (const [origSr, targetSr] of [
      [44100, 22050],
      [8000, 22050],
      [48000, 22050],
    ] as const) {
      // Both rates have a sample at 0.02 s.
      const y = new Float32Array(0.04 * origSr);
      y[0.02 * origSr] = 1;
      const out = resample(y, { origSr, targetSr });
      const peak = 0.02 * targetSr;
      expect(out.indexOf(Math.max(...out))).toBe(peak);
      for (let i = 1; i < 300; i++) expect(Math.abs(out[peak - i] - out[peak + i])).toBeLessThan(1e-7);
    }
  });

  it('does not drift: a signal shifted by whole cycles of the ratio comes out the same, as far out as one likes', () => {
    for (const [origSr, targetSr] of [
      [44099, 22050],
      [48000, 22050],
    ] as const) {
      const near = resample(noise(3, 500), { origSr, targetSr });
      const far = new Float32Array(60 * origSr + 500);
      far.set(noise(3, 500), 60 * origSr);
      const out = resample(far, { origSr, targetSr });
      // Blocks of spectra fall elsewhere on it, so the last bits may differ.
      near.forEach((value, i) => {
        expect(Math.abs(out[60 * targetSr + i] - value), `sample ${i}`).toBeLessThan(5e-7);
      });
    }
  });

  it('has ceil(n * targetSr / origSr) samples', () => {
    for (const n of [0, 1, 2, 3, 1001]) {
      expect(resample(noise(1, n), { origSr: 48000, targetSr: 22050 }).length).toBe(Math.ceil((n * 147) / 320));
      expect(resample(noise(1, n), { origSr: 1000, targetSr: 768_000 }).length).toBe(n * 768);
    }
  });

  it('gives a copy of the same bits for equal rates', () => {
    const y = noise(4, 100);
    const out = resample(y, { origSr: 22050, targetSr: 22050 });
    expect(out).toEqual(y);
    expect(out.buffer).not.toBe(y.buffer);
  });

  it('keeps a constant what it is, and silence silent', () => {
    for (const [origSr, targetSr] of PAIRS) {
      const out = middle(resample(new Float32Array(Math.max(8000, origSr / 10)).fill(0.5), { origSr, targetSr }));
      expect(Math.max(...out.map((value) => Math.abs(value - 0.5)))).toBeLessThan(3e-7);
      expect(resample(new Float32Array(100), { origSr, targetSr }).every((value) => value === 0)).toBe(true);
    }
  });

  it('takes the extremes of rate and of level', () => {
    expect(resample(noise(1, 3000), { origSr: 768_000, targetSr: 1000 }).length).toBe(4);
    expect(resample(noise(1, 3000), { origSr: 767_999, targetSr: 1001 }).length).toBe(4);
    const loud = noise(1, 1000).map((value) => value * 1e10);
    for (const targetSr of [22050, 8000, 44099]) {
      expect(resample(loud, { origSr: 32000, targetSr }).every(Number.isFinite)).toBe(true);
    }
  });
});

describe('Resampler and resampleStream', () => {
  const sizes = fc.array(fc.nat(400), { maxLength: 20 });

  it.each([...PAIRS, [22050, 22050] as const])(
    '%i to %i: the bits of the batch call for any blocks',
    (origSr, targetSr) => {
      using resampler = new Resampler({ origSr, targetSr });
      fc.assert(
        fc.property(fc.nat(1500), fc.nat(), sizes, (n, seed, cuts) => {
          const y = noise(seed, n);
          const parts = blocksOf(y, cuts).map((block) => resampler.push(block));
          expect(joined([...parts, resampler.flush()])).toEqual(resample(y, { origSr, targetSr }));
        }),
        { seed: 2, numRuns: 15 },
      );
    },
  );

  it.each([
    [48000, 22050],
    [44100, 22050],
    [11025, 22050],
    [48000, 32000],
    [22050, 22050],
  ])('%i to %i: the bits of the batch call where a block exceeds the working size', (origSr, targetSr) => {
    const y = noise(5, 100_000);
    using resampler = new Resampler({ origSr, targetSr });
    const parts = blocksOf(y, [70_001, 3]).map((block) => resampler.push(block));
    expect(joined([...parts, resampler.flush()])).toEqual(resample(y, { origSr, targetSr }));
    // And once more: nothing is left of the first signal.
    expect(joined([resampler.push(y), resampler.flush()])).toEqual(resample(y, { origSr, targetSr }));
  });

  it('stream without empty blocks', async () => {
    const y = noise(6, 5000);
    const blocks: Float32Array[] = [];
    const source = blocksOf(y, new Array(100).fill(7));
    for await (const block of resampleStream(source, { origSr: 44100, targetSr: 22050 })) blocks.push(block);
    expect(blocks.every((block) => block.length > 0)).toBe(true);
    expect(joined(blocks)).toEqual(resample(y, { origSr: 44100, targetSr: 22050 }));
    for await (const _ of resampleStream([], { origSr: 44100, targetSr: 22050 })) expect.unreachable();
  });

  it('take nothing of a block with a bad sample, and go on', () => {
    const y = noise(7, 1000);
    using resampler = new Resampler({ origSr: 44100, targetSr: 22050 });
    const first = resampler.push(y.subarray(0, 600));
    expect(() => resampler.push(Float32Array.of(0, 0, Number.NaN))).toThrow(/NaN at sample 2/);
    const long = new Float32Array(100_000);
    long[99_999] = Number.POSITIVE_INFINITY;
    expect(() => resampler.push(long)).toThrow(/Infinity at sample 99999/);
    expect(() => resample(long, { origSr: 44100, targetSr: 22050 })).toThrow(/Infinity at sample 99999/);
    const rest = [resampler.push(y.subarray(600)), resampler.flush()];
    expect(joined([first, ...rest])).toEqual(resample(y, { origSr: 44100, targetSr: 22050 }));
  });

  it('cannot be used after dispose', () => {
    for (const targetSr of [22050, 44100]) {
      const resampler = new Resampler({ origSr: 44100, targetSr });
      resampler.dispose();
      resampler.dispose();
      expect(() => resampler.push(noise(1, 1))).toThrow(KernelsError);
      expect(() => resampler.flush()).toThrow(KernelsError);
    }
  });

  it('share filters, keep those in use, and do not hoard the others', () => {
    const y = noise(8, 700);
    const options = { origSr: 44100, targetSr: 22050 };
    const expected = resample(y, options);
    using alive = new Resampler(options);
    const head = alive.push(y.subarray(0, 300));
    const sweep = () => {
      for (let i = 1; i <= 12; i++) resample(y.subarray(0, 10), { origSr: 22050 + i, targetSr: 22050 });
    };
    sweep();
    const held = kernels().exports.memory.buffer.byteLength;
    sweep();
    sweep();
    expect(kernels().exports.memory.buffer.byteLength).toBe(held);
    expect(joined([head, alive.push(y.subarray(300)), alive.flush()])).toEqual(expected);
  });
});

describe('failures', () => {
  const y = new Float32Array(10);
  const rates = { origSr: 44100, targetSr: 22050 };
  it.each([
    ['origSr', () => resample(y, { targetSr: 22050 } as never)],
    ['targetSr', () => resample(y, { origSr: 22050 } as never)],
    ['origSr', () => resample(y, undefined as never)],
    ['origSr', () => resample(y, { ...rates, origSr: 999 })],
    ['targetSr', () => resample(y, { ...rates, targetSr: 768_001 })],
    ['targetSr', () => new Resampler({ ...rates, targetSr: 22050.5 })],
    ['orig_sr', () => resample(y, { orig_sr: 44100, targetSr: 22050 } as never)],
    ['y', () => resample([0, 1] as never, rates)],
    ['y', () => resample(new Float64Array(3) as never, rates)],
    ['y', () => resample(Float32Array.of(0, Number.POSITIVE_INFINITY), rates)],
    ['y', () => resample(Float32Array.of(0, 3e38), rates)],
    ['y', () => resample(Float32Array.of(Number.NaN), { origSr: 22050, targetSr: 22050 })],
  ])('blames %s', (parameter, make) => {
    expect(make).toThrow(ParameterError);
    expect(make).toThrow(expect.objectContaining({ parameter }));
  });

  it('names a bad sample, and the option that was probably meant', () => {
    expect(() => resample(Float32Array.of(0, 0, Number.NEGATIVE_INFINITY), rates)).toThrow(/-Infinity at sample 2/);
    expect(() => resample(y, { orig_sr: 44100 } as never)).toThrow(/did you mean "origSr"/);
  });

  it('ends a stream with the error of its block', async () => {
    const stream = resampleStream([y, Float32Array.of(Number.NaN)], rates);
    await expect(stream.next()).rejects.toThrow(ParameterError);
  });
});
