/** Runs the built command as a user does: a process of its own, with real streams. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, vi } from 'vitest';

// A process takes a tenth of a second alone, and many times that where a whole suite runs beside it.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const main = resolve('build/cli/main.js');

/** How a run ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run in progress. */
export interface Running {
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ran>;
}

/** Where and how the command runs. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** File descriptor or "pipe" for stdout. */
  stdout?: number;
}

/** Starts the command. Its caches go into the scratch folder and never to the user's home. */
export function start(args: readonly string[], { cwd = scratch(), env = {}, stdout }: RunOptions = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, XDG_CACHE_HOME: join(scratch(), 'cache'), LOCALAPPDATA: join(scratch(), 'cache'), ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text.stderr += chunk;
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
  return { kill: (signal) => void child.kill(signal), ended };
}

/** Runs the command to its end. */
export function tunespace(args: readonly string[], options?: RunOptions): Promise<Ran> {
  return start(args, options).ended;
}

let folder: string | undefined;

/** A temporary folder for the test file, removed at its end. */
export function scratch(): string {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'tunespace-cli-'));
    const made = folder;
    afterAll(() => rmSync(made, { recursive: true, force: true }));
  }
  return folder;
}

/** Waits until something is so while a command runs. @throws when the command ends before */
export async function until(condition: () => boolean, running: Running): Promise<void> {
  let ended: Ran | undefined;
  running.ended.then((ran) => {
    ended = ran;
  });
  while (!condition()) {
    if (ended) throw new Error(`ended with ${ended.code} before it came to that: ${ended.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
