import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { checkFacts, layouts, readDataset } from '../../src/library/dataset.ts';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { addTo, makeFolder, makeTree, taggedFlac } from './files.ts';

const genres = layouts.gtzan.labels as readonly string[];
const five = (n: number) => String(n).padStart(5, '0');
const frames = (columns: number) => encodeNpy(new Matrix(new Float32Array(2 * columns), 2, columns));

/** GTZAN as its archive unpacks: genres/blues/blues.00000.au. */
const gtzan = (perGenre: number, ending = 'au') =>
  Object.fromEntries(
    genres.flatMap((genre) =>
      Array.from({ length: perGenre }, (_, i) => [`genres/${genre}/${genre}.${five(i)}.${ending}`, 'x']),
    ),
  );

describe('the table of layouts', () => {
  it.each(Object.entries(layouts))('is consistent for %s', (_, { tracks, classes, labels, perLabel }) => {
    if (labels) expect(new Set(labels).size).toBe(classes);
    if (perLabel) expect(perLabel).toHaveLength(classes);
    if (perLabel) expect(perLabel.reduce((sum, n) => sum + n)).toBe(tracks);
  });
});

describe('GTZAN', () => {
  it('is recognised whole, in any format, and its facts hold', async () => {
    const dataset = await readDataset(await makeTree(gtzan(100, 'wav')));
    expect(dataset.inventory).toMatchObject({ layout: 'gtzan', tracks: 1000 });
    expect(dataset.tracks).toHaveLength(1000);
    expect(dataset.tracks[0].id).toBe('blues/blues.00000.wav');
    expect(checkFacts(dataset)).toEqual([]);
  });

  it('names its known bad files with the problem they make, and says what is missing', async () => {
    const root = await makeTree(gtzan(100));
    await writeFile(join(root, 'genres/jazz/jazz.00054.au'), '');
    await rm(join(root, 'genres/rock/rock.00007.au'));
    const dataset = await readDataset(root);
    expect(dataset.problems).toHaveLength(1);
    expect(dataset.problems[0].message).toMatch(/empty \(0 bytes\).*known fault of GTZAN/);
    expect(dataset.tracks.find(({ id }) => id === 'reggae/reggae.00086.au')?.note).toMatch(/first 5 seconds/);
    expect(checkFacts(dataset)).toEqual([expect.stringMatching(/expected 1000 tracks, found 999/)]);
    await writeFile(join(root, 'genres/rock/rock.00007.au'), 'x');
    expect(checkFacts(await readDataset(root))).toEqual(['GTZAN: expected 100 tracks of jazz, found 99 usable']);
  });

  it('is not seen in other sets of the same genres, nor where no layout is wanted', async () => {
    const tree = Object.fromEntries(genres.map((genre) => [`${genre}/song.wav`, 'x']));
    expect((await readDataset(await makeTree(tree))).inventory).not.toHaveProperty('layout');
    const root = await makeTree(gtzan(1));
    expect((await readDataset(root, { layout: 'none' })).inventory).not.toHaveProperty('layout');
    expect(checkFacts(await readDataset(root, { layout: 'gtzan' }))).toHaveLength(1);
  });

  it('is cut to the fault-filtered split by lists of paths or of numbers', async () => {
    const root = await makeTree(gtzan(100));
    await addTo(root, {
      'train_filtered.txt': 'blues/blues.00029.wav\nblues/blues.00030.wav\r\nrock/rock.00099.wav\n',
      'genres/valid_filtered.txt': '          12\n        1000\n         100\n',
      'test_filtered.txt': '/media/gtzan/jazz/jazz.00054.wav\tjazz\njazz/jazz.00100.wav\n',
    });
    const dataset = await readDataset(root, { split: 'fault-filtered' });
    expect(dataset.tracks.map(({ id, part }) => [id, part])).toEqual([
      ['blues/blues.00011.au', 'valid'],
      ['blues/blues.00029.au', 'train'],
      ['blues/blues.00030.au', 'train'],
      ['blues/blues.00099.au', 'valid'],
      ['jazz/jazz.00054.au', 'test'],
      ['rock/rock.00099.au', 'train'],
    ]);
    expect(dataset.problems.map(({ file, message }) => `${file.split(/[\\/]/).pop()} ${message}`)).toEqual([
      'valid_filtered.txt:2 "1000" is listed twice; the first part counts',
      'test_filtered.txt:2 "jazz/jazz.00100.wav" is no track of the dataset',
    ]);
    expect(dataset.notes).toEqual([
      '994 tracks left out: in no part of the split',
      'fault-filtered split: expected 443 tracks in train, found 3',
      'fault-filtered split: expected 197 tracks in valid, found 2',
      'fault-filtered split: expected 290 tracks in test, found 1',
    ]);
    // The facts are about the collection, which the split does not change.
    expect(checkFacts(dataset)).toEqual([]);
  });

  it('says which list is missing, and refuses one that fits nothing', async () => {
    const root = await makeTree(gtzan(1));
    await expect(readDataset(root, { split: 'fault-filtered' })).rejects.toThrow(/train_filtered\.txt is not there/);
    await addTo(root, { 'other.txt': 'nothing/here.wav\n' });
    const failing = readDataset(root, { split: [join(root, 'other.txt')] });
    await expect(failing).rejects.toThrow(FormatError);
    await expect(failing).rejects.toThrow(/other\.txt: names no track/);
  });

  it("takes artists from Sturm's index beside it, or from any table", async () => {
    const root = await makeTree(gtzan(2));
    await addTo(root, {
      'GTZANindex.txt': 'blues.00000.wav ::: John Lee Hooker ::: One Bourbon\nblues.00001.wav :::  ::: \n',
      'artists.csv': 'path,artist\nrock/rock.00001.mp3,Queen\n',
    });
    const artists = async (options = {}) =>
      (await readDataset(root, options)).tracks.filter(({ artist }) => artist).map(({ id, artist }) => [id, artist]);
    expect(await artists()).toEqual([['blues/blues.00000.au', 'John Lee Hooker']]);
    expect(await artists({ artists: join(root, 'artists.csv') })).toEqual([['rock/rock.00001.au', 'Queen']]);
    await addTo(root, { 'none.csv': 'path,artist\nx.wav,Y\n' });
    await expect(artists({ artists: join(root, 'none.csv') })).rejects.toThrow(/names no track of the dataset/);
  });

  it('may be matrices', async () => {
    const tree = Object.fromEntries(genres.map((genre) => [`${genre}/${genre}.00000.npy`, frames(7)]));
    const dataset = await readDataset(await makeTree(tree));
    expect(dataset.inventory.layout).toBe('gtzan');
    expect(dataset.tracks[0].features).toBe('matrix');
  });
});

