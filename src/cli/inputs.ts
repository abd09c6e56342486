/** From the arguments FILE|FOLDER|CSV... to files, each once, past whatever cannot be one. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { FormatError, ParameterError } from '../errors.ts';
import { readDataset } from '../library/dataset.ts';
import { featuresOf, walkFiles } from '../library/files.ts';
import { shown } from './output.ts';
import type { Session } from './session.ts';

/** One file to work on. */
export interface Input {
  /** As a person knows it: the argument itself, or the path below the folder that was given. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Audio to be decoded, a `.npy` file of frames, or features in safetensors. */
  readonly features: 'audio' | 'matrix' | 'stored';
  /** Who plays it, where a table says so. */
  readonly artist?: string;
}

/** Names in the pattern's folder that match its last part; only `*` and `?`, as every shell has them. */
async function expand(pattern: string): Promise<string[]> {
  const source = basename(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const match = new RegExp(`^${source}$`, 'u');
  const names = await readdir(dirname(pattern)).catch(() => []);
  return names
    .filter((name) => match.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(dirname(pattern), name));
}

/** Whether an argument looks like a pattern that the shell has left alone (cmd.exe always does). */
const isPattern = (argument: string) => /[*?]/.test(argument);

/** The tracks that a table lists. */
async function listed(argument: string, path: string, session: Session): Promise<Input[]> {
  const { root, tracks, problems } = await readDataset(path, { signal: session.signal });
  for (const { file, message } of problems) session.fail(new FormatError(message), file);
  return tracks.map((track) => ({
    name: join(dirname(argument), relative(root, track.path)),
    path: track.path,
    features: track.features,
    ...(track.artist !== undefined && { artist: track.artist }),
  }));
}

/** The files of one argument that exists. */
async function filesOf(argument: string, path: string, session: Session): Promise<Input[]> {
  const found = await stat(path);
  if (!found.isDirectory()) {
    if (/\.(csv|tsv)$/i.test(path)) return listed(argument, path, session);
    const stored = /\.safetensors$/i.test(path);
    return [{ name: argument, path, features: stored ? 'stored' : (featuresOf(path) ?? 'audio') }];
  }
  const { files, problems } = await walkFiles(path, { signal: session.signal });
  for (const { file, message } of problems) session.fail(new ParameterError(message), file);
  // Frames that an earlier run wrote beside the music are not a second copy of it.
  const audio = files.filter(({ features }) => features === 'audio');
  const chosen = audio.length > 0 ? audio : files;
  if (chosen.length === 0) {
    throw new ParameterError('the folder holds no audio files and no .npy files; name one that does');
  }
  if (chosen.length < files.length) {
    session.info(`note: ${shown(argument)}: ${files.length - chosen.length} .npy files beside the audio were left out`);
  }
  return chosen.map((file) => ({
    name: join(argument, file.path.slice(path.length)),
    path: file.path,
    features: file.features,
  }));
}

/**
 * The files that the arguments name: files as they are, folders walked, tables read, patterns that the shell left alone expanded, each
 * file once however often and under however many names it is given. What does not exist goes to the session's failures.
 */
export async function findInputs(args: readonly string[], session: Session): Promise<Input[]> {
  const inputs: Input[] = [];
  const seen = new Set<string>();
  const repeated: string[] = [];
  const take = async (argument: string) => {
    for (const input of await filesOf(argument, resolve(session.cwd, argument), session)) {
      const real = await realpath(input.path).catch(() => input.path);
      if (seen.has(real)) repeated.push(input.name);
      else inputs.push(input);
      seen.add(real);
    }
  };
  for (const argument of args) {
    try {
      await take(argument);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT' && isPattern(argument);
      const matches = missing ? await expand(resolve(session.cwd, argument)) : [];
      if (matches.length > 0) {
        for (const match of matches) await take(join(dirname(argument), basename(match)));
      } else if (missing) {
        session.fail(
          new ParameterError('no file matches this pattern; check the folder, or give the folder itself'),
          argument,
        );
      } else session.fail(error, argument);
    }
  }
  if (repeated.length > 0) {
    const more = repeated.length > 1 ? ` and ${repeated.length - 1} more` : '';
    session.info(`note: ${shown(repeated[0])}${more}: given more than once, taken once`);
  }
  return inputs;
}
