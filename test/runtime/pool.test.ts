import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DecodeError, KernelsError, ParameterError, WorkerError } from '../../src/errors.ts';
import { type ExtractOptions, extract } from '../../src/extract.ts';
import type { Matrix } from '../../src/matrix.ts';
import { logMelFrontEnd } from '../../src/mel.ts';
import { createPool, loadKernels, type Pool, type PoolOptions, type PoolResult } from '../../src/runtime/node.ts';
import { nodeLine } from '../../src/runtime/pool/line.ts';
import { makeCreatePool } from '../../src/runtime/pool.ts';
import { stratifiedKFold } from '../../src/split.ts';
import { crossValidate } from '../../src/validate.ts';
import { Wsabie } from '../../src/wsabie.ts';
import { tone, wav } from '../cli/sounds.ts';
import { seededMatrix } from '../reference/samples.ts';

vi.setConfig({ testTimeout: 60_000 });

const frontEnd = { sr: 8000, nFft: 256, hopLength: 128, nMels: 16 } as const;
const sounds = Array.from(
  { length: 6 },
  (_, i) => new Uint8Array(wav(tone(100 + 50 * i, i, 0.2 + 0.4 * i, 8000), { sr: 8000 })),
);
const text = new TextEncoder().encode('words, and no audio at all');
let space: Wsabie;

beforeAll(async () => {
  await loadKernels();
  const X = seededMatrix(3, 40, 16).withFrontEnd(logMelFrontEnd(frontEnd));
  const tracks = ['a', 'b', 'a', 'b'].map((label, i) => ({ X: X.slice(10 * i, 10 * i + 10), labels: [label] }));
  space = await new Wsabie({ nComponents: 4, batchSize: 8, nBatches: 20 }).fit({ name: 'set', tracks });
});

const pools: Pool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.dispose()));
});
const poolOf = (options: PoolOptions) => {
  const pool = createPool(options);
  pools.push(pool);
  return pool;
};

/** Workers of a script that a test writes: the real one, and then more. */
const scripted = (code: string): PoolOptions => {
  const real = JSON.stringify(new URL('../../build/runtime/worker-node.js', import.meta.url).href);
  const script = new URL(`data:text/javascript,${encodeURIComponent(`await import(${real}); ${code}`)}`);
  return { worker: () => new Worker(script, { execArgv: [] }) };
};

/** Runs code in a worker, outside of the task, when it gets the task of this name. */
const whenNamed = (name: string, code: string) =>
  scripted(
    "const { parentPort } = await import('node:worker_threads');" +
      `parentPort.on('message', ({ payload }) => { if (payload?.name === '${name}') { ${code} } })`,
  );

async function all(results: AsyncIterable<PoolResult>): Promise<PoolResult[]> {
  const list: PoolResult[] = [];
  for await (const result of results) list.push(result);
  return list;
}

