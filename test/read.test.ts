import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitError, ParameterError, readBytes, TimeoutError } from '../src/index.ts';
import type { BytesSource } from '../src/read.ts';

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + 7) % 256);

/** `bytes` cut at the given sizes; each chunk is spoilt once the next one is asked for: nobody may keep it. */
async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const chunk = bytes.slice(at, at + sizes[i % sizes.length]);
    at += sizes[i % sizes.length];
    yield chunk;
    chunk.fill(0xee);
  }
}

const streamOf = (chunks: AsyncIterator<Uint8Array>, onCancel: () => void = () => {}) =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: onCancel,
    },
    // One chunk at a time, none in advance.
    { highWaterMark: 0 },
  );

const request = (body: BodyInit | null, headers?: Record<string, string>) =>
  new Request('https://example.org/tag?k=3', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

/** The error that reading ends with. */
async function failure(source: unknown, options?: Parameters<typeof readBytes>[1]): Promise<Error> {
  return readBytes(source as BytesSource, options).then(
    () => expect.unreachable('it was read'),
    (error) => error,
  );
}

/** A stream that gives `first` and then nothing, for ever. */
function stalling(first = 3) {
  const seen = { cancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytesOf(first)),
    cancel: () => {
      seen.cancelled = true;
    },
  });
  return { stream, seen };
}

