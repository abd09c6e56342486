// The folder in which the projects run: the installed tarball, and copies of the projects beside it.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from '../../runtimes/harness/child.mjs';

const npm = (args, cwd) => execute('npm', args, { cwd, shell: process.platform === 'win32' });

/** One file of each kind that an own package decodes, taken from the golden ones. */
const FILES = ['s16.flac', 'mono.mp3', 'mono.ogg', 'mono.opus'];

/**
 * Packs the package and installs the tarball in `folder`, as its users do.
 *
 * @param root the project
 * @param folder an empty one
 * @param manifest what package.json says there
 * @returns paths of the `tarball` and of the `installed` package, and the `files` in it
 */
export async function install(root, folder, manifest) {
  const printed = await npm(['pack', '--json', '--loglevel=error', '--pack-destination', folder], root);
  const text = printed.toString();
  const [{ filename, files }] = JSON.parse(text.slice(text.indexOf('[')));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
  // What the registry gave before need not be asked for again.
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await npm(['install', ...flags, `./${filename}`], folder);
  return {
    tarball: join(folder, filename),
    installed: join(folder, 'node_modules/tunespace'),
    files: files.map(({ path }) => path),
  };
}

/** `install`, and the projects beside it. */
export async function pack(root, folder) {
  const packed = await install(root, folder, { private: true });
  // All projects share one node_modules; Vite's server gives out no file above its project but in a workspace.
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, workspaces: ['vite'] })}\n`);
  const projects = readdirSync(join(root, 'test/packaging')).filter((name) => !['harness', 'run.mjs'].includes(name));
  for (const name of projects) cpSync(join(root, 'test/packaging', name), join(folder, name), { recursive: true });
  const base64 = FILES.map((name) => [name, readFileSync(join(root, 'test/golden/decode', name), 'base64')]);
  writeFileSync(join(folder, 'files.js'), `export const files = ${JSON.stringify(Object.fromEntries(base64))};\n`);
  return packed;
}
