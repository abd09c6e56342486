// The WASI build under a WASI host: node wasi.mjs FOLDER PROGRAM HOST WHAT, HOST being `node` or `shim`, WHAT `kernels` or
// `program`. Prints `{ version, digests }`.
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [out, file, host, what] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(file));
const { conformance, conformanceOfProgram } = await import(pathToFileURL(join(out, 'conformance.js')));

/** Node's own host, with files for stdin and stdout. */
async function nodeHost() {
  const { WASI } = await import('node:wasi');
  const [input, output] = [join(out, 'stdin'), join(out, 'stdout')];
  return (bytes = new Uint8Array()) => {
    writeFileSync(input, bytes);
    const [stdin, stdout] = [openSync(input, 'r'), openSync(output, 'w')];
    const wasi = new WASI({ version: 'preview1', returnOnExit: true, stdin, stdout });
    return {
      imports: wasi.getImportObject(),
      start: (instance) => wasi.start(instance),
      read: () => readFileSync(output),
    };
  };
}

/** The host that pages use, with memory for stdin and stdout. */
async function shimHost() {
  const { ConsoleStdout, File, OpenFile, WASI } = await import('@bjorn3/browser_wasi_shim');
  return (bytes = new Uint8Array()) => {
    const parts = [];
    const stdin = new OpenFile(new File(bytes));
    const stdout = new ConsoleStdout((part) => parts.push(part.slice()));
    const wasi = new WASI([], [], [stdin, stdout, ConsoleStdout.lineBuffered(console.error)], { debug: false });
    return {
      imports: { wasi_snapshot_preview1: wasi.wasiImport },
      start: (instance) => wasi.start(instance),
      read: () => Buffer.concat(parts),
    };
  };
}

const open = await (host === 'node' ? nodeHost : shimHost)();

/** Runs the program once over samples, and gives its frames. */
async function framesOf(bytes) {
  const { imports, start, read } = open(bytes);
  const code = start(await WebAssembly.instantiate(module, imports));
  if (code !== 0) throw new Error(`the program ended with exit code ${code}`);
  return new Uint8Array(read());
}

/** The whole test on the kernels of the WASI build, which is instantiated with the WASI host's imports. */
async function runKernels() {
  const { instantiate } = WebAssembly;
  const { imports } = open();
  // The library gives its module no imports, since its own build has none.
  WebAssembly.instantiate = (source, given) => instantiate(source, source === module ? imports : given);
  return conformance(module);
}

const digests =
  what === 'kernels'
    ? await runKernels()
    : await conformanceOfProgram(readFileSync(join(out, 'tunespace.wasm')), framesOf);
const { version } = createRequire(import.meta.url)('../node_modules/@bjorn3/browser_wasi_shim/package.json');
console.log(JSON.stringify({ version: host === 'node' ? process.versions.node : version, digests }));
