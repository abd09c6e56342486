import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPlain, NAMES } from './fixtures.ts';
import { expectDecodedOrRefused } from './spoil.ts';

const noticed: unknown[] = [];
const note = (...what: unknown[]) => void noticed.push(what);
const { log, warn, error } = console;
beforeAll(() => {
  process.on('unhandledRejection', note);
  Object.assign(console, { log: note, warn: note, error: note });
});
afterAll(() => {
  process.off('unhandledRejection', note);
  Object.assign(console, { log, warn, error });
});

// test/slow/decode.test.ts does the same many times more.
describe('whatever is done to a file, it is decoded or refused with a DecodeError', () => {
  it.each(NAMES)('%s', (name) => expectDecodedOrRefused(name, { seed: 11, numRuns: isPlain(name) ? 15 : 2 }));

  it('and nothing is said on the console, nor rejected unheard', () => {
    expect(noticed).toEqual([]);
  });
});
