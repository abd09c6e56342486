import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/errors.ts';
import { mirrored, outputFiles } from '../../src/cli/names.ts';

const cwd = resolve('/home/me');

describe('mirrored', () => {
  it('keeps the folders of inputs below the current folder', () => {
    expect(mirrored(resolve(cwd, 'rock/a.wav'), cwd)).toBe(join('rock', 'a.wav'));
  });

  it('takes the absolute path of inputs elsewhere, without its root', () => {
    expect(mirrored(resolve('/music/rock/a.wav'), cwd)).toBe(join('music', 'rock', 'a.wav'));
  });

  it('takes the path below --root, and refuses inputs outside of it', () => {
    expect(mirrored(resolve('/music/rock/a.wav'), cwd, resolve('/music'))).toBe(join('rock', 'a.wav'));
    expect(() => mirrored(resolve('/other/a.wav'), cwd, resolve('/music'))).toThrow(UsageError);
    expect(() => mirrored(resolve('/music2/a.wav'), cwd, resolve('/music'))).toThrow(/--root/);
  });
});

describe('outputFiles', () => {
  const name = fc.constantFrom('a.wav', 'a.mp3', 'b.wav', '..a.wav', 'ü x.flac');
  const path = fc.tuple(fc.array(fc.constantFrom('rock', 'jazz', 'home', 'me'), { maxLength: 4 }), name);
  const paths = fc.uniqueArray(
    path.map(([folders, file]) => resolve('/', ...folders, file)),
    { minLength: 1 },
  );

  it('gives distinct names below the output folder, or refuses', () => {
    fc.assert(
      fc.property(paths, (list) => {
        let files: string[];
        try {
          files = outputFiles(list, { out: 'out', cwd, extension: '.npy' });
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          return;
        }
        expect(new Set(files).size).toBe(list.length);
        for (const file of files) expect(resolve(file).startsWith(resolve('out'))).toBe(true);
      }),
      { seed: 1 },
    );
  });

  it('never needs to refuse inputs of one folder tree', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const files = outputFiles(list, { out: 'out', cwd, root: resolve('/'), extension: '.npy' });
        expect(new Set(files).size).toBe(list.length);
      }),
      { seed: 1 },
    );
  });

  it('keeps the inputs endings apart', () => {
    const inputs = [resolve(cwd, 'a.wav'), resolve(cwd, 'a.mp3')];
    expect(outputFiles(inputs, { out: 'o', cwd, extension: '.npy' })).toEqual([
      join('o', 'a.wav.npy'),
      join('o', 'a.mp3.npy'),
    ]);
  });

  it('refuses two inputs that mirror each other, naming both', () => {
    const inputs = [resolve(cwd, 'x/a.wav'), resolve('/x/a.wav')];
    expect(() => outputFiles(inputs, { out: 'o', cwd, extension: '.npy' })).toThrow(/--root/);
  });
});
