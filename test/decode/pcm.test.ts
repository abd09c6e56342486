import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { decode } from '../../src/decode.ts';
import { bytesOf, wav, word } from './fixtures.ts';

/** What each depth of wavefile's names takes, and the scale to full scale 1. */
const DEPTHS = [
  { depth: '8', min: 0, max: 255, toFloat: (v: number) => (v - 128) / 128 },
  { depth: '16', min: -32768, max: 32767, toFloat: (v: number) => v / 32768 },
  { depth: '24', min: -8388608, max: 8388607, toFloat: (v: number) => v / 8388608 },
  { depth: '32', min: -2147483648, max: 2147483647, toFloat: (v: number) => v / 2147483648 },
];

describe('WAV, against wavefile', () => {
  it.each(DEPTHS)('$depth bits: any samples, channels and rates, of either byte order', async (row) => {
    const { depth, min, max, toFloat } = row;
    const arguments_ = fc.record({
      channels: fc.integer({ min: 1, max: 9 }),
      sr: fc.integer({ min: 1000, max: 192_000 }),
      container: fc.constantFrom('RIFF' as const, 'RIFX' as const),
      samples: fc.array(fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0)), {
        minLength: 9,
        maxLength: 60,
      }),
    });
    await fc.assert(
      fc.asyncProperty(arguments_, async ({ channels, sr, container, samples }) => {
        const whole = samples.slice(0, samples.length - (samples.length % channels));
        const file = new wavefile.WaveFile();
        file.fromScratch(channels, sr, depth, whole, { container });
        const audio = await decode(file.toBuffer());
        expect([audio.sr, audio.channels, audio.warnings]).toEqual([sr, channels, []]);
        const mono = Float32Array.from({ length: whole.length / channels }, (_, i) => {
          let sum = 0;
          for (let c = 0; c < channels; c++) sum += Math.fround(toFloat(whole[i * channels + c]));
          return sum / channels;
        });
        expect(audio.y).toEqual(mono);
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  it('A-law and mu-law: all 256 codes', async () => {
    for (const [depth, tag] of [
      ['8a', 6],
      ['8m', 7],
    ] as const) {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
      const { y } = await decode(wav({ tag, bits: 8, data: codes }));
      const peer = new wavefile.WaveFile();
      peer.fromScratch(1, 8000, depth, Array.from(codes));
      if (depth === '8a') peer.fromALaw();
      else peer.fromMuLaw();
      const theirs = peer.getSamples(false, Float64Array) as unknown as Float64Array;
      expect(Array.from(y)).toEqual(Array.from(theirs, (value) => value / 32768));
    }
  });
});

describe('depths between whole bytes', () => {
  it('stand left-justified in their container', async () => {
    // 12 bits in two bytes, 20 bits in three.
    const twelve = await decode(wav({ bits: 12, data: [...word(0x4000, 2), ...word(0x7ff0, 2)] }));
    expect(Array.from(twelve.y)).toEqual([0.5, 0x7ff0 / 32768]);
    const twenty = await decode(wav({ bits: 20, data: word(0xc00000, 3) }));
    expect(Array.from(twenty.y)).toEqual([-0.5]);
    // 24 bits in four bytes, as some recorders write.
    const padded = await decode(wav({ bits: 24, blockAlign: 4, data: word(0x40000000, 4) }));
    expect(Array.from(padded.y)).toEqual([0.5]);
  });
});

describe('floats beyond full scale', () => {
  it('stay as they are', async () => {
    const data = new Uint8Array(Float32Array.of(-3.5, 1e30, -0, 1e-40).buffer);
    const { y } = await decode(wav({ tag: 3, bits: 32, data }));
    expect(Array.from(y)).toEqual([-3.5, 1e30, -0, 1e-40].map(Math.fround));
  });
});

describe('sizes beyond 4 GiB', () => {
  it('are read from ds64', async () => {
    const inner = wav({ data: [1, 0, 2, 0], dataSize: 0xffffffff });
    const ds64 = bytesOf('ds64', word(28, 4), word(80, 8), word(4, 8), word(2, 8), word(0, 4));
    for (const id of ['RF64', 'BW64']) {
      const file = bytesOf(id, word(0xffffffff, 4), 'WAVE', ds64, inner.subarray(12), 'LIST', word(0, 4));
      const { y, warnings } = await decode(file);
      expect([Array.from(y), warnings]).toEqual([[1 / 32768, 2 / 32768], []]);
    }
  });
});
