// The build: asc makes the one wasm module (with a debug twin and a WASI program beside it, neither published), esbuild
// the bundles, tsc the types. Run by `npm run build`; prints the sizes.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';
import { noticesOf } from './.ci/notices.mjs';
import { measureSizes } from './.ci/sizes.mjs';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

async function compile(args) {
  const { error, stderr } = await asc.main(args);
  if (error) throw new Error(`asc ${args.join(' ')} failed:\n${stderr.toString()}`);
}

rmSync('build', { recursive: true, force: true });
mkdirSync('build', { recursive: true });
await compile(['--config', 'asconfig.json', '--target', 'release']);
await compile(['assembly/debug.ts', '--config', 'asconfig.json', '--target', 'debug']);
await compile(['assembly/wasi.ts', '--config', 'asconfig.json', '--target', 'wasi']);

// What the core needs at run time stays a dependency of the package; what only the applications of layer 6 use is a
// development dependency and is bundled into them, so that it never reaches who imports the library.
const common = {
  outbase: 'src',
  outdir: 'build',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  external: Object.keys(packageJson.dependencies ?? {}),
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};
/** `tunespace.wasm?base64` is its text; without a question, or with `?module`, it stays an import for the runtime. */
const wasmAsText = {
  name: 'wasm-as-text',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?base64$/ }, () => ({ path: resolve('build/tunespace.wasm'), namespace: 'base64' }));
    onLoad({ filter: /.*/, namespace: 'base64' }, ({ path }) => ({ contents: readFileSync(path), loader: 'base64' }));
  },
};
const entry = (name) => `src/runtime/${name}.ts`;
const entries = ['node', 'deno', 'bun', 'browser', 'default', 'worker', 'worker-node', 'melprocessor'];
await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/spaces/index.ts', 'src/teach.ts', 'src/explain.ts', ...entries.map(entry)],
  platform: 'neutral',
  external: [...common.external, 'node:*'],
  plugins: [wasmAsText],
});
// Edge runtimes compile no bytes, so that decode refuses the formats of the packages there before it loads one. Left in, they
// would be 220 kB of every deployment.
const noPackages = {
  name: 'no-packages',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(packageJson.dependencies ?? {}).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export {};' }));
  },
};
await build({
  ...common,
  entryPoints: {
    'runtime/workerd': entry('workerd'),
    'runtime/edge-light': entry('edge-light'),
    // One copy of the kernels' host with these entries: a space of another would know no kernels.
    'spaces/edge': 'src/spaces/index.ts',
    'teach-edge': 'src/teach.ts',
    'explain-edge': 'src/explain.ts',
  },
  platform: 'neutral',
  chunkNames: 'chunks/edge-[name]-[hash]',
  external: ['*.wasm', '*.wasm?module'],
  plugins: [noPackages],
});
// An AudioWorklet takes one script, which may not need anything else.
await build({
  entryPoints: ['src/runtime/melprocessor-worklet.ts'],
  outfile: 'build/runtime/melprocessor-worklet.js',
  bundle: true,
  minify: true,
  format: 'esm',
  target: common.target,
  platform: 'neutral',
  logLevel: 'warning',
});
// A folder for pages without a bundler, which cannot resolve bare names: the decoders are in it, each in a chunk of its own.
const standalone = await build({
  ...common,
  entryPoints: {
    tunespace: 'src/runtime/standalone.ts',
    melprocessor: 'src/runtime/melprocessor.ts',
    worker: 'src/runtime/worker.ts',
    spaces: 'src/spaces/index.ts',
    teach: 'src/teach.ts',
    explain: 'src/explain.ts',
  },
  outdir: 'build/standalone',
  chunkNames: '[name]-[hash]',
  platform: 'browser',
  minify: true,
  external: [],
});
copyFileSync('build/tunespace.wasm', 'build/standalone/tunespace.wasm');
copyFileSync('build/runtime/melprocessor-worklet.js', 'build/standalone/melprocessor-worklet.js');
writeFileSync('build/standalone/NOTICES.txt', noticesOf(standalone.metafile));
// The shipped space as a file, for other programs: the same bytes that the module carries.
const carried = /'([A-Za-z0-9+/=]+)'/.exec(readFileSync('src/spaces/instruments-v1.ts', 'utf8'))[1];
writeFileSync('build/spaces/instruments-v1.safetensors', Buffer.from(carried, 'base64'));
copyFileSync('src/spaces/instruments-v1.md', 'build/spaces/instruments-v1.md');
const applications = ['src/cli/main.ts'].filter((file) => existsSync(file));
if (applications.length > 0) {
  const cli = await build({
    ...common,
    entryPoints: applications,
    platform: 'node',
    target: 'node20',
    // Bundled CommonJS libraries call require for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
  writeFileSync('build/cli/NOTICES.txt', noticesOf(cli.metafile));
}
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (existsSync('build/cli/main.js')) chmodSync('build/cli/main.js', 0o755);

for (const { what, raw, gzip } of await measureSizes()) console.log(`${what}: ${raw} bytes, ${gzip} gzip`);
