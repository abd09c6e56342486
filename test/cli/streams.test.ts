import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, start, tunespace, until } from './command.ts';
import { makeMusic } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = scratch();
const main = resolve('build/cli/main.js');
const isRoot = process.getuid?.() === 0;

beforeAll(() => {
  makeMusic(join(cwd, 'music'));
});

describe.skipIf(process.platform === 'win32')('streams', () => {
  it('a reader that goes away (| head) ends it quietly', () => {
    const command = `"${process.execPath}" "${main}" info music/*/*.wav music/*/*.wav | head -n 1`;
    const { stdout, stderr, status } = spawnSync('bash', ['-c', `set -o pipefail; ${command}`], {
      cwd,
      encoding: 'utf8',
    });
    expect({ stdout, stderr, status }).toEqual({ stdout: 'music/high/1.wav\n', stderr: '', status: 0 });
  });

  it('a current folder that was removed is a sentence, code 3', () => {
    const command = `mkdir gone && cd gone && rmdir ../gone && "${process.execPath}" "${main}" spaces`;
    const { stdout, stderr, status } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({
      stdout: '',
      stderr: expect.stringMatching(/^tunespace: the current folder is gone.*\n$/),
      status: 3,
    });
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is a sentence, code 3', async () => {
    const full = openSync('/dev/full', 'w');
    const { code, stderr } = await tunespace(['info', 'music/low/1.wav'], { cwd, stdout: full });
    closeSync(full);
    expect(code).toBe(3);
    expect(stderr).toBe('tunespace: standard output: the disk is full; the result is not whole\n');
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk behind --output, too', async () => {
    const args = ['similar', 'music/low/1.wav', '--library', 'music', '-k', '1', '-o', '/dev/full', '--quiet'];
    const { code, stderr } = await tunespace(args, { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^tunespace: \/dev\/full: the disk is full; .*\n$/);
  });

  it.skipIf(isRoot)('a file that may not be read is listed, and the rest is done', async () => {
    const songs = [1, 2, 3].map((seed) => put(join(cwd, 'secret', `${seed}.wav`), wav(tone(440, seed))));
    chmodSync(songs[1], 0);
    const { code, stdout, stderr } = await tunespace(['tag', 'secret', '--model', 'instruments', '-k', '1'], { cwd });
    expect({ code, tagged: stdout.match(/^secret.*/gm) }).toEqual({
      code: 1,
      tagged: ['secret/1.wav', 'secret/3.wav'],
    });
    expect(stderr).toMatch(/secret\/2\.wav: may not be read/);
  });

  it.skipIf(isRoot)('a folder that may not be written to ends the batch', async () => {
    put(join(cwd, 'locked', 'x'), '');
    chmodSync(join(cwd, 'locked'), 0o500);
    const { code, stderr } = await tunespace(['features', 'music', '--out', 'locked'], { cwd });
    // Or the scratch folder cannot be removed.
    chmodSync(join(cwd, 'locked'), 0o700);
    expect(code).toBe(3);
    expect(stderr).toMatch(/permission denied/);
  });

  it('a file in the way of the output folder ends the batch', async () => {
    put(join(cwd, 'inway'), 'I am a file');
    const { code, stdout, stderr } = await tunespace(['features', 'music', '--out', 'inway', '--json'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/inway.*(a file where a folder is needed|in the way)/);
    expect(JSON.parse(stdout)).toMatchObject({ error: { type: 'OutputError' }, exitCode: 3 });
  });

  it('Ctrl-C keeps what is finished and lists it; code 130', async () => {
    for (let i = 0; i < 40; i++) put(join(cwd, 'many', `${i}.wav`), wav(tone(300, i, 20)));
    const running = start(['features', 'many', '--out', 'kept', '--json'], { cwd });
    await until(
      () => existsSync(join(cwd, 'kept', 'many')) && readdirSync(join(cwd, 'kept', 'many')).length >= 2,
      running,
    );
    running.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const { files } = JSON.parse(stdout);
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThan(40);
    expect(readdirSync(join(cwd, 'kept', 'many')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('SIGTERM ends it with 143', async () => {
    const running = start(['features', 'many', '--out', 'term'], { cwd });
    await until(() => existsSync(join(cwd, 'term', 'many')), running);
    running.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });
});

describe('without TUNESPACE_DEBUG', () => {
  it('no stack traces; with it, there are', async () => {
    put(join(cwd, 'text.mp3'), 'words and no music, words and no music');
    const quiet = await tunespace(['info', 'text.mp3'], { cwd });
    expect(quiet.stderr).not.toMatch(/\n\s+at /);
    const debug = await tunespace(['info', 'text.mp3'], { cwd, env: { TUNESPACE_DEBUG: '1' } });
    expect(debug.stderr).toMatch(/\n\s+at /);
  });
});

describe('waiting for a decoder to be compiled', () => {
  it('leaves the event loop something to wait for, or Node may hang', async () => {
    // Notes what keeps the process alive whenever something is compiled.
    const spy = put(
      join(cwd, 'spy.mjs'),
      `const { compile } = WebAssembly;
      WebAssembly.compile = async (bytes) => {
        process.stderr.write('alive: ' + process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length + '\\n');
        return compile(bytes);
      };`,
    );
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(spy)}` };
    const mp3 = resolve('test/golden/decode/mono.mp3');
    const args = ['tag', mp3, '--model', 'instruments', '--workers', '0'];
    const { code, stderr } = await tunespace(args, { cwd, env });
    const waits = [...stderr.matchAll(/^alive: (\d+)$/gm)].map(([, count]) => Number(count));
    expect({ code, compiled: waits.length > 1, none: waits.includes(0) }).toEqual({
      code: 0,
      compiled: true,
      none: false,
    });
  });
});
