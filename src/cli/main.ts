#!/usr/bin/env node
/** The entry of the `tunespace` command: the process's streams, signals and exit code. Everything else is in program.ts. */
import { readFileSync } from 'node:fs';
import { EXIT } from './exit.ts';
import { runProgram } from './program.ts';
import { Session, type Streams } from './session.ts';

// The same relative path holds from src/cli and from build/cli.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The current folder, which somebody may have removed. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write('tunespace: the current folder is gone, so that no path can be found; go to another (cd)\n');
    return process.exit(EXIT.fatal);
  }
}

const streams: Streams = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  errIsTTY: process.stderr.isTTY === true,
  outIsTTY: process.stdout.isTTY === true,
};
const session = new Session(streams, currentFolder());

let streamFault = 0;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has gone (`| head`): there is nobody left to tell.
  if (error.code === 'EPIPE') session.abort.abort('EPIPE');
  else if (streamFault === 0) {
    streamFault = EXIT.fatal;
    const reason = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
    process.stderr.write(`tunespace: standard output: ${reason}; the result is not whole\n`);
    session.abort.abort('EPIPE');
    process.exitCode = streamFault;
  }
});
process.stderr.on('error', () => {});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const code = signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    // The second time the person means it.
    if (session.signal.aborted) process.exit(code);
    session.abort.abort(signal);
    process.stderr.write(`\ntunespace: ${signal}, stopping; once more ends at once\n`);
  });
}

// What no command has caught is a fault of ours, and still no reason for a page of stack.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    session.fatal(error, EXIT.fatal);
    process.exit(EXIT.fatal);
  });
}

// With nothing but compiling to wait for, Node blocks this thread, and may do so for good: see `awake` in pause.ts.
const awake = setInterval(() => {}, 1000);
const exitCode = await runProgram(process.argv.slice(2), session, version);
clearInterval(awake);
// Not process.exit: what is on its way to a pipe must arrive.
process.exitCode = streamFault || exitCode;
