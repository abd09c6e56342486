/** The fitted spaces that ship with tunespace: `import { loadSpace } from 'tunespace/spaces'`. */
import { ParameterError } from '../errors.ts';
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
export async function spaceBytes(name = 'instruments'): Promise<Uint8Array<ArrayBuffer>> {
  if (!Object.hasOwn(files, name)) {
    const names = spaces.map((space) => space.name);
    const meant = typeof name === 'string' ? closestWord(name, names) : undefined;
    const hint = meant === undefined ? '' : `; did you mean ${describe(meant)}?`;
    throw new ParameterError(
      `loadSpace: name must be one of ${names.map((one) => describe(one)).join(', ')}, got ${describe(name)}${hint}`,
      'name',
    );
  }
  const { default: base64 } = await files[name]();
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
