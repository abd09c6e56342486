/** Spoiling files: random changes for properties, and Ogg's checksums made true again. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { pageChecksum } from '../../src/decode/ogg-pages.ts';
import { DecodeError } from '../../src/errors.ts';
import { bytesOf, decoded, find, golden, streamed, word } from './fixtures.ts';

/** A change of a file: bytes replaced, a part cut out, noise put in, the end cut off. */
type Change = (bytes: Uint8Array) => Uint8Array;

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = (bytes: Uint8Array, where: number) => Math.floor(where * bytes.length);
const interesting = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff), fc.integer({ min: 0, max: 255 }));

export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.array(fc.tuple(share, interesting), { minLength: 1, maxLength: 20 }).map((edits) => (bytes: Uint8Array) => {
    const copy = bytes.slice();
    for (const [where, value] of edits) copy[at(copy, where)] = value;
    return copy;
  }),
  // Headers are where the mischief is.
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 120 }), interesting), { minLength: 1, maxLength: 5 })
    .map((edits) => (bytes: Uint8Array) => {
      const copy = bytes.slice();
      for (const [where, value] of edits) if (where < copy.length) copy[where] = value;
      return copy;
    }),
  fc.tuple(share, share).map(([a, b]) => (bytes: Uint8Array) => {
    const [from, to] = [at(bytes, a), at(bytes, b)].sort((x, y) => x - y);
    return bytesOf(bytes.subarray(0, from), bytes.subarray(to));
  }),
  fc.tuple(share, fc.uint8Array({ minLength: 1, maxLength: 2000 })).map(
    ([where, noise]) =>
      (bytes: Uint8Array) =>
        bytesOf(bytes.subarray(0, at(bytes, where)), noise, bytes.subarray(at(bytes, where))),
  ),
  share.map((where) => (bytes: Uint8Array) => bytes.subarray(0, at(bytes, where))),
);

/** Makes the checksums of all Ogg pages true again, so that damage reaches the decoders. */
export function resummed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let page = find(copy, 'OggS'); page >= 0; page = find(copy, 'OggS', page + 4)) {
    const segments = copy.subarray(page + 27, page + 27 + copy[page + 26]);
    const end = page + 27 + segments.length + segments.reduce((sum, size) => sum + size, 0);
    if (end <= copy.length) copy.set(word(pageChecksum(copy.subarray(page, end)), 4), page + 22);
  }
  return copy;
}

/** Milliseconds that the worst of these small files may take on a slow and busy machine. */
const BOUND = 5000;

/**
 * Holds that whatever is done to a golden file, it is decoded or refused with a DecodeError, within a time, and that a
 * stream comes to the same end word for word.
 */
export async function expectDecodedOrRefused(name: string, options: { seed: number; numRuns: number }): Promise<void> {
  const bytes = golden(name);
  const isOgg = /\.(ogg|opus|oga)$/.test(name);
  await fc.assert(
    fc.asyncProperty(change, fc.boolean(), fc.integer({ min: 1, max: 3000 }), async (spoil, isSummed, cut) => {
      const file = isOgg && isSummed ? resummed(spoil(bytes)) : spoil(bytes);
      const start = performance.now();
      const whole = await decoded(file, name);
      expect(performance.now() - start).toBeLessThan(BOUND);
      if (whole.error) expect(whole.error).toBeInstanceOf(DecodeError);
      else expect(whole.y?.every(Number.isFinite)).toBe(true);
      const { error: fault, ...stream } = await streamed(file, [cut], name);
      if (whole.error) expect([fault instanceof DecodeError, stream.message]).toEqual([true, whole.message]);
      else expect(stream).toEqual(whole);
    }),
    options,
  );
}
