/** The fitted spaces that ship with tunespace: `import { loadSpace } from 'tunespace/spaces'`. */
import { ParameterError } from '../errors.ts';
import { decodeFeatures } from '../features.ts';
import type { Matrix } from '../matrix.ts';
import { closestWord, describe } from '../options.ts';
import { Wsabie } from '../wsabie.ts';

/** What is known of a shipped space without loading it. */
export interface SpaceInfo {
  /** What `loadSpace` takes. */
  readonly name: string;
  /** Rises when its weights change. */
  readonly version: number;
  /** One sentence for a list. */
  readonly summary: string;
  /** What it was learned from, and on which terms. */
  readonly source: string;
  /** SHA-256 of its safetensors file, in hexadecimal. */
  readonly sha256: string;
}

/** The spaces that ship, the default one first. */
export const spaces: readonly SpaceInfo[] = [
  {
    name: 'instruments',
    version: 1,
    summary:
      'spectral shape, told by single notes of orchestral instruments; for similarity, and a start for own labels',
    source: 'samples of the Philharmonia Orchestra, which anyone may use, so long as the samples are not passed on',
    sha256: 'c59dc7d8c488cec018ec5956f3cd94a882fadffcd90e74c779c66f51798b5955',
  },
];

/** Their notes mixed, see `loadMixtures`. */
const mixtures: Record<string, () => Promise<{ default: string }>> = {
  instruments: () => import('./instruments-v1-mixtures.ts'),
};

/** How the files are loaded: base64 in a module of its own, which every runtime can import and only who asks for it loads. */
const files: Record<string, () => Promise<{ default: string }>> = {
  instruments: () => import('./instruments-v1.ts'),
};

/**
 * The bytes of a shipped space's safetensors file.
 *
 * @param name one of `spaces`
 * @throws ParameterError on another name
 */
export function spaceBytes(name = 'instruments'): Promise<Uint8Array<ArrayBuffer>> {
  return load('loadSpace', files, name);
}

/** The bytes of one of the files. */
async function load(where: string, from: typeof files, name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (!Object.hasOwn(from, name)) {
    const names = spaces.map((space) => space.name);
    const meant = typeof name === 'string' ? closestWord(name, names) : undefined;
    const hint = meant === undefined ? '' : `; did you mean ${describe(meant)}?`;
    throw new ParameterError(
      `${where}: name must be one of ${names.map((one) => describe(one)).join(', ')}, got ${describe(name)}${hint}`,
      'name',
    );
  }
  const { default: base64 } = await from[name]();
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Loads a space that ships with tunespace; the kernels must be loaded to use it.
 *
 * @param name `"instruments"`, the default; see `spaces`
 * @throws ParameterError on another name
 *
 * @example
 * const space = await loadSpace();
 * const vector = meanRow(aggregate(space.transform(frames)));
 */
export async function loadSpace(name = 'instruments'): Promise<Wsabie> {
  return Wsabie.fromBytes(await spaceBytes(name), `${name} (shipped)`);
}

/**
 * What the labels of a shipped space usually score where several sounds come at once: the mean embedded frames of 64 pieces of 10 s,
 * each mixed from 60 of the notes that the space was learned from. Where there is no collection to compare a track with, `Explainer`
 * is fitted on these.
 *
 * @param name one of `spaces`
 * @returns one row a piece, `(64, nComponents)`
 * @throws ParameterError on another name
 *
 * @example
 * const explainer = new Explainer(await loadSpace()).fit(await loadMixtures());
 * const [soundsLike] = explainer.explain(new Matrix(meanRow(embedded), 1, embedded.columns, embedded.frontEnd));
 */
export async function loadMixtures(name = 'instruments'): Promise<Matrix> {
  return decodeFeatures(await load('loadMixtures', mixtures, name), `mixtures of ${name} (shipped)`);
}
