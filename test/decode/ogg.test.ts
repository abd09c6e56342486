import { describe, expect, it } from 'vitest';
import { pageChecksum } from '../../src/decode/ogg-pages.ts';
import { gainFactor } from '../../src/decode/opus.ts';
import { decode } from '../../src/decode.ts';
import { bytesOf, find, golden, patched, streamed, word } from './fixtures.ts';

/** The pages of a clean Ogg file. */
function pagesOf(bytes: Uint8Array): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const segments = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    const end = at + 27 + segments.length + segments.reduce((sum, size) => sum + size, 0);
    pages.push(bytes.subarray(at, end));
    at = end;
  }
  return pages;
}

/** A page with bytes changed and its checksum made true. */
function edited(page: Uint8Array, at: number, ...part: Parameters<typeof bytesOf>): Uint8Array {
  const copy = patched(page, at, ...part);
  return patched(copy, 22, word(pageChecksum(copy), 4));
}

/** The file as another logical stream. */
const withSerial = (bytes: Uint8Array, serial: number) =>
  bytesOf(...pagesOf(bytes).map((page) => edited(page, 14, word(serial, 4))));

const granuleOf = (page: Uint8Array) => page[6] + 256 * page[7] + 65536 * page[8] + 16777216 * page[9];

/** Position of a page moved by `samples`. */
const moved = (page: Uint8Array, samples: number) => edited(page, 6, word(granuleOf(page) + samples, 4));

describe('a chain of streams', () => {
  it.each(['stereo.ogg', 'stereo.opus', 's16.oga'])('gives its links end to end: %s', async (name) => {
    const one = golden(name);
    const { y } = await decode(one);
    const chain = bytesOf(one, withSerial(one, 99));
    const both = await decode(chain);
    expect(both.warnings).toEqual([]);
    expect(both.y.length).toBe(2 * y.length);
    expect(both.y.subarray(0, y.length)).toEqual(y);
    expect(both.y.subarray(y.length)).toEqual(y);
    expect((await streamed(chain, [1000])).y).toEqual(both.y);
  });

  it('that changes its rate is refused', async () => {
    const chain = bytesOf(golden('stereo.ogg'), withSerial(golden('mono.ogg'), 99));
    await expect(decode(chain)).rejects.toThrow(/changes from 44100 to 22050 Hz after 0\.350 s; split/);
  });

  it('that changes its channels is read, with a warning', async () => {
    const chain = bytesOf(golden('mono.opus'), withSerial(golden('stereo.opus'), 99));
    expect((await decode(chain)).warnings).toEqual(['the number of channels changes from 1 to 2 after 0.800 s']);
  });

  it('that changes its codec keeps to the first', async () => {
    const chain = bytesOf(golden('stereo.opus'), withSerial(golden('stereo.ogg'), 99));
    const { y, warnings } = await decode(chain);
    expect(y.length).toBe(24000);
    expect(warnings).toEqual(['another stream in the file, of Vorbis, passed over']);
  });
});

describe('several streams at once', () => {
  it('are told apart: the first of ours is read', async () => {
    const [a, b] = [golden('stereo.ogg'), withSerial(golden('stereo.opus'), 99)].map(pagesOf);
    const theora = edited(patched(b[0], 14, word(7, 4)), 28, '\x80theora');
    const mixed = [theora, a[0], b[0]];
    for (let i = 1; i < Math.max(a.length, b.length); i++) mixed.push(...[b[i], a[i]].filter(Boolean));
    const { y, format, warnings } = await decode(bytesOf(...mixed));
    expect(format).toBe('vorbis');
    expect(y).toEqual((await decode(golden('stereo.ogg'))).y);
    expect(warnings.map((text) => text.match(/of (.*), passed/)?.[1])).toEqual(['Theora video', 'Opus']);
  });

  it('none of which is ours are named', async () => {
    const [first, ...rest] = pagesOf(golden('stereo.opus'));
    const speex = bytesOf(edited(first, 28, 'Speex   '), ...rest);
    await expect(decode(speex)).rejects.toThrow(/is Ogg with Speex, which is not decoded here; convert it/);
  });
});

