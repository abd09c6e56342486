/** From a style to what one track plays: artists keep their instruments and their sound, tracks vary the rest. */
import type { Dice } from './dice.ts';
import type { Kit } from './drums.ts';
import type { Instrument, Timbre } from './instruments.ts';
import {
  type BassLine,
  type ChordPattern,
  type Player,
  type Progression,
  type Rhythm,
  type Style,
  styles,
} from './styles.ts';

/** Everything that is decided before a note sounds. */
export interface Arrangement {
  tempo: number;
  swing: number;
  rhythm: Rhythm;
  bass: Player;
  bassLine: BassLine;
  chords: Instrument;
  pattern: ChordPattern;
  lead: Player;
  progression: Progression;
  /** Semitones above C. */
  key: number;
  /** 0 (calm) to 1 (wild): how much is played, how hard. */
  energy: number;
}

/** What the tracks of one artist have in common. */
export interface Artist {
  arrangement: Arrangement;
  bass: Timbre;
  chords: Timbre;
  lead: Timbre;
  kit: Kit;
  /** Levels of drums, bass, chords, lead. */
  levels: readonly [number, number, number, number];
  /** Share of reverberation, 0 to 0.4. */
  room: number;
  /** Tilt of the mix: below 0 darker, above 0 brighter; -1 to 1. */
  tilt: number;
}

function arrange(style: Style, dice: Dice): Arrangement {
  const pick = <K extends keyof Style>(part: K): Style[K] => {
    const borrowed = style.related.length > 0 && dice.chance(0.16);
    return borrowed ? styles[dice.oneOf(style.related)][part] : style[part];
  };
  return {
    tempo: dice.between(...pick('tempo')),
    swing: dice.between(...pick('swing')),
    rhythm: dice.pick(pick('rhythm')),
    bass: dice.pick(pick('bass')),
    bassLine: dice.pick(pick('bassLine')),
    chords: dice.pick(pick('chords')),
    pattern: dice.pick(pick('pattern')),
    lead: dice.pick(pick('lead')),
    progression: dice.pick(pick('progression')),
    key: Math.floor(dice.between(0, 12)),
    energy: dice.uniform(),
  };
}

/** Draws an artist of a style. */
export function drawArtist(style: Style, dice: Dice): Artist {
  const timbre = (): Timbre => ({
    brightness: dice.uniform(),
    ring: dice.uniform(),
    detune: dice.between(0.0015, 0.006),
  });
  return {
    arrangement: arrange(style, dice),
    bass: timbre(),
    chords: timbre(),
    lead: timbre(),
    kit: { pitch: dice.uniform(), ring: dice.uniform(), brightness: dice.uniform() },
    levels: [dice.between(0.45, 1), dice.between(0.5, 1), dice.between(0.5, 1), dice.between(0.4, 0.9)],
    room: dice.between(0, 0.35),
    tilt: dice.between(-0.8, 0.8),
  };
}

/** What one track of an artist plays: each decision is the artist's usual one, or drawn anew from the style. */
export function drawTrack(artist: Artist, style: Style, dice: Dice): Arrangement {
  const usual = artist.arrangement;
  const fresh = arrange(style, dice);
  const keep = <K extends keyof Arrangement>(part: K): Arrangement[K] => (dice.chance(0.6) ? usual[part] : fresh[part]);
  return {
    tempo: fresh.tempo,
    swing: keep('swing'),
    rhythm: keep('rhythm'),
    bass: keep('bass'),
    bassLine: keep('bassLine'),
    chords: keep('chords'),
    pattern: keep('pattern'),
    lead: keep('lead'),
    progression: keep('progression'),
    key: fresh.key,
    energy: fresh.energy,
  };
}
