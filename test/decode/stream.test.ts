import { createReadStream } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, decodeStream } from '../../src/decode.ts';
import { ParameterError } from '../../src/errors.ts';
import { bytesOf, golden, isPlain, NAMES, pieces, s16, streamed, wav } from './fixtures.ts';

describe('decodeStream', () => {
  it.each(NAMES)('gives the bits of decode for any pieces: %s', async (name) => {
    const bytes = golden(name);
    const { y, sr } = await decode(bytes);
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (cuts) => {
        expect(await streamed(bytes, cuts)).toEqual({ y, sr, warnings: [] });
      }),
      { seed: 7, numRuns: isPlain(name) ? 8 : 2 },
    );
    expect(await streamed(bytes, [1])).toEqual({ y, sr, warnings: [] });
  });

  it('takes a ReadableStream, also one that cannot be iterated', async () => {
    const bytes = golden('mono.mp3');
    const { y } = await decode(bytes);
    const asStream = () => new Blob([bytes]).stream();
    const withoutIterator = { getReader: () => reader } as unknown as ReadableStream<Uint8Array>;
    const reader = asStream().getReader();
    for (const source of [asStream(), withoutIterator]) {
      const blocks: number[] = [];
      for await (const block of decodeStream(source)) blocks.push(...block.y);
      expect(Float32Array.from(blocks)).toEqual(y);
    }
  });

  it('gives blocks as the bytes come, and holds none back for long', async () => {
    let sent = 0;
    const chunk = new Uint8Array(4096);
    const source = (async function* () {
      yield wav({ sr: 44100, dataSize: 2e9, data: [] });
      for (; ; sent += chunk.length) yield chunk;
    })();
    let received = 0;
    for await (const { y, sr } of decodeStream(source, { name: 'endless.wav' })) {
      expect(sr).toBe(44100);
      received += 2 * y.length;
      expect(sent - received).toBeLessThanOrEqual(2 * chunk.length);
      if (received > 5e6) break;
    }
  });

  it('closes its source when the caller stops early', async () => {
    const closed: string[] = [];
    const source = async function* () {
      try {
        yield* pieces(golden('s16.wav'), [300]);
      } finally {
        closed.push('generator');
      }
    };
    for await (const _ of decodeStream(source())) break;
    for await (const _ of decodeStream(source(), { seconds: 0.001 }));
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(golden('s16.wav')),
      cancel: () => void closed.push('stream'),
    });
    const reader = stream.getReader();
    const bare = { getReader: () => reader } as unknown as ReadableStream<Uint8Array>;
    for await (const _ of decodeStream(bare)) break;
    expect(closed).toEqual(['generator', 'generator', 'stream']);
  });

  it('passes on the errors of its source, and refuses chunks that are no bytes', async () => {
    const broken = new Error('connection lost');
    const failing = (async function* () {
      yield wav({ data: s16(1, 2, 3) });
      throw broken;
    })();
    const read = async (source: AsyncIterable<Uint8Array>) => {
      for await (const _ of decodeStream(source));
    };
    await expect(read(failing)).rejects.toBe(broken);
    const words = (async function* () {
      yield 'RIFF' as unknown as Uint8Array;
    })();
    await expect(read(words)).rejects.toThrow(ParameterError);
    await expect(read(words))
      .resolves.toBeUndefined()
      .catch(() => {});
  });

  it('keeps the error of a Node stream that fails long before it is read', async () => {
    const blocks = decodeStream(createReadStream('no/such/file.mp3'))[Symbol.asyncIterator]();
    // Nobody listens to the stream meanwhile, which would end the process.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(blocks.next()).rejects.toThrow(/ENOENT/);
  });

  it('tells warnings as it finds them', async () => {
    const told: string[] = [];
    const junk = new Uint8Array(30).fill(1);
    const source = pieces(bytesOf(wav({ data: s16(1, 2) }), junk), [10]);
    for await (const _ of decodeStream(source, { onWarning: (text) => told.push(text) }));
    expect(told).toEqual(['junk after the samples, from byte 48 on, left out']);
  });
});
