import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error the script has no types
import { mixturesModule, sha256, trainInstruments } from '../../.ci/spaces.mjs';
import { spaces } from '../../src/spaces/index.ts';

const data = process.env.TUNESPACE_DATA;

it.skipIf(data === undefined)(
  'makes the shipped space and its mixtures again, to the byte (needs TUNESPACE_DATA)',
  async () => {
    const notes = join(data as string, 'philharmonia');
    const space = trainInstruments(notes);
    expect(sha256(space)).toBe(spaces[0].sha256);
    expect(await mixturesModule(notes, space)).toBe(readFileSync('src/spaces/instruments-v1-mixtures.ts', 'utf8'));
  },
);
