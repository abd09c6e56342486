// The folder in which the projects run: the installed tarball, and copies of the projects beside it.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from '../../runtimes/harness/child.mjs';

const npm = (args, cwd) => execute('npm', args, { cwd, shell: process.platform === 'win32' });

/** One file of each kind that an own package decodes, taken from the golden ones. */
const FILES = ['s16.flac', 'mono.mp3', 'mono.ogg', 'mono.opus'];

/**
 * Packs the package and installs it in `folder`, with the projects.
 *
 * @returns `tarball`, its path, and `installed`, the folder of the installed package
 */
export async function pack(root, folder) {
  const printed = await npm(['pack', '--json', '--loglevel=error', '--pack-destination', folder], root);
  const text = printed.toString();
  const [{ filename, files }] = JSON.parse(text.slice(text.indexOf('[')));
  const write = (object) => writeFileSync(join(folder, 'package.json'), `${JSON.stringify(object)}\n`);
  write({ private: true });
  // What the registry gave before need not be asked for again.
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(['install', ...flags, `./${filename}`], folder);
  // All projects share one node_modules; Vite's server gives out no file above its project but in a workspace.
  write({ private: true, workspaces: ['vite'] });
  const projects = readdirSync(join(root, 'test/packaging')).filter((name) => !['harness', 'run.mjs'].includes(name));
  for (const name of projects) cpSync(join(root, 'test/packaging', name), join(folder, name), { recursive: true });
  const base64 = FILES.map((name) => [name, readFileSync(join(root, 'test/golden/decode', name), 'base64')]);
  writeFileSync(join(folder, 'files.js'), `export const files = ${JSON.stringify(Object.fromEntries(base64))};\n`);
  return {
    tarball: join(folder, filename),
    installed: join(folder, 'node_modules/tunespace'),
    files: files.map(({ path }) => path),
  };
}
