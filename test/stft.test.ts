import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ParameterError } from '../src/errors.ts';
import { kernels } from '../src/kernels.ts';
import type { Matrix } from '../src/matrix.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { Framer, type FramingOptions, framesOf } from '../src/stft/framing.ts';
import { PlanCache } from '../src/stft/plan.ts';
import { spectrogram, stft } from '../src/stft.ts';
import { noise, signal } from './reference/signals.ts';
import { spectrogram as spectrogramReference, stft as stftReference } from './reference/stft.ts';

beforeAll(() => loadKernels());

const golden = (name: string) => JSON.parse(readFileSync(new URL(`./golden/stft/${name}`, import.meta.url), 'utf8'));
const noisy = (n: number, seed: number) => Float32Array.from(noise(n, seed));

/** float32 rounds once, from float64; what is left of that is small beside the spectrum's norm. */
const closeTo = (actual: number, expected: number, norm: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(2 ** -24 * Math.abs(expected) + 1e-13 * norm);

function expectRows(actual: Matrix, expected: readonly ArrayLike<number>[]): void {
  expect(actual.rows).toBe(expected.length);
  expected.forEach((row, t) => {
    expect(actual.columns).toBe(row.length);
    const norm = Math.sqrt(Array.from(row).reduce((sum, x) => sum + x * x, 0));
    for (let k = 0; k < row.length; k++) closeTo(actual.row(t)[k], row[k], norm);
  });
}

describe('stft', () => {
  it.each<{ n: number; bins: number[]; real: number[]; imag: number[]; energy: number }>(golden('fft.json'))(
    "has SciPy's bins and energy for $n samples",
    ({ n, bins, real, imag, energy }) => {
      const actual = stft(signal('noise', n), { nFft: n });
      expect([actual.real.rows, actual.real.columns, actual.imag.columns]).toEqual([1, 1 + n / 2, 1 + n / 2]);
      bins.forEach((k, i) => {
        closeTo(actual.real.data[k], real[i], Math.sqrt(energy));
        closeTo(actual.imag.data[k], imag[i], Math.sqrt(energy));
      });
      const sum = actual.real.data.reduce((total, re, k) => total + re * re + actual.imag.data[k] ** 2, 0);
      expect(Math.abs(sum / energy - 1)).toBeLessThan(1e-7);
    },
  );

  it.each<Required<FramingOptions> & { samples: number; real: number[][]; imag: number[][] }>(golden('stft.json'))(
    "has librosa's frames: hop $hopLength, center $center",
    ({ samples, real, imag, ...options }) => {
      const actual = stft(signal('noise', samples), options);
      expect([actual.real.rows, actual.imag.rows]).toEqual([real.length, imag.length]);
      real.flat().forEach((value, i) => {
        expect(Math.abs(actual.real.data[i] - value)).toBeLessThan(1e-6);
        expect(Math.abs(actual.imag.data[i] - imag.flat()[i])).toBeLessThan(1e-6);
      });
    },
  );

  it('agrees with the float64 twin for any framing', () => {
    const framing = fc.record({
      nFft: fc.constantFrom(64, 128, 256),
      hopLength: fc.integer({ min: 1, max: 400 }),
      center: fc.boolean(),
    });
    fc.assert(
      fc.property(framing, fc.integer({ min: 1, max: 900 }), fc.nat(), ({ nFft, hopLength, center }, n, seed) => {
        const y = noisy(n, seed);
        // Few frames: the twin is slow.
        fc.pre(n / hopLength < 40);
        const { real, imag } = stft(y, { nFft, hopLength, center });
        const expected = stftReference(y, nFft, hopLength, center);
        expect(real.rows).toBe(expected.length);
        expected.forEach((spectrum, t) => {
          for (let k = 0; k <= nFft / 2; k++) {
            closeTo(real.row(t)[k], spectrum.real[k], nFft);
            closeTo(imag.row(t)[k], spectrum.imag[k], nFft);
          }
        });
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('is linear', () => {
    const [a, b] = [noisy(4096, 1), noisy(4096, 2)];
    const sum = Float32Array.from(a, (x, i) => 0.5 * x + 0.25 * b[i]);
    // What float32 rounds off the sum itself.
    const lost = Float64Array.from(a, (x, i) => sum[i] - (0.5 * x + 0.25 * b[i]));
    expect(lost.every((x) => Math.abs(x) < 1e-7)).toBe(true);
    const [A, B, S] = [a, b, sum].map((y) => stft(y).real.data);
    S.forEach((x, i) => {
      expect(Math.abs(x - (0.5 * A[i] + 0.25 * B[i]))).toBeLessThan(2e-5);
    });
  });

  it('keeps the energy of a frame (Parseval)', () => {
    const y = noisy(1024, 7);
    const { real, imag } = stft(y);
    const square = (k: number) => real.data[k] ** 2 + imag.data[k] ** 2;
    let energy = square(0) + square(512);
    for (let k = 1; k < 512; k++) energy += 2 * square(k);
    const windowed = y.reduce((sum, x, t) => sum + (x * (0.5 - 0.5 * Math.cos((2 * Math.PI * t) / 1024))) ** 2, 0);
    expect(Math.abs(energy / 1024 / windowed - 1)).toBeLessThan(1e-7);
  });

  it('gives a frame the same bits wherever it stands', () => {
    const y = noisy(512 * 80 + 1024, 11);
    const all = stft(y);
    for (const t of [1, 2, 3, 63, 64, 65, 79]) {
      const alone = stft(y.slice(t * 512, t * 512 + 1024));
      expect(alone.real.data).toEqual(all.real.row(t));
      expect(alone.imag.data).toEqual(all.imag.row(t));
    }
  });

  it('centres frame i on sample i * hopLength, with zeros beyond the ends', () => {
    const y = noisy(700, 3);
    const padded = new Float32Array(700 + 256);
    padded.set(y, 128);
    const options = { nFft: 256, hopLength: 100 };
    const centred = stft(y, { ...options, center: true });
    expect(centred.real.rows).toBe(8);
    expect(centred.real.data).toEqual(stft(padded, options).real.data);
  });

  it('fills a short signal up with zeros, and records the settings', () => {
    const y = noisy(40, 5);
    const { real, imag } = stft(y, { nFft: 64 });
    const padded = new Float32Array(64);
    padded.set(y);
    expect(real.data).toEqual(stft(padded, { nFft: 64 }).real.data);
    expect(real.frontEnd).toEqual({ kind: 'stftReal', version: 2, nFft: 64, hopLength: 512, center: false });
    expect(imag.frontEnd?.kind).toBe('stftImaginary');
  });
});

describe('spectrogram', () => {
  it.each([1, 2] as const)('agrees with the float64 twin, power %d', (power) => {
    const y = noisy(600, 13);
    expectRows(spectrogram(y, { nFft: 128, hopLength: 50, power }), spectrogramReference(y, 128, 50, power));
  });

  it('keeps a tone 140 dB below another, and the gap between them', () => {
    // A float32 transform spreads about 1e-6 of the loud tone over all bins.
    const cosine = (bin: number, t: number) => Math.cos((2 * Math.PI * bin * t) / 1024);
    const y = Float32Array.from({ length: 1024 }, (_, t) => cosine(48.5, t) + 1e-7 * cosine(300, t));
    const [exact] = spectrogramReference(y, 1024, 512);
    const bins = spectrogram(y).data;
    expect(exact[300] / exact[48]).toBeLessThan(1e-6);
    bins.forEach((bin, k) => {
      expect(Math.abs(bin - exact[k])).toBeLessThanOrEqual(1e-7 * exact[k] + 1e-12);
    });
  });

  it('moves with the signal by whole hops', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 200 }), fc.nat(), (frames, hop, seed) => {
        const y = noisy(64 + 12 * hop, seed);
        const options = { nFft: 64, hopLength: hop };
        expect(spectrogram(y.subarray(frames * hop), options).data).toEqual(spectrogram(y, options).slice(frames).data);
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  it('stays finite for the largest samples, and exact for the smallest', () => {
    const square = Float32Array.from({ length: 8192 }, (_, i) => (i & 32 ? -1e10 : 1e10));
    for (const power of [1, 2] as const) {
      expect(spectrogram(square, { nFft: 8192, power }).data.every(Number.isFinite)).toBe(true);
    }
    const tiny = Float32Array.from(noise(1024), (x) => x * 2 ** -60);
    const usual = Float32Array.from(noise(1024));
    expect(spectrogram(tiny).data.map((x) => x * 2 ** 60)).toEqual(spectrogram(usual).data);
  });
});

describe('Framer', () => {
  it('gives all frames once, in order, for any blocks', () => {
    const setup = fc.record({
      nFft: fc.constant(64),
      hopLength: fc.integer({ min: 1, max: 200 }),
      center: fc.boolean(),
    });
    const blocks = fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(setup, blocks, (framing, sizes) => {
        const n = sizes.reduce((sum, size) => sum + size, 0);
        fc.pre(n > 0);
        const y = Float32Array.from({ length: n }, (_, i) => i + 1);
        const cut = ({ y: samples, start, nFrames }: ReturnType<typeof framesOf>) =>
          Array.from({ length: nFrames }, (_, f) =>
            Array.from({ length: 64 }, (_, t) => samples[start + f * framing.hopLength + t] ?? 0),
          );
        const framer = new Framer(kernels(), framing);
        // Twice, because flush makes it ready for another signal.
        for (let round = 0; round < 2; round++) {
          const frames: number[][] = [];
          const use = (pointer: number, nFrames: number) => {
            for (let f = 0; f < nFrames; f++) {
              frames.push([...kernels().readF32(pointer + 4 * f * framing.hopLength, 64)]);
            }
          };
          let offset = 0;
          for (const size of sizes) {
            const expected = frames.length + framer.framesAfter(size);
            framer.push('here', y.subarray(offset, offset + size), use);
            expect(frames.length).toBe(expected);
            offset += size;
          }
          framer.flush(framer.rest('here'), use);
          expect(frames).toEqual(cut(framesOf('here', y, framing)));
        }
        framer.dispose();
      }),
      { seed: 3 },
    );
  });
});

it('PlanCache keeps the plans last used, and disposes of the others once', () => {
  const disposed: number[] = [];
  const cache = new PlanCache<{ i: number; dispose(): void }>();
  const get = (i: number) => cache.get({ i }, () => ({ i, dispose: () => disposed.push(i) }));
  const first = get(0);
  for (let i = 1; i < 8; i++) get(i);
  expect(get(0)).toBe(first);
  get(8);
  expect(disposed).toEqual([1]);
  expect(get(0)).toBe(first);
  get(1);
  expect(disposed).toEqual([1, 2]);
});

describe('failures', () => {
  const y = new Float32Array(2048);
  const spoilt = (value: number) => Float32Array.from(y, (_, i) => (i === 1500 ? value : 0));

  it.each<[string, () => unknown, string]>([
    ['nFft', () => stft(y, { nFft: 1000 }), 'power of two from 64 to 8192, got 1000; use 512 or 1024'],
    ['nFft', () => stft(y, { nFft: 32 }), 'at least 64'],
    ['nFft', () => spectrogram(y, { nFft: 16384 }), 'at most 8192'],
    ['hopLength', () => stft(y, { hopLength: 0 }), 'at least 1'],
    ['hopLength', () => stft(y, { hopLength: 1.5 }), 'an integer'],
    ['center', () => stft(y, { center: 1 as never }), 'true or false, got 1'],
    ['power', () => spectrogram(y, { power: 3 as never }), 'power must be 1 (magnitude) or 2 (power), got 3'],
    ['n_fft', () => stft(y, { n_fft: 512 } as never), 'did you mean "nFft"?'],
    ['y', () => stft(new Float32Array(0)), 'at least one sample'],
    ['y', () => stft([1, 2, 3] as never), 'Float32Array of mono samples, got an array of 3'],
    ['y', () => stft(new Float64Array(3) as never), 'got a Float64Array'],
    ['y', () => stft(spoilt(Number.NaN)), 'y must be finite, got NaN at sample 1500'],
    ['y', () => spectrogram(spoilt(-1 / 0)), 'y must be finite, got -Infinity at sample 1500'],
    ['y', () => spectrogram(spoilt(3e38)), 'at most 1e10 in size'],
  ])('blame %s', (parameter, call, words) => {
    expect(call).toThrow(ParameterError);
    expect(call).toThrow(words);
    expect(call).toThrow(expect.objectContaining({ parameter }));
  });
});
