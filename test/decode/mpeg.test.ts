import { describe, expect, it } from 'vitest';
import { ByteQueue, id3v2Size } from '../../src/decode/bytes.ts';
import { MpegFramer, readInfo } from '../../src/decode/mpeg-framer.ts';
import { readHeader, tagSize } from '../../src/decode/mpeg-frames.ts';
import { quietly } from '../../src/decode/quiet.ts';
import { decode } from '../../src/decode.ts';
import { bytesOf, golden, streamed, word } from './fixtures.ts';

/** A golden file without its ID3v2 tag. */
const bare = (name: string) => golden(name).subarray(id3v2Size(golden(name)));

/** The frames of a clean file, its header with the stream's length left out. */
function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at)!;
    const frame = bytes.subarray(at, at + header.length);
    if (!readInfo(frame, header)) frames.push(frame);
    at += header.length;
  }
  return frames;
}

describe('frame headers', () => {
  // Lengths from the standard's formula, worked out by hand: 144 * bitrate / rate, 72 for the lower rates, 4 * (12 * ...).
  it.each([
    [[0xff, 0xfb, 0x90, 0x00], { version: 1, layer: 3, sr: 44100, channels: 2, length: 417, samples: 1152 }],
    [[0xff, 0xfb, 0x92, 0xc0], { version: 1, layer: 3, sr: 44100, channels: 1, length: 418, samples: 1152 }],
    [[0xff, 0xfb, 0xe4, 0x40], { version: 1, layer: 3, sr: 48000, channels: 2, length: 960, samples: 1152 }],
    [[0xff, 0xfd, 0x84, 0x00], { version: 1, layer: 2, sr: 48000, channels: 2, length: 384, samples: 1152 }],
    [[0xff, 0xff, 0x18, 0x00], { version: 1, layer: 1, sr: 32000, channels: 2, length: 48, samples: 384 }],
    [[0xff, 0xf3, 0x80, 0xc0], { version: 2, layer: 3, sr: 22050, channels: 1, length: 208, samples: 576 }],
    [[0xff, 0xe3, 0x10, 0xc0], { version: 2.5, layer: 3, sr: 11025, channels: 1, length: 52, samples: 576 }],
  ])('%j', (bytes, header) => {
    expect(readHeader(Uint8Array.from(bytes), 0)).toEqual(header);
  });

  it('that cannot be are refused: reserved version, layer, rates, emphasis, free format', () => {
    for (const bytes of [
      [0xff, 0xeb, 0x90, 0x00],
      [0xff, 0xf9, 0x90, 0x00],
      [0xff, 0xfb, 0xf0, 0x00],
      [0xff, 0xfb, 0x00, 0x00],
      [0xff, 0xfb, 0x9c, 0x00],
      [0xff, 0xfb, 0x90, 0x02],
      [0xff, 0xdb, 0x90, 0x00],
      [0xff, 0xfb, 0x90],
    ]) {
      expect(readHeader(Uint8Array.from(bytes), 0)).toBeUndefined();
    }
  });
});

describe('tags', () => {
  it('have the sizes that they say', () => {
    expect(id3v2Size(bytesOf('ID3\x04\0\x10', [0, 0, 2, 1]))).toBe(10 + 10 + 257);
    expect(id3v2Size(bytesOf('ID3\xff\0\0', [0, 0, 2, 1]))).toBe(0);
    expect(id3v2Size(bytesOf('ID3\x04\0\0', [0, 0, 0x80, 1]))).toBe(0);
    expect(tagSize(bytesOf('TAG', new Uint8Array(29)), 0)).toBe(128);
    const ape = (flags: number) =>
      bytesOf('APETAGEX', word(2000, 4), word(500, 4), word(9, 4), [0, 0, 0, flags], new Uint8Array(8));
    expect(tagSize(ape(0xa0), 0)).toBe(532);
    expect(tagSize(ape(0x80), 0)).toBe(32);
    expect(tagSize(bytesOf('words that are no tag at all, but long'), 0)).toBe(0);
  });
});

describe('MPEG audio', () => {
  it('is the same without its ID3v2 tag', async () => {
    expect((await decode(bare('cbr128.mp3'))).y).toEqual((await decode(golden('cbr128.mp3'))).y);
  });

  it('put end to end gives its parts end to end, gapless each', async () => {
    const [a, b] = [await decode(bare('cbr128.mp3')), await decode(bare('cbr128.mp3'))];
    const both = await decode(bytesOf(bare('cbr128.mp3'), golden('cbr128.mp3')));
    expect(both.warnings).toEqual([]);
    expect(Array.from(both.y)).toEqual([...a.y, ...b.y]);
  });

  it('that changes its rate on the way is refused, saying when', async () => {
    const file = bytesOf(bare('cbr128.mp3'), bare('vbr.mp3'));
    await expect(decode(file, { name: 'x.mp3' })).rejects.toThrow(
      /x\.mp3: the sample rate changes from 44100 to 48000 Hz after 0\.400 s; split the file there/,
    );
    expect((await streamed(file, [333], 'x.mp3')).message).toMatch(/after 0\.400 s/);
  });

  it('that changes from mono to stereo is read, with a warning', async () => {
    const file = bytesOf(...framesOf(bare('no-xing.mp3')), ...framesOf(bare('cbr128.mp3')));
    const { channels, warnings, y } = await decode(file);
    expect([channels, warnings]).toEqual([1, [expect.stringMatching(/channels changes from 1 to 2 after 0\.\d+ s/)]]);
    expect(y.length % 1152).toBe(0);
  });

  it('of one frame is read', async () => {
    const [frame] = framesOf(bare('no-xing.mp3'));
    expect((await decode(frame)).y.length).toBe(1152);
  });

  it('that lost a frame keeps the others', async () => {
    const frames = framesOf(bare('no-xing.mp3'));
    const { y: whole } = await decode(bytesOf(...frames));
    const damaged = frames.map((frame, i) => (i === 5 ? bytesOf([0, 0, 0, 0], frame.subarray(4)) : frame));
    const { y, warnings } = await decode(bytesOf(...damaged));
    expect(y.length).toBe(whole.length - 1152);
    expect(warnings).toEqual([
      `${frames[5].length} bytes that are no MPEG audio at byte ${bytesOf(...frames.slice(0, 5)).length}, passed over`,
    ]);
  });

  it('whose data ends in a header that is no frame is not waited for', () => {
    const warnings: string[] = [];
    const framer = new MpegFramer((text) => warnings.push(text));
    const queue = new ByteQueue();
    queue.push(framesOf(bare('no-xing.mp3'))[0].subarray(0, 100));
    expect(framer.next(queue, false)).toBeUndefined();
    expect(framer.next(queue, true)).toBeUndefined();
    expect(queue.length).toBe(0);
    expect(warnings).toEqual(['100 bytes that are no MPEG audio at byte 0, passed over']);
  });
});

describe('quietly', () => {
  it('silences the console for as long as it runs, also when that throws', () => {
    const before = [console.log, console.warn, console.error];
    expect(
      quietly(() => {
        console.error('a damaged frame');
        return 7;
      }),
    ).toBe(7);
    expect(() =>
      quietly(() => {
        throw new Error('trap');
      }),
    ).toThrow('trap');
    expect([console.log, console.warn, console.error]).toEqual(before);
  });

  it('breaks a circle that only speaks', () => {
    const circle = () => {
      for (;;) console.error('no');
    };
    expect(() => quietly(circle)).toThrow(/again and again: no/);
  });
});
