import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
// @ts-expect-error the build's own script has no types
import { measureSizes } from '../.ci/sizes.mjs';

let sizes: { what: string; raw: number; gzip: number }[];
beforeAll(async () => {
  sizes = await measureSizes();
});

const of = (what: string) => sizes.find((size) => size.what === what)!;

it('keeps the module under 40 kB, and the core with it under 60 kB gzip', () => {
  expect(of('tunespace.wasm').raw).toBeLessThan(40_000);
  expect(of('core with wasm').gzip).toBeLessThan(60_000);
});

it('is what the README says, within a twentieth', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const { what, raw, gzip } of sizes) {
    const row = readme.split('\n').find((line) => line.startsWith(`| ${what} `));
    expect(row, `the README has no row for "${what}"; measured ${raw} bytes, ${gzip} gzip`).toBeDefined();
    const [said, saidGzip] = [...row!.matchAll(/([\d.]+) kB/g)].map((match) => 1000 * Number(match[1]));
    expect(Math.abs(said - raw) / raw, `${what} is ${raw} bytes`).toBeLessThan(0.05);
    expect(Math.abs(saidGzip - gzip) / gzip, `${what} is ${gzip} bytes gzip`).toBeLessThan(0.05);
  }
});
