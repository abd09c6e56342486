// The build: asc makes the one wasm module (and its debug twin for the specs), esbuild the bundles, tsc the types.
// Run by `npm run build`; prints the sizes.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

async function compileKernels(target, entries = []) {
  const { error, stderr } = await asc.main([...entries, '--config', 'asconfig.json', '--target', target]);
  if (error) throw new Error(`asc (${target}) failed:\n${stderr.toString()}`);
}

rmSync('build', { recursive: true, force: true });
mkdirSync('build', { recursive: true });
await compileKernels('release');
await compileKernels('debug', ['assembly/debug.ts']);

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
