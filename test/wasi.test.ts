/**
 * The WASI build of the kernels under `node:wasi`: a process of its own with pipes for stdin and stdout, as anyone would run
 * it. Its bytes are those of the host.
 */
import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { logMelSpectrogram } from '../src/mel.ts';
import { loadKernels } from '../src/runtime/node.ts';

beforeAll(() => loadKernels());

/** What runs in the child: nothing but Node's own WASI host. */
const HOST = `
  import { readFileSync } from 'node:fs';
  import { WASI } from 'node:wasi';
  const wasi = new WASI({ version: 'preview1', returnOnExit: true });
  const module = await WebAssembly.compile(readFileSync(process.argv[1]));
  process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
`;
const PROGRAM = fileURLToPath(new URL('../build/tunespace.wasi.wasm', import.meta.url));

interface Outcome {
  code: number | null;
  bytes: Buffer;
  message: string;
}

/** Runs the program over `parts`, written one after the other. */
async function run(parts: readonly Uint8Array[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', HOST, PROGRAM]);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  // A program that gives up early closes its input; that is no error of this test.
  child.stdin.on('error', () => {});
  const output = Promise.all([buffer(child.stdout), text(child.stderr)]);
  for (const part of parts) await new Promise((resolve) => child.stdin.write(part, resolve));
  child.stdin.end();
  const [bytes, message] = await output;
  return { code: await ended, bytes, message };
}

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function noise(n: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return 2 * ((state >>> 16) / 65536 - 0.5);
  });
}

describe('the WASI program', () => {
  it.each([1, 1023, 1024, 1535, 1536, 100_000])('gives the bytes of the host for %i samples', async (n) => {
    const y = noise(n);
    const { code, bytes, message } = await run([bytesOf(y)]);
    expect([code, message]).toEqual([0, '']);
    const expected = logMelSpectrogram(y, { sr: 22050 });
    expect(bytes.length).toBe(expected.data.byteLength);
    expect(bytes.equals(bytesOf(expected.data))).toBe(true);
  });

  it('takes its input in any parts, also across samples', async () => {
    const y = noise(5000);
    const whole = bytesOf(y);
    const { bytes } = await run([whole.subarray(0, 3), whole.subarray(3, 9998), whole.subarray(9998)]);
    expect(bytes.equals(bytesOf(logMelSpectrogram(y, { sr: 22050 }).data))).toBe(true);
  });

  it.each([
    ['nothing', [], /stdin is empty/],
    ['half a sample', [bytesOf(noise(2000)).subarray(0, 7998)], /ends inside a sample/],
    ['NaN', [bytesOf(noise(40_000)), bytesOf(Float32Array.of(0, Number.NaN))], /sample 40001 is no audio/],
    ['infinity', [bytesOf(Float32Array.of(Number.NEGATIVE_INFINITY))], /sample 0 is no audio/],
  ])('ends with a sentence and exit code 1 for %s', async (_, parts, sentence) => {
    const { code, message } = await run(parts);
    expect(message).toMatch(sentence);
    expect(code).toBe(1);
  });
});
