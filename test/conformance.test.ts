/** Node of this machine gives the committed table; the other runtimes are compared by `npm run test:runtimes`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { conformance } from './conformance.ts';
import { golden } from './decode/fixtures.ts';

const read = (file: string) => new Uint8Array(readFileSync(new URL(file, import.meta.url)));
const readJson = (file: string): Record<string, string> => JSON.parse(Buffer.from(read(file)).toString());

const wasm = read('../build/tunespace.wasm');
const { 'tunespace.wasm': digestOfWasm, ...expected } = readJson('conformance.json');

describe('the table of digests', () => {
  let digests: Record<string, string>;
  beforeAll(async () => {
    const fixtures = Object.entries(readJson('conformance/fixtures.json'));
    digests = await conformance(wasm, Object.fromEntries(fixtures.map(([name, file]) => [name, golden(file)])));
  });

  it('holds the stages, in order', () => {
    expect(Object.keys(digests)).toEqual(Object.keys(expected));
  });

  it.each(Object.keys(expected))('has the digest of this machine: %s', (stage) => {
    expect(digests[stage]).toBe(expected[stage]);
  });

  it('has the digest of the module', () => {
    expect(createHash('sha256').update(wasm).digest('hex')).toBe(digestOfWasm);
  });
});
