// The tools that users would have: from the project's own packages and from those of test/runtimes.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execute } from '../../runtimes/harness/child.mjs';

const runtimes = resolve('test/runtimes/node_modules');
const own = resolve('node_modules');
export const node24 = join(runtimes, 'node24/bin/node');

/** Imports a package of test/runtimes. */
export async function importTool(name) {
  return import(pathToFileURL(createRequire(join(runtimes, '../package.json')).resolve(name)));
}

/** The version of a package that a project would have installed for itself. */
export function versionOf(name) {
  const folder = ['esbuild', 'typescript'].includes(name) ? own : runtimes;
  return JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')).version;
}

/** Ours are the compiler and esbuild; vite, deno and bun are those of test/runtimes, whose `node` must not win. */
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), join(runtimes, '.bin'), process.env.PATH].join(delimiter),
  NO_COLOR: '1',
  DENO_NO_UPDATE_CHECK: '1',
};
const ownFirst = { ...env, PATH: join(own, '.bin') + delimiter + env.PATH };

/** Runs a command line in a folder; gives what it prints on stdout. */
export async function shell(commandLine, cwd, more = {}) {
  const usesOwn = /^(esbuild|tsc) /.test(commandLine);
  const output = await execute(commandLine, [], { cwd, shell: true, env: { ...(usesOwn ? ownFirst : env), ...more } });
  return output.toString();
}

/** Runs a script of a project's package.json as `npm run` would. */
export async function runScript(project, name) {
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  return shell(scripts[name], project);
}

/** The digests that a script prints. */
export function digestsIn(printed) {
  return JSON.parse(printed.trimEnd().split('\n').at(-1));
}

/** Runs a server's command line until `work` has ended with the address that it prints. */
export async function withDevServer(commandLine, cwd, work) {
  // A group of its own, so that what it starts ends with it.
  const server = spawn(commandLine, { cwd, env, shell: true, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => process.kill(-server.pid, 'SIGKILL');
  process.once('exit', stop);
  try {
    const url = await new Promise((resolve, reject) => {
      let printed = '';
      const read = (bytes) => {
        printed += bytes;
        const found = /http:\/\/\S+/.exec(printed);
        if (found) resolve(found[0]);
      };
      server.stdout.on('data', read);
      server.stderr.on('data', read);
      server.on('error', reject);
      server.on('exit', (code) => reject(new Error(`${commandLine} ended with exit code ${code}\n${printed}`)));
    });
    return await work(url);
  } finally {
    process.off('exit', stop);
    if (server.exitCode === null) stop();
  }
}
