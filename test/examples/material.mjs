// What the examples are run with: a project that has the package installed as npm would, and music of our own making.
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { install } from '../packaging/harness/pack.mjs';
import { execute } from '../runtimes/harness/child.mjs';

/** Renders the synthetic corpus's first collection to `folder`, a folder a label. */
async function renderMusic(project, folder) {
  const outfile = join(project, '.synthetic.mjs');
  await build({
    stdin: {
      contents: `export * from './experiment/synthetic/render.ts'; export { loadKernels } from './kernels.ts';`,
      resolveDir: 'src',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const { loadKernels, renderSyntheticCorpus } = await import(outfile);
  await loadKernels(readFileSync('build/tunespace.wasm'));
  const corpus = join(project, '.corpus');
  const { datasets } = await renderSyntheticCorpus(corpus, { seed: 1, tracksPerGenre: 3, taggedTracks: 1, seconds: 8 });
  renameSync(dirname(datasets[0].path), folder);
  rmSync(join(folder, basename(datasets[0].path)));
}

/** The commands by which the README says that the examples' files are made. */
export function commandsOf(readme) {
  const section = readme.slice(readme.indexOf('\n## Examples'));
  return [...section.matchAll(/^npx tunespace (.*)$/gm)].map((match) => match[1].split(' ')).slice(0, 2);
}

/**
 * Makes everything in an empty folder: `node_modules/tunespace`, `music/LABEL/*.wav`, `space.safetensors`, `index.safetensors`.
 *
 * @param project an empty folder
 * @returns `{ project, installed, tracks }`: paths of the package and, relative to the project, of the tracks
 */
export async function makeMaterial(project) {
  const { installed } = await install(resolve('.'), project, { name: 'example', private: true, type: 'module' });
  await renderMusic(project, join(project, 'music'));
  for (const name of readdirSync('test/examples')) {
    if (/^[a-z-]+\.(ts|js|html)$|^find-.*\.mjs$/.test(name)) cpSync(join('test/examples', name), join(project, name));
  }
  cpSync(join(installed, 'build/standalone'), join(project, 'tunespace'), { recursive: true });
  const main = join(installed, 'build/cli/main.js');
  for (const command of commandsOf(readFileSync('README.md', 'utf8'))) {
    // A short training: here it is the ways that are tried, not the space.
    const short = command[0] === 'train' ? ['--n-batches', '300', '--no-cache'] : [];
    await execute(process.execPath, [main, ...command, ...short, '--quiet'], { cwd: project });
  }
  const tracks = readdirSync(join(project, 'music'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wav'))
    .map((name) => `music/${name.replaceAll('\\', '/')}`)
    .sort();
  return { project, installed, tracks };
}
