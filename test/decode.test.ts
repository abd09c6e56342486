import { describe, expect, it } from 'vitest';
import { decode, decodeStream, detectFormat } from '../src/decode.ts';
import { DecodeError, ParameterError } from '../src/errors.ts';
import {
  bytesOf,
  EXPECTED,
  expectedSamples,
  golden,
  NAMES,
  pieces,
  s16,
  snr,
  thinned,
  wav,
} from './decode/fixtures.ts';

/** Least signal to error against ffmpeg's own decoders of the lossy formats; measured are 77 to 135 dB. */
const FLOORS = { mp3: 70, vorbis: 90, opus: 60 } as Record<string, number>;

describe('decode, against other programs', () => {
  it.each(NAMES)('%s', async (name) => {
    const expected = EXPECTED[name];
    const bytes = golden(name);
    expect(detectFormat(bytes)).toBe(expected.format);
    const { y, sr, format, channels, warnings } = await decode(bytes, { name });
    expect({ sr, format, channels, samples: y.length, warnings }).toEqual({
      sr: expected.sr,
      format: expected.format,
      channels: expected.channels,
      samples: expected.samples,
      warnings: [],
    });
    const theirs = expectedSamples(expected);
    if (expected.exact) expect(thinned(y)).toEqual(theirs);
    else expect(snr(theirs, thinned(y))).toBeGreaterThan(FLOORS[expected.format]);
  });

  it('gives the same bits whatever was decoded before, and at the same time', async () => {
    const names = ['cbr128.mp3', 'stereo.ogg', 'stereo.opus', 's16.flac', 'mono.ogg', 'vbr.mp3'];
    const alone = [];
    for (const name of names) alone.push((await decode(golden(name))).y);
    const together = await Promise.all([...names].reverse().map((name) => decode(golden(name))));
    expect(together.reverse().map(({ y }) => y)).toEqual(alone);
  });
});

describe('mono', () => {
  it('is the mean of the channels, and exactly one of them where all are equal', async () => {
    const data = s16(100, 300, -32768, 32767, 1, 2);
    const { y, channels } = await decode(wav({ channels: 2, data }));
    expect(channels).toBe(2);
    expect(Array.from(y)).toEqual([200 / 32768, -0.5 / 32768, 1.5 / 32768]);
    for (const count of [3, 5, 7, 100]) {
      const samples = [12345, -9, 32767, -32768];
      const many = await decode(wav({ channels: count, data: s16(...samples.flatMap((v) => Array(count).fill(v))) }));
      expect(Array.from(many.y)).toEqual(samples.map((value) => value / 32768));
    }
  });
});

describe('detectFormat', () => {
  it('goes by content: an ArrayBuffer, the first bytes, behind ID3v2 tags', () => {
    expect(detectFormat(golden('s16.wav').buffer as ArrayBuffer)).toBe('wav');
    expect(detectFormat(golden('s16.au').subarray(0, 24))).toBe('au');
    expect(detectFormat(golden('stereo.opus').subarray(0, 200))).toBe('opus');
    const tag = bytesOf('ID3\x04\x00\x00', [0, 0, 0, 20], new Uint8Array(20));
    expect(detectFormat(bytesOf(tag, tag, golden('s16.flac')))).toBe('flac');
    expect(detectFormat(bytesOf(tag, golden('no-xing.mp3')))).toBe('mp3');
    // The tag alone: mp3 is what it nearly always stands before.
    expect(detectFormat(tag.subarray(0, 15))).toBe('mp3');
  });

  it('answers undefined where decode would refuse', () => {
    for (const bytes of ['', 'words, and more words', 'RIFF....AVI ', '\0\0\0\x20ftypM4A ', '\xff\xf1\x50\x80']) {
      expect(detectFormat(bytesOf(bytes))).toBeUndefined();
    }
  });

  it('refuses what is no bytes', () => {
    expect(() => detectFormat('song.mp3' as never)).toThrow(ParameterError);
  });
});

describe('options', () => {
  const file = golden('s16.wav');

  it('are checked at the door', async () => {
    await expect(decode(file, { second: 3 } as never)).rejects.toThrow(
      /unknown option "second"; did you mean "seconds"/,
    );
    await expect(decode(file, { seconds: 0 })).rejects.toThrow(ParameterError);
    await expect(decode(file, { seconds: Number.NaN })).rejects.toThrow(ParameterError);
    await expect(decode(file, { name: 7 as never })).rejects.toThrow(/name must be a string/);
    await expect(decode(file, { signal: {} as never })).rejects.toThrow(/signal must be an AbortSignal/);
    await expect(decode(file, { onWarning: () => {} } as never)).rejects.toThrow(/unknown option "onWarning"/);
    await expect(decode([1, 2, 3] as never)).rejects.toThrow(/bytes must be a Uint8Array/);
    expect(() => decodeStream(file as never)).toThrow(/for a whole file use decode/);
    expect(() => decodeStream(null as never)).toThrow(ParameterError);
  });

  it('seconds keeps the beginning, and does not look at the rest', async () => {
    for (const name of ['s16.wav', 'cbr128.mp3', 'frames.flac', 'mono.ogg', 'mono.opus']) {
      const bytes = golden(name);
      const whole = await decode(bytes);
      const seconds = 0.01;
      const part = await decode(bytes, { seconds });
      expect(part.y).toEqual(whole.y.subarray(0, Math.round(seconds * whole.sr)));
      expect((await decode(bytes, { seconds: 1000 })).y).toEqual(whole.y);
    }
    const endless = (async function* () {
      yield wav({ data: s16(...Array(8000).fill(5)), dataSize: 2 ** 31 });
      throw new Error('read on');
    })();
    const lengths = [];
    for await (const { y } of decodeStream(endless, { seconds: 0.5 })) lengths.push(y.length);
    expect(lengths).toEqual([4000]);
  });

  it('name stands in the error and its file', async () => {
    const failed = decode(bytesOf('no song at all'), { name: 'a/b.mp3' });
    await expect(failed).rejects.toMatchObject({
      file: 'a/b.mp3',
      message: expect.stringMatching(/^decode: a\/b\.mp3: /),
    });
    await expect(failed).rejects.toThrow(DecodeError);
  });
});

describe('signal', () => {
  it('stops before, and in the middle of a long file, with its own reason', async () => {
    const reason = new Error('enough');
    await expect(decode(golden('s16.wav'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const long = wav({ channels: 2, data: new Uint8Array(40_000_000) });
    setTimeout(() => controller.abort(reason), 30);
    const start = performance.now();
    // The timer only fires because decode lets other work have its turn.
    await expect(decode(long, { signal: controller.signal })).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('stops a stream, and closes its source', async () => {
    const controller = new AbortController();
    let isClosed = false;
    const source = (async function* () {
      try {
        yield* pieces(golden('s16.wav'), [100]);
      } finally {
        isClosed = true;
      }
    })();
    const run = async () => {
      for await (const _ of decodeStream(source, { signal: controller.signal })) controller.abort();
    };
    await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
    expect(isClosed).toBe(true);
  });
});
