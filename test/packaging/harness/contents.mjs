// What is in the tarball: all that its entries import, the licences, and nothing that no one asked for.

import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const WANTED = ['LICENSE', 'README.md', 'CHANGELOG.md', 'build/standalone/NOTICES.txt', 'build/cli/NOTICES.txt'];
/** Sources, debug builds, the WASI program, and declarations of applications, which nobody can import. */
const UNWANTED = /^(src|test|assembly|\.ci)\/|\.(debug|wasi)\.wasm|\.map$|^build\/types\/(cli|experiment|library)\//;
/** vega asks for it, and draws SVG without it. */
const OPTIONAL = ['canvas'];
/** Most of it is the command line with its charts; the space comes as a file and in three bundles, 0.1 MB each. */
const SIZE_LIMIT = 2_200_000;

/** The files that package.json names: exports under all their conditions, and programs. */
function entriesOf({ exports, bin }) {
  const targets = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(targets));
  return [...targets(exports), ...targets(bin)].map((path) => path.replace('./', ''));
}

export async function contents({ root, installed, files, tarball }) {
  const packageJson = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const entries = entriesOf(packageJson);
  const missing = [...WANTED, ...entries].filter((path) => !path.includes('*') && !files.includes(path));
  if (missing.length > 0) throw new Error(`not in the tarball: ${missing.join(', ')}`);
  const unwanted = files.filter((path) => UNWANTED.test(path));
  if (unwanted.length > 0) throw new Error(`needless in the tarball: ${unwanted.join(', ')}`);
  const { length } = readFileSync(tarball);
  if (length > SIZE_LIMIT) throw new Error(`the tarball has ${length} bytes, more than ${SIZE_LIMIT}`);
  const wasm = readFileSync(join(root, 'build/tunespace.wasm'));
  if (!wasm.equals(readFileSync(join(installed, 'build/tunespace.wasm')))) throw new Error('another wasm was packed');
  const bare = await importsOf(installed, entries);
  const known = [...Object.keys(packageJson.dependencies), ...OPTIONAL, ...builtinModules];
  const unknown = bare.filter((name) => !known.includes(name.replace('node:', '')));
  if (unknown.length > 0) throw new Error(`imported, but no dependency: ${unknown.join(', ')}`);
  return { says: `${files.length} files, ${Math.round(length / 1000)} kB packed` };
}

/** Follows all imports from the entries, which fails at a file that is not there; gives the bare names. */
async function importsOf(installed, entries) {
  const { metafile } = await build({
    absWorkingDir: installed,
    entryPoints: entries.filter((path) => path.endsWith('.js') && !path.includes('*')),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    external: ['*.wasm?module'],
    loader: { '.wasm': 'file' },
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const names = imports.filter(({ external, path }) => external && !/^[./]/.test(path)).map(({ path }) => path);
  return [...new Set(names)];
}
