import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, tunespace } from './command.ts';
import { makeMusic, QUICK } from './music.ts';
import { put } from './sounds.ts';

const cwd = join(scratch(), 'here');

/** Options of Node that make the disk full: after `room` files were written below a folder named "full". */
function fullDisk(room: number): Record<string, string> {
  const file = put(
    join(scratch(), `full-${room}.mjs`),
    `import fs from 'node:fs/promises';
     import { syncBuiltinESMExports } from 'node:module';
     const open = fs.open;
     let room = ${room};
     fs.open = async (path, ...others) => {
       const handle = await open(path, ...others);
       if (/[\\\\/]full[\\\\/]/.test(String(path)) && others[0] === 'wx' && room-- <= 0) {
         handle.writeFile = async () => {
           throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
         };
       }
       return handle;
     };
     syncBuiltinESMExports();`,
  );
  return { NODE_OPTIONS: `--import ${pathToFileURL(file)}` };
}

beforeAll(() => {
  makeMusic(join(cwd, 'music'));
});

describe('a full disk', () => {
  it('ends a batch of features with a sentence; what was written before is whole', async () => {
    const { code, stdout, stderr } = await tunespace(['features', 'music', '--out', 'full'], { cwd, env: fullDisk(2) });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^tunespace: full\S*\.npy: the disk is full; .*\n$/);
    const written = stdout.trim().split('\n');
    expect(written.length).toBe(2);
    for (const file of written) expect(existsSync(join(cwd, file))).toBe(true);
    const left = readdirSync(join(cwd, 'full'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.endsWith('.npy')).length).toBe(2);
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('leaves a training its last checkpoint, from which it goes on to the same bytes', async () => {
    const args = ['train', '--dataset', 'music=music', ...QUICK, '--checkpoint-every', '20', '--out'];
    // Checkpoints at 20 and 40 fit, the finished space does not.
    const { code, stderr } = await tunespace([...args, join('full', 'a.st')], { cwd, env: fullDisk(2) });
    expect(code).toBe(3);
    expect(stderr).toMatch(/a\.st(\.partial)?: the disk is full.*/);
    expect(existsSync(join(cwd, 'full', 'a.st'))).toBe(false);
    expect(existsSync(join(cwd, 'full', 'a.st.partial'))).toBe(true);
    const resumed = await tunespace([...args, join('full', 'a.st'), '--resume'], { cwd });
    expect(resumed.code).toBe(0);
    expect((await tunespace([...args, 'b.st'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'full', 'a.st')).equals(readFileSync(join(cwd, 'b.st')))).toBe(true);
  });

  it('behind the cache is a warning and no more', async () => {
    const { code, stdout, stderr } = await tunespace(
      ['classify', '--train', 'music=music', '--cache', 'full/cache', '--folds', '2', '--quiet'],
      { cwd, env: fullDisk(0) },
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^accuracy/);
    expect(stderr).toMatch(/^warning: .*full[^\n]*\n$/);
  });

  it.each([
    ['train', ['--dataset', 'music=music', '--out', 'music']],
    ['similar', ['--library', 'music', '--save-index', 'music']],
    ['classify', ['--train', 'music=music', '--save', 'music']],
    ['experiment', ['--dataset', 'music=music', '--out', join('music', 'low', '1.wav')]],
  ])('or another reason not to write is found before the work: %s', async (command, args) => {
    const { code, stderr } = await tunespace([command, ...args], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^tunespace: music\S*: .*(it is a folder where a file is needed|is a file where a folder)/);
    expect(stderr.trim().split('\n').length).toBe(1);
  });
});
