import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { KernelsError, ParameterError } from '../src/errors.ts';
import { checkFrontEnd } from '../src/frontend.ts';
import { kernels } from '../src/kernels.ts';
import { Matrix } from '../src/matrix.ts';
import {
  hzToMel,
  LogMel,
  type LogMelOptions,
  logMelFrontEnd,
  logMelSpectrogram,
  logMelStream,
  type MelFilterBankOptions,
  melFilterBank,
  melFrequencies,
  melSpectrogram,
  melToHz,
} from '../src/mel.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { logMel as logMelReference, melSpectrogram as melReference } from './reference/mel.ts';
import { noise, signal } from './reference/signals.ts';

beforeAll(() => loadKernels());

const url = (name: string) => new URL(`./golden/mel/${name}`, import.meta.url);
const golden = (name: string) => JSON.parse(readFileSync(url(name), 'utf8'));
const goldenFloats = (name: string) => {
  const bytes = readFileSync(url(name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const noisy = (n: number, seed: number) => Float32Array.from(noise(n, seed), (x) => x / 2);
const relative = (actual: number, expected: number) => Math.abs(actual - expected) / (Math.abs(expected) || 1);
const silent = { onWarning: () => {} };

describe('scales', () => {
  it.each<{ htk: boolean; hz: number[]; hzToMel: number[]; mels: number[]; melToHz: number[]; frequencies: number[] }>(
    golden('scales.json'),
  )("have librosa's values, htk $htk", ({ htk, hz, mels, frequencies, ...expected }) => {
    const actual = {
      hzToMel: hzToMel(hz, { htk }),
      melToHz: melToHz(mels, { htk }),
      frequencies: melFrequencies({ nMels: 20, fMin: 20, fMax: 8000, htk }),
    };
    for (const [name, values] of Object.entries({ ...expected, frequencies })) {
      const found = actual[name as keyof typeof actual];
      expect(found.length).toBe(values.length);
      values.forEach((value, i) => {
        expect(relative(found[i], value), `${name}[${i}]`).toBeLessThan(1e-13);
      });
    }
  });

  it('take a number for a number', () => {
    expect(hzToMel(1000)).toBe(15);
    expect(melToHz(15)).toBe(1000);
    expect(melFrequencies().length).toBe(200);
  });
});

describe('melFilterBank', () => {
  const cases: { options: MelFilterBankOptions; weights?: number[][]; sums?: number[]; moments?: number[] }[] =
    golden('banks.json');

  it.each(cases.filter(({ weights }) => weights))("has librosa's weights: $options", ({ options, weights = [] }) => {
    const bank = melFilterBank({ ...options, ...silent });
    expect([bank.rows, bank.columns]).toEqual([weights.length, weights[0].length]);
    weights.forEach((row, b) => {
      row.forEach((weight, k) => {
        // One rounding to float32; librosa's own float64 rounding shows near the corners.
        expect(Math.abs(bank.row(b)[k] - weight)).toBeLessThanOrEqual(2 ** -24 * weight + 1e-14);
        expect(bank.row(b)[k] > 0).toBe(weight > 0);
      });
    });
  });

  it.each(cases.filter(({ sums }) => sums))("has librosa's sums: $options", ({ options, sums = [], moments = [] }) => {
    const bank = melFilterBank({ ...options, ...silent });
    expect(bank.rows).toBe(sums.length);
    sums.forEach((sum, b) => {
      const row = Array.from(bank.row(b));
      expect(Math.abs(row.reduce((total, weight) => total + weight, 0) - sum)).toBeLessThanOrEqual(1e-7 * sum);
      const moment = row.reduce((total, weight, k) => total + weight * k, 0);
      expect(Math.abs(moment - moments[b])).toBeLessThanOrEqual(1e-7 * moments[b]);
    });
  });

  it("warns of an empty filter, which 200 bands of Slaney's scale have not", () => {
    const texts: string[] = [];
    const onWarning = (text: string) => texts.push(text);
    melFilterBank({ sr: 22050, onWarning });
    expect(texts).toEqual([]);
    const bank = melFilterBank({ sr: 22050, htk: true, onWarning });
    expect(texts.length).toBe(1);
    expect(texts[0]).toContain('Empty filters detected in mel frequency basis: 1 of 200 (0)');
    expect(texts[0]).toContain('Try increasing nFft or your sampling rate (and fMax), or reducing nMels');
    expect(bank.row(0).every((weight) => weight === 0)).toBe(true);
    logMelSpectrogram(noisy(2048, 1), { sr: 22050, nFft: 256, onWarning });
    new LogMel({ sr: 22050, nFft: 256, onWarning }).dispose();
    expect(texts.slice(1).map((text) => text.split(':')[0])).toEqual(['logMelSpectrogram', 'LogMel']);
  });

  it('warns on the console once for each text', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      for (let i = 0; i < 3; i++) melFilterBank({ sr: 16000, nFft: 128 });
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });
});

describe('frames', () => {
  interface GoldenFrames {
    signal: string;
    samples: number;
    file: string;
    frames: number;
    options: LogMelOptions;
  }
  const cases: GoldenFrames[] = golden('frames.json');

  it.each(cases.filter(({ options }) => options.aMin))(
    "log-Mel is librosa's within 2e-6: $file",
    ({ signal: name, samples, file, frames, options }) => {
      const actual = logMelSpectrogram(signal(name, samples), { ...options, ...silent });
      const expected = goldenFloats(file);
      expect([actual.rows, actual.columns]).toEqual([frames, options.nMels]);
      const worst = expected.reduce((error, value, i) => Math.max(error, Math.abs(actual.data[i] - value)), 0);
      expect(worst).toBeLessThan(2e-6);
    },
  );

  it.each(cases.filter(({ options }) => !options.aMin))(
    "Mel is librosa's: $file",
    ({ signal: name, samples, file, frames, options }) => {
      const actual = melSpectrogram(signal(name, samples), { ...options, ...silent });
      const expected = goldenFloats(file);
      expect([actual.rows, actual.columns]).toEqual([frames, options.nMels]);
      const worst = expected.reduce((error, value, i) => Math.max(error, relative(actual.data[i], value)), 0);
      expect(worst).toBeLessThan(1e-6);
    },
  );

  it('agree with the float64 twin for any settings', () => {
    const settings = fc.record({
      nFft: fc.constantFrom(64, 128, 256),
      nMels: fc.integer({ min: 1, max: 50 }),
      htk: fc.boolean(),
      norm: fc.constantFrom('slaney' as const, null),
      power: fc.constantFrom(1 as const, 2 as const),
      center: fc.boolean(),
      hopLength: fc.integer({ min: 20, max: 300 }),
      sr: fc.constantFrom(8000, 22050, 44100.5),
      low: fc.integer({ min: 0, max: 40 }),
      high: fc.integer({ min: 50, max: 100 }),
    });
    fc.assert(
      fc.property(settings, fc.nat(), fc.integer({ min: 1, max: 1000 }), ({ low, high, ...options }, seed, n) => {
        const { sr, hopLength, power, center } = options;
        const bank = { ...options, fMin: (low / 200) * sr, fMax: (high / 200) * sr };
        const y = noisy(n, seed);
        const expected = logMelReference(melReference(y, bank, hopLength, power, center), 1e-5);
        const actual = logMelSpectrogram(y, { ...bank, ...silent });
        expect(actual.rows).toBe(expected.length);
        expected.flat().forEach((value, i) => {
          expect(Math.abs(actual.data[i] - value)).toBeLessThan(3e-6);
        });
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('have the defaults of the paper, and record every setting', () => {
    const frames = logMelSpectrogram(noisy(22050, 1), { sr: 22050 });
    expect([frames.rows, frames.columns]).toEqual([1 + Math.floor((22050 - 1024) / 512), 200]);
    const record = {
      kind: 'logMel',
      version: 2,
      sr: 22050,
      nFft: 1024,
      hopLength: 512,
      center: false,
      nMels: 200,
      fMin: 0,
      fMax: 11025,
      htk: false,
      norm: 'slaney',
      power: 1,
    };
    expect(frames.frontEnd).toEqual({ ...record, aMin: 1e-5 });
    expect(logMelFrontEnd({ sr: 22050 })).toEqual(frames.frontEnd);
    expect(logMelFrontEnd({ sr: 22050, norm: null }).norm).toBe('none');
    expect(melSpectrogram(noisy(5, 1), { sr: 22050 }).frontEnd).toEqual({ ...record, kind: 'mel' });
    expect(() => checkFrontEnd('here', frames.frontEnd, logMelFrontEnd({ sr: 22050, aMin: 1e-6 }))).toThrow('aMin');
  });

  it('scale with the signal: linear bands by its factor', () => {
    const y = noisy(3000, 4);
    const louder = y.map((x) => 4 * x);
    const [soft, loud] = [y, louder].map((samples) => melSpectrogram(samples, { sr: 22050 }).data);
    expect(loud).toEqual(soft.map((value) => 4 * value));
  });

  it('of silence are the floor', () => {
    const frames = logMelSpectrogram(new Float32Array(1), { sr: 22050, aMin: 1e-5 });
    expect(frames.rows).toBe(1);
    expect(new Set(frames.data)).toEqual(new Set([Math.fround(Math.log(1e-5))]));
    expect(new Set(melSpectrogram(new Float32Array(2000), { sr: 22050 }).data)).toEqual(new Set([0]));
  });

  it('have the same bits wherever they stand, also in another call with other plans between', () => {
    const y = noisy(512 * 70 + 1024, 6);
    const all = logMelSpectrogram(y, { sr: 22050 });
    for (let nMels = 20; nMels < 32; nMels++) logMelSpectrogram(y.subarray(0, 1024), { sr: 22050, nMels });
    for (const t of [0, 3, 63, 64, 69]) {
      expect(logMelSpectrogram(y.slice(t * 512, t * 512 + 1024), { sr: 22050 }).data).toEqual(all.row(t));
    }
  });

  it('take no more wasm memory for a longer signal, nor for a hundred streams', () => {
    const held = () => kernels().exports.memory.buffer.byteLength;
    const options = { sr: 22050, hopLength: 5000 };
    logMelSpectrogram(noisy(70 * 5000, 1), options);
    const before = held();
    logMelSpectrogram(noisy(400 * 5000, 1), options);
    expect(held()).toBe(before);
    for (let i = 0; i < 100; i++) {
      using stream = new LogMel(options);
      stream.push(noisy(1024, i));
    }
    expect(held() - before).toBeLessThanOrEqual(65536);
  });

  it('survive another instance of the module', async () => {
    const y = noisy(4000, 12);
    const expected = logMelSpectrogram(y, { sr: 22050 }).data;
    using stream = new LogMel({ sr: 22050 });
    const first = stream.push(y.subarray(0, 2000));
    await loadKernels(readFileSync(new URL('../build/tunespace.wasm', import.meta.url)));
    expect(logMelSpectrogram(y, { sr: 22050 }).data).toEqual(expected);
    const rest = stream.push(y.subarray(2000));
    expect(Matrix.concatenate([first, rest, stream.flush()]).data).toEqual(expected);
  });

  it('may be computed by a warning of their own', () => {
    const y = noisy(1024, 13);
    const onWarning = () => {
      for (let nMels = 20; nMels < 32; nMels++) logMelSpectrogram(y, { sr: 22050, nMels });
    };
    expect(logMelSpectrogram(y, { sr: 22050, htk: true, onWarning }).rows).toBe(1);
  });

  it('do not touch the signal', () => {
    const y = noisy(5000, 8);
    const copy = y.slice();
    logMelSpectrogram(y, { sr: 22050 });
    expect(y).toEqual(copy);
  });
});

describe('streams', () => {
  const setup = fc.record({
    nFft: fc.constantFrom(64, 128),
    hopLength: fc.integer({ min: 1, max: 300 }),
    center: fc.boolean(),
    nMels: fc.constantFrom(5, 8),
  });
  const blocks = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 15 });

  it('have the bits of the batch call for any blocks', async () => {
    await fc.assert(
      fc.asyncProperty(setup, blocks, fc.nat(), async (settings, sizes, seed) => {
        const y = noisy(
          sizes.reduce((sum, size) => sum + size, 0),
          seed,
        );
        fc.pre(y.length > 0);
        const options = { sr: 8000, ...settings, ...silent };
        const batch = logMelSpectrogram(y, options);
        let offset = 0;
        const parts = sizes.map((size) => {
          offset += size;
          return y.subarray(offset - size, offset);
        });
        using stream = new LogMel(options);
        for (let round = 0; round < 2; round++) {
          const rows = Matrix.concatenate([...parts.map((part) => stream.push(part)), stream.flush()]);
          expect(rows.data).toEqual(batch.data);
          expect(rows.frontEnd).toEqual(batch.frontEnd);
        }
        const rows: Matrix[] = [];
        for await (const part of logMelStream(parts, options)) rows.push(part);
        expect(rows.every((part) => part.rows > 0)).toBe(true);
        expect(Matrix.concatenate(rows).data).toEqual(batch.data);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('have them at the settings of the paper, over tiles', () => {
    const y = noisy(150_000, 9);
    using stream = new LogMel({ sr: 22050 });
    const rows = [];
    for (let i = 0; i < y.length; i += 7919) rows.push(stream.push(y.subarray(i, i + 7919)));
    rows.push(stream.flush());
    expect(Matrix.concatenate(rows).data).toEqual(logMelSpectrogram(y, { sr: 22050 }).data);
    expect(stream.frontEnd).toEqual(logMelFrontEnd({ sr: 22050 }));
  });

  it('stand as they were after a block that will not do', () => {
    const y = noisy(3000, 10);
    using stream = new LogMel({ sr: 22050 });
    const first = stream.push(y.subarray(0, 1500));
    expect(() => stream.push(Float32Array.of(0, Number.NaN))).toThrow(
      'LogMel.push: y must be finite, got NaN at sample 1',
    );
    const rows = Matrix.concatenate([first, stream.push(y.subarray(1500)), stream.flush()]);
    expect(rows.data).toEqual(logMelSpectrogram(y, { sr: 22050 }).data);
  });

  it('take a block of any length, all of it or nothing', () => {
    const y = noisy(200_000, 13);
    const spoilt = y.slice(100_000);
    spoilt[90_000] = Number.NEGATIVE_INFINITY;
    using stream = new LogMel({ sr: 22050 });
    const first = stream.push(y.subarray(0, 100_000));
    expect(() => stream.push(spoilt)).toThrow('LogMel.push: y must be finite, got -Infinity at sample 90000');
    const rows = Matrix.concatenate([first, stream.push(y.subarray(100_000)), stream.flush()]);
    expect(rows.data).toEqual(logMelSpectrogram(y, { sr: 22050 }).data);
  });

  it('without samples are refused, and after dispose as well', async () => {
    const stream = new LogMel({ sr: 22050 });
    expect(() => stream.flush()).toThrow(ParameterError);
    stream.push(noisy(10, 1));
    stream.dispose();
    stream.dispose();
    expect(() => stream.flush()).toThrow(KernelsError);
    expect(() => stream.push(noisy(10, 1))).toThrow('LogMel.push: used after dispose');
    const drain = async () => {
      for await (const _ of logMelStream([], { sr: 22050 }));
    };
    await expect(drain()).rejects.toThrow('at least one sample');
  });

  it('pass on what their source throws', async () => {
    async function* source() {
      yield noisy(2000, 1);
      throw new RangeError('cut short');
    }
    const rows: Matrix[] = [];
    const drain = async () => {
      for await (const part of logMelStream(source(), { sr: 22050 })) rows.push(part);
    };
    await expect(drain()).rejects.toThrow(RangeError);
    expect(rows.length).toBe(1);
  });
});

describe('failures', () => {
  const y = new Float32Array(2048);
  it.each<[string, () => unknown, string]>([
    ['sr', () => logMelSpectrogram(y, {} as never), 'sr must be given'],
    ['sr', () => logMelSpectrogram(y, undefined as never), 'sr must be given'],
    ['sr', () => melSpectrogram(y, { sr: 0 }), 'above 0'],
    ['fMax', () => melSpectrogram(y, { sr: 22050, fMax: 16000 }), 'at most sr / 2 = 11025 Hz, got 16000'],
    ['fMax', () => melFilterBank({ sr: 22050, fMax: Number.NaN }), 'a finite number'],
    ['fMin', () => melFilterBank({ sr: 22050, fMin: -1 }), 'at least 0'],
    ['fMin', () => melFilterBank({ sr: 22050, fMin: 5000, fMax: 5000 }), 'below fMax = 5000 Hz, got 5000'],
    ['nMels', () => melFilterBank({ sr: 22050, nMels: 0 }), 'at least 1'],
    ['nMels', () => melFilterBank({ sr: 22050, nMels: 1e9 }), 'at most 2048'],
    ['nFft', () => melFilterBank({ sr: 22050, nFft: 100 }), 'use 64 or 128'],
    ['norm', () => melSpectrogram(y, { sr: 22050, norm: 'l1' as never }), '"slaney" or null, got "l1"'],
    ['htk', () => melSpectrogram(y, { sr: 22050, htk: 'yes' as never }), 'true or false'],
    ['power', () => logMelSpectrogram(y, { sr: 22050, power: 0.5 as never }), 'power must be 1'],
    ['aMin', () => logMelSpectrogram(y, { sr: 22050, aMin: 0 }), 'at least 1.17'],
    ['aMin', () => melSpectrogram(y, { sr: 22050, aMin: 1e-5 } as never), 'unknown option "aMin"'],
    ['onWarning', () => melFilterBank({ sr: 22050, onWarning: 'no' as never }), 'must be a function'],
    ['hop_length', () => melSpectrogram(y, { sr: 22050, hop_length: 5 } as never), 'did you mean "hopLength"?'],
    ['y', () => logMelSpectrogram(new Float32Array(0), { sr: 22050 }), 'at least one sample'],
    ['y', () => logMelSpectrogram(Float32Array.of(0, 1 / 0), { sr: 22050 }), 'got Infinity at sample 1'],
    ['frequencies', () => hzToMel([1, -2]), 'at most 1000000000, got -2'],
    ['frequencies', () => hzToMel(null as never), 'a number or an array'],
    ['mels', () => melToHz(Number.NaN), 'a finite number'],
    ['mels', () => melToHz(20_000), 'at most 10000'],
    ['nMels', () => melFrequencies({ nMels: 1 }), 'at least 2'],
    ['fMin', () => melFrequencies({ fMin: 20000 }), 'below fMax = 11025 Hz'],
  ])('blame %s', (parameter, call, words) => {
    expect(call).toThrow(ParameterError);
    expect(call).toThrow(words);
    expect(call).toThrow(expect.objectContaining({ parameter }));
  });
});
