import { describe, expect, it } from 'vitest';
import { crc8, crc16 } from '../../src/decode/flac-frames.ts';
import { decode } from '../../src/decode.ts';
import { bytesOf, golden, word } from './fixtures.ts';

/** Bits end to end, most significant first, filled up to whole bytes. */
function pack(fields: [value: number, width: number][]): number[] {
  const bits = fields.flatMap(([value, width]) =>
    Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (width - 1 - i)) & 1),
  );
  const bytes: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    bytes.push(
      Number.parseInt(
        bits
          .slice(i, i + 8)
          .join('')
          .padEnd(8, '0'),
        2,
      ),
    );
  return bytes;
}

interface Stream {
  bits: number;
  sr?: number;
  /** Codes in the frame's header; 0 leaves depth and rate to STREAMINFO. */
  depthCode: number;
  rate?: [code: number, ...extra: number[]];
  /** Samples, one list a channel, all in one frame each. */
  frames: number[][][];
  announced?: number;
}

/** A FLAC file of verbatim subframes (RFC 9639), written from the specification. */
function flac({ bits, sr = 44100, depthCode, rate = [9], frames, announced }: Stream): Uint8Array {
  const channels = frames[0].length;
  const total = announced ?? frames.reduce((sum, [first]) => sum + first.length, 0);
  const info = pack([
    [16, 16],
    [4096, 16],
    [0, 24],
    [0, 24],
    [sr, 20],
    [channels - 1, 3],
    [bits - 1, 5],
    [total, 36],
  ]);
  const blocks = frames.map((frame, number) => {
    const [code, ...extra] = rate;
    const head = [0xff, 0xf8, 0x70 | code, ((channels - 1) << 4) | (depthCode << 1), number];
    head.push(...word(frame[0].length - 1, 2, false), ...extra);
    head.push(crc8(Uint8Array.from(head), 0, head.length));
    const fields = frame.flatMap((samples): [number, number][] => [
      [2, 8],
      ...samples.map((value): [number, number] => [value < 0 ? value + 2 ** bits : value, bits]),
    ]);
    const body = Uint8Array.from([...head, ...pack(fields)]);
    return bytesOf(body, word(crc16(body, 0, body.length), 2, false));
  });
  return bytesOf('fLaC', [0x80, 0, 0, 34], info, new Uint8Array(16), ...blocks);
}

/** Samples of a depth with its extremes, 40 of them. */
const samplesOf = (bits: number, seed: number) =>
  Array.from({ length: 40 }, (_, i) => {
    if (i < 3) return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1][i];
    return (((i + seed) * 2654435761) % 2 ** bits) - 2 ** (bits - 1);
  });

describe('FLAC of every depth that a frame can name', () => {
  it.each([
    [8, 1],
    [16, 4],
    [24, 6],
    [32, 7],
  ])('%i bits, exactly', async (bits, depthCode) => {
    const [left, right] = [samplesOf(bits, 1), samplesOf(bits, 2)];
    const { y, channels, warnings } = await decode(flac({ bits, depthCode, frames: [[left, right]] }));
    expect([channels, warnings]).toEqual([2, []]);
    const value = (sample: number) => Math.fround(sample / 2 ** (bits - 1));
    expect(Array.from(y)).toEqual(left.map((sample, i) => Math.fround((value(sample) + value(right[i])) / 2)));
  });

  it('but 12 and 20 bits, which the decoder divides by zero', async () => {
    for (const [bits, depthCode] of [
      [12, 2],
      [20, 5],
    ]) {
      const file = flac({ bits, depthCode, frames: [[samplesOf(bits, 1)]] });
      await expect(decode(file, { name: 'f' })).rejects.toThrow(
        `f: FLAC of ${bits} bits a sample; the decoder takes 8, 16`,
      );
    }
  });

  it('left to STREAMINFO, depth and rate alike', async () => {
    const samples = samplesOf(16, 3);
    const file = flac({ bits: 16, sr: 12345, depthCode: 0, rate: [0], frames: [[samples], [samples]] });
    const { y, sr, warnings } = await decode(file);
    expect([sr, warnings]).toEqual([12345, []]);
    expect(Array.from(y)).toEqual([...samples, ...samples].map((value) => value / 32768));
  });

  it('with rates of one and two bytes', async () => {
    const frames = [[samplesOf(16, 4)]];
    expect((await decode(flac({ bits: 16, depthCode: 4, sr: 50000, rate: [12, 50], frames }))).sr).toBe(50000);
    expect((await decode(flac({ bits: 16, depthCode: 4, sr: 11025, rate: [13, 0x2b, 0x11], frames }))).sr).toBe(11025);
    expect((await decode(flac({ bits: 16, depthCode: 4, sr: 384000, rate: [14, 0x96, 0], frames }))).sr).toBe(384000);
  });

  it('of eight channels', async () => {
    const frame = Array.from({ length: 8 }, () => samplesOf(16, 5));
    const { y, channels } = await decode(flac({ bits: 16, depthCode: 4, frames: [frame, frame] }));
    expect(channels).toBe(8);
    expect(Array.from(y.subarray(0, 40))).toEqual(frame[0].map((value) => value / 32768));
  });
});

