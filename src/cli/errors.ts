/**
 * From whatever was thrown to one or two lines a person can act on: which file, which value, what instead.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DecodeError, FormatError, ParameterError, TunespaceError } from '../errors.ts';
import { shown } from './output.ts';

/** The command line cannot be meant as it stands: exit code 2. */
export class UsageError extends TunespaceError {
  override name = 'UsageError';
}

/** A result could not be written. Ends a batch, because the next one could not be written either. */
export class OutputError extends TunespaceError {
  override name = 'OutputError';

  /**
   * @param file what was to be written
   * @param cause the system's error
   */
  constructor(
    readonly file: string,
    cause: unknown,
  ) {
    super(systemSentence(cause, file) ?? (cause instanceof Error ? cause.message : String(cause)), { cause });
  }
}

/** Runs a write; a fault of it becomes an `OutputError` that names the file. */
export async function writing<T>(file: string, write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isAbort(error) || error instanceof OutputError) throw error;
    throw new OutputError(file, error);
  }
}

/**
 * Reads a whole file that an option names.
 *
 * @param name as it was given; a fault is said of it, also where the system's error names no file (of a folder)
 */
export async function readNamed(name: string, cwd: string): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, name));
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: name });
  }
}

/** A failed input as `--json` and the closing list show it. */
export interface Failure {
  /** The file, as it was given. */
  readonly file: string;
  /** Class of the error, e.g. `"DecodeError"`, or the system's code, e.g. `"ENOENT"`. */
  readonly type: string;
  /** Which fault, and what instead. */
  readonly message: string;
  /** The option or parameter to blame, where one is. */
  readonly parameter?: string;
}

const isSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error;

const remedies: Record<string, string> = {
  ENOENT: 'there is no such file or folder; check the spelling',
  EACCES: 'permission denied; check who may read or write it',
  EPERM: 'not permitted; check who may read or write it',
  EISDIR: 'it is a folder where a file is needed',
  ENOTDIR: 'a part of this path is a file where a folder is needed',
  EEXIST: 'a file is in the way where a folder is needed; choose another name',
  ENOSPC: 'the disk is full; free some space or write elsewhere. What was written before is whole',
  EDQUOT: 'the disk quota is used up; free some space or write elsewhere. What was written before is whole',
  EFBIG: 'the file is larger than this file system takes; write elsewhere',
  EROFS: 'the file system is read-only; write elsewhere',
  ENAMETOOLONG: 'the name is too long for this file system; use a shorter one',
  ELOOP: 'its symbolic links go round in circles; mend them',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  EIO: 'the disk reports a fault (input/output error); try another copy',
  EBUSY: 'it is in use by another program; close that and try again',
};

/** What a system error means for `file`, or `undefined` for any other error. */
function systemSentence(error: unknown, file?: string): string | undefined {
  if (!isSystem(error)) return undefined;
  const path = file ?? error.path;
  const remedy = remedies[error.code as string] ?? error.message;
  return path === undefined ? remedy : `${shown(path)}: ${remedy}`;
}

/** Whether the work was told to stop, and did. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || (error as { code?: string }).code === 'ABORT_ERR');
}

/** Whether going on with the next input is pointless. */
export function endsBatch(error: unknown): boolean {
  return error instanceof OutputError || error instanceof UsageError || isAbort(error);
}

/** The file an error blames, if it names one. */
function blamed(error: unknown): string | undefined {
  if (error instanceof DecodeError || error instanceof FormatError || error instanceof OutputError) {
    return error.file === '' ? undefined : error.file;
  }
  return undefined;
}

/** A message of our own, about the file by the name that the user gave, without the function that found the fault. */
function ownSentence(error: TunespaceError, file: string | undefined): string {
  const path = blamed(error);
  const name = shown(file ?? path ?? '');
  // "decodeStream: song.mp3: is text" tells a user nothing by its first word; of options, the class says where.
  const found = error instanceof DecodeError ? error.message.replace(/^\w+: /, '') : error.message;
  const message = shown(path !== undefined && file !== undefined ? found.replaceAll(path, file) : found);
  return name === '' || message.includes(name) ? message : `${name}: ${message}`;
}

/**
 * One or two lines about an error, without the program's name.
 *
 * @param file the input at hand; put in front where the message does not name it
 */
export function sentence(error: unknown, file?: string): string {
  const system = systemSentence(error, file);
  if (system !== undefined) return system;
  if (error instanceof TunespaceError) return ownSentence(error, file);
  const message = error instanceof Error ? error.message : String(error);
  const place = file === undefined ? '' : `${shown(file)}: `;
  if (error instanceof RangeError && /allocation|Invalid (typed )?array length/i.test(message)) {
    return `${place}not enough memory (${message}); use fewer or shorter files (--seconds)`;
  }
  return `${place}${message} (a fault of tunespace itself: please report it; TUNESPACE_DEBUG=1 shows where)`;
}

/** An error as a record for `--json`. */
export function failureOf(error: unknown, file = ''): Failure {
  const type = isSystem(error) ? (error.code as string) : error instanceof Error ? error.name : 'Error';
  const parameter = error instanceof ParameterError && error.parameter !== '' ? error.parameter : undefined;
  return {
    file: file || (blamed(error) ?? ''),
    type,
    message: sentence(error, file || undefined),
    ...(parameter === undefined ? {} : { parameter }),
  };
}
