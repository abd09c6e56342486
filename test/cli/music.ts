/** A tiny labelled collection and a space learned on it, made once for a test file. */
import { join } from 'node:path';
import { scratch, tunespace } from './command.ts';
import { put, tone, wav } from './sounds.ts';

/** The classes and the pitch that tells them apart. */
export const PITCHES = { high: 1760, low: 220, middle: 620 } as const;

/** Makes `folder/<class>/<1 to perClass>.wav` and returns the folder. Another seed gives other tones. */
export function makeMusic(folder: string, { perClass = 3, seconds = 1.6, seed = 0 } = {}): string {
  Object.entries(PITCHES).forEach(([label, pitch], c) => {
    for (let i = 1; i <= perClass; i++) {
      put(join(folder, label, `${i}.wav`), wav(tone(pitch, seed + 100 * c + i, seconds)));
    }
  });
  return folder;
}

/** Options that make training quick. */
export const QUICK = ['--n-components', '8', '--n-batches', '60', '--evaluate-every', '20', '--seed', '1'];

/** Trains a space on collections and returns its file. */
export async function trainSpace(
  name: string,
  datasets: readonly string[],
  more: readonly string[] = [],
): Promise<string> {
  const out = join(scratch(), name);
  const args = ['train', ...datasets.flatMap((pair) => ['--dataset', pair]), '--out', out, ...QUICK, ...more];
  const { code, stderr } = await tunespace(args);
  if (code !== 0) throw new Error(`train ended with ${code}: ${stderr}`);
  return out;
}
