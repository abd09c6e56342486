/**
 * The synthetic corpus: three genre collections and one tag collection, rendered from a seed. It shows the whole system
 * on a fresh machine; its numbers say nothing about real music, and whatever shows them says so.
 */
import { type Arrangement, drawArtist, drawTrack } from './arrange.ts';
import { compose } from './compose.ts';
import { Dice } from './dice.ts';
import { type Recording, record } from './mix.ts';
import { anyStyle, type Genre, type Player, styles } from './styles.ts';
import { encodeWav } from './wav.ts';

/** Version of the sounds: rises when one seed gives other bits, so that old renderings are not taken for new ones. */
export const SYNTHETIC_VERSION = 1;

/** One collection as it will be rendered. */
interface Collection {
  name: string;
  sr: number;
  /** The recording of every track; or the two ends between which each artist's lies, as in sets from many sources. */
  recording: Recording | readonly [Recording, Recording];
  /** Genres of a genre collection; none for the tag collection. */
  genres: readonly Genre[];
}

/** Class sets overlap without being equal; sample rates, spectra, noise and loudness differ, as those of real collections do. */
const collections: readonly Collection[] = [
  {
    name: 'synthetic-studio',
    sr: 44100,
    recording: { top: 16000, bottom: 30, tilt: 0.3, hiss: 0.0002, compression: 0.6, loudness: 0.16 },
    genres: ['classical', 'electronic', 'hiphop', 'jazz', 'rock'],
  },
  {
    name: 'synthetic-archive',
    sr: 22050,
    recording: { top: 6000, bottom: 100, tilt: -0.2, hiss: 0.0012, compression: 0.1, loudness: 0.07 },
    genres: ['blues', 'classical', 'folk', 'jazz', 'rock'],
  },
  {
    name: 'synthetic-radio',
    sr: 22050,
    recording: { top: 7500, bottom: 70, tilt: 0.1, hiss: 0.001, compression: 1.6, loudness: 0.2 },
    genres: ['blues', 'electronic', 'hiphop', 'reggae', 'rock'],
  },
  {
    name: 'synthetic-tags',
    sr: 22050,
    recording: [
      { top: 4000, bottom: 30, tilt: -0.3, hiss: 0.0001, compression: 0.1, loudness: 0.06 },
      { top: 11000, bottom: 130, tilt: 0.4, hiss: 0.002, compression: 1.6, loudness: 0.2 },
    ],
    genres: [],
  },
];

/** Sizes of the corpus. */
export interface SyntheticSizes {
  /** Tracks of each genre in each genre collection. */
  tracksPerGenre: number;
  /** Tracks of the tag collection. */
  taggedTracks: number;
  /** Tracks of one artist. */
  tracksPerArtist: number;
  /** Seconds of each track. */
  seconds: number;
}

/** One track to be rendered. */
export interface SyntheticTrack {
  collection: string;
  /** Relative to the collection's folder, with `/`. */
  path: string;
  artist: string;
  labels: readonly string[];
  /** The file's bytes: WAV. The same on every machine. */
  render(): Uint8Array;
}

/** The recording of one artist's tracks. */
function recordingOf({ recording }: Collection, dice: Dice): Recording {
  if (!Array.isArray(recording)) return recording as Recording;
  const [low, high] = recording as readonly [Recording, Recording];
  const between = (part: keyof Recording) => dice.between(low[part], high[part]);
  return {
    top: between('top'),
    bottom: between('bottom'),
    tilt: between('tilt'),
    hiss: between('hiss'),
    compression: between('compression'),
    loudness: between('loudness'),
  };
}

/** The words for what is heard in a track. */
function tagsOf({ rhythm, bass, chords, lead, tempo, energy }: Arrangement): string[] {
  const players: Player[] = [chords, lead, bass].filter((player) => player !== 'none');
  const tags = players.map((player) => `instrument/${instrumentWords[player] ?? player}`);
  const plays = (...names: Player[]) => names.some((name) => players.includes(name));
  if (rhythm !== 'none') tags.push('instrument/drums');
  tags.push(tempo < 90 ? 'tempo/slow' : tempo < 130 ? 'tempo/medium' : 'tempo/fast');
  if (['four', 'break', 'onedrop'].includes(rhythm)) tags.push('mood/danceable');
  if (plays('drive') || (plays('synth') && energy > 0.6)) tags.push('mood/aggressive');
  if (rhythm === 'none' && !plays('drive')) tags.push('mood/calm');
  if (plays('strings', 'violin', 'flute')) tags.push('mood/romantic');
  if (plays('epiano', 'pad', 'piano') && energy < 0.6) tags.push('mood/mellow');
  if (energy > 0.65) tags.push('mood/energetic');
  return [...new Set(tags)].sort();
}

const instrumentWords: Record<string, string> = {
  drive: 'distorted guitar',
  epiano: 'electric piano',
  pad: 'synthesiser',
  synth: 'synthesiser',
  violin: 'violin',
  upright: 'double bass',
  pickbass: 'electric bass',
  synthbass: 'synth bass',
  subbass: 'synth bass',
  reed: 'saxophone',
};

/** Lists the tracks of the corpus, to be rendered one after the other in any order. */
export function syntheticTracks(seed: number, sizes: SyntheticSizes): SyntheticTrack[] {
  const { tracksPerGenre, taggedTracks, tracksPerArtist, seconds } = sizes;
  const number = (i: number) => String(i + 1).padStart(3, '0');
  return collections.flatMap((collection, c) => {
    const groups: (Genre | undefined)[] = collection.genres.length > 0 ? [...collection.genres] : [undefined];
    return groups.flatMap((genre, g) =>
      Array.from({ length: genre ? tracksPerGenre : taggedTracks }, (_, t): SyntheticTrack => {
        const style = genre ? styles[genre] : anyStyle;
        const a = Math.floor(t / tracksPerArtist);
        const artist = drawArtist(style, Dice.at(seed, c, g, 0, a));
        const dice = Dice.at(seed, c, g, 1, t);
        const arrangement = drawTrack(artist, style, dice);
        return {
          collection: collection.name,
          path: `${genre ?? 'audio'}/${number(t)}.wav`,
          artist: `${genre ?? 'band'} ${number(a)}`,
          labels: genre ? [genre] : tagsOf(arrangement),
          render: () => {
            const { sr } = collection;
            const recording = recordingOf(collection, Dice.at(seed, c, g, 4, a));
            const sound = compose(arrangement, artist, { sr, seconds }, Dice.at(seed, c, g, 2, t));
            return encodeWav(record(sound, sr, 0.5 * artist.tilt, recording, Dice.at(seed, c, g, 3, t)), sr);
          },
        };
      }),
    );
  });
}
