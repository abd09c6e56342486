// Everyone who uses the package: how each project is built and run, and what it then gives.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../../runtimes/browser/server.mjs';
import { execute } from '../../runtimes/harness/child.mjs';
import { openPage } from './chromium.mjs';
import { contents } from './contents.mjs';
import { buildEdgeFunction } from './edge.mjs';
import { attw, jsr, publint } from './publishing.mjs';
import { digestsIn, node24, runScript, shell, versionOf, withDevServer } from './tools.mjs';

async function node(program, { folder }) {
  const version = (await execute(program, ['--version'])).toString().trim();
  const printed = await execute(program, ['main.js'], { cwd: join(folder, 'node') });
  return { version, digests: digestsIn(printed.toString()) };
}

async function commandLine({ root, folder }) {
  const tunespace = join(folder, 'node_modules/.bin/tunespace');
  const version = (await shell(`${tunespace} --version`, folder)).trim();
  const file = join(root, 'test/golden/decode/s16.flac');
  const info = JSON.parse(await shell(`${tunespace} info --json ${file}`, folder));
  await shell(`${tunespace} features ${file} --stage windows --out features --format npy`, folder);
  if (readdirSync(join(folder, 'features')).length !== 1) throw new Error('features: no file was written');
  const [{ format, sr }] = info.files;
  return { version, says: `info: ${format}, ${sr} Hz; features: written` };
}

async function typescript({ folder }) {
  await runScript(join(folder, 'typescript'), 'check');
  return { version: versionOf('typescript'), says: 'no errors' };
}

/** Opens a page of a folder that any static server could serve. */
async function openSite(folder, path) {
  const { origin, close } = await serve({ folders: [folder] });
  try {
    return await openPage(origin + path);
  } finally {
    close();
  }
}

const versioned = (tool, { version, ...result }) => ({
  version: [`${tool} ${versionOf(tool)}`, version].filter(Boolean).join(', '),
  ...result,
});

async function vite({ folder }) {
  const project = join(folder, 'vite');
  await runScript(project, 'build');
  return versioned('vite', await openSite(join(project, 'dist'), '/index.html'));
}

async function viteDev({ folder }) {
  return versioned('vite', await withDevServer('vite --port 0', join(folder, 'vite'), openPage));
}

async function esbuild({ folder }) {
  const project = join(folder, 'esbuild');
  await runScript(project, 'build');
  return versioned('esbuild', await openSite(project, '/index.html'));
}

/** A folder as someone without any tool would lay it out. */
async function page({ folder, installed }) {
  cpSync(join(installed, 'build/standalone'), join(folder, 'page/tunespace'), { recursive: true });
  return openSite(folder, '/page/index.html');
}

async function deno({ folder }) {
  const env = { DENO_DIR: join(folder, '.deno') };
  return {
    version: versionOf('deno'),
    digests: digestsIn(await shell('deno task --quiet start', join(folder, 'deno'), env)),
  };
}

/** A bundle that knows no runtime, with the module inside. */
async function neutral({ folder }) {
  const project = join(folder, 'neutral');
  await runScript(project, 'build');
  return { version: `esbuild ${versionOf('esbuild')}`, digests: digestsIn(await runScript(project, 'start')) };
}

async function bun({ folder }) {
  return { version: versionOf('bun'), digests: digestsIn(await runScript(join(folder, 'bun'), 'start')) };
}

/** Runs a guest, a program in this folder, which asks an edge runtime for its one answer. */
async function ask(program, guest, { root }, ...args) {
  const printed = await execute(program, [join(root, 'test/packaging/harness', guest), ...args], { cwd: root });
  return digestsIn(printed.toString());
}

async function workerd(context) {
  const project = join(context.folder, 'workerd');
  await runScript(project, 'build');
  return {
    version: versionOf('workerd'),
    digests: await ask(node24, 'ask-workerd.mjs', context, join(project, 'dist')),
  };
}

async function edgeRuntime(context) {
  const project = join(context.folder, 'edge-runtime');
  const { script, wasm } = await buildEdgeFunction(project);
  return {
    version: versionOf('edge-runtime'),
    digests: await ask(process.execPath, 'ask-edge.mjs', context, script, wasm),
  };
}

/** `run` gives what table.mjs calls a Row, but for its name and time. */
export const consumers = [
  { name: 'tarball', run: contents },
  { name: 'publint', run: publint },
  { name: 'attw', run: attw },
  { name: 'jsr', run: jsr },
  { name: 'node', run: (context) => node(process.execPath, context) },
  { name: 'node24', run: (context) => node(node24, context) },
  { name: 'cli', run: commandLine },
  { name: 'typescript', run: typescript },
  { name: 'deno', run: deno },
  { name: 'bun', run: bun },
  { name: 'neutral', run: neutral },
  { name: 'vite', run: vite },
  { name: 'vite-dev', run: viteDev },
  { name: 'esbuild', run: esbuild },
  { name: 'page', run: page },
  { name: 'workerd', run: workerd },
  { name: 'edge-runtime', run: edgeRuntime },
];
