/**
 * Node of this machine gives the committed table (`npm run test:runtimes` compares the other runtimes), and training does
 * not depend on interruptions.
 *
 * That results do not depend on the blocks of a stream is tested where the streams are: resample, stft, mel, aggregate,
 * extract and decode/stream. That two builds are equal: slow/build.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../src/runtime/node.ts';
import { type SourceSet, Wsabie } from '../src/wsabie.ts';
import { conformance } from './conformance.ts';
import { golden } from './decode/fixtures.ts';
import { seededMatrix } from './reference/samples.ts';

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

describe('a training that is interrupted', () => {
  beforeAll(() => loadKernels());

  const N_BATCHES = 40;
  const params = {
    nComponents: 5,
    batchSize: 7,
    nBatches: N_BATCHES,
    evaluateEvery: 9,
    learningRate: 0.1,
    patience: null,
  };
  const makeSet = (name: string, seed: number, words: readonly string[]): SourceSet => ({
    name,
    tracks: Array.from({ length: 9 }, (_, i) => ({
      X: seededMatrix(seed + i, 5 + i, 6, i % words.length),
      labels: [words[i % words.length], ...(i === 4 ? [words[0]] : [])],
    })),
  });
  const sets = () => [
    makeSet('genres', 1, ['rock', 'jazz', 'folk']),
    makeSet('tags', 50, ['loud', 'calm', 'fast', 'old']),
  ];
  const train = (space: Wsabie, onCheckpoint?: (bytes: Uint8Array) => void) =>
    space.fit(sets(), { checkpointEvery: 1, onCheckpoint, onWarning: () => {} });

  /** Trains up to each pause, counted in batches, and goes on from the bytes of there in another object. */
  async function trainInParts(pauses: readonly number[]): Promise<Wsabie> {
    let space = new Wsabie(params);
    for (const batches of pauses) {
      let done = 0;
      let bytes: Uint8Array | undefined;
      const stop = new Error('interrupted');
      const ended = await train(space, (checkpoint) => {
        done += 1;
        if (done < batches) return;
        bytes = checkpoint;
        throw stop;
      }).catch((error) => expect(error).toBe(stop));
      // It may have come to its end before.
      if (!bytes) return ended as Wsabie;
      space = Wsabie.fromBytes(bytes);
    }
    return train(space);
  }

  it('and resumed has the bytes of one that was not, for any batches and any number of interruptions', async () => {
    const whole = (await train(new Wsabie(params))).toBytes();
    const pauses = fc.array(fc.integer({ min: 1, max: N_BATCHES }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pauses, async (batches) => {
        expect((await trainInParts(batches)).toBytes()).toEqual(whole);
      }),
      { seed: 9, numRuns: 30 },
    );
  });
});
