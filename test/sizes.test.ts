import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
// @ts-expect-error the build's own script has no types
import { measureSizes } from '../.ci/sizes.mjs';

interface Size {
  what: string;
  raw: number;
  gzip: number;
}

let sizes: Size[];
beforeAll(async () => {
  sizes = await measureSizes();
});

const readme = readFileSync('README.md', 'utf8');
const of = (what: string) => sizes.find((size) => size.what === what)!;

/** Holds a text's two figures, bytes and bytes gzip, against what was measured. */
function expectFigures(text: string | undefined, { what, raw, gzip }: Size): void {
  expect(text, `the README says nothing of "${what}"; measured ${raw} bytes, ${gzip} gzip`).toBeDefined();
  const [said, saidGzip] = [...text!.matchAll(/([\d.]+) kB/g)].map((match) => 1000 * Number(match[1]));
  expect(Math.abs(said - raw) / raw, `${what} is ${raw} bytes`).toBeLessThan(0.05);
  expect(Math.abs(saidGzip - gzip) / gzip, `${what} is ${gzip} bytes gzip`).toBeLessThan(0.05);
}

it('keeps the module under 40 kB, and the core with it under 60 kB gzip', () => {
  expect(of('tunespace.wasm').raw).toBeLessThan(40_000);
  expect(of('core with wasm').gzip).toBeLessThan(60_000);
});

it('is what the README says, within a twentieth', () => {
  for (const size of sizes) {
    expectFigures(
      readme.split('\n').find((line) => line.startsWith(`| ${size.what} `)),
      size,
    );
  }
});

it("is what the README's opening says of the module", () => {
  expectFigures(/WebAssembly module without imports\s\(([^)]*)\)/.exec(readme)?.[1], of('tunespace.wasm'));
});
