import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch } from './command.ts';
import { put, tone, wav } from './sounds.ts';

interface Packed {
  files: { path: string }[];
}

/** An empty project with the package as npm would publish it, and the dependencies that it names. */
const project = join(scratch(), 'an empty project');
const installed = join(project, 'node_modules', 'tunespace');
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
let files: string[];

beforeAll(() => {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const text = execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [packed] = JSON.parse(text) as Packed[];
  files = packed.files.map(({ path }) => path);
  for (const file of files) {
    mkdirSync(dirname(join(installed, file)), { recursive: true });
    cpSync(file, join(installed, file));
  }
  for (const name of Object.keys(dependencies)) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link, 'junction');
  }
});

describe('the published package', () => {
  it('holds the module, the bundles and the types, and no sources', () => {
    expect(files).toEqual(
      expect.arrayContaining(['build/tunespace.wasm', 'build/cli/main.js', 'build/runtime/node.js']),
    );
    expect(files.filter((file) => /^(src|assembly|test|node_modules)\/|debug\.wasm|\.map$/.test(file))).toEqual([]);
  });

  it('runs from any folder: the module is found from every chunk', () => {
    const cwd = dirname(put(join(project, 'some where', 'else', 'a.wav'), wav(tone(440, 1))));
    const main = join(installed, 'build', 'cli', 'main.js');
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
      return { status, stdout, stderr };
    };
    expect(run('features', 'a.wav', '--out', 'out')).toEqual({
      status: 0,
      stdout: `${join('out', 'a.wav.npy')}\n`,
      stderr: '',
    });
    expect(run('info', join('out', 'a.wav.npy')).stdout).toMatch(/shape +85, 200/);
  });

  it('serves those who import it, without the libraries of the command', () => {
    const code = `const { loadKernels, melFilterBank } = await import('tunespace');
      await loadKernels();
      console.log(melFilterBank({ sr: 22050 }).rows);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: project,
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '200\n', stderr: '' });
  });
});
