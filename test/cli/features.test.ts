import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy } from '../../src/library/npy.ts';
import { decodeModel } from '../../src/model.ts';
import { scratch, tunespace } from './command.ts';
import { makeMusic, trainSpace } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = join(scratch(), 'here');
let space: string;

beforeAll(async () => {
  makeMusic(join(cwd, 'music'));
  space = await trainSpace('space.safetensors', [`music=${join(cwd, 'music')}`]);
});

const npy = (...path: string[]) => decodeNpy(readFileSync(join(cwd, ...path)));
const parse = (stdout: string) => JSON.parse(stdout);

describe('tunespace features', () => {
  it('writes one array a file under mirrored names and prints the names', async () => {
    put(join(cwd, 'a.wav'), wav(tone(440, 1)));
    put(join(cwd, 'a.mp3'), wav(tone(880, 1)));
    put(join(cwd, 'sub', 'a.wav'), wav(tone(660, 1)));
    const { code, stdout, stderr } = await tunespace(
      ['features', 'a.wav', 'a.mp3', 'sub', './a.wav', '--out', 'out', '--quiet'],
      { cwd },
    );
    const outputs = [join('out', 'a.wav.npy'), join('out', 'a.mp3.npy'), join('out', 'sub', 'a.wav.npy')];
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${outputs.join('\n')}\n`, stderr: '' });
    const [first, second] = outputs.map((file) => npy(file));
    // 2 s at 22050 Hz: 1 + floor((44100 - 1024) / 512) frames.
    expect([first.rows, first.columns]).toEqual([85, 200]);
    expect(second.data).not.toEqual(first.data);
  });

  it('takes the front end from the options and records it in safetensors', async () => {
    const args = ['features', 'a.wav', '--out', 'st', '--format', 'safetensors', '--n-mels', '40', '--n-fft', '2048'];
    const { code, stdout } = await tunespace([...args, '--center', '--htk', '--norm', 'none', '--json'], { cwd });
    expect(code).toBe(0);
    const setting = { nMels: 40, nFft: 2048, center: true, htk: true, norm: 'none', sr: 22050 };
    const result = parse(stdout);
    expect(result).toMatchObject({
      command: 'features',
      files: [{ input: 'a.wav', output: join('st', 'a.wav.safetensors'), shape: [87, 40] }],
      frontEnd: setting,
      failed: [],
    });
    const content = decodeModel(readFileSync(join(cwd, 'st', 'a.wav.safetensors')), 'Features');
    expect(content.frontEnd).toMatchObject(setting);
    expect(content.tensors.features.shape).toEqual([87, 40]);
    expect(content.params).toEqual({ stage: 'frames', seconds: null });
  });

  it('makes windows, and embedded windows with a model', async () => {
    const windows = await tunespace(['features', 'a.wav', '--stage', 'windows', '--out', 'w', '--seconds', '1.9'], {
      cwd,
    });
    expect(windows.code).toBe(0);
    expect([npy('w', 'a.wav.npy').rows, npy('w', 'a.wav.npy').columns]).toEqual([1, 800]);
    const embedded = await tunespace(['features', 'a.wav', '--stage', 'embedded', '--model', space, '--out', 'e'], {
      cwd,
    });
    expect(embedded.code).toBe(0);
    expect(npy('e', 'a.wav.npy').columns).toBe(4 * 8);
  });

  it('leaves out the first part of names below --root', async () => {
    const { stdout } = await tunespace(['features', 'music/low', '--root', 'music', '--out', 'r'], { cwd });
    expect(stdout.trim().split('\n').sort()).toEqual([1, 2, 3].map((i) => join('r', 'low', `${i}.wav.npy`)));
  });

  it.each([
    [['--stage', 'frames', '--model', 'x'], /leave out the other/],
    [['--stage', 'frame'], /Did you mean frames\?/],
    [['--n-mels', '2.5'], /--n-mels.*'2\.5' is invalid.*whole number at least 1/],
    [['--n-fft', '1000'], /nFft must be .*1000.*option --n-fft/],
    [['--f-max', '20000'], /fMax must be at most .*11025.*option --f-max/],
    [['--seconds', '0'], /above 0/],
    [['--root', 'music'], /not below --root/],
  ])('refuses %j with code 2', async (options, message) => {
    const { code, stdout, stderr } = await tunespace(['features', 'a.wav', '--out', 'no', ...options], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(existsSync(join(cwd, 'no'))).toBe(false);
  });
});

describe('tunespace transform', () => {
  it('gives the same for audio, for its frames as safetensors and as npy', async () => {
    await tunespace(['features', 'a.wav', '--out', 'f', '--format', 'safetensors'], { cwd });
    await tunespace(['features', 'a.wav', '--out', 'f'], { cwd });
    const inputs = ['a.wav', join('f', 'a.wav.safetensors'), join('f', 'a.wav.npy')];
    const { code, stdout } = await tunespace(['transform', ...inputs, '--model', space, '--out', 't', '--json'], {
      cwd,
    });
    expect(code).toBe(0);
    const { files, frontEnd } = parse(stdout);
    expect(files.map(({ shape }: { shape: number[] }) => shape)).toEqual([
      [85, 8],
      [85, 8],
      [85, 8],
    ]);
    expect(frontEnd).toMatchObject({ nMels: 200, nComponents: 8, space: expect.stringMatching(/^[0-9a-f]{8}$/) });
    const [first, ...others] = files.map(({ output }: { output: string }) => npy(output).data);
    for (const other of others) expect(other).toEqual(first);
    const windows = await tunespace(['transform', 'a.wav', '--model', space, '--out', 'tw', '--stage', 'windows'], {
      cwd,
    });
    expect(windows.code).toBe(0);
    expect(npy('tw', 'a.wav.npy').columns).toBe(32);
  });

  it('refuses frames of another front end, naming the setting', async () => {
    await tunespace(['features', 'a.wav', '--out', 'g', '--format', 'safetensors', '--n-mels', '40'], { cwd });
    const stored = join('g', 'a.wav.safetensors');
    const { code, stderr } = await tunespace(['transform', stored, 'a.wav', '--model', space, '--out', 'x'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/1 of 2 failed:\n {2}.*nMels = 200.*nMels = 40/);
    expect(readdirSync(join(cwd, 'x'))).toEqual(['a.wav.npy']);
  });
});

describe('tunespace info', () => {
  it('tells what each kind of file is', async () => {
    await tunespace(['features', 'a.wav', '--out', 'i'], { cwd });
    const files = ['a.mp3', join('i', 'a.wav.npy'), space, 'music'];
    const { code, stdout } = await tunespace(['info', ...files, '--json'], { cwd });
    expect(code).toBe(0);
    expect(parse(stdout).files).toMatchObject([
      { kind: 'audio', format: 'wav', sr: 22050, channels: 1, seconds: 2 },
      { kind: 'npy', shape: [85, 200], dtype: '<f4' },
      {
        kind: 'model',
        estimator: 'Wsabie',
        formatVersion: '1',
        frontEnd: { nMels: 200 },
        record: { stopped: 'nBatches' },
      },
      { kind: 'dataset', tracks: 9, labels: { high: 3, low: 3, middle: 3 } },
    ]);
    const text = await tunespace(['info', ...files], { cwd });
    expect(text.stdout).toMatch(/V +F32 \(8, 200\)/);
    expect(text.stderr).toBe('');
  });
});
