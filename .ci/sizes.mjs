// How large what people load is. `npm run build` prints it, a test holds it, the README shows it.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

/**
 * Bundles and minifies layers 0 to 5 the way an application's bundler would, decoders left out as it would split them off.
 *
 * @returns {Promise<{ what: string, raw: number, gzip: number }[]>} bytes
 */
export async function measureSizes() {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/index.ts'],
    outdir: 'unused',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    external: Object.keys(dependencies),
    logLevel: 'warning',
  });
  const files = Object.entries(metafile.outputs).map(([path, output], i) => ({
    path,
    ...output,
    contents: outputFiles[i].contents,
  }));
  const first = filesLoadedWith(files, ({ entryPoint }) => entryPoint === 'src/index.ts');
  // What loads together is one file to an application's bundler.
  const sum = (chosen) => {
    const contents = Buffer.concat(chosen.map((file) => file.contents));
    return { raw: contents.length, gzip: gzipped(contents) };
  };
  const wasm = readFileSync('build/tunespace.wasm');
  const core = sum(first);
  const module = { raw: wasm.length, gzip: gzipped(wasm) };
  return [
    { what: 'tunespace.wasm', ...module },
    { what: 'core: all that loads before the first file is decoded', ...core },
    { what: 'core with wasm', raw: core.raw + module.raw, gzip: core.gzip + module.gzip },
    {
      what: 'readers of all audio formats, each loaded with its first file',
      ...sum(files.filter((file) => !first.includes(file))),
    },
  ];
}

/** The outputs that load with the chosen one: what it imports statically, all the way down. */
function filesLoadedWith(files, isStart) {
  const loaded = files.filter(isStart);
  for (const { imports } of loaded) {
    for (const { path, kind } of imports) {
      const file = files.find((one) => one.path === path);
      if (file && kind === 'import-statement' && !loaded.includes(file)) loaded.push(file);
    }
  }
  return loaded;
}
