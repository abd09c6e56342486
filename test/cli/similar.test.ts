import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, start, tunespace, until } from './command.ts';
import { makeMusic, trainSpace } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = scratch();
const library = join(cwd, 'music');
let space: string;

beforeAll(async () => {
  makeMusic(library);
  space = await trainSpace('space.safetensors', [`toy=${library}`]);
});

interface Result {
  query: string;
  neighbours: { rank: number; path: string; distance: number }[];
}

describe('tunespace similar', () => {
  it('ranks a library by numeric distances, the query itself left out', async () => {
    const query = join('music', 'low', '2.wav');
    const { code, stdout, stderr } = await tunespace(['similar', query, '--library', 'music', '-k', '3', '--quiet'], {
      cwd,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(rows.map(([rank]) => rank)).toEqual(['1', '2', '3']);
    expect(
      rows
        .slice(0, 2)
        .map(([, , path]) => path)
        .sort(),
    ).toEqual([1, 3].map((i) => join('music', 'low', `${i}.wav`)));
    const distances = rows.map(([, distance]) => Number(distance));
    expect(distances.every((distance) => distance > 0)).toBe(true);
    expect([...distances].sort((a, b) => a - b)).toEqual(distances);
  });

  it('gives all metrics, as CSV and JSON', async () => {
    for (const metric of ['l1', 'euclidean', 'cosine']) {
      const args = ['similar', join('music', 'low', '2.wav'), '--library', 'music', '--metric', metric];
      const { stdout } = await tunespace([...args, '--json'], { cwd });
      const [{ neighbours }] = JSON.parse(stdout).results as Result[];
      expect(neighbours.length).toBe(8);
      expect(neighbours[0].path).toMatch(/low/);
    }
    const csv = await tunespace(
      ['similar', join('music', 'low', '2.wav'), '--library', 'music', '-k', '1', '--format', 'csv'],
      { cwd },
    );
    expect(csv.stdout).toMatch(/^query,rank,distance,path\n[^,]+,1,\d+(\.\d+)?,[^,]+\n$/);
  });

  it('ranks by mutual proximity', async () => {
    const args = ['similar', join('music', 'low', '2.wav'), '--library', 'music', '-k', '8', '--mutual-proximity'];
    const { stdout } = await tunespace([...args, '--json'], { cwd });
    const { mutualProximity, results } = JSON.parse(stdout);
    expect(mutualProximity).toBe(true);
    const [{ neighbours }] = results as Result[];
    expect(neighbours.length).toBe(8);
    expect(neighbours.slice(0, 2).every(({ path }) => path.includes('low'))).toBe(true);
    expect(neighbours.every(({ distance }) => distance >= 0 && distance <= 1)).toBe(true);
    const alone = await tunespace([...args.slice(0, 2), '--library', args[1], '--mutual-proximity'], { cwd });
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/the library, which has one/)]);
  });

  it('keeps an index that needs nothing beside it and moves with its folder', async () => {
    const folder = join(cwd, 'disk');
    makeMusic(join(folder, 'music'));
    const made = await tunespace(
      ['similar', '--library', 'disk', '--model', space, '--save-index', join('disk', 'i.st')],
      { cwd },
    );
    expect(made.code).toBe(0);
    renameSync(folder, join(cwd, 'moved'));
    const args = [
      'similar',
      join('moved', 'music', 'high', '1.wav'),
      '--index',
      join('moved', 'i.st'),
      '-k',
      '2',
      '--json',
    ];
    const { code, stdout } = await tunespace(args, { cwd });
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.tracks).toBe(9);
    expect(result.results[0].neighbours.map(({ path }: { path: string }) => path).sort()).toEqual(
      [2, 3].map((i) => join('moved', 'music', 'high', `${i}.wav`)),
    );
    const direct = await tunespace(
      ['similar', join('moved', 'music', 'high', '1.wav'), '--library', 'moved', '--model', space, '-k', '2', '--json'],
      { cwd },
    );
    expect(JSON.parse(direct.stdout).results).toEqual(result.results);
  });

  it('reads again only what has changed, and goes on after Ctrl-C', async () => {
    const folder = join(cwd, 'growing');
    for (let i = 0; i < 30; i++) put(join(folder, `${i}.wav`), wav(tone(300 + 10 * i, i, 20)));
    const args = ['similar', '--library', 'growing', '--model', 'none', '--save-index', 'growing.st'];
    const cache = join(cwd, 'growing-cache');
    const running = start([...args, '--cache', cache], { cwd });
    const kept = () => (existsSync(cache) ? readdirSync(cache, { recursive: true, withFileTypes: true }) : []);
    // Frames are begun ahead, so that the first few in the cache need not be of tracks that are done.
    await until(() => kept().filter((entry) => entry.isFile()).length > 8, running);
    running.kill('SIGINT');
    const cut = await running.ended;
    expect(cut.code).toBe(130);
    expect(cut.stderr).toMatch(/index of \d+ of 30 tracks saved in growing\.st/);
    const whole = await tunespace([...args, '--json'], { cwd });
    expect(JSON.parse(whole.stdout)).toMatchObject({ tracks: 30, saved: 'growing.st' });
    const bytes = readFileSync(join(cwd, 'growing.st'));
    // What is taken over is not opened: a file that became noise under its old size and date keeps its vector.
    const changed = join(folder, '7.wav');
    const { atime, mtime, size } = statSync(changed);
    writeFileSync(changed, Buffer.alloc(size));
    utimesSync(changed, atime, mtime);
    expect((await tunespace(args, { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'growing.st')).equals(bytes)).toBe(true);
    utimesSync(changed, atime, new Date());
    expect((await tunespace(args, { cwd })).code).toBe(1);
    const other = await tunespace([...args, '--n-mels', '40'], { cwd });
    expect(other.stderr).toMatch(/growing\.st was made with other settings and will be made anew/);
  });

  it('does not compare features of two front ends', async () => {
    await tunespace(['features', join('music', 'low'), '--n-mels', '40', '--format', 'safetensors', '--out', 'st'], {
      cwd,
    });
    await tunespace(['features', join('music', 'low'), '--n-mels', '40', '--out', 'st'], { cwd });
    const library = ['1.wav.safetensors', '1.wav.npy'].flatMap((name) => [
      '--library',
      join('st', 'music', 'low', name),
    ]);
    const args = ['similar', '--library', join('music', 'high'), ...library, '--save-index', 'mixed.st', '--json'];
    const { code, stdout } = await tunespace([...args, '--model', 'none'], { cwd });
    expect(code).toBe(1);
    const { tracks, failed } = JSON.parse(stdout);
    expect(tracks).toBe(3);
    expect(failed).toMatchObject([
      { type: 'FrontEndError', message: expect.stringMatching(/1\.wav\.safetensors: .*nMels = 200.*nMels = 40/) },
      { type: 'FormatError', message: expect.stringMatching(/1\.wav\.npy: gives 160 values.*800.*two front ends/) },
    ]);
  });

  it('leaves out the artist of the query, whom a CSV names', async () => {
    const rows = ['low', 'middle', 'high'].flatMap((label) =>
      [1, 2, 3].map((i) => `${label}/${i}.wav,x,${label} ${i % 2}`),
    );
    put(join(library, 'list.csv'), `path,genre,artist\n${rows.join('\n')}\n`);
    const query = join('music', 'low', '1.wav');
    const args = ['similar', query, '--library', join('music', 'list.csv'), '-k', '8', '--json'];
    const paths = ({ stdout }: { stdout: string }) =>
      (JSON.parse(stdout).results as Result[])[0].neighbours.map(({ path }) => path);
    const all = paths(await tunespace(args, { cwd }));
    expect(all.length).toBe(8);
    const filtered = paths(await tunespace([...args, '--artist-filter'], { cwd }));
    expect(filtered).toEqual(all.filter((path) => path !== join('music', 'low', '3.wav')));
  });

  it('writes playlists relative to their own folder', async () => {
    mkdirSync(join(cwd, 'lists'), { recursive: true });
    const args = ['similar', join('music', 'low', '1.wav'), '--library', 'music', '-k', '1', '--format', 'm3u8'];
    const toFile = await tunespace([...args, '-o', join('lists', 'a.m3u8')], { cwd });
    expect({ code: toFile.code, stdout: toFile.stdout }).toEqual({ code: 0, stdout: '' });
    const lines = readFileSync(join(cwd, 'lists', 'a.m3u8'), 'utf8').split('\n');
    expect(lines[0]).toBe('#EXTM3U');
    expect(lines[1]).toMatch(/^#EXTINF:2,\d$/);
    expect(lines[2]).toMatch(/^\.\.[\\/]music[\\/]low[\\/]\d\.wav$/);
    const toStdout = await tunespace(args, { cwd });
    expect(toStdout.stdout.split('\n')[2]).toMatch(/^music[\\/]low[\\/]\d\.wav$/);
  });

  it('goes on past bad tracks and queries', async () => {
    makeMusic(join(cwd, 'rough'), { perClass: 1 });
    put(join(cwd, 'rough', 'text.mp3'), 'no music at all, only words');
    put(join(cwd, 'silent.wav'), wav(new Float32Array(30000)));
    put(join(cwd, 'q.wav'), wav(tone(230, 5)));
    const { code, stdout, stderr } = await tunespace(
      ['similar', 'q.wav', 'silent.wav', '--library', 'rough', '-k', '1', '--json'],
      { cwd },
    );
    expect(code).toBe(1);
    const { results, failed } = JSON.parse(stdout);
    expect(results.length).toBe(1);
    expect(results[0].neighbours[0].path).toMatch(/low/);
    expect(failed.map(({ file }: { file: string }) => file)).toEqual([join('rough', 'text.mp3'), 'silent.wav']);
    expect(stderr).toMatch(/nothing to compare/);
  });

  it('explains a query and its neighbours by the labels that stand out in the library', async () => {
    const query = join('music', 'low', '1.wav');
    const args = ['similar', query, '--library', 'music', '-k', '8', '--explain'];
    const { stdout } = await tunespace([...args, '--json'], { cwd });
    const result = JSON.parse(stdout);
    const [{ soundsLike, neighbours }] = result.results;
    const names = (labels: { label: string }[]) => labels.map(({ label }) => label);
    expect(names(soundsLike).every((label) => label.startsWith('instrument/'))).toBe(true);
    expect(soundsLike.length).toBeGreaterThan(0);
    for (const neighbour of neighbours) {
      const own = names(neighbour.soundsLike);
      expect(neighbour.shared).toEqual(names(soundsLike).filter((label) => own.includes(label)));
    }
    // Two low tones resemble one another in more than a low one and a high one do.
    const shared = (folder: string) =>
      neighbours
        .filter(({ path }: { path: string }) => path.includes(folder))
        .reduce((n: number, hit: { shared: string[] }) => n + hit.shared.length, 0);
    expect(shared('low') / 2).toBeGreaterThan(shared('high') / 3);
    expect(result.warnings.join()).toMatch(/compared with the 9 of the library; of fewer than 20/);
    const text = (await tunespace(args, { cwd })).stdout.split('\n');
    expect(text[0]).toBe(`sounds like: ${names(soundsLike).join(', ').replaceAll('instrument/', '')}`);
    expect(text[2]).toMatch(/^ {20}(both|alone): /);
    const csv = (await tunespace([...args, '--format', 'csv'], { cwd })).stdout.split('\n');
    expect(csv[0]).toBe('query,rank,distance,path,sounds_like,shared');
    expect(csv[1]).toContain(`,${names(neighbours[0].soundsLike).join(';')},${neighbours[0].shared.join(';')}`);
    const octaves = await tunespace(['similar', query, '--library', 'music', '--explain-labels', 'octave/', '--json'], {
      cwd,
    });
    const [first] = JSON.parse(octaves.stdout).results;
    expect(names(first.soundsLike).every((label) => label.startsWith('octave/'))).toBe(true);
    // An own space explains by its own labels.
    const own = await tunespace([...args, '--model', space], { cwd });
    expect(own.stdout).toMatch(/^sounds like: low/);
  });

  it.each([
    [['--library', 'music', '--explain', '--model', 'none'], /--explain takes the labels of a space/],
    [
      ['--library', 'music', '--explain-labels', 'octaves'],
      /--explain-labels must be how a label begins, such as "dynamic\/"/,
    ],
    [['--library', join('music', 'low', '1.wav'), '--explain'], /--explain .*the library, which has one/],
    [[], /give --library FOLDER.*--index/],
    [['--library', 'music', '--index', 'x'], /exclude one another/],
    [['--index', 'x', '--model', 'y'], /brings the space/],
    [['--library', 'music', '--metric', 'l2'], /Allowed: l1, euclidean, cosine/],
    [['--library', 'music', '--json', '--format', 'csv'], /--json and --format csv/],
  ])('refuses %j', async (options, message) => {
    const { code, stderr } = await tunespace(['similar', 'q.wav', ...options], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
