/** Renders the synthetic corpus into a folder, as audio files and tables that any reader of datasets takes. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkNumber, checkOptions } from '../../options.ts';
import type { ExperimentConfig } from '../config.ts';
import { writeOutput } from '../output.ts';
import { breathe } from '../target.ts';
import { SYNTHETIC_VERSION, type SyntheticSizes, type SyntheticTrack, syntheticTracks } from './corpus.ts';

/** What to render; the defaults keep the whole experiment under three minutes on a slow machine. */
export interface SyntheticOptions extends Partial<SyntheticSizes> {
  /** Default 1. */
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (progress: { stage: string; done: number; total: number }) => void;
}

const README = `These sounds are synthetic: tunespace rendered them from a seed to show itself at work.
They say nothing about real music. The folder may be deleted at any time.
`;

/** Cells of a CSV never need quotes here: names are ours. */
function table(tracks: readonly SyntheticTrack[], labels: string): string {
  const rows = tracks.map((track) => [track.path, track.labels.join(';'), track.artist].join(','));
  return `${[`path,${labels},artist`, ...rows].join('\n')}\n`;
}

/**
 * Renders the synthetic corpus, unless the folder holds this very one already.
 *
 * @param folder where to; a folder of its own
 * @returns what an experiment needs to know of it: collections, and that they are synthetic
 * @throws WriteError on a full disk; what was rendered is rendered again by the next call
 */
export async function renderSyntheticCorpus(
  folder: string,
  options: SyntheticOptions = {},
): Promise<Required<Pick<ExperimentConfig, 'datasets' | 'tags' | 'synthetic'>>> {
  const where = 'renderSyntheticCorpus';
  const { seed, signal, onProgress, ...sizes } = checkOptions<
    SyntheticSizes & { seed: number; signal?: AbortSignal; onProgress?: SyntheticOptions['onProgress'] }
  >(where, options, {
    seed: 1,
    tracksPerGenre: 12,
    taggedTracks: 90,
    tracksPerArtist: 2,
    seconds: 9,
    signal: undefined,
    onProgress: undefined,
  });
  checkNumber(where, 'seed', seed, { min: 0, max: 0xffffffff, integer: true });
  for (const name of ['tracksPerGenre', 'taggedTracks', 'tracksPerArtist'] as const) {
    checkNumber(where, name, sizes[name], { min: 1, max: 10_000, integer: true });
  }
  checkNumber(where, 'seconds', sizes.seconds, { min: 0.1, max: 600 });
  const tracks = syntheticTracks(seed, sizes);
  const manifest = `${JSON.stringify({ version: SYNTHETIC_VERSION, seed, ...sizes })}\n`;
  const stage = 'rendering of the synthetic corpus';
  if ((await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '')) !== manifest) {
    for (const [i, { collection, path, render }] of tracks.entries()) {
      onProgress?.({ stage, done: i, total: tracks.length });
      await breathe({ signal });
      await write(join(folder, collection, path), render());
    }
    for (const name of collectionsOf(tracks)) {
      const own = tracks.filter(({ collection }) => collection === name);
      await writeOutput(join(folder, name, tableOf(name)), table(own, name === TAGS ? 'tags' : 'genre'));
    }
    await writeOutput(join(folder, 'README.txt'), README);
    // Written last: it says that all the rest is there.
    await writeOutput(join(folder, 'manifest.json'), manifest);
  }
  onProgress?.({ stage, done: tracks.length, total: tracks.length });
  const entries = collectionsOf(tracks).map((name) => ({ name, path: join(folder, name, tableOf(name)) }));
  return {
    datasets: entries.filter(({ name }) => name !== TAGS),
    tags: entries.filter(({ name }) => name === TAGS),
    synthetic: true,
  };
}

const TAGS = 'synthetic-tags';
const tableOf = (name: string) => (name === TAGS ? 'labels.csv' : 'genres.csv');
const collectionsOf = (tracks: readonly SyntheticTrack[]) => [...new Set(tracks.map(({ collection }) => collection))];

/** Plainly, without a detour: files count once the manifest is there. */
async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  } catch {
    // Again by the way that explains itself.
    await writeOutput(file, bytes);
  }
}
