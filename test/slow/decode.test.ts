import { describe, it } from 'vitest';
import { isPlain, NAMES } from '../decode/fixtures.ts';
import { expectDecodedOrRefused } from '../decode/spoil.ts';

describe('whatever is done to a file, it is decoded or refused with a DecodeError', () => {
  it.each(NAMES)('%s', (name) => expectDecodedOrRefused(name, { seed: 12, numRuns: isPlain(name) ? 500 : 60 }));
});