describe('damage', () => {
  const frames = Array.from({ length: 6 }, (_, i) => [samplesOf(16, i)]);
  const good = flac({ bits: 16, depthCode: 4, frames });
  const size = (good.length - 42) / 6;
  const without = (...lost: number[]) =>
    frames.flatMap(([samples], i) => (lost.includes(i) ? [] : samples.map((value) => value / 32768)));

  it('costs the frame that it is in, whether head or body', async () => {
    for (const [frame, offset] of [
      [2, 0],
      [2, 3],
      [2, 40],
      [0, 7],
      [5, 30],
      [5, 1],
    ]) {
      const bad = good.slice();
      bad[42 + frame * size + offset] ^= 0x10;
      const { y, warnings } = await decode(bad);
      expect(Array.from(y)).toEqual(without(frame));
      expect(warnings).toHaveLength(2);
    }
  });

  it('costs nothing where frames have been put in between or behind', async () => {
    const other = flac({ bits: 24, depthCode: 6, frames: [[samplesOf(24, 1)]] }).subarray(42);
    const middle = 42 + 3 * size;
    for (const junk of [other, new Uint8Array(100), new Uint8Array(100).fill(0xff)]) {
      const between = await decode(bytesOf(good.subarray(0, middle), junk, good.subarray(middle)));
      const behind = await decode(bytesOf(good, junk));
      expect(Array.from(between.y)).toEqual(without());
      expect(Array.from(behind.y)).toEqual(without());
      expect(between.warnings.join()).toMatch(new RegExp(`damaged: ${junk.length} bytes at byte ${middle}`));
      expect(behind.warnings.join()).toMatch(new RegExp(`junk: ${junk.length} bytes at byte ${good.length}`));
    }
  });

  it('of a file made of false beginnings ends in time', async () => {
    // Frame headers whose checksums hold, each announcing the largest frame there is; with this number the sum over them
    // never comes to zero, so that each is searched to its announced end.
    const head = [0xff, 0xf8, 0x79, 0x08, 16, 0xff, 0xff];
    const one = [...head, crc8(Uint8Array.from(head), 0, head.length)];
    const start = performance.now();
    const file = bytesOf(flac({ bits: 16, depthCode: 4, frames: frames.slice(0, 1) }), Array(60_000).fill(one).flat());
    await expect(decode(file, { name: 'false.flac' })).rejects.toThrow(/false\.flac: .*damaged beyond repair/);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('is told where samples are missing though every frame is whole', async () => {
    const { warnings } = await decode(flac({ bits: 16, depthCode: 4, frames, announced: 500 }));
    expect(warnings).toEqual(['truncated or damaged: 500 samples are announced, 240 were found']);
  });
});

it('FLAC that does not know its length is read without a word', async () => {
  const bytes = golden('frames.flac');
  bytes.fill(0, 22, 26);
  bytes[21] &= 0xf0;
  const { y, warnings } = await decode(bytes);
  expect([y.length, warnings]).toEqual([4410, []]);
});
