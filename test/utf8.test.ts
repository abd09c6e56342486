import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../src/utf8.ts';

afterEach(() => vi.unstubAllGlobals());

/** What `work` gives, or `undefined` where it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const nearSurrogates = fc.integer({ min: 0xd7ff, max: 0xe000 });

/** The same work where the platform has no UTF-8. */
function without<T>(work: () => T): T {
  vi.stubGlobal('TextEncoder', undefined);
  vi.stubGlobal('TextDecoder', undefined);
  try {
    return work();
  } finally {
    vi.unstubAllGlobals();
  }
}

describe('UTF-8', () => {
  it('gives known bytes and takes them back', () => {
    const text = 'a%\u00e9\u266b\u{1f3b5}';
    const bytes = Uint8Array.of(0x61, 0x25, 0xc3, 0xa9, 0xe2, 0x99, 0xab, 0xf0, 0x9f, 0x8e, 0xb5);
    expect(encodeUtf8(text)).toEqual(bytes);
    expect(without(() => encodeUtf8(text))).toEqual(bytes);
    expect(decodeUtf8(bytes)).toBe(text);
    expect(without(() => decodeUtf8(bytes))).toBe(text);
  });

  it('gives the same bytes with and without the platform, lone surrogates among them', () => {
    const any = fc.integer({ min: 0, max: 0x10ffff });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(any, nearSurrogates, fc.constantFrom(0, 0x25, 0x7f, 0x80, 0x7ff, 0x800))),
        (codes) => {
          const text = String.fromCodePoint(...codes);
          expect(without(() => encodeUtf8(text))).toEqual(encodeUtf8(text));
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('reads or refuses the same bytes with and without the platform', () => {
    const near = fc.array(
      fc.constantFrom(0x00, 0x25, 0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5),
    );
    const byteOrderMark = fc.constant([0xef, 0xbb, 0xbf, 0x41]);
    fc.assert(
      fc.property(fc.oneof(near, byteOrderMark, fc.array(fc.integer({ min: 0, max: 255 }))), (values) => {
        const bytes = Uint8Array.from(values);
        expect(without(() => attempt(() => decodeUtf8(bytes)))).toBe(attempt(() => decodeUtf8(bytes)));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});
