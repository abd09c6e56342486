import { createReadStream } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { aggregate } from '../src/aggregate.ts';
import { decode } from '../src/decode.ts';
import { DecodeError, FrontEndError, NotFittedError, ParameterError } from '../src/errors.ts';
import { type ExtractOptions, type ExtractSource, extract } from '../src/extract.ts';
import type { Matrix } from '../src/matrix.ts';
import { logMelFrontEnd, logMelOptions, logMelSpectrogram } from '../src/mel.ts';
import { resample } from '../src/resample.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { Wsabie } from '../src/wsabie.ts';
import { tone, wav } from './cli/sounds.ts';
import { golden } from './decode/fixtures.ts';
import { seededMatrix } from './reference/samples.ts';

const frontEnd = { sr: 8000, nFft: 256, hopLength: 128, nMels: 20 } as const;
let space: Wsabie;

beforeAll(async () => {
  await loadKernels();
  space = await spaceOf(logMelFrontEnd(frontEnd));
});

/** A space that was learned on noise under a record. */
function spaceOf(record: Matrix['frontEnd']): Promise<Wsabie> {
  const X = seededMatrix(3, 40, 20).withFrontEnd(record);
  const tracks = ['a', 'b', 'a', 'b'].map((label, i) => ({ X: X.slice(10 * i, 10 * i + 10), labels: [label] }));
  return new Wsabie({ nComponents: 6, batchSize: 8, nBatches: 20, evaluateEvery: 10 }).fit({ name: 'set', tracks });
}

/** `bytes` in pieces of the given sizes, in turn. */
async function* piecesOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]) {
    yield bytes.subarray(at, at + sizes[i % sizes.length]);
  }
}

/** Every way to hand the same bytes over. */
const forms: Record<string, (bytes: Uint8Array) => ExtractSource> = {
  Uint8Array: (bytes) => bytes,
  ArrayBuffer: (bytes) => bytes.slice().buffer,
  Blob: (bytes) => new Blob([bytes.slice()]),
  File: (bytes) => new File([bytes.slice()], 'a.wav'),
  ReadableStream: (bytes) => new Response(bytes.slice()).body as ReadableStream<Uint8Array>,
  AsyncIterable: (bytes) => piecesOf(bytes, [1000, 7]),
};

/** The same features by the batch calls. */
async function batch(bytes: Uint8Array, stage: string, seconds?: number): Promise<Matrix> {
  const { y, sr } = await decode(bytes, { seconds });
  const frames = logMelSpectrogram(resample(y, { origSr: sr, targetSr: frontEnd.sr }), frontEnd);
  if (stage === 'frames') return frames;
  return aggregate(stage === 'embedded' ? space.transform(frames) : frames);
}

const optionsOf = (stage: string): ExtractOptions =>
  stage === 'embedded' ? { space } : { stage: stage as 'frames', frontEnd };

