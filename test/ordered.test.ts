import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { mapOrdered } from '../src/ordered.ts';

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await delay(1);
    yield item;
  }
}

describe('mapOrdered', () => {
  it('gives results in the order of items, and never begins more than it may', async () => {
    const cases = fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (waits, limit, isSlow) => {
        let under = 0;
        let most = 0;
        const results = mapOrdered(isSlow ? slowly(waits) : waits, { limit }, async (wait, index) => {
          most = Math.max(most, ++under);
          await delay(wait);
          return index;
        });
        const seen: number[] = [];
        for await (const index of results) {
          under--;
          seen.push(index);
        }
        expect(seen).toEqual([...waits.keys()]);
        expect(most).toBeLessThanOrEqual(limit);
      },
    );
    await fc.assert(cases, { numRuns: 30, seed: 1 });
  });

  it('takes no item before there is room for it, and works while its results wait', async () => {
    const taken: number[] = [];
    function* items() {
      for (let i = 0; i < 10; i++) {
        taken.push(i);
        yield i;
      }
    }
    const results = mapOrdered(items(), { limit: 3 }, async (i) => i);
    expect(taken).toEqual([]);
    await results.next();
    expect(taken).toEqual([0, 1, 2]);
    await delay(5);
    expect(taken).toEqual([0, 1, 2]);
    await results.next();
    expect(taken).toEqual([0, 1, 2, 3]);
  });

  it('gives a result that is ready while its source keeps it waiting', async () => {
    const source = (async function* () {
      yield 'first';
      await new Promise(() => {});
    })();
    const results = mapOrdered(source, { limit: 2 }, async (item) => item);
    expect(await results.next()).toEqual({ done: false, value: 'first' });
  });

  it('throws at the turn of the item whose work failed, and closes its source', async () => {
    const closed = vi.fn();
    function* items() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed();
      }
    }
    const results = mapOrdered(items(), { limit: 4 }, async (i) => {
      if (i === 1) throw new Error('one');
      return i;
    });
    expect((await results.next()).value).toBe(0);
    await expect(results.next()).rejects.toThrow('one');
    expect(closed).toHaveBeenCalledOnce();
  });

  it.each([true, false])('gives what came before its source failed (async: %s)', async (isAsync) => {
    function* items() {
      yield 1;
      yield 2;
      throw new Error('torn');
    }
    const asyncItems = async function* () {
      yield* items();
    };
    const results = mapOrdered(isAsync ? asyncItems() : items(), { limit: 5 }, async (i) => {
      await delay(2);
      return i;
    });
    expect([(await results.next()).value, (await results.next()).value]).toEqual([1, 2]);
    await expect(results.next()).rejects.toThrow('torn');
  });

  it('ends with the reason of its signal, whatever it waits for', async () => {
    const never = () => new Promise<never>(() => {});
    const reason = new Error('enough');
    await expect(all(mapOrdered([1], { limit: 1, signal: AbortSignal.abort(reason) }, never))).rejects.toBe(reason);
    for (const [items, work] of [
      [[1, 2], never],
      [(async function* () { await never(); yield 1; })(), async (i: number) => i], // biome-ignore format: one row a case
    ] as const) {
      const controller = new AbortController();
      const ended = all(mapOrdered<number, number>(items, { limit: 1, signal: controller.signal }, work));
      setTimeout(() => controller.abort(reason), 2);
      await expect(ended).rejects.toBe(reason);
    }
  });
});
