/**
 * `MelProcessor` without a browser: the page's side and the AudioWorklet's, in a made-up scope that calls `process` quantum by
 * quantum. test/runtimes/checks/ runs it in real ones.
 */
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { aggregate } from '../../src/aggregate.ts';
import {
  AudioWorkletError,
  FrontEndError,
  KernelsError,
  MemoryError,
  NotFittedError,
  ParameterError,
} from '../../src/errors.ts';
import { Matrix } from '../../src/matrix.ts';
import { logMelSpectrogram, melSpectrogram } from '../../src/mel.ts';
import { resample } from '../../src/resample.ts';
import { MelEngine } from '../../src/runtime/melprocessor/engine.ts';
import type { FromWorklet, PostedFrames, Setup } from '../../src/runtime/melprocessor/protocol.ts';
import { type FrameBlock, MelProcessor, type MelProcessorOptions } from '../../src/runtime/melprocessor.ts';
import { loadKernels } from '../../src/runtime/node.ts';
import { Wsabie } from '../../src/wsabie.ts';
import { noise } from '../reference/signals.ts';

const QUANTUM = 128;
const ADDRESS = 'https://example.org/melprocessor-worklet.js';

interface Processor {
  readonly port: MessagePort;
  process(inputs: Float32Array[][]): boolean;
}
type ProcessorType = new (options: { processorOptions: Setup }) => Processor;

let Registered: ProcessorType;
let registered = 0;
/** The port that the next processor is made with, as the browser does it. */
let nextPort: MessagePort;
const opened: MessagePort[] = [];

class FakeNode {
  readonly port: MessagePort;
  readonly processor: Processor;
  onprocessorerror: (() => void) | null = null;

  constructor(
    readonly context: FakeContext,
    _name: string,
    { processorOptions }: { processorOptions: Setup },
  ) {
    const { port1, port2 } = new MessageChannel();
    opened.push(port1, port2);
    this.port = port1;
    nextPort = port2;
    vi.stubGlobal('sampleRate', context.sampleRate);
    this.processor = new Registered({ processorOptions });
    context.nodes.push(this);
  }

  disconnect(): void {}
}

class FakeContext extends EventTarget {
  state = 'running';
  frame = 0;
  readonly nodes: FakeNode[] = [];
  readonly audioWorklet = { addModule: async (_address: string) => {} };

  constructor(
    readonly sampleRate: number,
    readonly length?: number,
  ) {
    super();
    if (length === undefined) delete (this as { length?: number }).length;
  }

  /** Renders one quantum. @returns whether the first node's processor wants to go on */
  quantum(channels: Float32Array[]): boolean {
    vi.stubGlobal('currentFrame', this.frame);
    this.frame += QUANTUM;
    return this.nodes.map(({ processor }) => processor.process([channels]))[0];
  }

  /** Renders whole signals, the last quantum filled up with zeros. */
  play(channels: Float32Array[]): void {
    for (let from = 0; from < channels[0].length; from += QUANTUM) {
      this.quantum(
        channels.map((samples) => {
          const part = new Float32Array(QUANTUM);
          part.set(samples.subarray(from, from + QUANTUM));
          return part;
        }),
      );
    }
  }
}

const create = (context: FakeContext, options: MelProcessorOptions = {}) =>
  MelProcessor.create(context as unknown as BaseAudioContext, { script: ADDRESS, ...options });

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

const framesOf = (blocks: readonly FrameBlock[]) => Matrix.concatenate(blocks.map(({ frames }) => frames));
const signal = (n: number, seed = 1) => Float32Array.from(noise(n, seed), (x) => 0.5 * x);
const expectedOf = (y: Float32Array, sampleRate: number, options = {}) =>
  logMelSpectrogram(resample(y, { origSr: sampleRate, targetSr: 22050 }), { sr: 22050, ...options });
const meanOf = (channels: Float32Array[]) =>
  channels[0].map((_, i) => channels.reduce((sum, samples) => sum + samples[i], 0) / channels.length);