describe('Homburg', () => {
  it('has artists in its file names', async () => {
    const tree = Object.fromEntries(
      (layouts.homburg.labels as string[]).map((label) => [`${label}/The_Beeps-tell_me.mp3`, 'x']),
    );
    const root = await makeTree({
      ...tree,
      'jazz/___In_the_Dirty_City-Long__tooth.mp3': 'x',
      'jazz/nameless.mp3': 'x',
    });
    const dataset = await readDataset(root);
    expect(dataset.inventory.layout).toBe('homburg');
    const jazz = dataset.tracks.filter(({ labels }) => labels[0] === 'jazz').map(({ artist }) => artist);
    expect(jazz).toEqual(['The Beeps', 'In the Dirty City', undefined]);
    expect(checkFacts(dataset)).toEqual([expect.stringMatching(/Homburg: expected 1886 tracks, found 11/)]);
  });
});

describe('1517-Artists and Unique', () => {
  it('are recognised, in any case; artists come from the tags', async () => {
    const names = layouts['1517-artists'].labels as readonly string[];
    const tree = Object.fromEntries(
      names.map((label) => [`1517-Artists/${label.toUpperCase()}/a.flac`, taggedFlac(['ARTIST=X'])]),
    );
    const dataset = await readDataset(await makeTree(tree));
    expect(dataset.inventory.layout).toBe('1517-artists');
    expect(dataset.tracks.every(({ artist }) => artist === 'X')).toBe(true);
    const unique = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`Unique/genre${i}/a.mp3`, 'x']));
    const root = await makeTree(unique);
    expect((await readDataset(join(root, 'Unique'))).inventory.layout).toBe('unique');
    expect((await readDataset(root)).inventory).not.toHaveProperty('layout');
    expect(checkFacts(await readDataset(root, { layout: 'unique' }))).toEqual([
      expect.stringMatching(/Unique: expected 3115 tracks, found 14/),
    ]);
  });
});

