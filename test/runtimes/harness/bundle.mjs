// Makes what every host loads: conformance.js, one ES module without imports, and tunespace.wasm beside it.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The files to decode, by the stage's name. */
const fixtures = JSON.parse(readFileSync('test/conformance/fixtures.json', 'utf8'));

const entry = [
  `import './runtimes/harness/polyfills.js';`,
  `export { conformanceOfProgram } from './conformance.ts';`,
  `import { conformance as run } from './conformance.ts';`,
  ...Object.entries(fixtures).map(([name, file]) => `import ${name} from './golden/decode/${file}';`),
  `export const conformance = (source) => run(source, { ${Object.keys(fixtures).join(', ')} });`,
].join('\n');

/** SHA-256 of a file, in hexadecimal. */
export const digestOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * @param out the folder to write to
 */
export async function bundle(out) {
  await build({
    stdin: { contents: entry, resolveDir: 'test', loader: 'js' },
    outfile: join(out, 'conformance.js'),
    bundle: true,
    format: 'esm',
    // Dynamic imports become part of the file: a worklet and a bare worker have none.
    splitting: false,
    platform: 'browser',
    target: 'es2022',
    loader: Object.fromEntries(['.wav', '.flac', '.mp3', '.ogg', '.opus'].map((ending) => [ending, 'binary'])),
    logLevel: 'warning',
  });
  copyFileSync('build/tunespace.wasm', join(out, 'tunespace.wasm'));
}
