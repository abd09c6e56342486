/** The genres of the synthetic corpus: what tends to be played, how fast, on what. Our own caricatures. */
import type { Weights } from './dice.ts';
import type { Instrument } from './instruments.ts';

/** Drum patterns of one bar; see `rhythms`. */
export type Rhythm = 'straight' | 'half' | 'shuffle' | 'swing' | 'brushes' | 'four' | 'break' | 'onedrop' | 'none';
/** How the bass moves. */
export type BassLine = 'eighths' | 'halves' | 'walking' | 'syncopated' | 'offbeat';
/** How chords are played. */
export type ChordPattern = 'strummed' | 'held' | 'offbeat' | 'broken' | 'comped';
/** Which chords follow one another. */
export type Progression = 'pop' | 'minor' | 'blues' | 'turnaround' | 'classical' | 'drone';
/** An instrument, or nobody. */
export type Player = Instrument | 'none';

/** What one genre draws from. */
export interface Style {
  /** Beats per minute. */
  tempo: readonly [number, number];
  /** How late every second eighth comes: 0 straight, 1 a triplet. */
  swing: readonly [number, number];
  rhythm: Weights<Rhythm>;
  bass: Weights<Player>;
  bassLine: Weights<BassLine>;
  chords: Weights<Instrument>;
  pattern: Weights<ChordPattern>;
  lead: Weights<Player>;
  progression: Weights<Progression>;
  /** Genres that a part is borrowed from at times, so that classes overlap as real ones do. */
  related: readonly Genre[];
}

/** The genres of the synthetic corpus. */
export type Genre = 'rock' | 'blues' | 'jazz' | 'classical' | 'electronic' | 'hiphop' | 'folk' | 'reggae';

/** Their recipes. */
export const styles: Record<Genre, Style> = {
  rock: {
    tempo: [100, 165],
    swing: [0, 0.1],
    rhythm: { straight: 6, half: 2, shuffle: 1 },
    bass: { pickbass: 6, synthbass: 1 },
    bassLine: { eighths: 6, halves: 1, syncopated: 1 },
    chords: { drive: 6, guitar: 3, organ: 1, synth: 1 },
    pattern: { strummed: 6, held: 2 },
    lead: { none: 4, drive: 4, guitar: 1, synth: 1 },
    progression: { pop: 4, minor: 4, blues: 1 },
    related: ['blues', 'electronic', 'folk'],
  },
  blues: {
    tempo: [70, 130],
    swing: [0.6, 1],
    rhythm: { shuffle: 6, straight: 2, swing: 1, none: 1 },
    bass: { pickbass: 4, upright: 3, none: 1 },
    bassLine: { walking: 4, eighths: 3 },
    chords: { guitar: 5, piano: 2, organ: 2, drive: 1 },
    pattern: { comped: 3, strummed: 3, offbeat: 1 },
    lead: { guitar: 4, drive: 2, reed: 3, none: 1 },
    progression: { blues: 8, minor: 1 },
    related: ['rock', 'jazz', 'folk'],
  },
  jazz: {
    tempo: [90, 190],
    swing: [0.6, 1],
    rhythm: { swing: 6, brushes: 3, none: 1 },
    bass: { upright: 8, none: 1 },
    bassLine: { walking: 7, halves: 2 },
    chords: { piano: 6, guitar: 2, epiano: 2 },
    pattern: { comped: 6, held: 1 },
    lead: { reed: 5, piano: 2, flute: 1, guitar: 1, none: 1 },
    progression: { turnaround: 6, blues: 2, minor: 1 },
    related: ['blues', 'classical', 'hiphop'],
  },
  classical: {
    tempo: [56, 120],
    swing: [0, 0],
    rhythm: { none: 1 },
    bass: { none: 4, strings: 3 },
    bassLine: { halves: 1 },
    chords: { strings: 5, piano: 4, organ: 1 },
    pattern: { held: 4, broken: 5 },
    lead: { violin: 4, flute: 3, reed: 1, none: 2 },
    progression: { classical: 7, minor: 2 },
    related: ['folk', 'jazz'],
  },
  electronic: {
    tempo: [115, 142],
    swing: [0, 0.1],
    rhythm: { four: 7, break: 2 },
    bass: { synthbass: 6, subbass: 3 },
    bassLine: { offbeat: 4, eighths: 3, syncopated: 2 },
    chords: { pad: 5, synth: 4, strings: 1, epiano: 1 },
    pattern: { held: 4, offbeat: 2, broken: 2, comped: 1 },
    lead: { synth: 5, bell: 2, none: 4 },
    progression: { minor: 5, pop: 2, drone: 3 },
    related: ['hiphop', 'rock'],
  },
  hiphop: {
    tempo: [78, 104],
    swing: [0.1, 0.5],
    rhythm: { break: 7, half: 3 },
    bass: { subbass: 6, upright: 2, synthbass: 1 },
    bassLine: { syncopated: 6, halves: 2 },
    chords: { epiano: 4, pad: 2, strings: 2, piano: 2, guitar: 1 },
    pattern: { held: 3, comped: 3, offbeat: 1 },
    lead: { none: 6, bell: 2, synth: 1, flute: 1 },
    progression: { drone: 4, minor: 4, turnaround: 1 },
    related: ['electronic', 'jazz', 'reggae'],
  },
  folk: {
    tempo: [76, 130],
    swing: [0, 0.3],
    rhythm: { none: 6, brushes: 3, straight: 1 },
    bass: { none: 4, upright: 4, pickbass: 1 },
    bassLine: { halves: 6, walking: 1 },
    chords: { guitar: 8, piano: 1 },
    pattern: { broken: 6, strummed: 4 },
    lead: { flute: 3, violin: 3, none: 3, guitar: 2, reed: 1 },
    progression: { pop: 6, classical: 2, minor: 2 },
    related: ['classical', 'blues', 'rock'],
  },
  reggae: {
    tempo: [68, 92],
    swing: [0, 0.4],
    rhythm: { onedrop: 8, half: 1 },
    bass: { pickbass: 4, subbass: 4 },
    bassLine: { syncopated: 7, eighths: 1 },
    chords: { guitar: 4, organ: 4, piano: 1 },
    pattern: { offbeat: 9, comped: 1 },
    lead: { none: 5, organ: 2, reed: 2, guitar: 1 },
    progression: { pop: 4, minor: 4 },
    related: ['hiphop', 'rock'],
  },
};

/** For the tag collection: anything with anything. */
export const anyStyle: Style = {
  tempo: [60, 170],
  swing: [0, 0.9],
  rhythm: { none: 3, straight: 2, half: 1, shuffle: 1, swing: 1, brushes: 1, four: 2, break: 2, onedrop: 1 },
  bass: { none: 2, pickbass: 2, upright: 2, synthbass: 2, subbass: 1 },
  bassLine: { eighths: 1, halves: 1, walking: 1, syncopated: 1, offbeat: 1 },
  chords: { guitar: 3, drive: 2, piano: 4, epiano: 2, organ: 2, strings: 2, pad: 2, synth: 2 },
  pattern: { strummed: 1, held: 1, offbeat: 1, broken: 1, comped: 1 },
  lead: { none: 4, guitar: 1, drive: 1, violin: 2, flute: 2, reed: 2, synth: 2, bell: 1 },
  progression: { pop: 1, minor: 1, blues: 1, turnaround: 1, classical: 1, drone: 1 },
  related: [],
};
