/**
 * The published layouts of the paper's five collections: what they hold, how they are recognised, and what is known
 * against them.
 *
 * They are the collections of the paper's Tables 1 and 2 (Hamel et al. 2013). Counts and classes are those of the published
 * archives; for MagnaTagATune those of `annotations_final.csv`, tagged or not.
 */
import { compareText, count, type Dataset, type Track } from './track.ts';

/** The collections whose layouts are known. */
export type LayoutName = '1517-artists' | 'gtzan' | 'homburg' | 'unique' | 'magnatagatune';

/** One published collection. */
export interface Layout {
  /** Its name as people write it. */
  readonly title: string;
  /** Tracks that it holds. */
  readonly tracks: number;
  /** How many classes or tags. */
  readonly classes: number;
  /** The classes' names as its folders carry them, where they are known; all in lower case. */
  readonly labels?: readonly string[];
  /** Tracks of each class, in the order of `labels`, where they are known. */
  readonly perLabel?: readonly number[];
  /** The artist, out of a file's name without its ending, where the collection writes it there. */
  readonly artistOf?: (stem: string) => string | undefined;
  /** Whether the audio files carry their artists as tags. */
  readonly artistTags?: boolean;
  /** Known bad files: part of the path, and what is known. */
  readonly faults?: Readonly<Record<string, string>>;
}

/** Spells `Some_Band` as `Some Band`: the collections replace what a file name cannot hold by underscores. */
const unslug = (slug: string) => slug.replace(/_+/g, ' ').trim() || undefined;

/** What is known of each collection. */
export const layouts: Readonly<Record<LayoutName, Layout>> = {
  // Seyerlehner, Widmer, Knees, "Frame level audio similarity", DAFx 2010. Folders per genre, mp3.
  '1517-artists': {
    title: '1517-Artists',
    tracks: 3180,
    classes: 19,
    labels: [
      'alternative & punk',
      'blues',
      'childrens',
      'classical',
      'comedy & spoken word',
      'country',
      'easy listening & vocals',
      'electronic & dance',
      'folk',
      'hip-hop',
      'jazz',
      'latin',
      'new age',
      'r&b & soul',
      'reggae',
      'religious',
      'rock & pop',
      'soundtracks & more',
      'world',
    ],
    artistTags: true,
  },
  // Tzanetakis, Cook, "Musical genre classification of audio signals", IEEE TSAP 2002. genres/blues/blues.00000.au
  gtzan: {
    title: 'GTZAN',
    tracks: 1000,
    classes: 10,
    labels: ['blues', 'classical', 'country', 'disco', 'hiphop', 'jazz', 'metal', 'pop', 'reggae', 'rock'],
    perLabel: Array(10).fill(100),
    faults: {
      'jazz.00054': 'a known fault of GTZAN: this file is damaged in its .wav edition',
      'reggae.00086': 'a known fault of GTZAN: all but its first 5 seconds is noise (Sturm 2012)',
    },
  },
  // Homburg, Mierswa, Möller, Morik, Wurst, "A benchmark dataset for audio classification and clustering", ISMIR 2005.
  // jazz/Artist_Name-Song_Title.mp3: a hyphen stands nowhere else in its 1,886 names.
  homburg: {
    title: 'Homburg',
    tracks: 1886,
    classes: 9,
    labels: ['alternative', 'blues', 'electronic', 'folkcountry', 'funksoulrnb', 'jazz', 'pop', 'raphiphop', 'rock'],
    perLabel: [145, 120, 113, 222, 47, 319, 116, 300, 504],
    artistOf: (stem) => (stem.includes('-') ? unslug(stem.slice(0, stem.indexOf('-'))) : undefined),
  },
  // Seyerlehner, Widmer, Pohle, "Fusing block-level features for music similarity estimation", DAFx 2010. Each song is
  // by another artist, hence its name: without artists nothing is grouped, which is right for it.
  unique: { title: 'Unique', tracks: 3115, classes: 14 },
  // Law, West, Mandel, Bay, Downie, "Evaluation of algorithms using games: the case of music tagging", ISMIR 2009.
  // annotations_final.csv beside the folders 0 to f; f/artist-album-01-title-0-29.mp3
  magnatagatune: {
    title: 'MagnaTagATune',
    tracks: 25_863,
    classes: 188,
    artistOf: (stem) => unslug(stem.split('-')[0]),
    faults: {
      'norine_braun-now_and_zen-08-gently-117-146': 'a known fault of MagnaTagATune: published with 0 bytes',
      'jacob_heringman-josquin_des_prez_lute_settings-19-gintzler__pater_noster-204-233':
        'a known fault of MagnaTagATune: published with 0 bytes',
      'american_baroque-dances_and_suites_of_rameau_and_couperin-25-le_petit_rien_xiveme_ordre_couperin-88-117':
        'a known fault of MagnaTagATune: published with 0 bytes',
    },
  },
};