/** A file's bytes as a stream that keeps count of what was opened, read and closed. */
class Source {
  opened = 0;
  closed = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async *[Symbol.asyncIterator]() {
    this.opened++;
    try {
      for (let at = 0; at < this.#bytes.length; at += 1000) yield this.#bytes.subarray(at, at + 1000);
    } finally {
      this.closed++;
    }
  }
}

/** Sound without an end. */
async function* endless() {
  yield sounds[0];
  for (;;) {
    await delay(1);
    yield new Uint8Array(100_000);
  }
}

describe('pool.extract', () => {
  it('gives what extract gives, in the order of the inputs, whatever the size and the kind of source', async () => {
    const expected = new Map<string, Matrix[]>();
    const optionsOf = (stage: string): Omit<ExtractOptions, 'onProgress'> =>
      stage === 'embedded' ? { space } : { stage: stage as 'frames', frontEnd };
    for (const stage of ['frames', 'windows', 'embedded']) {
      expected.set(stage, await Promise.all(sounds.map((sound) => extract(sound, optionsOf(stage)))));
    }
    const { y, sr } = { y: tone(300, 9, 1, 8000), sr: 8000 };
    const ofPcm = await extract({ y, sr }, optionsOf('windows'));
    const bySize = [0, 1, 2, 3].map((size) => poolOf({ size }));
    const forms = [
      (i: number) => sounds[i].slice(),
      (i: number) => new Blob([sounds[i].slice()]),
      (i: number) => new Source(sounds[i]),
      (i: number) => new Response(sounds[i].slice()).body as ReadableStream<Uint8Array>,
      (i: number) => sounds[i].slice().buffer,
    ];
    const cases = fc.asyncProperty(
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.tuple(fc.nat(sounds.length - 1), fc.nat(forms.length - 1)), { maxLength: 9 }),
      fc.constantFrom('frames', 'windows', 'embedded'),
      async (size, inputs, stage) => {
        const given = inputs.map(([i, form]) => ({ name: `sound ${i}`, source: () => forms[form](i) }));
        const results = await all(bySize[size].extract(given, optionsOf(stage)));
        const values = expected.get(stage) as Matrix[];
        expect(results).toEqual(inputs.map(([i], index) => ({ name: `sound ${i}`, index, value: values[i] })));
      },
    );
    await fc.assert(cases, { numRuns: 30, seed: 1 });
    for (const pool of bySize) {
      expect(await pool.extractOne({ y: y.slice(), sr }, optionsOf('windows'))).toEqual(ofPcm);
    }
  });

  it.each([0, 2])('gives a bad input its error in its place, and the rest goes on (size %d)', async (size) => {
    const torn = async function* () {
      yield sounds[1].slice(0, 3000);
      throw new RangeError('the line is dead');
    };
    const missing = () => Promise.reject(new Error('no such file'));
    const inputs = [
      sounds[0].slice(),
      { name: 'notes.txt', source: text.slice() },
      { source: torn() },
      { name: 'gone.wav', source: missing },
      { source: 'song.mp3' as never },
      { source: { y: Float32Array.of(Number.NaN), sr: 8000 } },
      new File([sounds[1].slice()], 'last.wav'),
    ];
    const onProgress = vi.fn();
    const results = await all(poolOf({ size }).extract(inputs, { frontEnd, onProgress }));
    expect(results.map(({ name, index }) => [name, index])).toEqual([
      ['input 0', 0],
      ['notes.txt', 1],
      ['input 2', 2],
      ['gone.wav', 3],
      ['input 4', 4],
      ['input 5', 5],
      ['last.wav', 6],
    ]);
    const [first, notes, line, gone, path, nan, last] = results;
    expect([first.value?.rows, last.value?.rows].every((rows) => Number(rows) > 0)).toBe(true);
    expect(notes.error).toBeInstanceOf(DecodeError);
    expect(notes.error).toMatchObject({ file: 'notes.txt', message: expect.stringContaining('notes.txt') });
    expect(line.error).toBeInstanceOf(RangeError);
    expect(gone.error?.message).toBe('no such file');
    for (const { error } of [path, nan]) expect(error).toBeInstanceOf(ParameterError);
    expect(onProgress.mock.calls.at(-1)).toEqual([{ done: 7, total: 7, name: 'last.wav' }]);
  });

  it('tells of damage with the name of the input, and of the front end once', async () => {
    const said: string[][] = [];
    const onFrontEnd = vi.fn();
    const options = {
      frontEnd: { ...frontEnd, nMels: 200, onWarning: onFrontEnd },
      onWarning: (...words: string[]) => void said.push(words),
    };
    const [{ value }] = await all(
      poolOf({ size: 1 }).extract([{ name: 'cut.wav', source: sounds[2].slice(0, -500) }], options),
    );
    expect(value?.rows).toBeGreaterThan(0);
    expect(said.map(([, name]) => name)).toEqual(['cut.wav']);
    expect(onFrontEnd).toHaveBeenCalledOnce();
  });

  it.each([1, 2, 3])(
    'begins no more than two inputs a worker before their results are taken (size %d)',
    async (size) => {
      const sources = Array.from({ length: 20 }, () => new Source(sounds[0]));
      let asked = 0;
      function* inputs() {
        for (const source of sources) {
          asked++;
          yield source;
        }
      }
      const results = poolOf({ size }).extract(inputs(), { frontEnd });
      expect(asked).toBe(0);
      for (let taken = 1; taken <= 20; taken++) {
        await results.next();
        expect(asked).toBeLessThanOrEqual(Math.min(20, taken - 1 + 2 * size));
        if (taken === 3) {
          await delay(50);
          expect(asked).toBeLessThanOrEqual(2 + 2 * size);
          expect(sources.filter(({ opened }) => opened > 0).length).toBeLessThanOrEqual(2 + 2 * size);
        }
      }
      expect((await results.next()).done).toBe(true);
      expect(sources.every(({ opened, closed }) => opened === 1 && closed === 1)).toBe(true);
    },
  );

  it('reads a source block by block, as the worker asks', async () => {
    let read = 0;
    const source = (async function* () {
      yield sounds[0].slice(0, 44);
      for (;;) {
        read++;
        yield new Uint8Array(65_536);
      }
    })();
    const pool = poolOf({ size: 1 });
    const head = new DataView(sounds[0].slice().buffer);
    expect(head.getUint32(40, true)).toBeGreaterThan(0);
    // The header announces little, and what lies behind it is read to the end; so it is stopped by its seconds.
    await all(pool.extract([{ source }], { frontEnd, seconds: 0.1 }));
    expect(read).toBeLessThan(6);
  });

  it('does as many workers at once as there are', async () => {
    const pool = poolOf({ size: 8 });
    const warned = vi.spyOn(process, 'emitWarning');
    const results = await all(
      pool.extract(
        Array.from({ length: 24 }, (_, i) => sounds[i % 6].slice()),
        { frontEnd },
      ),
    );
    expect(results.every(({ value }) => value)).toBe(true);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it.each<[string, () => unknown, string, string]>([
    ['no list', () => poolOf({ size: 1 }).extract(sounds[0] as never), 'inputs', 'pool.extractOne'],
    ['nothing', () => poolOf({ size: 1 }).extract(null as never), 'inputs', 'array'],
    [
      'a misspelt option',
      () => poolOf({ size: 1 }).extract([], { Stage: 1 } as never),
      'Stage',
      'did you mean "stage"',
    ],
    [
      'a callback that is none',
      () => poolOf({ size: 1 }).extract([], { onProgress: 1 } as never),
      'onProgress',
      'a function',
    ],
    ['half a worker', () => createPool({ size: 0.5 }), 'size', 'integer'],
    ['too many', () => createPool({ size: 65 }), 'size', 'at most 64'],
    ['a misspelt option of the pool', () => createPool({ sise: 2 } as never), 'sise', 'did you mean "size"'],
    ['a worker that is not made', () => createPool({ worker: {} as never }), 'worker', 'function'],
    ['another signal', () => createPool({ signal: 1 as never }), 'signal', 'AbortSignal'],
  ])('refuses %s', (_, refused, parameter, words) => {
    expect(refused).toThrow(ParameterError);
    expect(refused).toThrow(words);
    expect(refused).toThrow(expect.objectContaining({ parameter }));
  });
});

describe('buffers', () => {
  it('are transferred where they are whole, and copied where they are a part', async () => {
    const pool = poolOf({ size: 1 });
    const whole = sounds[0].slice();
    const shared = new Uint8Array(sounds[0].length + 8);
    shared.set(sounds[0], 8);
    const results = await all(pool.extract([whole, shared.subarray(8)], { frontEnd }));
    expect(results[0].value).toEqual(results[1].value);
    expect([whole.length, shared.length]).toEqual([0, sounds[0].length + 8]);
  });

  it('that were transferred are refused the second time, with the remedy', async () => {
    const pool = poolOf({ size: 1 });
    const bytes = sounds[0].slice();
    const [first, second] = await all(pool.extract([bytes, bytes], { frontEnd }));
    expect(first.value?.rows).toBeGreaterThan(0);
    expect(second.error).toBeInstanceOf(ParameterError);
    expect(second.error?.message).toContain('transferred to another thread and is empty here; give a copy');
    await expect(pool.extractOne(bytes)).rejects.toThrow('transferred to another thread');
  });

  it('that cannot be given away are copied', async () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(sounds[0].subarray(0, bytes.length));
    expect((await poolOf({ size: 1 }).extractOne(bytes, { frontEnd })).rows).toBeGreaterThan(0);
    expect(bytes.length).toBe(65_536);
  });

  it('keeps the error of a Node stream that fails before a worker asks for it', async () => {
    const missing = () => createReadStream('no/such/file.mp3');
    const pool = poolOf({ size: 1 });
    await expect(pool.extractOne(missing(), { frontEnd })).rejects.toThrow(/ENOENT/);
    const results = await all(pool.extract([{ name: 'gone', source: missing }, sounds[0].slice()], { frontEnd }));
    expect(results.map(({ error, value }) => error?.message.split(':')[0] ?? value?.rows)).toEqual([
      'ENOENT',
      expect.any(Number),
    ]);
  });
});

describe('stopping', () => {
  it.each([0, 2])('ends at the signal with its reason, and goes on with other work (size %d)', async (size) => {
    const pool = poolOf({ size });
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = all(pool.extract([endless(), endless(), endless()], { frontEnd, signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 100);
    await expect(running).rejects.toBe(reason);
    expect(() => pool.extract([], { signal: AbortSignal.abort(reason) })).not.toThrow();
    await expect(all(pool.extract([], { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect((await pool.extractOne(sounds[0].slice(), { frontEnd })).rows).toBeGreaterThan(0);
  });

  it('ends the workers that are at it, and computes nothing more', async () => {
    const workers: Worker[] = [];
    const exits: Promise<unknown>[] = [];
    const pool = poolOf({
      size: 2,
      worker: () => {
        const worker = new Worker(new URL('../../build/runtime/worker-node.js', import.meta.url));
        workers.push(worker);
        exits.push(new Promise((resolve) => worker.once('exit', resolve)));
        return worker;
      },
    });
    const long = () => ({ y: new Float32Array(8000 * 3600), sr: 8000 });
    const controller = new AbortController();
    const running = all(pool.extract([long(), long()], { frontEnd, signal: controller.signal }));
    await delay(200);
    controller.abort();
    await expect(running).rejects.toThrow('aborted');
    await Promise.all(exits);
    expect(workers.map(({ threadId }) => threadId)).toEqual([-1, -1]);
    expect((await pool.extractOne(sounds[0].slice(), { frontEnd })).rows).toBeGreaterThan(0);
    expect(workers.length).toBe(3);
  });

  it('closes the sources of a loop that is left early', async () => {
    const pool = poolOf({ size: 2 });
    const sources = sounds.map((sound) => new Source(sound));
    for await (const { index } of pool.extract(sources, { frontEnd })) if (index === 1) break;
    await delay(20);
    expect(sources.reduce((sum, { opened, closed }) => sum + opened - closed, 0)).toBe(0);
  });

  it('ends everything with the signal of the pool', async () => {
    const controller = new AbortController();
    const pool = poolOf({ size: 1, signal: controller.signal });
    const reason = new Error('the window was closed');
    const running = all(pool.extract([endless()], { frontEnd }));
    setTimeout(() => controller.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
    expect(() => pool.extract([])).toThrow(reason);
    expect(() => createPool({ signal: controller.signal })).toThrow(reason);
  });

  it.each([0, 1])('refuses work after dispose, and ends what was under way (size %d)', async (size) => {
    const pool = createPool({ size });
    const running = all(pool.extract([endless()], { frontEnd }));
    running.catch(() => {});
    await delay(50);
    await pool.dispose();
    await pool.dispose();
    await expect(running).rejects.toThrow('disposed');
    for (const used of [
      async () => pool.extract([]),
      () => pool.extractOne(sounds[0].slice()),
      () => pool.crossValidate([], [], { splits: [] }),
    ]) {
      await expect(used()).rejects.toThrow(ParameterError);
      await expect(used()).rejects.toThrow('the pool was disposed of; make another with createPool()');
    }
    {
      await using other = createPool({ size });
      expect(other.size).toBe(size);
    }
  });
});

describe('a worker that fails', () => {
  it.each([
    ['ends the process', 'process.exit(3)', 'exit code 3'],
    ['throws outside of its task', "throw new Error('out of the blue')", 'out of the blue'],
    ['rejects outside of its task', "Promise.reject(new Error('unheard'))", 'unheard'],
  ])('fails its one input when it %s, and is replaced', async (_, code, words) => {
    const pool = poolOf({ size: 2, ...whenNamed('mine', code) });
    const names = ['a', 'mine', 'b', 'c', 'mine', 'd'];
    const results = await all(
      pool.extract(
        names.map((name, i) => ({ name, source: new Source(sounds[i]) })),
        { frontEnd },
      ),
    );
    expect(results.map(({ name }) => name)).toEqual(names);
    for (const { name, error, value } of results) {
      if (name !== 'mine') {
        expect(value?.rows).toBeGreaterThan(0);
        continue;
      }
      expect(error).toBeInstanceOf(WorkerError);
      expect(error).toMatchObject({ input: 'mine' });
      expect(error?.message).toContain(words);
      expect(error?.message).toMatch(/"mine" \(input \d\).*another takes its place.*Try this one alone/);
    }
  });

  it.each([
    ['is not there', { workerUrl: new URL('file:///nowhere/worker.js') }],
    ['ends at once', scripted('process.exit(0)')],
    ['is of another making', { worker: () => { throw new Error('blocked'); } }], // biome-ignore format: one row a case
  ])('ends the whole call where its script %s, and says what to do', async (_, options) => {
    const pool = poolOf({ size: 2, ...options });
    const failed = all(
      pool.extract(
        sounds.map((sound) => sound.slice()),
        { frontEnd },
      ),
    );
    await expect(failed).rejects.toThrow(WorkerError);
    await expect(failed).rejects.toThrow('no worker can be started');
    await expect(failed).rejects.toThrow('workerUrl');
    await expect(pool.extractOne(sounds[0].slice())).rejects.toThrow(WorkerError);
  });

  it('says when the kernels will not do', async () => {
    const create = makeCreatePool({
      open: () =>
        new Worker(
          "require('node:worker_threads').parentPort.on('message', () => {}).postMessage({ type: 'unusable', error: { name: 'KernelsError', message: 'no wasm here', more: {} } })",
          { eval: true },
        ),
      connect: nodeLine,
      processors: () => 1,
    });
    const pool = create();
    pools.push(pool);
    const refused = pool.extractOne(sounds[0].slice());
    await expect(refused).rejects.toThrow('no wasm here');
    await expect(refused).rejects.toMatchObject({ cause: expect.any(KernelsError) });
  });
});

describe('without workers', () => {
  it('says so by its size, and does the work', async () => {
    const pool = makeCreatePool(undefined)({ size: 4 });
    expect(pool.size).toBe(0);
    expect(await pool.extractOne(sounds[0], { frontEnd })).toEqual(await extract(sounds[0], { frontEnd }));
    expect(sounds[0].length).toBeGreaterThan(0);
    await pool.dispose();
  });

  it('has as many workers as processors by default, at most 8', () => {
    const sizeWith = (n: number | undefined) =>
      makeCreatePool({ open: () => ({}), connect: nodeLine, processors: () => n })().size;
    expect([sizeWith(3), sizeWith(64), sizeWith(undefined), sizeWith(0)]).toEqual([3, 8, 1, 1]);
  });
});

describe('pool.crossValidate', () => {
  const y = Array.from({ length: 18 }, (_, i) => ['jazz', 'pop', 'rock'][i % 3]);
  const X = y.map((label, i) => {
    const windows = seededMatrix(i, 1 + (i % 4), 6);
    for (let row = 0; row < windows.rows; row++) windows.row(row)[label.length % 3] += 1.5;
    return windows;
  });

  it('gives what crossValidate gives, whatever the size', async () => {
    const splits = stratifiedKFold(y, { nSplits: 3 });
    const expected = await crossValidate(X, y, { splits, alpha: 0.1, penalty: 'relative' });
    for (const size of [0, 1, 2, 3]) {
      const onProgress = vi.fn();
      const got = await poolOf({ size }).crossValidate(X, y, { splits, alpha: 0.1, penalty: 'relative', onProgress });
      expect(got).toEqual(expected);
      expect(onProgress.mock.calls.map(([{ done }]) => done)).toEqual([1, 2, 3]);
    }
  });

  it('passes the refusals on with their class', async () => {
    const lone = { train: Int32Array.of(0, 3), test: Int32Array.of(1) };
    const splits = [lone, lone] as never;
    const refused = poolOf({ size: 1 }).crossValidate(X, y, { splits });
    await expect(refused).rejects.toThrow(ParameterError);
    await expect(refused).rejects.toMatchObject({
      parameter: 'y',
      message: expect.stringContaining('at least two classes'),
    });
    await expect(poolOf({ size: 1 }).crossValidate(X, y, {} as never)).rejects.toThrow('splits must be');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(poolOf({ size: 1 }).crossValidate(X, y, { splits, signal })).rejects.toThrow('enough');
  });
});
