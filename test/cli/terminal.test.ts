import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch } from './command.ts';
import { makeMusic } from './music.ts';

const cwd = scratch();
/** util-linux gives a command a terminal of its own. */
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

beforeAll(() => {
  makeMusic(join(cwd, 'music'));
});

/** The lines that a terminal shows at the end: of its language what bars use. */
function screen(raw: string): string[] {
  const lines = [''];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own language
  for (const [part] of raw.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) {
    const row = lines.length - 1;
    if (part === '\n') lines.push('');
    else if (part === '\r' || part === '\u001b[1G') column = 0;
    else if (part === '\u001b[0K') lines[row] = lines[row].slice(0, column);
    else if (!part.startsWith('\u001b')) {
      lines[row] = lines[row].slice(0, column).padEnd(column) + part + lines[row].slice(column + part.length);
      column += part.length;
    }
    if (part === '\n') column = 0;
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '');
}

describe.skipIf(!hasTerminal)('on a terminal', () => {
  it('results and the bar do not write over one another', () => {
    const command = `"${process.execPath}" "${resolve('build/cli/main.js')}" tag music --model instruments -k 1`;
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd, encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toContain('tags');
    const songs = ['high', 'low', 'middle'].flatMap((label) => [1, 2, 3].map((i) => join('music', label, `${i}.wav`)));
    const shown = screen(stdout).filter((line) => !/^tags: \d/.test(line));
    expect(shown.filter((_, i) => i % 2 === 0)).toEqual(songs);
    for (const line of shown.filter((_, i) => i % 2 === 1))
      expect(line).toMatch(/^ +-?\d+\.\d{3} {2}[a-z]+\/[a-z0-9-]+$/);
  });
});
