/** Finding files: a walk through folders that survives what folders really hold. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { FormatError } from '../errors.ts';
import { compareText, type Problem, type Track } from './track.ts';

// By name, because opening every file of a disk to look for music would be slow; decoding then goes by content. The
// second row cannot be decoded here: listing it lets the decoder say so, where silence would look like missing files.
const audioExtensions = new Set(
  (
    'wav wave bwf au snd aif aiff aifc flac mp3 ogg oga opus ' +
    'mp1 mp2 m4a m4b mp4 aac wma ape wv mpc caf webm mka w64 rf64'
  ).split(' '),
);

/** What a file's name says that it holds, or `undefined` for files that are no track (covers, cue sheets, texts). */
export function featuresOf(path: string): Track['features'] | undefined {
  const extension = extname(path).slice(1).toLowerCase();
  if (extension === 'npy') return 'matrix';
  return audioExtensions.has(extension) ? 'audio' : undefined;
}

/** A file that may be a track. */
export interface FoundFile {
  /** Path relative to the root, separated by `/`, composed (NFC). */
  readonly id: string;
  readonly path: string;
  readonly features: Track['features'];
}

/** What a walk found. */
export interface Walk {
  /** Sorted by id. */
  readonly files: readonly FoundFile[];
  readonly problems: readonly Problem[];
  /** Files that are no tracks, by their names. */
  readonly ignored: number;
}

/** A path below `root` as an id: separated by `/`, composed (macOS hands out decomposed names). */
export function idOf(root: string, path: string): string {
  return relative(root, path).split(sep).join('/').normalize('NFC');
}

/** What went wrong with a file, in words: the system's codes tell few people anything. */
export function describeFault(error: unknown): string {
  const code = (error as NodeJS.ErrnoException)?.code;
  const known: Record<string, string> = {
    ENOENT: 'does not exist',
    ENOTDIR: 'does not exist (a part of its path is a file)',
    EACCES: 'may not be read; give yourself permission to',
    EPERM: 'may not be read; give yourself permission to',
    ELOOP: 'is a symbolic link that leads to itself',
    EMFILE: 'could not be opened: too many files are open',
    ENAMETOOLONG: 'has a path that is too long for this system',
    EISDIR: 'is a folder; name a file',
    EIO: 'could not be read: the disk reports an error',
  };
  return (code && known[code]) ?? `could not be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** Why a file cannot be a track, or `undefined` if it may be one. */
export async function faultOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'is a folder; name a file';
    if (!found.isFile()) return 'is not a file';
    if (found.size === 0) return 'is empty (0 bytes); fetch it again, or remove it';
    return undefined;
  } catch (error) {
    return describeFault(error);
  }
}

/** Does `work` for each item, `limit` at a time; the results keep the items' order. */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i], i);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/**
 * Finds the tracks below a folder.
 *
 * Symbolic links are followed, each real folder once, so that loops end. Hidden files and folders (also the `._name`
 * files and `__MACOSX` folders of macOS archives) and files that are no tracks by their names are passed over; folders
 * that may not be read, dangling links and empty files are reported.
 *
 * @throws FormatError when `root` itself is no readable folder
 */
export async function walkFiles(root: string, options: { signal?: AbortSignal } = {}): Promise<Walk> {
  const found: FoundFile[] = [];
  const problems: Problem[] = [];
  const visited = new Set<string>();
  const pending = [root];
  let ignored = 0;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    options.signal?.throwIfAborted();
    let entries: Awaited<ReturnType<typeof readFolder>>;
    try {
      const real = await realpath(folder);
      if (visited.has(real)) continue;
      visited.add(real);
      entries = await readFolder(folder);
    } catch (error) {
      if (folder === root)
        throw new FormatError(`The folder "${root}" ${describeFault(error)}`, root, { cause: error });
      problems.push({ file: folder, message: `the folder ${describeFault(error)}` });
      continue;
    }
    // Pushed in reverse, so that folders are taken in order: of two names for one folder the first one counts.
    const folders: string[] = [];
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.kind === 'folder') folders.push(path);
      else if (featuresOf(path) === undefined) ignored++;
      else found.push({ id: idOf(root, path), path, features: featuresOf(path) as Track['features'] });
    }
    pending.push(...folders.reverse());
  }
  found.sort((a, b) => compareText(a.id, b.id));
  return { files: found, problems, ignored };
}

/** The visible entries of a folder, links followed, in order of their names. A dangling link counts as a file. */
async function readFolder(folder: string): Promise<{ name: string; kind: 'file' | 'folder' }[]> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.') && name !== '__MACOSX')
    .sort((a, b) => compareText(a.name, b.name));
  const kinds = await mapLimit(entries, 16, async (entry) => {
    if (!entry.isSymbolicLink()) return entry.isDirectory();
    return stat(join(folder, entry.name)).then(
      (target) => target.isDirectory(),
      () => false,
    );
  });
  return entries.map(({ name }, i) => ({ name, kind: kinds[i] ? 'folder' : 'file' }));
}
