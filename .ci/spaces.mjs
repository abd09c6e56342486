// Makes the shipped space again: `npm run make:spaces -- FOLDER`, where FOLDER holds the Philharmonia Orchestra's samples with
// their labels.csv. With --check nothing is written, and other bytes than those that ship are an error.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What `tunespace train` is told. The model card repeats it. */
export const RECIPE = [
  ...['--min-tracks', '8', '--sounding-only', '--level', 'removed', '--start', 'cosine', '--start-scale', '3'],
  ...['--n-components', '60', '--n-batches', '1000', '--patience', '0', '--seed', '1'],
];

const SOURCE = 'src/spaces/instruments-v1.ts';
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

function main(args) {
  const [folder] = args.filter((arg) => arg !== '--check');
  if (folder === undefined) throw new Error('give the folder that holds the samples and their labels.csv');
  const bytes = trainInstruments(folder);
  const digest = sha256(bytes);
  const list = readFileSync(LIST, 'utf8');
  const known = /sha256: '(\w*)'/.exec(list)[1];
  console.log(`${bytes.length} bytes, sha256 ${digest}${digest === known ? ': those that ship' : `, ships ${known}`}`);
  if (args.includes('--check')) {
    process.exitCode = digest === known ? 0 : 1;
    return;
  }
  writeFileSync(
    SOURCE,
    `// instruments-v1.safetensors as base64; made by \`npm run make:spaces\`, see CONTRIBUTING.md.\nconst base64: string =\n  '${bytes.toString('base64')}';\n\nexport default base64;\n`,
  );
  writeFileSync(LIST, list.replace(known, digest));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