describe('positions', () => {
  it('of the last page cut the end, over more than that page', async () => {
    for (const [name, scale] of [
      ['mono.ogg', 1],
      ['mono.opus', 1],
      ['s16.oga', 1],
    ] as const) {
      const pages = pagesOf(golden(name));
      const { y } = await decode(golden(name));
      const last = pages.at(-1)!;
      const before = granuleOf(last) - granuleOf(pages.at(-2)!);
      for (const cut of [1, 100, before, before + 50]) {
        const file = bytesOf(...pages.slice(0, -1), moved(last, -cut * scale));
        expect((await decode(file)).y).toEqual(y.subarray(0, y.length - cut));
      }
    }
  });

  it('that begin late (a piece of a broadcast) shift nothing', async () => {
    const { y } = await decode(golden('mono.ogg'));
    const pages = pagesOf(golden('mono.ogg')).map((page, i) => (i < 2 ? page : moved(page, 480_000)));
    const { y: shifted, warnings } = await decode(bytesOf(...pages));
    expect([shifted, warnings]).toEqual([y, []]);
  });

  it('of a first Vorbis page before its samples cut the beginning', async () => {
    const { y } = await decode(golden('mono.ogg'));
    const pages = pagesOf(golden('mono.ogg')).map((page) => (granuleOf(page) > 0 ? moved(page, -700) : page));
    expect((await decode(bytesOf(...pages))).y).toEqual(y.subarray(700));
  });

  it('beyond the samples tell of a loss', async () => {
    const pages = pagesOf(golden('mono.ogg'));
    const file = bytesOf(...pages.slice(0, -1), moved(pages.at(-1)!, 100_000));
    expect((await decode(file)).warnings).toEqual([expect.stringMatching(/^damaged: 9\d{4} samples are missing$/)]);
  });
});

describe('a page that is lost', () => {
  it.each(['mono.ogg', 'mono.opus', 's16.oga'])(
    'costs its samples, and the end is cut where it should be: %s',
    async (name) => {
      const pages = pagesOf(golden(name));
      const { y } = await decode(golden(name));
      const lost = pages.length - 3;
      const { y: rest, warnings } = await decode(bytesOf(...pages.slice(0, lost), ...pages.slice(lost + 1)));
      expect(warnings[0]).toMatch(/damaged: pages are missing before page \d+/);
      const length = granuleOf(pages[lost]) - granuleOf(pages[lost - 1]);
      // Vorbis and FLAC cut their packets over pages, so that the packet across the hole is lost too.
      expect(y.length - rest.length).toBeGreaterThanOrEqual(length);
      expect(y.length - rest.length).toBeLessThanOrEqual(length + 8192);
    },
  );
});

describe('Opus', () => {
  it('heeds the gain of its header', async () => {
    const [head, ...rest] = pagesOf(golden('stereo.opus'));
    const { y } = await decode(golden('stereo.opus'));
    const at = find(head, 'OpusHead') + 16;
    // -6 dB in steps of 1/256 dB.
    const { y: quieter } = await decode(bytesOf(edited(head, at, word(65536 - 1536, 2)), ...rest));
    const factor = 10 ** (-6 / 20);
    for (let i = 0; i < y.length; i += 97) expect(quieter[i]).toBeCloseTo(y[i] * factor, 6);
  });

  it('reckons gains as powers would', () => {
    for (const gain of [0, 1, -1, 255, 256, -1536, 5120, 32767, -32768]) {
      expect(gainFactor(gain) / 10 ** (gain / 5120)).toBeCloseTo(1, gain === -32768 ? 3 : 12);
    }
  });

  it('refuses headers that lie', async () => {
    const [head, ...rest] = pagesOf(golden('stereo.opus'));
    const at = find(head, 'OpusHead');
    for (const [offset, value] of [
      [8, 0x20],
      [9, 0],
      [9, 200],
      [18, 1],
      [18, 3],
    ]) {
      await expect(decode(bytesOf(edited(head, at + offset, value), ...rest), { name: 'l.opus' })).rejects.toThrow(
        /l\.opus: Ogg Opus/,
      );
    }
  });

  it('leaves packets out that cannot be, with a warning', async () => {
    const pages = pagesOf(golden('mono.opus'));
    // A packet that asks for more frames than it holds: code 3 with a count of zero.
    const at = 27 + pages[3][26];
    const { warnings } = await decode(bytesOf(...pages.slice(0, 3), edited(pages[3], at, [3, 0]), ...pages.slice(4)));
    expect(warnings[0]).toMatch(/a damaged packet of \d+ bytes, left out: libopus -4/);
  });
});

describe('Vorbis', () => {
  it('refuses headers that lie, the setup of zeros among them', async () => {
    const [head, second, ...rest] = pagesOf(golden('stereo.ogg'));
    const at = 27 + head[26];
    for (const [offset, value] of [
      [7, 1],
      [11, 0],
      [28, 0x11],
      [28, 0x6b],
      [29, 0],
    ]) {
      await expect(decode(bytesOf(edited(head, at + offset, value), second, ...rest))).rejects.toThrow(/Ogg Vorbis/);
    }
    const setup = find(second, '\x05vorbis') + 7;
    const zeros = edited(second, setup, new Uint8Array(second.length - setup));
    await expect(decode(bytesOf(head, zeros, ...rest))).rejects.toThrow(/damaged|holds no samples/);
  });
});
