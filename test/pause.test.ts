import { describe, expect, it } from 'vitest';
import { pause, Turns } from '../src/pause.ts';

const busy = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe('Turns', () => {
  it('lets other work run once the turn is used up, and not before', async () => {
    const turns = new Turns(undefined);
    let ran = false;
    const timer = setTimeout(() => {
      ran = true;
    });
    expect([await turns.take(), ran]).toEqual([false, false]);
    busy(15);
    expect([await turns.take(), ran]).toEqual([true, true]);
    clearTimeout(timer);
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

describe('pause', () => {
  it('lets a timer run', async () => {
    let ran = false;
    setTimeout(() => {
      ran = true;
    });
    await pause();
    expect(ran).toBe(true);
  });
});