/** A file's name without folders and ending: `blues/blues.00000.au` is `blues.00000`. */
export function stemOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return name.replace(/\.[a-z0-9]{1,5}$/i, (ending) => (/^\.\d+$/.test(ending) ? ending : ''));
}

const folded = (label: string) => label.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Recognises a collection by its label folders (and GTZAN by its files' names too, since other sets have the same ten
 * genres).
 *
 * @param ids the tracks' ids, `label/.../file`
 * @param folderName the name of the folder as the user has it: nothing else tells Unique from other sets
 */
export function detectLayout(ids: readonly string[], folderName: string): LayoutName | undefined {
  const labels = new Set(ids.map((id) => folded(id.split('/')[0])));
  const holds = (name: LayoutName) => {
    const expected = layouts[name].labels as readonly string[];
    return labels.size === expected.length && expected.every((label) => labels.has(folded(label)));
  };
  const gtzanNames = ids.length > 0 && ids.every((id) => /^([a-z]+)\/\1\.\d{5}(\.\w+)?$/.test(id));
  if (gtzanNames && holds('gtzan')) return 'gtzan';
  if (holds('homburg')) return 'homburg';
  if (holds('1517-artists')) return '1517-artists';
  if (folded(folderName).startsWith('unique') && labels.size === layouts.unique.classes) return 'unique';
  return undefined;
}

/** Adds what a collection's file names say: the artist, and what is known against the file. */
export function annotate(layout: LayoutName, track: Track): Track {
  const { artistOf, faults } = layouts[layout];
  const stem = stemOf(track.id);
  const artist = track.artist ?? artistOf?.(stem);
  const note = faults && Object.hasOwn(faults, stem) ? faults[stem] : track.note;
  return { ...track, ...(artist && { artist }), ...(note && { note }) };
}

/**
 * Holds a dataset against the published facts of its collection: tracks, classes, tracks of each class.
 *
 * @returns one sentence for each fact that differs; empty where all agree, and for collections that were not recognised
 */
export function checkFacts({ inventory }: Pick<Dataset, 'inventory'>): string[] {
  const layout = layouts[inventory.layout as LayoutName] as Layout | undefined;
  if (layout === undefined) return [];
  const { title, labels, perLabel } = layout;
  const warnings: string[] = [];
  if (inventory.tracks !== layout.tracks) {
    warnings.push(
      `${title}: expected ${layout.tracks} tracks, found ${inventory.tracks}; figures from another number of tracks ` +
        'do not compare with published ones',
    );
  }
  if (inventory.labels.size !== layout.classes) {
    const have = new Set([...inventory.labels.keys()].map(folded));
    const missing = labels?.filter((label) => !have.has(folded(label))) ?? [];
    const which = missing.length > 0 ? ` (missing: ${missing.join(', ')})` : '';
    warnings.push(`${title}: expected ${layout.classes} labels, found ${inventory.labels.size}${which}`);
  }
  // Said only of a collection that is whole, or nearly so: of a part of it every class differs.
  if (labels && perLabel && inventory.tracks === layout.tracks) {
    const found = new Map([...inventory.labels].map(([label, n]) => [folded(label), n]));
    const differing = labels
      .map((label, i) => ({ label, expected: perLabel[i], found: found.get(folded(label)) ?? 0 }))
      .filter((entry) => entry.expected !== entry.found)
      .sort((a, b) => compareText(a.label, b.label));
    for (const { label, expected, found: n } of differing) {
      warnings.push(`${title}: expected ${count(expected, 'track')} of ${label}, found ${n} usable`);
    }
  }
  return warnings;
}
