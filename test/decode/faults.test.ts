import { describe, expect, it } from 'vitest';
import { id3v2Size } from '../../src/decode/bytes.ts';
import { decode } from '../../src/decode.ts';
import { DecodeError } from '../../src/errors.ts';
import { bytesOf, decoded, find, golden, patched, s16, streamed, wav, word } from './fixtures.ts';

/** Bytes of noise, the same at each run. */
function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const nan = [...word(0x7fc00000, 4)];
const float = (value: number) => [...new Uint8Array(Float32Array.of(value).buffer)];
const mp3 = golden('cbr128.mp3');
const flac = golden('frames.flac');
const ogg = golden('mono.ogg');
const opus = golden('mono.opus');
const aiff = golden('s16.aiff');
const au = golden('s16.au');
const cut = (bytes: Uint8Array, share: number) => bytes.subarray(0, Math.floor(bytes.length * share));
/** A damaged byte every `step` bytes from `from` on. */
const spoilt = (bytes: Uint8Array, from: number, step: number) =>
  bytes.map((byte, i) => (i >= from && (i - from) % step === 0 ? byte ^ 0x55 : byte));

/** Files that are refused, by name, with what the message must say. */
const REFUSED: Record<string, [bytes: Uint8Array, message: RegExp]> = {
  'empty.wav': [new Uint8Array(0), /is empty \(0 bytes\)/],
  'all-zeros.mp3': [new Uint8Array(300_000), /zero bytes, as unfinished downloads do/],
  'text-renamed.mp3': [bytesOf('To whom it may concern: this is a letter.\n'), /is text, not audio.*To whom/],
  'page-renamed.ogg': [bytesOf('<!DOCTYPE html><title>404</title>'), /is an HTML page, not audio/],
  'feed-renamed.wav': [bytesOf('<?xml version="1.0"?><rss/>'), /is XML, not audio/],
  'utf16-renamed.mp3': [bytesOf(...[...'\ufeffWords in wide letters'].map((c) => word(c.charCodeAt(0), 2))), /is text/],
  'picture-renamed.flac': [bytesOf('\x89PNG\r\n\x1a\n', noise(100)), /is a PNG image, not audio/],
  'photo-renamed.mp3': [bytesOf('\xff\xd8\xff\xe0', noise(100)), /is a JPEG image, not audio/],
  'archive-renamed.mp3': [bytesOf('PK\x03\x04', noise(100)), /ZIP archive.*unpack/],
  'song.m4a': [bytesOf(word(32, 4, false), 'ftypM4A ', noise(100)), /is MP4 or M4A \(AAC or ALAC\).*ffmpeg -i/],
  'song.aac': [bytesOf('\xff\xf1\x50\x80', noise(100)), /AAC \(ADTS\).*ffmpeg/],
  'song.wma': [bytesOf([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11], noise(100)), /Windows Media.*ffmpeg/],
  'song.webm': [bytesOf([0x1a, 0x45, 0xdf, 0xa3], noise(100)), /Matroska or WebM.*ffmpeg/],
  'song.ac3': [bytesOf([0x0b, 0x77], noise(100)), /Dolby AC-3.*ffmpeg/],
  'song.mid': [bytesOf('MThd', word(6, 4, false), noise(100)), /is MIDI: it holds notes.*fluidsynth/],
  'video.avi': [bytesOf('RIFF', word(100, 4), 'AVI LIST'), /AVI video.*ffmpeg/],
  'noise.mp3': [noise(400_000), /of no known kind; it begins with the bytes [0-9a-f]{2} .*Formats that are read: wav/],
  'one-byte.mp3': [bytesOf([0xff]), /of no known kind.*bytes ff/],
  'only-a-tag.mp3': [bytesOf('ID3\x04\0\0', [0, 0, 2, 0], new Uint8Array(256)), /is empty/],
  'tag-cut-short.mp3': [bytesOf('ID3\x04\0\0', [0, 1, 0, 0], noise(9)), /ends inside its ID3v2 tag, 16375 bytes early/],

  'zero-length.wav': [wav({}), /holds no samples/],
  'header-only.wav': [wav({ data: s16(1, 2) }).subarray(0, 30), /WAV without a "fmt " chunk.*too early/],
  'no-data.wav': [wav({}).subarray(0, 36), /WAV without a "data" chunk.*too early/],
  'nan.wav': [wav({ tag: 3, bits: 32, data: [...float(0.5), ...nan] }), /sample 1 of channel 0 is NaN; repair/],
  'infinite.wav': [
    wav({ tag: 3, bits: 32, channels: 2, data: [0, 1, 2, Number.NEGATIVE_INFINITY].flatMap(float) }),
    /sample 1 of channel 1 is -Infinity/,
  ],
  'too-loud-for-float32.wav': [
    wav({ tag: 3, bits: 64, data: new Uint8Array(Float64Array.of(1e300).buffer) }),
    /sample 0 of channel 0 is Infinity/,
  ],
  'no-channels.wav': [wav({ channels: 0, blockAlign: 2, data: s16(1) }), /announces 0 channels/],
  'rate-zero.wav': [wav({ sr: 0, data: s16(1) }), /announces 0 samples a second.*1000 to 1536000/],
  'rate-absurd.wav': [wav({ sr: 4e9, data: s16(1) }), /announces 4000000000 samples a second/],
  'block-align-zero.wav': [wav({ blockAlign: 0, data: s16(1) }), /1 channels of 16 bits in blocks of 0 bytes/],
  'block-align-odd.wav': [wav({ channels: 2, blockAlign: 3, data: s16(1, 2) }), /blocks of 3 bytes, which cannot be/],
  'no-bits.wav': [wav({ bits: 0, blockAlign: 2, data: s16(1) }), /PCM \(format tag 1, 0 bits\)/],
  'adpcm.wav': [wav({ tag: 0x11, bits: 4, blockAlign: 256, data: noise(256) }), /IMA ADPCM.*ffmpeg/],
  'mp3-inside.wav': [wav({ tag: 0x55, bits: 0, data: noise(256) }), /MPEG audio layer 3.*ffmpeg/],
  'unknown-codec.wav': [wav({ tag: 0x4242, data: noise(256) }), /unknown codec \(format tag 16962/],
  'format-too-long.wav': [
    patched(wav({ data: s16(1) }), 16, word(0xfffffff0, 4)),
    /"fmt " chunk claims 4294967280 bytes/,
  ],
  'format-too-short.wav': [patched(wav({ data: s16(1) }), 16, word(4, 4)), /"fmt " chunk has 4 bytes/],
  'data-first.wav': [
    bytesOf('RIFF', word(40, 4), 'WAVEdata', word(4, 4), s16(1, 2), noise(60)),
    /before its "fmt " chunk/,
  ],
  'no-chunk.wav': [bytesOf('RIFF', word(40, 4), 'WAVE', noise(80, 3)), /no chunk where one should begin, at byte 12/],

  'header-cut.au': [au.subarray(0, 20), /of no known kind|AU whose header is cut short \(20 of 24 bytes\)/],
  'unknown-encoding.au': [patched(au, 12, word(99, 4, false)), /AU with encoding 99/],
  'start-inside-header.au': [patched(au, 4, word(8, 4, false)), /samples begin at byte 8, at least 24/],
  'start-beyond-file.au': [patched(au, 4, word(0x7fffffff, 4, false)), /holds no samples/],
  'no-channels.au': [patched(au, 20, word(0, 4, false)), /announces 0 channels/],
  'rate-zero.au': [patched(au, 16, word(0, 4, false)), /announces 0 samples a second/],

  'rate-absurd.aiff': [patched(aiff, find(aiff, 'COMM') + 16, [0x7f, 0xff]), /announces NaN samples a second/],
  'rate-tiny.aiff': [patched(aiff, find(aiff, 'COMM') + 16, [0, 1]), /announces 0 samples a second/],
  'no-sound-chunk.aiff': [aiff.subarray(0, find(aiff, 'SSND')), /AIFF without a "SSND" chunk/],
  'sound-first.aiff': [
    bytesOf('FORM', word(99, 4, false), 'AIFFSSND', word(80, 4, false), noise(80)),
    /before its "COMM"/,
  ],
  'ima4.aifc': [
    patched(golden('sowt.aifc'), find(golden('sowt.aifc'), 'sowt'), 'ima4'),
    /16-bit samples of type "ima4".*ffmpeg/,
  ],

  'header-cut.flac': [flac.subarray(0, 30), /FLAC whose header is cut short/],
  'header-only.flac': [flac.subarray(0, find(flac, '\xff\xf8')), /holds no samples/],
  'no-streaminfo.flac': [bytesOf('fLaC', [0x84, 0, 0, 8], new Uint8Array(8), noise(99)), /FLAC without STREAMINFO/],
  'streaminfo-too-short.flac': [patched(flac, 7, [30]), /STREAMINFO has 30 bytes/],
  'odd-depth.flac': [
    patched(flac, 20, [flac[20] & 0xfe, 0xd0 | (flac[21] & 15)]),
    /FLAC of 14 bits a sample; the decoder takes 8, 16, 24, 32/,
  ],

  'header-cut.ogg': [ogg.subarray(0, 100), /headers are cut short or damaged/],
  'no-beginning.ogg': [ogg.subarray(58), /Ogg whose first page is damaged or missing/],
  'theora.ogg': [patched(ogg, 28, '\x80theora'), /first page is damaged/],
  'headers-cut.opus': [opus.subarray(0, 60), /headers are cut short or damaged/],
};

/** Files that are read with a warning: what it must say, and how many samples remain (all of the original's, or fewer). */
const WARNED: Record<string, [bytes: Uint8Array, warning: RegExp, samples: number | [least: number, most: number]]> = {
  'data-size-lies.wav': [wav({ data: s16(1, 2, 3), dataSize: 1e6 }), /announces 500000 samples, the file holds 3/, 3],
  'truncated.wav': [cut(golden('s16.wav'), 0.5), /truncated: the header announces 1001 samples/, 495],
  'truncated-mid-sample.wav': [wav({ data: [...s16(1, 2), 7], dataSize: 5 }), /last 1 bytes are no whole sample/, 2],
  'streamed.wav': [wav({ data: s16(1, 2), dataSize: 0xffffffff }), /does not know the length/, 2],
  'streamed-zeros.wav': [wav({ data: s16(1, 2, 3), dataSize: 0, riffSize: 0 }), /does not know the length/, 3],
  'trailing-junk.wav': [bytesOf(wav({ data: s16(1, 2) }), noise(40, 2)), /junk after the samples, from byte 48 on/, 2],
  'streamed.au': [patched(au, 8, word(100, 4, false)), /1902 bytes after the samples/, 50],
  'truncated.au': [cut(au, 0.5), /announces 1001 samples, the file holds 494/, 494],
  'truncated.aiff': [cut(aiff, 0.5), /announces 401 samples/, [150, 250]],
  'streamed.aiff': [patched(aiff, find(aiff, 'COMM') + 10, word(0, 4)), /does not know the length/, 401],
  'odd-rate.aiff': [patched(aiff, find(aiff, 'COMM') + 20, [0x80]), /was taken as 44100 Hz|taken as \d+ Hz/, 401],
  'truncated-tail.mp3': [cut(mp3, 0.5), /last frame has .* left out.*frames are announced/, [6000, 10000]],
  'junk-before-sync.mp3': [
    bytesOf(noise(5000), mp3.subarray(id3v2Size(mp3))),
    /5000 bytes that are no MPEG audio at byte 0/,
    17640,
  ],
  'junk-in-the-middle.mp3': [
    bytesOf(mp3.subarray(0, 3388), noise(3000), mp3.subarray(3388)),
    /no MPEG audio at byte/,
    [12000, 17640],
  ],
  'trailing-junk.mp3': [bytesOf(mp3, noise(500)), /500 bytes that are no MPEG audio/, 17640],
  'truncated.flac': [cut(flac, 0.8), /no whole frame.*4410 samples are announced/, [2000, 3000]],
  'damaged.flac': [spoilt(flac, 10000, 1e9), /damaged: .* are no whole frame, passed over/, 4410 - 512],
  'trailing-junk.flac': [bytesOf(flac, noise(300)), /followed by junk: 300 bytes/, 4410],
  'truncated.ogg': [cut(ogg, 0.8), /no whole Ogg page.*without a last page/, [8000, 20000]],
  'damaged.ogg': [spoilt(ogg, 5500, 1e9), /damaged: .* no whole Ogg page.*pages are missing/, [12000, 22049]],
  'trailing-junk.ogg': [bytesOf(ogg, noise(300)), /followed by junk: 300 bytes/, 22050],
  'truncated.opus': [cut(opus, 0.6), /without a last page/, [10000, 30000]],
  'damaged.opus': [spoilt(opus, 2500, 1e9), /damaged: .* no whole Ogg page.*pages are missing/, [20000, 38399]],
};

describe('refused, with what it is and what to do', () => {
  it.each(Object.entries(REFUSED))('%s', async (name, [bytes, message]) => {
    const whole = await decoded(bytes, name);
    expect(whole.error).toBeInstanceOf(DecodeError);
    expect(whole.message).toMatch(message);
    expect(whole.message?.startsWith(`${name}: `)).toBe(true);
    // The stream refuses in the same words.
    expect((await streamed(bytes, [977], name)).message).toBe(whole.message);
  });
});

describe('read, with a warning', () => {
  it.each(Object.entries(WARNED))('%s', async (_, [bytes, warning, samples]) => {
    const { y, warnings } = await decode(bytes);
    expect(warnings.join('; ')).toMatch(warning);
    const [least, most] = typeof samples === 'number' ? [samples, samples] : samples;
    expect(y.length).toBeGreaterThanOrEqual(least);
    expect(y.length).toBeLessThanOrEqual(most);
    const { y: again, warnings: told } = await streamed(bytes, [977]);
    expect(again).toEqual(y);
    expect(told).toEqual(warnings);
  });
});

describe('read without a word', () => {
  it('one sample', async () => {
    expect((await decode(wav({ data: s16(-32768) }))).y).toEqual(Float32Array.of(-1));
  });

  it('silence', async () => {
    expect((await decode(wav({ data: s16(0, 0, 0) }))).y).toEqual(new Float32Array(3));
  });

  it('a hundred channels', async () => {
    const data = s16(...Array.from({ length: 200 }, (_, i) => (i % 100) * 100));
    const { y, channels } = await decode(wav({ channels: 100, data }));
    expect(channels).toBe(100);
    expect(Array.from(y)).toEqual([4950 / 32768, 4950 / 32768]);
  });

  it('a wrong extension', async () => {
    const { format, warnings } = await decode(golden('stereo.opus'), { name: 'wrong-extension.wav' });
    expect([format, warnings]).toEqual(['opus', []]);
  });

  it('tags in front of and behind MPEG frames, of any size', async () => {
    const plain = await decode(mp3);
    const picture = bytesOf('ID3\x03\0\0', [0, 24, 0, 0], new Uint8Array(24 * 16384).fill(0xff));
    const id3v1 = bytesOf('TAG', new Uint8Array(125));
    const body = new Uint8Array(100).fill(0xfb);
    const ape = (flags: number[]) => ['APETAGEX', word(2000, 4), word(132, 4), word(1, 4), flags, new Uint8Array(8)];
    const apeTag = bytesOf(...ape([0, 0, 0, 0xa0]), body, ...ape([0, 0, 0, 0x80]));
    const { y, warnings } = await decode(bytesOf(picture, picture, mp3, apeTag, id3v1));
    expect(warnings).toEqual([]);
    expect(y).toEqual(plain.y);
  });

  it('an ID3v2 tag in front of FLAC, and an ID3v1 tag behind', async () => {
    const tag = bytesOf('ID3\x04\0\0', [0, 0, 1, 0], new Uint8Array(128));
    const { y, warnings } = await decode(bytesOf(tag, flac, 'TAG', new Uint8Array(125)));
    expect(warnings).toEqual([]);
    expect(y).toEqual((await decode(flac)).y);
  });

  it('chunks of other kinds, odd ones padded, before and after the samples', async () => {
    const file = wav({ data: s16(1, 2) });
    const odd = bytesOf('note', word(3, 4), 'abc', 0);
    const { y, warnings } = await decode(bytesOf(file.subarray(0, 36), odd, file.subarray(36), odd));
    expect([Array.from(y), warnings]).toEqual([[1 / 32768, 2 / 32768], []]);
  });
});
