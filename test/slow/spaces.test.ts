import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error the script has no types
import { sha256, trainInstruments } from '../../.ci/spaces.mjs';
import { spaces } from '../../src/spaces/index.ts';

const data = process.env.TUNESPACE_DATA;

it.skipIf(data === undefined)('makes the shipped space again, to the byte (needs TUNESPACE_DATA)', () => {
  expect(sha256(trainInstruments(join(data as string, 'philharmonia')))).toBe(spaces[0].sha256);
});