/** Until messages that are on their way have arrived. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeAll(async () => {
  await loadKernels();
  vi.stubGlobal('registerProcessor', (_: string, type: ProcessorType) => {
    registered++;
    Registered = type;
  });
  vi.stubGlobal(
    'AudioWorkletProcessor',
    class {
      readonly port = nextPort;
    },
  );
  await import('../../src/runtime/melprocessor-worklet.ts');
});

beforeEach(() => {
  vi.stubGlobal('AudioWorkletNode', FakeNode);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { baseURI: 'https://example.org/app/' }));
});

afterEach(() => {
  for (const port of opened.splice(0)) port.close();
});

afterAll(() => vi.unstubAllGlobals());

describe('MelEngine', () => {
  it('gives the bits of the whole signal, however it is cut', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 12 });
    const rates = fc.constantFrom(22050, 44100, 48000, 8000);
    fc.assert(
      fc.property(
        cuts,
        rates,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        (sizes, sampleRate, c, block) => {
          const n = sizes.reduce((sum, size) => sum + size, 0);
          fc.pre(n > 0);
          const channels = Array.from({ length: c }, (_, i) => signal(n, i + 1));
          const parts: Float32Array[] = [];
          const engine = new MelEngine({ sampleRate, mel: { sr: 22050 }, blockLength: block }, (data, rows) => {
            expect(data.length).toBe(rows * 200);
            expect(rows).toBeLessThanOrEqual(block);
            parts.push(data);
          });
          let from = 0;
          for (const size of sizes) {
            engine.push(
              channels.map((samples) => samples.subarray(from, from + size)),
              size,
            );
            from += size;
          }
          engine.end();
          engine.dispose();
          const made = parts.flatMap((data) => [...data]);
          expect(Float32Array.from(made)).toEqual(expectedOf(meanOf(channels), sampleRate).data);
        },
      ),
      { seed: 1, numRuns: 40 },
    );
  });

  it('gives nothing for no samples', () => {
    const engine = new MelEngine({ sampleRate: 44100, mel: { sr: 22050 }, blockLength: 4 }, () => expect.unreachable());
    engine.end();
    engine.dispose();
  });
});

describe('MelProcessor', () => {
  it('registers one processor', () => expect(registered).toBe(1));

  it.each([
    [44100, 1],
    [44100, 2],
    [48000, 2],
    [22050, 1],
  ])('gives the frames of an offline context at %i Hz, channels: %i', async (sampleRate, count) => {
    const n = sampleRate + 77;
    const channels = Array.from({ length: count }, (_, c) => signal(n, c + 1));
    const context = new FakeContext(sampleRate, n);
    const mel = await create(context);
    const blocks = collect(mel);
    context.play(channels);
    const got = await blocks;
    const frames = framesOf(got);
    const expected = expectedOf(meanOf(channels), sampleRate);
    expect(frames.data).toEqual(expected.data);
    expect(frames.frontEnd).toEqual(expected.frontEnd);
    expect(got.map(({ index }) => index)).toEqual(got.map((_, i) => 4 * i));
    expect(got[2].time).toBeCloseTo((8 * 512) / 22050, 12);
    expect(context.quantum([new Float32Array(QUANTUM)])).toBe(false);
    await mel.close();
  });

  it('goes on while channels change, and takes a missing input for silence', async () => {
    const [left, right] = [signal(QUANTUM * 300), signal(QUANTUM * 300, 2)];
    const context = new FakeContext(44100);
    const mel = await create(context, { blockLength: 1 });
    const blocks = collect(mel);
    const y = new Float32Array(left.length);
    for (let q = 0; q < 300; q++) {
      const [a, b] = [left, right].map((samples) => samples.slice(q * QUANTUM, (q + 1) * QUANTUM));
      const channels = [[a], [a, b], [], [a, b, a, b, a, b]][q % 4];
      if (channels.length > 0) y.set(meanOf(channels), q * QUANTUM);
      expect(context.quantum(channels)).toBe(true);
    }
    await mel.close();
    expect(framesOf(await blocks).data).toEqual(expectedOf(y, 44100).data);
  });

  it('counts time from the quantum in which it began', async () => {
    const context = new FakeContext(48000);
    context.frame = 48000;
    const mel = await create(context);
    const blocks = collect(mel);
    context.play([signal(9600)]);
    await mel.close();
    expect((await blocks)[0]).toMatchObject({ index: 0, time: 1 });
  });

  it('takes samples that are no numbers for silence and counts them', async () => {
    const y = signal(4096);
    const spoilt = y.slice();
    for (const [i, value] of [
      [5, Number.NaN],
      [700, Number.POSITIVE_INFINITY],
      [701, -1e11],
    ]) {
      y[i] = 0;
      spoilt[i] = value;
    }
    const context = new FakeContext(22050, y.length);
    const mel = await create(context);
    const blocks = collect(mel);
    context.play([spoilt]);
    expect(framesOf(await blocks).data).toEqual(expectedOf(y, 22050).data);
    expect(mel.repaired).toBe(3);
  });

  it('drops frames where the page sleeps, and says so', async () => {
    const context = new FakeContext(22050);
    const mel = await create(context, { blockLength: 64, frontEnd: { hopLength: 1024 } });
    const blocks = collect(mel);
    // A minute while no message is taken.
    context.play([signal(22050 * 60)]);
    await settle();
    context.play([signal(22050 * 4)]);
    await mel.close();
    const got = await blocks;
    expect(mel.dropped).toBe(640);
    const gap = got.findIndex(({ index }, i) => i > 0 && index !== got[i - 1].index + got[i - 1].frames.rows);
    expect(got[gap].index - got[gap - 1].index - 64).toBe(640);
    expect(got[gap - 1].index + 64).toBeLessThanOrEqual(Math.ceil((30 * 22050) / 1024));
  });

  it('lets several loops and listeners read, and each leave', async () => {
    const context = new FakeContext(22050);
    const mel = await create(context, { blockLength: 1 });
    const heard: number[] = [];
    const leave = mel.onFrames(({ index }) => heard.push(index));
    const all = collect(mel);
    const first = (async () => {
      for await (const { index } of mel) return index;
    })();
    context.play([signal(4096)]);
    expect(await first).toBe(0);
    leave();
    context.play([signal(4096)]);
    await mel.close();
    expect((await all).length).toBeGreaterThan(heard.length);
    expect(heard).toEqual(heard.map((_, i) => i));
    expect(await collect(mel)).toEqual([]);
    await mel.close();
  });

  it('ends its loops when the context closes', async () => {
    const context = new FakeContext(44100);
    const mel = await create(context);
    const blocks = collect(mel);
    context.state = 'closed';
    context.dispatchEvent(new Event('statechange'));
    expect(await blocks).toEqual([]);
    await mel.close();
  });

  it('does not wait for ever for a context that does not answer', async () => {
    const context = new FakeContext(44100);
    const mel = await create(context);
    context.nodes[0].processor.port.close();
    await mel.close();
  });

  it('gives an error to its loops when the AudioWorklet fails', async () => {
    const context = new FakeContext(44100);
    const mel = await create(context);
    const loop = collect(mel);
    context.nodes[0].onprocessorerror?.();
    await expect(loop).rejects.toThrow(AudioWorkletError);
    await expect(collect(mel)).rejects.toThrow('make a new one');
    await mel.close();
  });

  it('never throws into the audio graph', async () => {
    const context = new FakeContext(44100);
    const mel = await create(context);
    const loop = collect(mel);
    const broken = [
      new Proxy(new Float32Array(QUANTUM), {
        get: (target, key) => (key === 'length' ? QUANTUM : target.at(-999)!.toFixed()),
      }),
    ];
    expect(context.quantum(broken)).toBe(false);
    await expect(loop).rejects.toThrow(/MelProcessor: in the AudioWorklet: .*TypeError/);
  });
});

describe('MelProcessor.tags', () => {
  let space: Wsabie;
  beforeAll(async () => {
    const tracks = [0.001, 0.02, 0.4].flatMap((size, i) =>
      [1, 2].map((seed) => ({
        X: logMelSpectrogram(
          signal(22050, seed).map((x) => size * x),
          { sr: 22050 },
        ),
        labels: [['low', 'mid', 'high'][i]],
      })),
    );
    const params = { nBatches: 10, nComponents: 4, validationFraction: 0, randomState: 1 };
    space = await new Wsabie(params).fit({ name: 'loudness', tracks });
  });

  it.each([1, 4, 50])('are those of tagTrack over the last seconds, in blocks of %i frames', async (blockLength) => {
    const y = signal(22050 * 5).map((x, i) => x * [0.5, 0.001][Math.floor(i / 40000) % 2]);
    const context = new FakeContext(22050, y.length);
    const mel = await create(context, { blockLength, space });
    const readings = collect(mel.tags(space, { set: 'loudness', window: 1, interval: 0.4, k: 2 }));
    context.play([y]);
    const frames = expectedOf(y, 22050);
    const got = await readings;
    expect(got.length).toBe(Math.floor(frames.rows / 17));
    got.forEach(({ tags, time, nFrames }, i) => {
      const end = 17 * (i + 1);
      const heard = frames.slice(Math.max(0, end - 43), end);
      expect(nFrames).toBe(heard.rows);
      expect(tags).toEqual(space.tagTrack(heard, { k: 2 }));
      expect(time).toBeCloseTo(((end - 1) * 512 + 1024) / 22050, 9);
    });
    expect(new Set(got.map(({ tags }) => tags[0].label)).size).toBeGreaterThan(1);
  });

  it('refuse what cannot be tagged, before any sound', async () => {
    const mel = await create(new FakeContext(44100));
    const other = await create(new FakeContext(44100), { frontEnd: { nMels: 40 } });
    expect(() => other.tags(space)).toThrow(FrontEndError);
    expect(() => other.tags(space)).toThrow('takes the space');
    expect(() => mel.tags(new Wsabie())).toThrow(NotFittedError);
    expect(() => mel.tags(space, { set: 'genres' })).toThrow(/set must be one of "loudness"/);
    expect(() => mel.tags({} as Wsabie)).toThrow(ParameterError);
    for (const [name, value] of [
      ['window', 0],
      ['interval', 601],
      ['k', 0],
    ] as const) {
      expect(() => mel.tags(space, { [name]: value })).toThrow(expect.objectContaining({ parameter: name }));
    }
    expect(() => mel.tags(space, { seconds: 1 } as object)).toThrow('unknown option "seconds"');
    await Promise.all([mel.close(), other.close()]);
  });
});

describe('MelProcessor.create', () => {
  it('says that AudioWorklet needs a secure page', async () => {
    vi.stubGlobal('isSecureContext', false);
    const { audioWorklet, ...insecure } = new FakeContext(44100);
    await expect(create(insecure as FakeContext)).rejects.toThrow(/not secure; serve it by https or from localhost/);
    vi.stubGlobal('isSecureContext', true);
    await expect(create(insecure as FakeContext)).rejects.toThrow(/this browser has no AudioWorklet/);
    await expect(create(null as unknown as FakeContext)).rejects.toThrow(ParameterError);
  });

  it('refuses a closed context, also one that is closed meanwhile', async () => {
    const context = new FakeContext(44100);
    context.audioWorklet.addModule = async () => {
      context.state = 'closed';
    };
    await expect(create(context)).rejects.toThrow(/the context is closed; make a new one/);
    await expect(create(context)).rejects.toThrow(AudioWorkletError);
  });

  it.each([
    [async () => new Response('', { status: 404 }), /melprocessor-worklet\.js cannot be loaded: HTTP status 404/],
    [async () => Response.json({}), /served as application\/json, not as text\/javascript/],
    [async () => Promise.reject(new TypeError('blocked')), /cannot be reached, or the page's Content-Security-Policy/],
    [
      async () => new Response('', { headers: { 'content-type': 'text/javascript' } }),
      /blocked by the page's Content-Security-Policy \(script-src\)/,
    ],
  ])('names the script that cannot be loaded, and why', async (fetched, message) => {
    vi.stubGlobal('fetch', fetched);
    const context = new FakeContext(44100);
    context.audioWorklet.addModule = () => Promise.reject(new DOMException('', 'AbortError'));
    await expect(create(context)).rejects.toThrow(message);
    await expect(create(context, { script: './here.js' })).rejects.toThrow('https://example.org/app/here.js');
  });

  it('says that a policy was in the way where the browser tells', async () => {
    const context = new FakeContext(44100);
    context.audioWorklet.addModule = async (blockedURI) => {
      const event = Object.assign(new Event('securitypolicyviolation'), {
        blockedURI,
        effectiveDirective: 'script-src-elem',
      });
      document.dispatchEvent(event);
      throw new DOMException('', 'AbortError');
    };
    await expect(create(context)).rejects.toThrow(
      /Content-Security-Policy blocks it \(script-src-elem\); allow https:\/\/example\.org there/,
    );
  });

  it('hands on what the AudioWorklet refuses, as it was', async () => {
    for (const [name, Type] of [
      ['KernelsError', KernelsError],
      ['MemoryError', MemoryError],
      ['ParameterError', ParameterError],
      ['RangeError', AudioWorkletError],
    ] as const) {
      const failed: FromWorklet = { type: 'failed', name, message: 'not ours', parameter: '' };
      vi.stubGlobal(
        'AudioWorkletNode',
        class {
          readonly port = { onmessage: (_: object) => {}, close() {} };
          constructor() {
            setTimeout(() => this.port.onmessage({ data: failed }));
          }
        },
      );
      const refused = create(new FakeContext(44100));
      await expect(refused).rejects.toThrow(Type);
      await expect(refused).rejects.toThrow('MelProcessor.create: in the AudioWorklet: not ours');
    }
  });

  it('checks its options', async () => {
    const context = new FakeContext(44100);
    const refusals: [MelProcessorOptions, string][] = [
      [{ blockLength: 0 }, 'blockLength'],
      [{ frontEnd: { sr: 22050.5 } }, 'sr'],
      [{ frontEnd: { nMels: 0 } }, 'nMels'],
      [{ frontEnd: { onWarning: 1 as never } }, 'onWarning'],
      [{ frontEnd: null as never }, 'frontEnd'],
      [{ space: {} as Wsabie }, 'space'],
      [{ blockLenght: 2 } as object, 'blockLenght'],
    ];
    for (const [options, parameter] of refusals) {
      await expect(create(context, options)).rejects.toMatchObject({ name: 'ParameterError', parameter });
    }
    await expect(create(new FakeContext(44100.5))).rejects.toMatchObject({ parameter: 'context.sampleRate' });
  });

  it('follows the front end of a space, and refuses one of other features', async () => {
    const learn = (X: Matrix) =>
      new Wsabie({ nBatches: 1, nComponents: 2, validationFraction: 0 }).fit({
        name: 'two',
        tracks: ['a', 'b'].map((label) => ({ X, labels: [label] })),
      });
    const frames = logMelSpectrogram(signal(9000), { sr: 16000, nMels: 64, norm: null });
    const space = await learn(frames);
    const context = new FakeContext(44100);
    const mel = await create(context, { space });
    expect(mel.frontEnd).toEqual(frames.frontEnd);
    await expect(create(context, { space, frontEnd: { nMels: 40 } })).rejects.toThrow(FrontEndError);
    await expect(create(context, { space: await learn(aggregate(frames)) })).rejects.toThrow(/stage = "windows"/);
    const older = await learn(frames.withFrontEnd({ ...frames.frontEnd, version: 0 }));
    await expect(create(context, { space: older })).rejects.toThrow(/version = 0/);
    const made = await learn(melSpectrogram(signal(9000), { sr: 22050 }));
    await expect(create(context, { space: made })).rejects.toThrow(FrontEndError);
    await mel.close();
  });

  it('tells of empty filters once', async () => {
    const warnings: string[] = [];
    const mel = await create(new FakeContext(44100), {
      frontEnd: { htk: true, onWarning: (text) => warnings.push(text) },
    });
    expect(warnings).toEqual([expect.stringContaining('Empty filters')]);
    await mel.close();
  });
});

describe('build/runtime/melprocessor-worklet.js', () => {
  const script = readFileSync('build/runtime/melprocessor-worklet.js', 'utf8');

  it('is one small file without imports', () => {
    expect(script).not.toMatch(/\bimport\b|\brequire\b/);
    expect(script.length).toBeLessThan(27_000);
  });

  it('needs nothing but what every AudioWorkletGlobalScope has', () => {
    const posted: FromWorklet[] = [];
    let Type: ProcessorType | undefined;
    // A bare context has the language and WebAssembly: no TextDecoder, timers or fetch.
    const scope = createContext({
      sampleRate: 44100,
      currentFrame: 0,
      registerProcessor: (_: string, type: ProcessorType) => {
        Type = type;
      },
      AudioWorkletProcessor: class {
        readonly port = { postMessage: (message: FromWorklet) => posted.push(message) };
      },
    });
    runInContext(script, scope);
    const bytes = new Uint8Array(readFileSync('build/tunespace.wasm'));
    const module = new WebAssembly.Module(bytes);
    const y = signal(QUANTUM * 40);
    const setup = { module, mel: { sr: 22050 }, blockLength: 4, limit: 1000, length: y.length };
    const processor = new (Type as ProcessorType)({ processorOptions: setup });
    for (let from = 0; from < y.length; from += QUANTUM) {
      scope.currentFrame = from;
      expect(processor.process([[y.subarray(from, from + QUANTUM)]])).toBe(from + QUANTUM < y.length);
    }
    expect(posted.map(({ type }) => type)).toEqual(['ready', 'frames', 'ended']);
    const { frames } = posted[1] as { frames: PostedFrames };
    expect(Float32Array.from(frames.data)).toEqual(expectedOf(y, 44100).data);
  });
});
