// The edge function, bundled as a deployment would be: on workerd, where its start is measured, and on edge-runtime.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { execute } from '../../runtimes/harness/child.mjs';

const EXAMPLE = 'edge-function.js';

/** Files that are modules of their own in a deployment, as wrangler leaves them: wasm and data. */
const leaveModules = (out) => ({
  name: 'leave-modules',
  setup({ onResolve }) {
    onResolve({ filter: /\.(wasm|safetensors)$/ }, ({ path, resolveDir }) => {
      copyFileSync(join(resolveDir, path), join(out, basename(path)));
      return { path: `./${basename(path)}`, external: true };
    });
  },
});

/** The same as values of the surrounding realm, which edge-runtime hands in. */
const fromRealm = {
  name: 'from-realm',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.(wasm\?module|safetensors)$/ }, ({ path }) => ({
      path: basename(path),
      namespace: 'realm',
    }));
    onLoad({ filter: /.*/, namespace: 'realm' }, ({ path }) => ({
      contents: `export default globalThis.files[${JSON.stringify(path.replace('?module', ''))}];`,
    }));
  },
};

/** Bundles the example for both runtimes into one folder. */
async function bundle(project, out) {
  const common = {
    entryPoints: [join(project, EXAMPLE)],
    bundle: true,
    minify: true,
    target: 'es2022',
    logLevel: 'warning',
  };
  await build({
    ...common,
    outfile: join(out, 'worker.js'),
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    plugins: [leaveModules(out)],
  });
  await build({
    ...common,
    outfile: join(out, 'worker.script.js'),
    format: 'iife',
    globalName: 'worker',
    platform: 'browser',
    conditions: ['edge-light'],
    plugins: [fromRealm],
  });
}

/** Bodies that are sent: the same sound in three forms, and an mp3. */
async function writeBodies({ root, project, installed, tracks }, out) {
  const { decode, encodeFeatures, extract, loadKernels } = await import(
    pathToFileURL(join(installed, 'build/runtime/node.js'))
  );
  await loadKernels();
  const wav = readFileSync(join(project, tracks[4]));
  const { y, sr } = await decode(wav);
  const write = (name, bytes) => writeFileSync(join(out, name), bytes);
  write('sound.wav', wav);
  write('sound.f32', new Uint8Array(y.buffer));
  write('sound.safetensors', encodeFeatures(await extract(wav, { stage: 'frames' })));
  write('windows.safetensors', encodeFeatures(await extract(wav)));
  const { mp3 } = JSON.parse(readFileSync(join(root, 'test/conformance/fixtures.json'), 'utf8'));
  copyFileSync(join(root, 'test/golden/decode', mp3), join(out, 'sound.mp3'));
  write('about.json', JSON.stringify({ track: tracks[4], sr }));
}

/** The README says what a deployment weighs. @throws Error where that is off by more than a twentieth */
function checkFigure(root, kB) {
  const said = Number(/it is (\d+) kB to deploy/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]);
  if (!(Math.abs(said - kB) <= kB / 20))
    throw new Error(`the README says ${said} kB to deploy, it is ${kB.toFixed(0)} kB`);
}

export async function* run(context) {
  const { root, project, runtime } = context;
  const out = join(project, 'deployment');
  mkdirSync(out);
  await bundle(project, out);
  await writeBodies(context, out);
  const node24 = runtime('node24/bin/node');
  for (const guest of ['workerd', 'edge-runtime']) {
    try {
      const program = join(root, 'test/examples/guests', `${guest}.mjs`);
      const output = await execute(node24, [program, out, join(root, 'test/runtimes/package.json')], { seconds: 180 });
      const { version, shown, kB } = JSON.parse(output.toString().trimEnd().split('\n').at(-1));
      if (kB !== undefined) checkFigure(root, kB);
      yield { example: EXAMPLE, runtime: `${guest} ${version}`, shown };
    } catch (error) {
      yield { example: EXAMPLE, runtime: guest, error: error.message };
    }
  }
}
