import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/decode.ts';
import { DecodeError, FormatError, ParameterError } from '../../src/errors.ts';
import { FrameCache } from '../../src/library/cache.ts';
import { readDataset, type Track } from '../../src/library/dataset.ts';
import {
  defaultCacheFolder,
  extract,
  extractAll,
  FeatureStore,
  type FeatureStoreOptions,
  soundingFrames,
} from '../../src/library/features.ts';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { logMelSpectrogram } from '../../src/mel.ts';
import { resample } from '../../src/resample.ts';
import { loadKernels } from '../../src/runtime/node.ts';
import { makeFolder, makeTree, tone, wav } from './files.ts';

beforeAll(() => loadKernels());

const filesBelow = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const store = async (options: FeatureStoreOptions = {}) => new FeatureStore({ cache: await makeFolder(), ...options });
const track = (root: string, id: string, more: Partial<Track> = {}): Track => ({
  id,
  path: join(root, id),
  labels: ['x'],
  features: 'audio',
  ...more,
});
const audio = (path: string) => ({ path, features: 'audio' }) as const;

describe('FeatureStore', () => {
  it.each([22_050, 44_100, 8000])('gives the bits of decode, resample and logMelSpectrogram at %d Hz', async (sr) => {
    const root = await makeTree({ 'a.wav': wav(tone(3 * sr, 1), sr) });
    const { frames, silent, cached, warnings } = await (await store()).frames(audio(join(root, 'a.wav')));
    const { y } = await decode(await readFile(join(root, 'a.wav')));
    const expected = logMelSpectrogram(resample(y, { origSr: sr, targetSr: 22_050 }), { sr: 22_050 });
    expect(frames.data).toEqual(expected.data);
    expect(frames.frontEnd).toEqual(expected.frontEnd);
    expect([frames.rows, frames.columns, silent, cached, warnings]).toEqual([expected.rows, 200, false, false, []]);
  });

  it('takes the first seconds, and other settings of the front end', async () => {
    const root = await makeTree({ 'a.wav': wav(tone(44_100, 1)) });
    const short = await store({ seconds: 0.5, frontEnd: { nMels: 40 } });
    const { frames } = await short.frames(audio(join(root, 'a.wav')));
    expect([frames.rows, frames.columns]).toEqual([1 + Math.floor((11_025 - 1024) / 512), 40]);
    expect(frames.frontEnd).toEqual(short.frontEnd);
  });

  it('makes one frame of less than one, and knows silence', async () => {
    const root = await makeTree({
      'short.wav': wav(tone(200, 1)),
      'one.wav': wav([0.5]),
      'silent.wav': wav([0, 0, 0]),
    });
    const kept = await store();
    const seen = async (name: string) => {
      const { frames, silent } = await kept.frames(audio(join(root, name)));
      return [frames.rows, silent];
    };
    expect(await seen('short.wav')).toEqual([1, false]);
    // The window is 0 at its first sample, so a single one is not heard.
    expect(await seen('one.wav')).toEqual([1, true]);
    expect(await seen('silent.wav')).toEqual([1, true]);
  });

  it('finds frames again by content, not by name, for each front end and length apart', async () => {
    const root = await makeTree({ 'a.wav': wav(tone(30_000, 1)), 'b.wav': wav(tone(30_000, 2)) });
    const cache = await makeFolder();
    const seen = async (name: string, options: FeatureStoreOptions = {}) => {
      return (await new FeatureStore({ cache, ...options }).frames(audio(join(root, name)))).cached;
    };
    expect(await seen('a.wav')).toBe(false);
    expect(await seen('a.wav')).toBe(true);
    expect(await seen('b.wav')).toBe(false);
    expect(await seen('a.wav', { seconds: 1 })).toBe(false);
    expect(await seen('a.wav', { frontEnd: { nMels: 40 } })).toBe(false);
    await rename(join(root, 'a.wav'), join(root, 'other name.mp3'));
    expect(await seen('other name.mp3')).toBe(true);
    await writeFile(join(root, 'b.wav'), wav(tone(30_000, 3)));
    expect(await seen('b.wav')).toBe(false);
    expect(await filesBelow(cache)).toHaveLength(5);
  });

  it('gives the same bits from the cache, record and warnings too', async () => {
    const cut = wav(tone(30_000, 1)).subarray(0, 50_001);
    const root = await makeTree({ 'a.wav': cut });
    const kept = await store();
    const [first, second] = [
      await kept.frames(audio(join(root, 'a.wav'))),
      await kept.frames(audio(join(root, 'a.wav'))),
    ];
    expect(second.frames).toEqual(first.frames);
    expect(first.warnings.length).toBeGreaterThan(0);
    expect(second).toEqual({ ...first, cached: true });
  });

  it('computes damaged entries again, whatever the damage', async () => {
    const root = await makeTree({ 'a.wav': wav(tone(30_000, 1)), 'b.wav': wav(tone(30_000, 2)) });
    const kept = await store();
    const good = await kept.frames(audio(join(root, 'a.wav')));
    const [entry] = await filesBelow(kept.cacheFolder as string);
    const whole = await readFile(entry);
    await kept.frames(audio(join(root, 'b.wav')));
    const [other] = (await filesBelow(kept.cacheFolder as string)).filter((file) => file !== entry);
    for (const damage of [whole.subarray(0, 100), Buffer.alloc(0), Buffer.from('nonsense'), await readFile(other)]) {
      await writeFile(entry, damage);
      const again = await kept.frames(audio(join(root, 'a.wav')));
      expect([again.cached, again.frames]).toEqual([false, good.frames]);
      expect(await readFile(entry)).toEqual(whole);
    }
  });

  it('goes on without a cache that cannot be written, and says so once', async () => {
    const root = await makeTree({ 'a.wav': wav(tone(5000, 1)), 'b.wav': wav(tone(5000, 2)), 'in the way': 'x' });
    const warnings: string[] = [];
    const kept = new FeatureStore({ cache: join(root, 'in the way'), onWarning: (message) => warnings.push(message) });
    for (const name of ['a.wav', 'b.wav', 'a.wav']) {
      expect((await kept.frames(audio(join(root, name)))).cached).toBe(false);
    }
    expect(warnings).toEqual([expect.stringMatching(/^the cache ".*in the way" cannot be made.*going on without it/)]);
  });

  it.skipIf(process.platform !== 'linux')('takes a full disk for what it is', async () => {
    const warnings: string[] = [];
    const cache = new FrameCache(await makeFolder(), (message) => warnings.push(message));
    const key = { content: 'x', frontEnd: {}, seconds: null };
    // Every write to this device fails as on a full disk.
    await mkdir(dirname(cache.pathOf(key)), { recursive: true });
    await symlink('/dev/full', cache.pathOf(key));
    for (let i = 0; i < 3; i++) await cache.put(key, { frames: new Matrix(new Float32Array(3), 1, 3), warnings: [] });
    expect(warnings).toEqual([expect.stringMatching(/the disk is full; going on without it/)]);
  });

  it('works without any cache', async () => {
    const root = await makeTree({ 'a.wav': wav(tone(5000, 1)) });
    const none = new FeatureStore({ cache: false });
    expect((await none.frames(audio(join(root, 'a.wav')))).frames.rows).toBeGreaterThan(0);
    expect(none.cacheFolder).toBeUndefined();
  });

  it('takes matrices as they are, whole, uncached, without a record', async () => {
    const matrix = Matrix.fromRows([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: it is a matrix
    const root = await makeTree({
      'a.npy': encodeNpy(matrix),
      'nan.npy': encodeNpy(Matrix.fromRows([[1, 2], [3, Number.NaN]])), // biome-ignore format: it is a matrix
      'empty.npy': encodeNpy(new Matrix(new Float32Array(0), 0, 3)),
    });
    const kept = await store({ seconds: 1 });
    const read = (name: string) => kept.frames({ path: join(root, name), features: 'matrix' });
    expect(await read('a.npy')).toEqual({ frames: matrix, silent: false, warnings: [], cached: false });
    await expect(read('nan.npy')).rejects.toThrow(/nan\.npy: holds NaN in row 1, column 1/);
    await expect(read('empty.npy')).rejects.toThrow(FormatError);
    expect(await filesBelow(kept.cacheFolder as string)).toEqual([]);
  });

  it('names the file that cannot be read', async () => {
    const root = await makeTree({ 'text.mp3': 'this is no music', 'folder/a.wav': 'x' });
    const kept = await store();
    await expect(kept.frames(audio(join(root, 'gone.wav')))).rejects.toThrow(/gone\.wav: does not exist/);
    await expect(kept.frames(audio(join(root, 'folder')))).rejects.toThrow(/folder: is a folder/);
    for (const name of ['gone.wav', 'folder', 'text.mp3']) {
      await expect(kept.frames(audio(join(root, name)))).rejects.toThrow(DecodeError);
    }
    expect(await filesBelow(kept.cacheFolder as string)).toEqual([]);
  });

  it.each([
    [{ seconds: 0 }, 'seconds'],
    [{ cache: 3 }, 'cache'],
    [{ cash: '' }, 'cash'],
    [{ frontEnd: { nMel: 3 } }, 'nMel'],
  ])('refuses %j', (options, parameter) => {
    expect(() => new FeatureStore(options as FeatureStoreOptions)).toThrow(ParameterError);
    expect(() => new FeatureStore(options as FeatureStoreOptions)).toThrow(expect.objectContaining({ parameter }));
  });

  it('keeps its cache where the system says', () => {
    if (process.platform === 'win32') return;
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/tunespace');
    expect(defaultCacheFolder({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache', 'tunespace'));
    expect(new FeatureStore().cacheFolder).toBe(defaultCacheFolder());
  });
});

describe('extractAll', () => {
  it('goes on past bad files, names each, and reports progress', async () => {
    const root = await makeTree({
      'a.wav': wav(tone(5000, 1)),
      'broken.wav': wav(tone(5000, 1)).subarray(0, 20),
      'text.mp3': 'this is no music',
      'silent.wav': wav(new Float32Array(5000)),
      'z.wav': wav(tone(5000, 2)),
    });
    const names = ['a.wav', 'broken.wav', 'gone.wav', 'silent.wav', 'text.mp3', 'z.wav'];
    const tracks = names.map((name) => track(root, name, name === 'silent.wav' ? { note: 'a known fault' } : {}));
    const seen: string[] = [];
    const onProgress = ({ done, total, track: { id } }: { done: number; total: number; track: Track }) => {
      seen.push(`${done}/${total} ${id}`);
    };
    const { frames, problems } = await extractAll(tracks, { store: await store(), onProgress });
    expect([...frames.keys()]).toEqual(['a.wav', 'z.wav']);
    expect(seen).toEqual(names.map((name, i) => `${i + 1}/6 ${name}`));
    expect(problems.map(({ file }) => file)).toEqual(names.slice(1, 5).map((name) => join(root, name)));
    expect(problems[1].message).toBe('does not exist');
    expect(problems[2].message).toMatch(/^is silent.*\(a known fault\)$/);
    for (const { message, file } of problems) expect(message).not.toContain(file);
  });

  it('gives the same frames as one by one, and reads a dataset end to end', async () => {
    const root = await makeTree({ 'rock/a.wav': wav(tone(9000, 1)), 'jazz/b.wav': wav(tone(9000, 2), 44_100) });
    const kept = await store();
    const { tracks } = await readDataset(root);
    const { frames, problems } = await extractAll(tracks, { store: kept });
    expect(problems).toEqual([]);
    for (const { id, path } of tracks)
      expect(frames.get(id)?.data).toEqual((await kept.frames(audio(path))).frames.data);
  });

  it('stops between blocks when told to, and keeps what was done', async () => {
    const root = await makeTree({
      'a.wav': wav(tone(9000, 1)),
      'long.wav': wav(tone(22_050 * 60, 2)),
      'c.wav': wav(tone(9000, 3)),
    });
    const tracks = ['a.wav', 'long.wav', 'c.wav'].map((name) => track(root, name));
    const kept = await store();
    const stop = new AbortController();
    const reason = new Error('enough');
    const run = extractAll(tracks, {
      store: kept,
      signal: stop.signal,
      onProgress: ({ done }) => done === 1 && setTimeout(() => stop.abort(reason), 5),
    });
    await expect(run).rejects.toBe(reason);
    expect(await filesBelow(kept.cacheFolder as string)).toHaveLength(1);
    await expect(extractAll(tracks, { store: kept, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('can be left early', async () => {
    const root = await makeTree({ 'a.wav': wav(tone(5000, 1)) });
    const tracks = [track(root, 'a.wav'), track(root, 'gone.wav')];
    for await (const {
      track: { id },
    } of extract(tracks, { store: await store() })) {
      expect(id).toBe('a.wav');
      break;
    }
  });
});

describe('soundingFrames', () => {
  const levels = (...values: number[]) => Matrix.fromRows(values.map((value) => [-11, value, -9]));

  it('keeps what is within so many units of the loudest', () => {
    const kept = soundingFrames(levels(-8, 1, -3.9, -4.1, 0, -20));
    expect([...kept.data].filter((_, i) => i % 3 === 1).map((value) => Math.round(value * 10) / 10)).toEqual([
      1, -3.9, 0,
    ]);
    expect(soundingFrames(levels(-4, 1), 0).rows).toBe(1);
  });

  it('keeps everything where all sound, and one frame at least', () => {
    const all = levels(1, 1.5, 1);
    expect(soundingFrames(all)).toBe(all);
    expect(soundingFrames(levels(-30)).rows).toBe(1);
    expect(() => soundingFrames(all, -1)).toThrow(ParameterError);
  });

  it('is applied by extractAll when asked for', async () => {
    const note = new Float32Array(22_050);
    note.set(tone(4000, 1));
    const root = await makeTree({ 'a.wav': wav(note) });
    const kept = await store();
    const options = { store: kept, soundingOnly: true };
    const { frames } = await extractAll([track(root, 'a.wav')], options);
    expect(frames.get('a.wav')?.rows).toBeLessThan(10);
    expect((await kept.frames(audio(join(root, 'a.wav')))).frames.rows).toBe(42);
  });
});