describe('MagnaTagATune', () => {
  const bad = '6/norine_braun-now_and_zen-08-gently-117-146.mp3';
  const table = [
    ['clip_id', 'no voice', 'rock', 'harp', 'mp3_path'],
    ['2', '1', '0', '1', 'f/american_bach_soloists-solo_cantatas-01-aria-30-59.mp3'],
    ['6', '0', '1', '0', bad],
    ['10', '0', '0', '0', 'f/untagged-x-01-y-0-29.mp3'],
    ['11', '0', '1', '0', '0/missing-x-01-y-0-29.mp3'],
    ['12', '0', '1', '0', '0/some_band-x-01-y-0-29.mp3'],
  ];
  const csv = table.map((row) => row.map((cell) => `"${cell}"`).join('\t')).join('\n');
  const clips = { [table[1][4]]: 'x', [bad]: '', [table[5][4]]: 'x' };

  it.each(['', 'mp3/', 'MagnaTagATune/'])('reads its table, with the clips in "%s"', async (folder) => {
    const tree = Object.fromEntries(Object.entries(clips).map(([name, content]) => [folder + name, content]));
    const root = await makeTree({ ...tree, 'annotations_final.csv': csv });
    for (const path of [root, join(root, 'annotations_final.csv')]) {
      const dataset = await readDataset(path);
      expect(dataset.tracks.map(({ id, labels, artist }) => [id, labels, artist])).toEqual([
        ['0/some_band-x-01-y-0-29.mp3', ['rock'], 'some band'],
        ['f/american_bach_soloists-solo_cantatas-01-aria-30-59.mp3', ['harp', 'no voice'], 'american bach soloists'],
      ]);
      expect(dataset.kind).toBe('multi');
      expect(dataset.notes).toEqual(['1 clip left out: without any tag']);
      expect(dataset.problems.map(({ file, message }) => [file.split(':').pop(), message])).toEqual([
        ['3', expect.stringMatching(/norine_braun.*0 bytes.*known fault of MagnaTagATune/)],
        ['5', expect.stringMatching(/missing-x-01.*does not exist/)],
      ]);
      expect(checkFacts(dataset)).toEqual([
        expect.stringMatching(/expected 25863 tracks, found 5/),
        expect.stringMatching(/expected 188 labels, found 3/),
      ]);
    }
  });

  it('takes artists from clip_info_final.csv, and matrices for clips', async () => {
    const root = await makeTree({
      'annotations_final.csv': csv,
      'clip_info_final.csv': `"clip_id"\t"artist"\t"mp3_path"\n"12"\t"Some-Band"\t"${table[5][4]}"\n`,
      'npy/0/some_band-x-01-y-0-29.npy': frames(5),
      'npy/f/american_bach_soloists-solo_cantatas-01-aria-30-59.npy': frames(5),
    });
    const dataset = await readDataset(root);
    expect(dataset.tracks.map(({ id, artist, features }) => [id, artist, features])).toEqual([
      ['0/some_band-x-01-y-0-29.npy', 'Some-Band', 'matrix'],
      ['f/american_bach_soloists-solo_cantatas-01-aria-30-59.npy', 'american bach soloists', 'matrix'],
    ]);
  });

  it('says where the clips belong, and which column is missing', async () => {
    const alone = await makeTree({ 'annotations_final.csv': csv });
    await expect(readDataset(alone)).rejects.toThrow(/unpack mp3\.zip/);
    const root = await makeTree({ 'annotations_final.csv': 'clip_id\ttags\n1\tx\n' });
    await expect(readDataset(root)).rejects.toThrow(/no column "mp3_path"/);
    await expect(readDataset(await makeFolder(), { layout: 'magnatagatune' })).rejects.toThrow(
      /annotations_final\.csv" does not exist/,
    );
  });
});
