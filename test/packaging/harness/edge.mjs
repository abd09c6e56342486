// What Vercel's build does to an edge function: one script, in which a `.wasm?module` is a global that the runtime binds.
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** The global's name. */
export const BINDING = 'wasm_tunespace';

/** @returns paths of the `script` and of the `wasm` that it wants bound */
export async function buildEdgeFunction(project) {
  let wasm;
  const bindModules = {
    name: 'bind-modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
        wasm = resolve(resolveDir, path.replace('?module', ''));
        return { path, namespace: 'binding' };
      });
      onLoad({ filter: /.*/, namespace: 'binding' }, () => ({ contents: `export default ${BINDING};` }));
    },
  };
  const script = join(project, 'dist/function.js');
  await build({
    entryPoints: [join(project, 'function.js')],
    outfile: script,
    bundle: true,
    format: 'iife',
    globalName: 'edgeFunction',
    conditions: ['edge-light'],
    plugins: [bindModules],
    logLevel: 'warning',
  });
  return { script, wasm };
}
