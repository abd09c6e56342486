// Runs another program to its end, and never longer than that.
import { spawn } from 'node:child_process';

/**
 * @param command the program
 * @param args its arguments
 * @param options `input`: bytes for stdin; `seconds`: after which it is killed, with all that it started; and spawn's `cwd`, `env`
 * @returns stdout as bytes
 * @throws Error with the end of stderr when it fails, is killed or cannot be started
 */
export function execute(command, args, { input, seconds = 120, ...options } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the program starts ends with it.
    const detached = process.platform !== 'win32';
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached, ...options });
    const stop = () => {
      try {
        if (detached) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, seconds * 1000);
    process.once('exit', stop);
    const output = [];
    let errors = '';
    child.stdout.on('data', (bytes) => output.push(bytes));
    child.stderr.on('data', (bytes) => {
      errors = (errors + bytes).slice(-4000);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      process.off('exit', stop);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', stop);
      if (code === 0) resolve(Buffer.concat(output));
      else if (late) reject(new Error(`no answer in ${seconds} s\n${errors}`));
      else reject(new Error(`${command} ended with ${signal ?? `exit code ${code}`}\n${errors}`));
    });
    // Who gives up early closes its input; its exit code says the rest.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/**
 * Runs a guest: a program whose last line on stdout is JSON, `{ version, digests }`.
 *
 * @param about the fixed part of the result: `runtime`, `place`, perhaps `mayMiss`
 * @returns a HostResult (see run.mjs), also where it fails
 */
export async function runGuest(about, command, args, options) {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const lines = (await execute(command, args, options)).toString().trimEnd().split('\n');
    return { ...about, ...JSON.parse(lines.at(-1)), seconds: seconds() };
  } catch (error) {
    const missing = error.code === 'ENOENT';
    return {
      version: '',
      ...about,
      ...(missing ? { notRun: `there is no ${command}` } : { error: error.message }),
      seconds: seconds(),
    };
  }
}
