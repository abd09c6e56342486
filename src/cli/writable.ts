/** Whether a result will find its place: asked before the work, because hours later is too late. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OutputError } from './errors.ts';

/** A system error of our own finding. */
const fault = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code, syscall: 'open' });

/** The nearest folder above a path that exists. */
async function existingParent(path: string): Promise<{ folder: string; isFolder: boolean }> {
  const folder = dirname(path);
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && folder !== path) return undefined;
    throw error;
  });
  return found ? { folder, isFolder: found.isDirectory() } : existingParent(folder);
}

/**
 * Checks that a file can be written: it is no folder, and the folder it goes to (or the nearest above) may be written to.
 * The disk may still be full when it comes to that.
 *
 * @param name as it was given
 * @throws OutputError naming the file and the reason
 */
export async function checkWritable(name: string, cwd: string): Promise<void> {
  const path = resolve(cwd, name);
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw fault('EISDIR');
    if (existing) return await access(path, constants.W_OK);
    const { folder, isFolder } = await existingParent(path);
    if (!isFolder) throw fault('ENOTDIR');
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new OutputError(name, error);
  }
}
