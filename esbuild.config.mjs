// The build: asc makes the one wasm module (with a debug twin and a WASI program beside it, neither published), esbuild
// the bundles, tsc the types. Run by `npm run build`; prints the sizes.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

async function compile(args) {
  const { error, stderr } = await asc.main(args);
  if (error) throw new Error(`asc ${args.join(' ')} failed:\n${stderr.toString()}`);
}

/** The kernels as a WASI program: the shim's configuration replaces what AssemblyScript takes from a JavaScript host. */
const wasiArgs = ['assembly/wasi.ts', '--config', 'node_modules/@assemblyscript/wasi-shim/asconfig.json'];
const wasiOptions = ['--runtime', 'minimal', '--enable', 'simd', '-O3', '--converge', '--noAssert'];

rmSync('build', { recursive: true, force: true });
mkdirSync('build', { recursive: true });
await compile(['--config', 'asconfig.json', '--target', 'release']);
await compile(['assembly/debug.ts', '--config', 'asconfig.json', '--target', 'debug']);
await compile([...wasiArgs, ...wasiOptions, '--outFile', 'build/tunespace.wasi.wasm']);

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
  logLevel: 'warning',
};
await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/runtime/node.ts'],
  platform: 'neutral',
  external: [...common.external, 'node:*'],
});
const applications = ['src/cli/main.ts'].filter((file) => existsSync(file));
if (applications.length > 0) {
  await build({
    ...common,
    entryPoints: applications,
    platform: 'node',
    target: 'node20',
    // Bundled CommonJS libraries call require for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
}
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (existsSync('build/cli/main.js')) chmodSync('build/cli/main.js', 0o755);

const wasm = readFileSync('build/tunespace.wasm');
console.log(`build/tunespace.wasm  ${wasm.length} bytes, ${gzipSync(wasm, { level: 9 }).length} gzip`);
