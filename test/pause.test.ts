import { afterEach, describe, expect, it, vi } from 'vitest';
import { awake, pause, Turns } from '../src/pause.ts';

afterEach(() => vi.unstubAllGlobals());

const busy = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe('Turns', () => {
  it('lets other work run once the turn is used up, and not before', async () => {
    const turns = new Turns(undefined);
    let ran = false;
    const message = new MessageChannel();
    message.port1.onmessage = () => {
      ran = true;
    };
    message.port2.postMessage(undefined);
    expect([await turns.take(), ran]).toEqual([false, false]);
    busy(15);
    expect([await turns.take(), ran]).toEqual([true, true]);
    message.port1.close();
  });

  it('ends with the reason of its signal: at once, between steps and in a pause', async () => {
    const reason = new Error('enough');
    expect(() => new Turns(AbortSignal.abort(reason))).toThrow(reason);
    const controller = new AbortController();
    const turns = new Turns(controller.signal);
    busy(15);
    const inPause = turns.take();
    controller.abort(reason);
    await expect(inPause).rejects.toBe(reason);
    await expect(turns.take()).rejects.toBe(reason);
  });
});

/** Node's own, also where a test takes it away. */
const nodeImmediate = setImmediate;

/** How often others had a turn while there were 200 pauses. */
async function turnsOfOthers(): Promise<number> {
  let count = 0;
  let going = true;
  const take = () => {
    count += 1;
    if (going) nodeImmediate(take);
  };
  nodeImmediate(take);
  for (let i = 0; i < 200; i++) await pause();
  going = false;
  return count;
}

describe('pause', () => {
  it('lets others have their turn, timers among them', async () => {
    expect(await turnsOfOthers()).toBeGreaterThan(100);
    let fired = false;
    setTimeout(() => {
      fired = true;
    });
    const end = performance.now() + 5000;
    while (!fired && performance.now() < end) await pause();
    expect(fired).toBe(true);
  });

  it('comes after everything that was promised before', async () => {
    const order: string[] = [];
    const paused = pause().then(() => order.push('pause'));
    await Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => order.push('promise'));
    await paused;
    expect(order).toEqual(['promise', 'pause']);
  });

  it('takes a message where there is no setImmediate, as in browsers', async () => {
    vi.stubGlobal('setImmediate', undefined);
    expect(await turnsOfOthers()).toBeGreaterThan(100);
  });

  it('takes a timer where there are no channels', async () => {
    vi.stubGlobal('setImmediate', undefined);
    vi.stubGlobal('MessageChannel', undefined);
    expect(await turnsOfOthers()).toBeGreaterThan(100);
  });

  it('goes on at once where there is none of these, as in an AudioWorklet', async () => {
    vi.stubGlobal('setImmediate', undefined);
    vi.stubGlobal('MessageChannel', undefined);
    vi.stubGlobal('setTimeout', undefined);
    expect(await turnsOfOthers()).toBe(0);
  });
});

describe('awake', () => {
  /** Timers of this process, those of the test runner among them. */
  const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;

  it('holds a timer until the work is done or has failed, and hands both on', async () => {
    const before = timers();
    let resolve = (_: number) => {};
    const waiting = awake(
      new Promise<number>((done) => {
        resolve = done;
      }),
    );
    expect(timers()).toBe(before + 1);
    resolve(7);
    expect(await waiting).toBe(7);
    expect(timers()).toBe(before);
    const failing = awake(Promise.reject(new Error('not compiled')));
    await expect(failing).rejects.toThrow('not compiled');
    expect(timers()).toBe(before);
  });

  it.each<[string, unknown]>([
    ['there are none', undefined],
    // As workerd does while a script is deployed.
    [
      'they are forbidden',
      () => {
        throw new Error('Disallowed operation called within global scope');
      },
    ],
  ])('waits without one where %s', async (_, timer) => {
    vi.stubGlobal('setInterval', timer);
    expect(await awake(Promise.resolve(7))).toBe(7);
  });
});
