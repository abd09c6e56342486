// What the registries would say: npm's linters, and JSR's dry run.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { digestsIn, shell, versionOf } from './tools.mjs';

export async function publint({ tarball, folder }) {
  await shell(`publint --strict ${tarball}`, folder);
  return { version: versionOf('publint'), says: 'clean' };
}

/**
 * Entries without types: what the .wasm is depends on who imports it (a Module for an edge runtime, an address for a
 * bundler), the scripts are for `addModule` and `new Worker`, not for an import, and a space's bytes and card are read as files.
 */
const UNTYPED = [
  './tunespace.wasm',
  './melprocessor-worklet.js',
  './worker.js',
  './spaces/instruments.safetensors',
  './spaces/instruments.md',
];

/**
 * The package is ES modules only, which Node 20.19 and newer also `require`: the profile leaves out the resolutions for
 * CommonJS.
 */
export async function attw({ tarball, folder }) {
  await shell(`attw ${tarball} --profile esm-only --exclude-entrypoints ${UNTYPED.join(' ')} 1>&2`, folder);
  return { version: versionOf('@arethetypeswrong/cli'), says: 'clean' };
}

/** What `deno publish` would upload, laid out as JSR serves it and run from there, without asking jsr.io. */
export async function jsr({ root, folder }) {
  const env = { DENO_DIR: join(folder, '.deno') };
  const printed = await shell('deno publish --dry-run --allow-dirty 2>&1', root, env);
  const files = [...printed.matchAll(/^ +file:\/\/(\S+) \(/gm)].map(([, path]) =>
    decodeURI(path).slice(root.length + 1),
  );
  const applications = files.filter((path) => /^src\/(cli|experiment|library)\//.test(path));
  if (applications.length > 0) throw new Error(`applications in the publish set: ${applications.join(', ')}`);
  for (const path of files) cpSync(join(root, path), join(folder, 'jsr/package', path));
  // A linked package is looked up by this name; JSR takes both.
  cpSync(join(root, 'jsr.json'), join(folder, 'jsr/package/deno.json'));
  const digests = digestsIn(await shell('deno task --quiet start', join(folder, 'jsr'), env));
  return { version: `Deno ${versionOf('deno')}`, digests };
}
