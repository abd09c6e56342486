import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError, ParameterError } from '../../src/errors.ts';
import { type Dataset, type DatasetOptions, readDataset } from '../../src/library/dataset.ts';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { addTo, makeTree, taggedFlac } from './files.ts';

const ids = ({ tracks }: Dataset) => tracks.map(({ id }) => id);
const labels = ({ tracks }: Dataset) => Object.fromEntries(tracks.map((track) => [track.id, track.labels.join('+')]));
const frames = (columns: number, rows = 3) => encodeNpy(new Matrix(new Float32Array(rows * columns), rows, columns));

describe('a folder per label', () => {
  it('takes the first folder as the label, sorts by id, and knows the files that are no tracks', async () => {
    const root = await makeTree({
      'rock/b.mp3': 'x',
      'rock/a.WAV': 'x',
      'jazz/deep/er/c.flac': 'x',
      'Blues/d.au': 'x',
      'rock/cover.jpg': 'x',
      'rock/a.cue': 'x',
      'rock/.hidden.mp3': 'x',
      '__MACOSX/rock/._a.mp3': 'x',
      'readme.txt': 'x',
    });
    const dataset = await readDataset(root, { name: 'mine' });
    expect(labels(dataset)).toEqual({
      'Blues/d.au': 'Blues',
      'jazz/deep/er/c.flac': 'jazz',
      'rock/a.WAV': 'rock',
      'rock/b.mp3': 'rock',
    });
    expect(ids(dataset)).toEqual(['Blues/d.au', 'jazz/deep/er/c.flac', 'rock/a.WAV', 'rock/b.mp3']);
    expect(dataset).toMatchObject({ name: 'mine', kind: 'single', root, problems: [], notes: [] });
    expect(dataset.inventory).toEqual({ tracks: 4, labels: new Map([['Blues', 1], ['jazz', 1], ['rock', 2]]) }); // biome-ignore format: one line a fact
  });

  it('goes down through folders that only wrap others, so that ids do not depend on them', async () => {
    const root = await makeTree({ 'Data/genres_original/rock/a.wav': 'x', 'Data/genres_original/jazz/b.wav': 'x' });
    const dataset = await readDataset(root);
    expect(ids(dataset)).toEqual(['jazz/b.wav', 'rock/a.wav']);
    expect(dataset.root).toBe(join(root, 'Data', 'genres_original'));
  });

  it('reports empty files, strays beside the folders and dangling links, and goes on', async () => {
    const root = await makeTree({ 'rock/a.mp3': 'x', 'rock/empty.mp3': '', 'stray.mp3': 'x' });
    await symlink(join(root, 'gone.mp3'), join(root, 'rock', 'link.mp3'));
    const { tracks, problems } = await readDataset(root);
    expect(tracks).toHaveLength(1);
    expect(problems).toEqual([
      { file: join(root, 'stray.mp3'), message: expect.stringMatching(/beside the label folders/) },
      { file: join(root, 'rock', 'empty.mp3'), message: expect.stringMatching(/is empty \(0 bytes\)/) },
      { file: join(root, 'rock', 'link.mp3'), message: 'does not exist' },
    ]);
  });

  it('ends on links that lead in circles, and takes each real folder once', async () => {
    const root = await makeTree({ 'rock/a.mp3': 'x', 'jazz/b.mp3': 'x' });
    await symlink(root, join(root, 'rock', 'up'));
    await symlink(join(root, 'rock'), join(root, 'rock', 'self'));
    await symlink(join(root, 'jazz'), join(root, 'swing'));
    expect(ids(await readDataset(root))).toEqual(['jazz/b.mp3', 'rock/a.mp3']);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'reports a folder that may not be read',
    async () => {
      const root = await makeTree({ 'rock/a.mp3': 'x', 'secret/b.mp3': 'x' });
      await chmod(join(root, 'secret'), 0);
      const { tracks, problems } = await readDataset(root);
      await chmod(join(root, 'secret'), 0o700);
      expect(tracks).toHaveLength(1);
      expect(problems[0]).toEqual({ file: join(root, 'secret'), message: expect.stringMatching(/may not be read/) });
    },
  );
});

describe('a table', () => {
  const audio = { 'a.mp3': 'x', 'sub/b.mp3': 'x', 'c.mp3': 'x' };
  const read = async (text: string | Uint8Array, options: DatasetOptions = {}) =>
    readDataset(join(await makeTree({ ...audio, 'labels.csv': text }), 'labels.csv'), options);

  it('splits tags, trims them, and reads artists; a folder with labels.csv is its table', async () => {
    const root = await makeTree({
      ...audio,
      'labels.csv': 'path,artist,tags,year\na.mp3,X,rock; pop ;;rock,1999\nsub/b.mp3,,jazz,1\n',
    });
    const dataset = await readDataset(root);
    expect(labels(dataset)).toEqual({ 'a.mp3': 'pop+rock', 'sub/b.mp3': 'jazz' });
    expect(dataset.tracks[0]).toMatchObject({ artist: 'X', path: join(root, 'a.mp3'), features: 'audio' });
    expect(dataset.tracks[1]).not.toHaveProperty('artist');
    expect(dataset).toMatchObject({ kind: 'multi', problems: [] });
    expect(await readDataset(join(root, 'labels.csv'))).toEqual(dataset);
  });

  it('stands a byte order mark, quotes, line breaks in cells, CRLF, blank lines', async () => {
    const text =
      '\uFEFF"path","genre","artist"\r\n\r\n"a.mp3","rock","Earth, Wind\n& ""Fire"""\r\nsub/b.mp3,jazz,"Weird" Al\r\n';
    const dataset = await read(text);
    expect(dataset.tracks.map(({ artist }) => artist)).toEqual(['Earth, Wind\n& "Fire"', '"Weird" Al']);
    expect(dataset).toMatchObject({ kind: 'single', problems: [] });
  });

  it.each([
    [';', 'path;label\na.mp3;"rock;pop"\n'],
    ['\t', 'path\tlabel\na.mp3\trock;pop\n'],
    [',', 'path,label\na.mp3,rock;pop\n'],
  ] as const)('finds the delimiter %j by itself and takes it as told', async (delimiter, text) => {
    expect(labels(await read(text))).toEqual({ 'a.mp3': 'pop+rock' });
    expect(labels(await read(text, { delimiter }))).toEqual({ 'a.mp3': 'pop+rock' });
  });

  it('reads UTF-16 with a mark, and refuses bytes that are no text', async () => {
    const text = 'path\tgenre\na.mp3\tJäzz\n';
    expect(labels(await read(Uint8Array.from(Buffer.from(`\uFEFF${text}`, 'utf16le'))))).toEqual({ 'a.mp3': 'Jäzz' });
    await expect(read(Uint8Array.from(Buffer.from(text, 'latin1')))).rejects.toThrow(
      /labels\.csv: is not text in UTF-8/,
    );
    await expect(read('')).rejects.toThrow(/labels\.csv"? is empty|is empty/);
    await expect(read('path,genre\na.mp3,"rock\n')).rejects.toThrow(/line 2.*never closed|line 3.*never closed/);
  });

  it('takes columns by the names it is told, in any case, and says which there are otherwise', async () => {
    const text = 'File,Style,Band\na.mp3,rock,X\n';
    const dataset = await read(text, { columns: { path: 'file', labels: 'style', artist: 'band' } });
    expect(dataset.tracks[0]).toMatchObject({ id: 'a.mp3', labels: ['rock'], artist: 'X' });
    const failing = read(text, { columns: { path: 'File', labels: 'stlye' } });
    await expect(failing).rejects.toThrow(FormatError);
    await expect(failing).rejects.toThrow(
      /no column "stlye"; its columns are "File", "Style", "Band"; did you mean "Style"\?/,
    );
    await expect(read(text)).rejects.toThrow(/no column "path"/);
    await expect(read('path,x\na.mp3,y\n')).rejects.toThrow(/no column "tags" or "genre" or "label"/);
    await expect(read('path,tags\na.mp3,y\n', { columns: { artist: 'artist' } })).rejects.toThrow(/no column "artist"/);
  });

  it('reports each row that is no track with its line, and goes on', async () => {
    const rows = [
      'a.mp3,rock',
      'missing.mp3,rock',
      'a.mp3,pop',
      'c.mp3,',
      'sub/b.mp3,jazz,3',
      ',rock',
      'sub,jazz',
      'C:\\m\\a.mp3,x',
    ];
    const dataset = await read(`path,genre\n${rows.join('\n')}\n`);
    expect(ids(dataset)).toEqual(['a.mp3']);
    expect(dataset.inventory.tracks).toBe(8);
    const said = Object.fromEntries(
      dataset.problems.map(({ file, message }) => [Number(file.split(':').pop()), message]),
    );
    expect(said).toEqual({
      3: 'the file "missing.mp3" does not exist',
      4: 'names the file of line 2 again; put all its labels into one row',
      5: 'has no labels',
      6: expect.stringMatching(/the row has 3 cells, the header 2; put quotes around a cell that holds ","/),
      7: 'names no file',
      8: expect.stringMatching(/sub" is a folder/),
      9: expect.stringMatching(/Windows path/),
    });
  });

  it('follows paths up, absolute ones, backslashes, and accents written either way', async () => {
    const composed = 'caf\u00e9.mp3';
    const decomposed = 'cafe\u0301.mp3';
    const root = await makeTree({ 'up.mp3': 'x', 'd/x/b.mp3': 'x', [`d/${decomposed}`]: 'x' });
    const rows = ['../up.mp3,a', `${join(root, 'up.mp3')},again`, 'x\\b.mp3,b', `${composed},c`];
    await addTo(root, { 'd/t.csv': `path,genre\n${rows.join('\n')}\n` });
    const dataset = await readDataset(join(root, 'd', 't.csv'));
    expect(labels(dataset)).toEqual({ '../up.mp3': 'a', 'x/b.mp3': 'b', [composed]: 'c' });
    expect(dataset.problems).toHaveLength(1);
    expect(dataset.name).toBe('t');
  });
});

describe("the files' own tags", () => {
  const tagged = (genre: string[], artist?: string) =>
    taggedFlac([...genre.map((name) => `GENRE=${name}`), ...(artist ? [`ARTIST=${artist}`] : [])]);

  it('serve a flat folder, and artist/album/track', async () => {
    for (const folder of ['', 'Artist/Album/']) {
      const root = await makeTree({
        [`${folder}a.flac`]: tagged(['Rock; Pop', 'Jazz'], 'X'),
        [`${folder}b.flac`]: tagged(['Jazz']),
        [`${folder}c.flac`]: tagged([]),
        [`${folder}broken.flac`]: 'not a flac file at all',
      });
      const dataset = await readDataset(root);
      expect(labels(dataset)).toEqual({ [`${folder}a.flac`]: 'Jazz+Pop+Rock', [`${folder}b.flac`]: 'Jazz' });
      expect(dataset.tracks[0].artist).toBe('X');
      expect(dataset.problems.map(({ message }) => message)).toEqual([
        expect.stringMatching(/tags cannot be read|no genre tag/),
        expect.stringMatching(/no genre tag/),
      ]);
    }
  });

  it('can be insisted on where folders look like labels, and can give artists alone', async () => {
    const root = await makeTree({ 'misc/a.flac': tagged(['Rock'], 'X') });
    expect(labels(await readDataset(root, { labels: 'file-tags' }))).toEqual({ 'misc/a.flac': 'Rock' });
    const dataset = await readDataset(root, { artists: 'file-tags' });
    expect(dataset.tracks[0]).toMatchObject({ labels: ['misc'], artist: 'X' });
  });
});

describe('precomputed matrices', () => {
  it('are tracks like any other, of one width', async () => {
    const root = await makeTree({
      'rock/a.npy': frames(12),
      'rock/b.npy': frames(12),
      'jazz/c.npy': frames(13),
      'jazz/d.npy': frames(12, 0),
      'jazz/e.npy': 'no matrix',
      'jazz/f.npy': frames(12),
    });
    const dataset = await readDataset(root);
    expect(dataset.tracks.map(({ id, features }) => [id, features])).toEqual([
      ['jazz/f.npy', 'matrix'],
      ['rock/a.npy', 'matrix'],
      ['rock/b.npy', 'matrix'],
    ]);
    expect(dataset.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/frames of 13 values, most tracks have 12/),
      'holds no frames',
      expect.stringMatching(/not a \.npy file/),
    ]);
  });

  it('stand back where there is audio, unless asked for', async () => {
    const root = await makeTree({
      'rock/a.wav': 'x',
      'rock/a.npy': frames(4),
      'labels.csv': 'path,tags\nrock/a.wav,r\nrock/a.npy,r\n',
    });
    const audio = await readDataset(root);
    expect(ids(audio)).toEqual(['rock/a.wav']);
    expect(audio.notes).toEqual([expect.stringMatching(/1 \.npy file left out.*features: "matrix"/)]);
    expect(ids(await readDataset(root, { features: 'matrix' }))).toEqual(['rock/a.npy']);
  });
});

describe('what is kept', () => {
  const table =
    'path,tags\na.mp3,genre/rock;mood/calm\nb.mp3,genre/rock;genre/pop\nc.mp3,genre/jazz\nd.mp3,mood/calm\n';
  const read = async (options: DatasetOptions) =>
    readDataset(
      await makeTree({ 'a.mp3': 'x', 'b.mp3': 'x', 'c.mp3': 'x', 'd.mp3': 'x', 'labels.csv': table }),
      options,
    );

  it('by prefix, which falls off', async () => {
    const dataset = await read({ labelPrefix: 'genre/' });
    expect(labels(dataset)).toEqual({ 'a.mp3': 'rock', 'b.mp3': 'pop+rock', 'c.mp3': 'jazz' });
    expect(dataset).toMatchObject({
      kind: 'multi',
      problems: [],
      notes: ['1 track left out: no label starts with "genre/"'],
    });
  });

  it('by one label only, and by how many carry a label', async () => {
    const single = await read({ labelPrefix: 'genre/', kind: 'single' });
    expect(single.kind).toBe('single');
    expect(ids(single)).toEqual(['a.mp3', 'c.mp3']);
    const frequent = await read({ minTracks: 2 });
    expect(labels(frequent)).toEqual({ 'a.mp3': 'genre/rock+mood/calm', 'b.mp3': 'genre/rock', 'd.mp3': 'mood/calm' });
    expect(frequent.notes).toEqual([
      '2 labels dropped: carried by fewer than 2 tracks',
      '1 track left out: no label that at least 2 tracks carry',
    ]);
    expect(ids(await read({ maxTracks: 1 }))).toEqual(['a.mp3', 'b.mp3', 'c.mp3']);
  });

  it('says why nothing is left', async () => {
    await expect(read({ minTracks: 9 })).rejects.toThrow(/none of its 4 tracks can be used: 4 labels dropped/);
  });
});

describe('failures', () => {
  it('names the shapes it looked for', async () => {
    const root = await makeTree({ 'a.txt': 'x', 'sub/b.txt': 'x' });
    for (const folder of [root, await makeTree({ 'a.wav': 'x' })]) {
      const failing = readDataset(folder);
      await expect(failing).rejects.toThrow(FormatError);
      await expect(failing).rejects.toThrow(/a folder per label .* labels\.csv .* genre tags .* GTZAN/);
    }
    await expect(readDataset(root)).rejects.toThrow(/no audio and no \.npy files \(2 other files\)/);
    await expect(readDataset(root, { labels: 'table' })).rejects.toThrow(/holds no labels\.csv/);
  });

  it('refuses what is no dataset at all', async () => {
    const root = await makeTree({ 'a.wav': 'x' });
    await expect(readDataset(join(root, 'nowhere'))).rejects.toThrow(/nowhere" does not exist/);
    await expect(readDataset(join(root, 'a.wav'))).rejects.toThrow(/is a single track/);
    await expect(readDataset(await makeTree({ 'rock/a.wav': '' }))).rejects.toThrow(
      /none of its 1 tracks can be used: .*0 bytes/,
    );
  });

  it.each([
    [{ minTrack: 3 }, /unknown option "minTrack"; did you mean "minTracks"/, 'minTrack'],
    [{ minTracks: 0 }, /minTracks must be an integer at least 1, got 0/, 'minTracks'],
    [{ labels: 'folder' }, /did you mean "folders"/, 'labels'],
    [{ layout: 'GTZAN' }, /did you mean "gtzan"/, 'layout'],
    [{ columns: { label: 'x' } }, /columns: unknown option "label"; did you mean "labels"/, 'label'],
  ])('refuses %j', async (options, message, parameter) => {
    const failing = readDataset('.', options as DatasetOptions);
    await expect(failing).rejects.toThrow(ParameterError);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toMatchObject({ parameter });
  });

  it('stops when it is told to', async () => {
    const root = await makeTree({ 'rock/a.wav': 'x' });
    await expect(readDataset(root, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
