/**
 * Frames on disk, by what they were made from: the content of the file (not its name or date) and the front end.
 *
 * A cache may be deleted at any time, and may be shared by processes: entries are written in one step and checked when
 * read. It is never a reason for work to fail: a damaged entry is computed again, and where nothing can be written (full
 * disk, read-only) that is said once and the work goes on without.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { FrontEnd } from '../frontend.ts';
import { Matrix } from '../matrix.ts';
import { decodeSafetensors, encodeSafetensors } from '../model/safetensors.ts';
import { RESAMPLER_VERSION } from '../resample.ts';
import { describeFault } from './files.ts';
import { writeFileAtomic } from './write.ts';

/**
 * Versions of the entries' layout with the decoders behind them, and of the resampler: they rise when those change what is stored.
 * The frames' own is in the front end's record. Files of the front end's rate are computed anew for a new resampler, too: what
 * rate a file has is not known before it is decoded.
 */
const versions = { cacheVersion: 1, resampler: RESAMPLER_VERSION };

/**
 * Where caches of this user lie: `tunespace` in `$XDG_CACHE_HOME`, or in `~/.cache` (in `%LOCALAPPDATA%` on Windows).
 */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  // The XDG specification says to ignore relative paths.
  const base = named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cache');
  return join(base, 'tunespace');
}

/** What an entry is found by. */
export interface CacheKey {
  /** SHA-256 of the file's bytes, in hexadecimal digits. */
  readonly content: string;
  /** Record of the front end, version included. */
  readonly frontEnd: FrontEnd;
  /** How many seconds from the start were used; `null` for all. */
  readonly seconds: number | null;
}

/** What an entry holds. */
export interface CacheEntry {
  readonly frames: Matrix;
  /** What the decoder had to say. */
  readonly warnings: readonly string[];
}

/** SHA-256 of a file's bytes, in hexadecimal digits; the file is never held whole. @throws the system's error, the signal's reason */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: 1 << 18 })) {
    signal?.throwIfAborted();
    hash.update(block);
  }
  return hash.digest('hex');
}

/** A folder of frames. */
export class FrameCache {
  #writable = true;

  /**
   * @param folder need not exist yet
   * @param onWarning gets one sentence when nothing can be written
   */
  constructor(
    readonly folder: string,
    readonly onWarning: (message: string) => void,
  ) {}

  /** The entry, or `undefined` where there is none that can be read whole. */
  async get(key: CacheKey): Promise<CacheEntry | undefined> {
    try {
      const { tensors, metadata } = decodeSafetensors(await readFile(this.pathOf(key)));
      if (metadata.key !== textOf(key)) return undefined;
      const { shape, data } = tensors.frames;
      const warnings: unknown = JSON.parse(metadata.warnings);
      if (!Array.isArray(warnings) || shape.length !== 2) return undefined;
      return { frames: new Matrix(data as Float32Array, shape[0], shape[1], key.frontEnd), warnings };
    } catch {
      // Absent, cut short, or of another making: to be computed in any case.
      return undefined;
    }
  }

  /** Stores an entry, if that is possible. */
  async put(key: CacheKey, { frames, warnings }: CacheEntry): Promise<void> {
    if (!this.#writable) return;
    const { data, rows, columns } = frames;
    const bytes = encodeSafetensors(
      { frames: { dtype: 'F32', shape: [rows, columns], data } },
      { format: 'tunespace frames', key: textOf(key), warnings: JSON.stringify(warnings) },
    );
    try {
      // Entries are checked when they are read, so a power cut costs some work and nothing else; waiting for the disk
      // would cost a third of the time for short sounds.
      await writeFileAtomic(this.pathOf(key), bytes, { sync: false });
    } catch (error) {
      // Said once, also where several were at it.
      if (!this.#writable) return;
      // Not tried again: on a full disk each attempt costs as much as a success.
      this.#writable = false;
      this.onWarning(
        `the cache "${this.folder}" ${describeWriteFault(error)}; going on without it. Name another folder, or make room`,
      );
    }
  }

  /** The file of an entry; the first digits are a folder, because file systems dislike folders of many thousands. */
  pathOf(key: CacheKey): string {
    const digits = createHash('sha256').update(textOf(key)).digest('hex');
    return join(this.folder, 'frames', digits.slice(0, 2), `${digits}.safetensors`);
  }
}

/** A key as text: the settings in order of their names, so that equal keys are equal texts. */
function textOf({ content, frontEnd, seconds }: CacheKey): string {
  const settings = Object.keys(frontEnd)
    .sort()
    .map((name) => [name, frontEnd[name]]);
  return JSON.stringify({ ...versions, content, seconds, frontEnd: settings });
}

function describeWriteFault(error: unknown): string {
  const known: Record<string, string> = {
    ENOSPC: 'cannot be written: the disk is full',
    EDQUOT: 'cannot be written: the disk quota is used up',
    EROFS: 'cannot be written: the file system is read-only',
    EACCES: 'may not be written to',
    EPERM: 'may not be written to',
    ENOTDIR: 'cannot be made: a part of its path is a file',
    EEXIST: 'cannot be made: a part of its path is a file',
  };
  return known[(error as NodeJS.ErrnoException).code ?? ''] ?? describeFault(error);
}
