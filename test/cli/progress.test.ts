import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeProgress } from '../../src/cli/progress.ts';

function listen(isTTY = false) {
  const lines: string[] = [];
  return { lines, terminal: { isTTY, write: (text: string) => void lines.push(text) } };
}

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('away from a terminal says a line in ten seconds and one at the end', async () => {
    const { lines, terminal } = listen();
    const stage = (await makeProgress(terminal, false)).stage('features', 100, 'files');
    for (let i = 0; i < 100; i++) {
      vi.advanceTimersByTime(250);
      stage.advance(1, `${i}.wav`);
    }
    stage.end();
    stage.end();
    expect(lines).toEqual([
      'features: 40/100 files (39.wav), 10.0 s\n',
      'features: 80/100 files (79.wav), 20.0 s\n',
      'features: 100/100 files, 25.0 s\n',
    ]);
  });

  it('with quiet says nothing but what must be said', async () => {
    const { lines, terminal } = listen(true);
    const progress = await makeProgress(terminal, true);
    const stage = progress.stage('features', 2, 'files');
    vi.advanceTimersByTime(60_000);
    stage.advance();
    stage.end();
    progress.line('warning: x');
    expect(lines).toEqual(['warning: x\n']);
  });

  it('counts upwards where the total is unknown', async () => {
    const { lines, terminal } = listen();
    const stage = (await makeProgress(terminal, false)).stage('files', 0, 'found');
    stage.update(7);
    vi.advanceTimersByTime(1500);
    stage.end();
    expect(lines).toEqual(['files: 7 found, 1.5 s\n']);
  });

  it('does not mention what took no time', async () => {
    const { lines, terminal } = listen();
    const stage = (await makeProgress(terminal, false)).stage('info', 1, 'files');
    stage.advance();
    stage.end();
    expect(lines).toEqual([]);
  });
});
