import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { scratch, tunespace } from './command.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = join(scratch(), 'in');
const short = tone(440, 1, 0.4);

beforeAll(() => {
  const nan = short.slice();
  nan[100] = Number.NaN;
  const files: Record<string, string | Uint8Array> = {
    'empty.wav': '',
    'no-samples.wav': wav([]),
    'truncated.wav': wav(short).subarray(0, 4000),
    'cut-in-header.wav': wav(short).subarray(0, 30),
    'nan.wav': wav(nan, { bits: 32 }),
    'silent.wav': wav(new Float32Array(5000)),
    'hundred.wav': wav(short, { channels: 100 }),
    'one-sample.wav': wav([0.5]),
    'really-a-wav.mp3': wav(short),
    'text.mp3': 'Dear diary, this is no music. '.repeat(20),
    'zeros.mp3': Buffer.alloc(5000),
    'sp ace.wav': wav(short),
    'Ünï 日本, "x".wav': wav(short),
    '-dash.wav': wav(short),
  };
  for (const [name, content] of Object.entries(files)) put(join(cwd, 'odd', name), content);
  put(join(cwd, 'top.wav'), wav(short));
  put(join(cwd, 'cover.jpg'), 'not audio');
  mkdirSync(join(cwd, 'nothing'));
  put(join(cwd, 'both', 'a.wav'), wav(short));
  writeFileSync(join(cwd, 'both', 'a.npy'), encodeNpy(new Matrix(new Float32Array([1, 2, 3, 4]), 2, 2)));
});

interface Features {
  files: { input: string; shape: number[] }[];
  failed: { file: string; type: string; message: string }[];
  warnings: string[];
}

const features = async (args: string[]): Promise<Features & { code: number | null; stderr: string }> => {
  const { code, stdout, stderr } = await tunespace(['features', '--out', 'out', '--json', ...args], { cwd });
  return { code, stderr, ...(JSON.parse(stdout) as Features) };
};

describe('inputs', () => {
  it('bad files are each named with the fault and the remedy, the good ones are done', async () => {
    const { code, files, failed, warnings, stderr } = await features(['odd']);
    expect(code).toBe(1);
    const inOdd = (names: string[]) => names.map((name) => join('odd', name)).sort();
    expect(files.map(({ input }) => input).sort()).toEqual(
      inOdd([
        'truncated.wav',
        'silent.wav',
        'hundred.wav',
        'one-sample.wav',
        'really-a-wav.mp3',
        'sp ace.wav',
        'Ünï 日本, "x".wav',
        '-dash.wav',
      ]),
    );
    const faults = Object.fromEntries(failed.map(({ file, type, message }) => [file, `${type} ${message}`]));
    const expected: Record<string, RegExp> = {
      'empty.wav': /^DecodeError .*empty/,
      'no-samples.wav': /^DecodeError .*no samples/,
      'cut-in-header.wav': /^DecodeError .*ends too early/,
      'nan.wav': /^DecodeError .*sample 100 .*NaN/,
      'text.mp3': /^DecodeError .*is text/,
      'zeros.mp3': /^DecodeError .*zero bytes/,
    };
    expect(Object.keys(faults).sort()).toEqual(inOdd(Object.keys(expected)));
    for (const [name, pattern] of Object.entries(expected)) expect(faults[join('odd', name)]).toMatch(pattern);
    // A one-sample file is one frame, filled up with zeros.
    expect(files.find(({ input }) => input.includes('one-sample'))?.shape).toEqual([1, 200]);
    expect(warnings.some((text) => /truncated\.wav/.test(text))).toBe(true);
    expect(stderr).toMatch(/6 of 14 failed:/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('takes each file once, under however many names', async () => {
    if (process.platform !== 'win32') symlinkSync('top.wav', join(cwd, 'link.wav'));
    const { code, files, stderr } = await features(['top.wav', './top.wav', join(cwd, 'top.wav'), 'link.wav']);
    expect(code).toBe(0);
    expect(files.map(({ input }) => input)).toEqual(['top.wav']);
    expect(stderr).toMatch(/given more than once, taken once/);
  });

  it('expands patterns that the shell has left alone', async () => {
    const { files } = await features([join('odd', '*a?e.wav'), 't*.wav']);
    expect(files.map(({ input }) => input)).toEqual([join('odd', 'sp ace.wav'), 'top.wav']);
    const none = await features(['*.opus', 'top.wav']);
    expect(none.code).toBe(1);
    expect(none.failed).toMatchObject([
      { file: '*.opus', message: expect.stringMatching(/no file matches this pattern/) },
    ]);
  });

  it('takes names that begin with a dash behind --, and says so where they stand before it', async () => {
    const odd = { cwd: join(cwd, 'odd') };
    const behind = await tunespace(['features', '--out', '../out', '--quiet', '--', '-dash.wav'], odd);
    expect({ code: behind.code, stderr: behind.stderr }).toEqual({ code: 0, stderr: '' });
    const before = await tunespace(['features', '--out', '../out', '-dash.wav'], odd);
    expect(before.code).toBe(2);
    expect(before.stderr).toMatch(/-dash\.wav is a file here: names that begin with "-" go behind a --/);
  });

  it('reports what is not there and folders without music; with nothing left, code 3', async () => {
    const { code, files, failed } = await features(['nosuch.wav', 'nothing', 'cover.jpg']);
    expect({ code, files }).toEqual({ code: 3, files: [] });
    expect(failed.map(({ file, type }) => [file, type])).toEqual([
      ['nosuch.wav', 'ENOENT'],
      ['nothing', 'ParameterError'],
      ['cover.jpg', 'DecodeError'],
    ]);
  });

  it('leaves matrices beside audio alone', async () => {
    const { files, stderr } = await features(['both']);
    expect(files.map(({ input }) => input)).toEqual([join('both', 'a.wav')]);
    expect(stderr).toMatch(/1 \.npy files beside the audio were left out/);
  });
});
