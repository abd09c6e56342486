import { chmod, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../src/library/write.ts';
import { makeFolder, makeTree } from './files.ts';

describe('writeFileAtomic', () => {
  it('makes the folders on the way, and leaves nothing but the file', async () => {
    const root = await makeFolder();
    await writeFileAtomic(join(root, 'a', 'b', 'c.txt'), 'äöü');
    expect(await readFile(join(root, 'a', 'b', 'c.txt'), 'utf8')).toBe('äöü');
    await writeFileAtomic(join(root, 'a', 'b', 'c.txt'), Uint8Array.of(1, 2));
    expect([...(await readFile(join(root, 'a', 'b', 'c.txt')))]).toEqual([1, 2]);
    expect(await readdir(join(root, 'a', 'b'))).toEqual(['c.txt']);
  });

  it('keeps what was there, and cleans up, when it fails', async () => {
    const root = await makeTree({ 'a.txt': 'before' });
    await mkdir(join(root, 'folder'));
    await expect(writeFileAtomic(join(root, 'folder'), 'x')).rejects.toMatchObject({ code: expect.any(String) });
    await expect(writeFileAtomic(join(root, 'a.txt', 'b.txt'), 'x')).rejects.toMatchObject({
      code: expect.any(String),
    });
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('before');
    expect((await readdir(root)).sort()).toEqual(['a.txt', 'folder']);
  });

  it('writes a name as long as the file system takes', async () => {
    const root = await makeFolder();
    await writeFileAtomic(join(root, 'n'.repeat(255)), 'x');
    expect(await readdir(root)).toEqual(['n'.repeat(255)]);
  });

  it.skipIf(process.platform === 'win32')('follows links, and keeps the permissions of what it replaces', async () => {
    const root = await makeTree({ 'real.txt': 'before' });
    await chmod(join(root, 'real.txt'), 0o600);
    await symlink('real.txt', join(root, 'link.txt'));
    await writeFileAtomic(join(root, 'link.txt'), 'after');
    expect(await readFile(join(root, 'real.txt'), 'utf8')).toBe('after');
    expect((await stat(join(root, 'real.txt'))).mode & 0o777).toBe(0o600);
    await writeFileAtomic('/dev/null', 'x');
    expect((await stat('/dev/null')).isFile()).toBe(false);
  });
});
