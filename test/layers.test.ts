import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const layers: Record<string, number> = {};
[
  [
    'errors',
    'exports',
    'frontend',
    'options',
    'matrix',
    'kernels',
    'ordered',
    'pause',
    'pending',
    'random',
    'samples',
    'utf8',
  ],
  ['decode', 'read', 'resample'],
  ['stft', 'mel'],
  ['aggregate'],
  ['estimator', 'features', 'model', 'wsabie', 'linear', 'neighbors'],
  ['metrics', 'split', 'explain', 'extract', 'validate', 'teach'],
].forEach((names, layer) => {
  for (const name of names) layers[name] = layer;
});
const applications = ['experiment', 'spaces', 'library', 'server', 'cli', 'studio', 'runtime', 'index'];
// Inside a layer, files may build on its base file (and in layer 0 on one another); a folder belongs to the file of its name.
const bases = new Set(['stft', 'estimator', 'model', 'decode', 'resample', 'metrics', 'split']);

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const roomOf = (file: string) => file.replaceAll('\\', '/').split('/')[0].replace(/\.ts$/, '');
const importsOf = (file: string) => {
  const text = readFileSync(join('src', file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]);
};

describe('layers', () => {
  it.each(files)('%s imports from lower layers only', (file) => {
    const room = roomOf(file);
    if (applications.includes(room)) return;
    const layer = layers[room];
    expect(layer, `src/${file} belongs to no layer; add it to one`).toBeDefined();
    for (const path of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = roomOf(normalize(join(dirname(file), path)));
      const allowed =
        target === room || layers[target] < layer || (layers[target] === layer && (layer === 0 || bases.has(target)));
      expect(allowed, `src/${file} imports ${path}`).toBe(true);
    }
  });

  it.each(files)('%s names a runtime only where that is its business', (file) => {
    if (applications.includes(roomOf(file)) && roomOf(file) !== 'index') return;
    const text = readFileSync(join('src', file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(text).not.toMatch(/'node:|\b(Deno|Bun|process|window|document)\./);
    expect(text, 'transcendental Math differs between runtimes: use the module').not.toMatch(
      /Math\.(sin|cos|tan|exp|expm1|log|log2|log10|log1p|pow|cbrt|hypot|atan2?)\(|\*\*/,
    );
  });
});

describe('the two lists of exports', () => {
  const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]);

  it('agree: assembly/index.ts and src/exports.ts', () => {
    const kernel = [...readFileSync('assembly/index.ts', 'utf8').matchAll(/export \{([^}]*)\}/g)].flatMap((match) =>
      match[1]
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    );
    const host = names(readFileSync('src/exports.ts', 'utf8'), /^ {2}(?:readonly )?(\w+)\(/gm);
    expect(kernel.length).toBeGreaterThan(0);
    expect(host).toEqual(kernel);
  });
});

describe('rhyming trees', () => {
  const stems = (folder: string, ending: string) =>
    new Set(
      readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => basename(name, ending)),
    );

  it('gives each host file of layers 0 to 5 a test, and each kernel a spec', () => {
    const tests = stems('test', '.test.ts');
    const untested = [...stems('src', '.ts')].filter(
      (name) => !tests.has(name) && !['index', 'exports'].includes(name),
    );
    expect(untested).toEqual([]);
    const specs = stems('test/kernels', '.spec.ts');
    const unspecified = [...stems('assembly', '.ts')].filter(
      (name) => !specs.has(name) && !['index', 'debug', 'wasi'].includes(name),
    );
    expect(unspecified).toEqual([]);
  });
});
