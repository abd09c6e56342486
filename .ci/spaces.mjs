// Makes the shipped space again: `npm run make:spaces -- FOLDER`, where FOLDER holds the Philharmonia Orchestra's samples with
// their labels.csv. With --check nothing is written, and other bytes than those that ship are an error.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeMixtures } from './mixtures.mjs';

/** What `tunespace train` is told. The model card repeats it. */
export const RECIPE = [
  ...['--min-tracks', '8', '--sounding-only', '--level', 'removed', '--start', 'cosine', '--start-scale', '3'],
  ...['--n-components', '60', '--n-batches', '1000', '--patience', '0', '--seed', '1'],
];

const SOURCE = 'src/spaces/instruments-v1.ts';
const MIXTURES = 'src/spaces/instruments-v1-mixtures.ts';
const LIST = 'src/spaces/index.ts';

/** Trains on the notes and gives the file's bytes. */
export function trainInstruments(notes) {
  const folder = mkdtempSync(join(tmpdir(), 'tunespace-space-'));
  try {
    const out = join(folder, 'instruments.safetensors');
    const args = ['build/cli/main.js', 'train', '--dataset', `notes=${join(notes, 'labels.csv')}`, ...RECIPE];
    const { status } = spawnSync(process.execPath, [...args, '--no-cache', '--quiet', '--out', out], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error(`tunespace train ended with ${status}`);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A module that carries a file as base64. */
const moduleOf = (name, bytes) =>
  `// ${name} as base64; made by \`npm run make:spaces\`, see CONTRIBUTING.md.\nconst base64: string =\n  '${Buffer.from(bytes).toString('base64')}';\n\nexport default base64;\n`;

/** The module with the mixtures of the space's notes. */
export const mixturesModule = async (notes, space) =>
  moduleOf('instruments-v1-mixtures.safetensors', await makeMixtures(notes, space));

async function main(args) {
  const [folder] = args.filter((arg) => arg !== '--check');
  if (folder === undefined) throw new Error('give the folder that holds the samples and their labels.csv');
  const bytes = trainInstruments(folder);
  const digest = sha256(bytes);
  const list = readFileSync(LIST, 'utf8');
  const known = /sha256: '(\w*)'/.exec(list)[1];
  console.log(`${bytes.length} bytes, sha256 ${digest}${digest === known ? ': those that ship' : `, ships ${known}`}`);
  const mixtures = await mixturesModule(folder, bytes);
  const isSame = existsSync(MIXTURES) && readFileSync(MIXTURES, 'utf8') === mixtures;
  console.log(`mixtures of the notes: ${isSame ? 'those that ship' : 'others than those that ship'}`);
  if (args.includes('--check')) {
    process.exitCode = digest === known && isSame ? 0 : 1;
    return;
  }
  writeFileSync(SOURCE, moduleOf('instruments-v1.safetensors', bytes));
  writeFileSync(MIXTURES, mixtures);
  writeFileSync(LIST, list.replace(known, digest));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
