/** Writing files so that nobody ever sees half of one. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Writes a file whole or not at all: into a hidden file beside it, to the disk, then under its name in one step. Folders
 * on the way are made. A full disk, Ctrl-C or a power cut leaves what was there before.
 *
 * A link is followed to the file behind it; what is no file (a pipe, `/dev/null`) is written to directly.
 *
 * @param path where to
 * @param content bytes, or text as UTF-8
 * @param options `sync: false` does not wait for the disk: after a power cut the file may be damaged or absent
 * @throws the system's error (`code` ENOSPC, EACCES, ...); nothing is left behind
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { sync = true }: { sync?: boolean } = {},
): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined && !existing.isFile() && !existing.isDirectory()) return writeFile(path, content);
  const target = existing === undefined ? path : await realpath(path);
  await mkdir(dirname(target), { recursive: true });
  // A short name of its own: the target's may be as long as the file system takes.
  const temporary = join(dirname(target), `.tunespace-${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', existing && existing.mode & 0o777);
    try {
      await handle.writeFile(content);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