describe('extract', () => {
  const sound = new Uint8Array(wav(tone(220, 1, 3, 22_050)));

  describe.each(['frames', 'windows', 'embedded'])('to %s', (stage) => {
    it.each(Object.keys(forms))('gives the bits of the batch calls from a %s', async (form) => {
      const made = await extract(forms[form](sound), optionsOf(stage));
      expect(made).toEqual(await batch(sound, stage));
      expect(made.frontEnd?.stage).toBe(stage === 'frames' ? undefined : 'windows');
    });

    it('does so of samples, and of the first seconds of either', async () => {
      const { y, sr } = await decode(sound);
      expect(await extract({ y, sr }, optionsOf(stage))).toEqual(await batch(sound, stage));
      const seconds = 1.234;
      const first = await batch(sound, stage, seconds);
      expect(await extract({ y, sr }, { ...optionsOf(stage), seconds })).toEqual(first);
      expect(await extract(sound, { ...optionsOf(stage), seconds })).toEqual(first);
    });
  });

  it.each(['cbr128.mp3', 's16.flac'])('reads what decode reads: %s', async (name) => {
    const bytes = golden(name);
    expect(await extract(piecesOf(bytes, [333]), { stage: 'frames', frontEnd })).toEqual(await batch(bytes, 'frames'));
  });

  it('does not depend on the pieces of a stream', async () => {
    const short = sound.slice(0, 30_000);
    const expected = await batch(short, 'windows');
    const cases = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }),
      async (sizes) => {
        expect(
          await extract(
            piecesOf(
              short,
              sizes.map((size) => size + 50),
            ),
            { stage: 'windows', frontEnd },
          ),
        ).toEqual(expected);
      },
    );
    await fc.assert(cases, { numRuns: 15, seed: 2 });
  });

  it('has the paper by default: windows of 200 bands at 22 050 Hz', async () => {
    const { y, sr } = await decode(sound);
    expect(await extract(sound)).toEqual(aggregate(logMelSpectrogram(y, { sr })));
    const windows = { windowLength: 10, hopLength: 5 };
    expect(await extract(sound, { windows })).toEqual(aggregate(logMelSpectrogram(y, { sr }), windows));
  });

  it('makes one frame of one sample', async () => {
    expect((await extract({ y: Float32Array.of(0.5), sr: 8000 }, { stage: 'frames', frontEnd })).rows).toBe(1);
  });

  it('tells how far it is, and of damage that was got over', async () => {
    const onProgress = vi.fn();
    const onWarning = vi.fn();
    const made = await extract(sound.slice(0, -1000), { stage: 'frames', frontEnd, onProgress, onWarning });
    const [{ seconds, rows }] = onProgress.mock.calls.at(-1) as [{ seconds: number; rows: number }];
    expect(seconds).toBeCloseTo(3 - 500 / 22_050, 9);
    expect(rows).toBe(made.rows);
    expect(onWarning).toHaveBeenCalled();
  });

  it('lets the event loop have its turn, and stops at the signal', async () => {
    const y = tone(100, 2, 400, 8000);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await extract({ y, sr: 8000 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = extract({ y, sr: 8000 }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason));
    await expect(stopped).rejects.toBe(reason);
    await expect(extract(sound, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('closes its source when it ends early', async () => {
    const closed = vi.fn();
    const endless = async function* () {
      try {
        yield sound;
        for (;;) yield new Uint8Array(1000);
      } finally {
        closed();
      }
    };
    await extract(endless(), { seconds: 1 });
    expect(closed).toHaveBeenCalledOnce();
  });

  it("names the file that is no audio, and passes a stream's own error through", async () => {
    const text = new TextEncoder().encode('no audio at all, but words');
    await expect(extract(text, { name: 'notes.txt' })).rejects.toThrow(DecodeError);
    await expect(extract(text, { name: 'notes.txt' })).rejects.toThrow('notes.txt');
    const torn = async function* () {
      yield sound.slice(0, 1000);
      throw new Error('the line is dead');
    };
    await expect(extract(torn())).rejects.toThrow('the line is dead');
  });

  it('passes on the error of a Node stream that fails before it is read', async () => {
    const missing = createReadStream('no/such/file.mp3');
    await expect(extract(missing)).rejects.toThrow(/ENOENT/);
  });

  it.each<[string, unknown, object, string, string]>([
    ['a path', 'song.mp3', {}, 'source', 'got "song.mp3"'],
    ['nothing', null, {}, 'source', 'ReadableStream'],
    ['samples as numbers', { y: [0, 1], sr: 8000 }, {}, 'y', 'Float32Array'],
    ['no samples', { y: new Float32Array(0), sr: 8000 }, {}, 'y', 'at least one'],
    ['samples without a rate', { y: new Float32Array(9) }, {}, 'sr', 'sr must be'],
    [
      'NaN in a later portion',
      { y: new Float32Array(40_000).fill(Number.NaN, 30_001), sr: 8000 },
      {},
      'y',
      'sample 30001',
    ],
    ['a misspelt option', new Uint8Array(9), { Stage: 'frames' }, 'Stage', 'did you mean "stage"'],
    ['an unknown stage', new Uint8Array(9), { stage: 'window' }, 'stage', 'did you mean "windows"'],
    ['no space', new Uint8Array(9), { stage: 'embedded' }, 'space', 'needs a space'],
    ['what is no space', new Uint8Array(9), { space: {} }, 'space', 'fitted Wsabie'],
    ['a front end that will not do', new Uint8Array(9), { frontEnd: { nFft: 1000 } }, 'nFft', '512 or 1024'],
    ['a front end that is none', new Uint8Array(9), { frontEnd: 22_050 }, 'frontEnd', 'object of options'],
    ['windows that will not do', new Uint8Array(9), { windows: { windowLength: 0 } }, 'windowLength', 'at least 1'],
    ['no time', new Uint8Array(9), { seconds: 0 }, 'seconds', 'above 0'],
    ['another name', new Uint8Array(9), { name: 7 }, 'name', 'a string'],
    ['another signal', new Uint8Array(9), { signal: {} }, 'signal', 'AbortSignal'],
    ['another callback', new Uint8Array(9), { onProgress: true }, 'onProgress', 'a function'],
  ])('refuses %s', async (_, source, options, parameter, words) => {
    const refused = extract(source as never, options as never);
    await expect(refused).rejects.toThrow(ParameterError);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.toMatchObject({ parameter });
  });

  it('refuses a buffer that was given to another thread, with the remedy', async () => {
    const bytes = sound.slice();
    const y = new Float32Array(100);
    structuredClone(0, { transfer: [bytes.buffer, y.buffer] });
    for (const source of [bytes, bytes.buffer, { y, sr: 8000 }]) {
      await expect(extract(source)).rejects.toThrow(ParameterError);
      await expect(extract(source)).rejects.toThrow('transferred to another thread and is empty here; give a copy');
    }
  });

  it('refuses a space with other settings, of unknown frames, for the wrong stage, or not fitted', async () => {
    await expect(extract(sound, { space, frontEnd: { nMels: 21 } })).rejects.toThrow(FrontEndError);
    await expect(extract(sound, { space, frontEnd: { power: 2 } })).rejects.toThrow(FrontEndError);
    await expect(extract(sound, { space, stage: 'windows' })).rejects.toThrow('used by the stage "embedded"');
    await expect(extract(sound, { space: new Wsabie() })).rejects.toThrow(NotFittedError);
    const unknown = await spaceOf(undefined);
    await expect(extract(sound, { space: unknown })).rejects.toThrow('unknown front end');
    expect((await extract(sound, { space: unknown, frontEnd })).columns).toBe(24);
    await expect(extract(sound, { space: await spaceOf({ kind: 'cqt' }) })).rejects.toThrow(FrontEndError);
  });
});

describe('logMelOptions', () => {
  it('is the inverse of logMelFrontEnd', () => {
    for (const options of [
      frontEnd,
      { sr: 16_000, norm: null, htk: true, center: true, power: 2 as const, fMin: 30, aMin: 1e-3 },
    ]) {
      const record = logMelFrontEnd(options);
      expect(logMelFrontEnd(logMelOptions(record))).toEqual(record);
      expect(logMelFrontEnd(logMelOptions({ ...record, stage: 'windows', windowLength: 3 }))).toEqual(record);
    }
    expect(() => logMelOptions({ kind: 'cqt' })).toThrow(FrontEndError);
  });
});