describe('readBytes', () => {
  it('gives all bytes, alone in their buffer, however they are cut and whatever brings them', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1000 }), sizes, async (bytes, parts) => {
        const sources: BytesSource[] = [
          cut(bytes, parts),
          streamOf(cut(bytes, parts)),
          new Blob([bytes]),
          // Node's Response reads ahead.
          new Response(new Blob([bytes])),
          request(bytes),
        ];
        for (const source of sources) {
          const read = await readBytes(source, { maxBytes: Math.max(1, bytes.length) });
          expect(read).toEqual(bytes);
          expect(read.buffer.byteLength).toBe(bytes.length);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('gives none where there is no body', async () => {
    expect(await readBytes(new Request('https://example.org'))).toEqual(new Uint8Array(0));
    expect(await readBytes(new Response(null, { status: 204 }))).toEqual(new Uint8Array(0));
  });

  it('stops one byte beyond the limit and not before, and cancels the source', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 99 }), async (maxBytes, size) => {
        expect((await readBytes(cut(bytesOf(maxBytes), [size]), { maxBytes })).length).toBe(maxBytes);
        const error = await failure(cut(bytesOf(maxBytes + 1), [size]), { maxBytes });
        expect(error).toBeInstanceOf(LimitError);
        expect(error).toMatchObject({ name: 'LimitError', limit: maxBytes });
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('leaves a stream without end where it stands', async () => {
    let given = 0;
    let cancelled = false;
    async function* endless() {
      for (;;) {
        given += 1000;
        yield bytesOf(1000);
      }
    }
    const stream = streamOf(endless(), () => {
      cancelled = true;
    });
    const { message } = await failure(stream, { maxBytes: 10_000, name: 'upload' });
    expect(message).toBe(
      'readBytes: upload goes on beyond its limit, at most 10000 are allowed; send a shorter part of it',
    );
    expect(cancelled).toBe(true);
    expect(given).toBeLessThanOrEqual(12_000);
  });

  it('closes a generator that it leaves', async () => {
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield bytesOf(10);
      } finally {
        closed = true;
      }
    }
    await failure(endless(), { maxBytes: 25 });
    expect(closed).toBe(true);
  });

  it('refuses what says that it is too large before it reads any', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: () => {
          pulled++;
        },
      },
      { highWaterMark: 0 },
    );
    const error = await failure(request(body, { 'content-length': '70000000' }));
    expect(error).toBeInstanceOf(LimitError);
    expect(error.message).toBe(
      'readBytes: https://example.org/tag?k=3 is 70000000 bytes long, at most 67108864 are allowed; send a shorter part of it',
    );
    expect(pulled).toBe(0);
    expect(await failure(new Blob([bytesOf(5)]), { maxBytes: 4 })).toBeInstanceOf(LimitError);
  });

  it('does not believe a Content-Length that is too small, or none', async () => {
    for (const length of ['1', '-5', 'many', '']) {
      const lying = () => request(new Uint8Array(50), { 'content-length': length });
      expect(await failure(lying(), { maxBytes: 20 })).toBeInstanceOf(LimitError);
      expect((await readBytes(lying(), { maxBytes: 50 })).length).toBe(50);
    }
  });

  it('waits for a source that stalls no longer than it may, and cancels it', async () => {
    const { stream, seen } = stalling();
    const error = await failure(new Response(stream), { timeout: 30, name: 'upload' });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ name: 'TimeoutError', timeout: 30 });
    expect(error.message).toBe('readBytes: upload is too slow: 3 bytes had come after 30 ms; send it faster, or less');
    expect(seen.cancelled).toBe(true);
  });

  it('ends a source that trickles, and a generator that never goes on', async () => {
    async function* trickle() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield bytesOf(1);
      }
    }
    expect(await failure(trickle(), { timeout: 40 })).toBeInstanceOf(TimeoutError);
    async function* never(): AsyncGenerator<Uint8Array> {
      await new Promise(() => {});
    }
    expect(await failure(never(), { timeout: 20 })).toBeInstanceOf(TimeoutError);
  });

  it('ends with the reason of its signal, before and on the way', async () => {
    const before = stalling();
    const reason = new Error('the visitor has left');
    expect(await failure(before.stream, { signal: AbortSignal.abort(reason) })).toBe(reason);
    expect(before.seen.cancelled).toBe(true);
    const { stream, seen } = stalling();
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 10);
    expect(await failure(stream, { signal: controller.signal, timeout: 10_000 })).toBe(reason);
    expect(seen.cancelled).toBe(true);
  });

  it('passes errors of the source through', async () => {
    const broken = new Error('connection lost');
    async function* breaking() {
      yield bytesOf(3);
      throw broken;
    }
    expect(await failure(breaking())).toBe(broken);
    expect(await failure(streamOf(breaking()))).toBe(broken);
  });

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a URL', new URL('https://example.org')],
    ['bytes', bytesOf(4)],
    ['a string', 'https://example.org'],
  ])('refuses %s', async (_, source) => {
    const error = await failure(source);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toMatch(/source must be a Request, a Response, a Blob/);
  });

  it('refuses a body that was read before, or is being read', async () => {
    const used = request(bytesOf(4));
    await used.arrayBuffer();
    expect((await failure(used)).message).toMatch(/was read before; read it once, or a clone\(\) of it/);
    const locked = stalling().stream;
    locked.getReader();
    for (const source of [locked, new Response(stalling().stream.pipeThrough(new TransformStream()))]) {
      if (source instanceof Response) source.body?.getReader();
      const error = await failure(source);
      expect(error).toBeInstanceOf(ParameterError);
      expect(error.message).toMatch(/is being read by another reader/);
    }
  });

  it('refuses an answer that is an error', async () => {
    const error = await failure(new Response('<h1>Not found</h1>', { status: 404 }), { name: 'space.safetensors' });
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toBe('readBytes: space.safetensors is an answer with HTTP status 404; check its address');
  });

  it('refuses chunks of text, and chunks that were transferred', async () => {
    async function* text() {
      yield 'RIFF';
    }
    expect((await failure(text())).message).toMatch(/must give Uint8Array chunks, got "RIFF"/);
    async function* gone() {
      const chunk = bytesOf(4);
      structuredClone(chunk, { transfer: [chunk.buffer] });
      yield chunk;
    }
    expect((await failure(gone())).message).toMatch(/a chunk was transferred/);
  });

  it.each([
    [{ maxBytes: 0 }, 'maxBytes'],
    [{ maxBytes: 1.5 }, 'maxBytes'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: 2 ** 31 }, 'timeout'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ signal: {} }, 'signal'],
    [{ maxbytes: 5 }, 'maxbytes'],
  ])('refuses the options %j', async (options, parameter) => {
    const error = await failure(new Blob([]), options as never);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error).toMatchObject({ parameter });
  });

  it('leaves no timer and no listener behind', async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: never) => {
      listeners.add(listener);
      add(type, listener);
    };
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = (type: string, listener: never) => {
      listeners.delete(listener);
      remove(type, listener);
    };
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await readBytes(new Blob([bytesOf(9)]), { signal, timeout: 100_000 });
    await failure(new Blob([bytesOf(9)]), { signal, timeout: 100_000, maxBytes: 1 });
    expect(listeners.size).toBe(0);
    expect(timers()).toBe(before);
  });
});
