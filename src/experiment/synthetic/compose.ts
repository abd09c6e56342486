/** From an arrangement to sound: a grid of sixteenths, four parts, each on its bus. */
import type { Arrangement, Artist } from './arrange.ts';
import type { Dice } from './dice.ts';
import { type Drum, strike } from './drums.ts';
import { type Instrument, instruments, type Timbre } from './instruments.ts';
import { driven, reverberate } from './mix.ts';
import type { Progression, Rhythm } from './styles.ts';

/** One bar of sixteenths: `x` is played, `o` half of the time. */
const rhythms: Record<Rhythm, Partial<Record<Drum, string>>> = {
  straight: { kick: 'x-----o-x-o-----', snare: '----x-------x--o', hat: 'x-x-x-x-x-x-x-x-' },
  half: { boom: 'x-----o---o---o-', snare: '--------x-------', hat: 'x-x-x-x-x-x-x-xo' },
  shuffle: { kick: 'x-----o-x-----o-', snare: '----x-------x---', hat: 'x-x-x-x-x-x-x-x-' },
  swing: { kick: 'o-------o-------', ride: 'x---x-x-x---x-x-', hat: '----x-------x---', rim: '--o---o---o---o-' },
  brushes: { brush: 'x-x-x-x-x-x-x-x-', kick: 'o-------o-------' },
  four: { kick: 'x---x---x---x---', open: '--x---x---x---x-', clap: '----x-------x---', hat: 'o-oo-oo-o-oo-oo-' },
  break: { boom: 'x-o---o---x-o---', snare: '----x--o----x---', hat: 'x-x-x-xox-x-x-xo' },
  onedrop: { kick: '--------x-------', rim: '--------x-----o-', hat: '--x-o-x---x-o-x-' },
  none: {},
};

/** Chords of a bar each, as semitones above the key; repeated. */
const progressions: Record<Progression, readonly (readonly number[])[]> = {
  pop: [
    [0, 4, 7],
    [7, 11, 14],
    [9, 12, 16],
    [5, 9, 12],
  ],
  minor: [
    [0, 3, 7],
    [8, 12, 15],
    [3, 7, 10],
    [10, 14, 17],
  ],
  blues: [
    [0, 4, 7, 10],
    [5, 9, 12, 15],
    [0, 4, 7, 10],
    [7, 11, 14, 17],
  ],
  turnaround: [
    [2, 5, 9, 12],
    [7, 11, 14, 17],
    [0, 4, 7, 11],
    [9, 13, 16, 19],
  ],
  classical: [
    [0, 4, 7],
    [5, 9, 12],
    [7, 11, 14],
    [0, 4, 7],
  ],
  drone: [[0, 3, 7, 10]],
};

const scales: Record<Progression, readonly number[]> = {
  pop: [0, 2, 4, 7, 9],
  minor: [0, 2, 3, 5, 7, 8, 10],
  blues: [0, 3, 5, 6, 7, 10],
  turnaround: [0, 2, 4, 5, 7, 9, 11],
  classical: [0, 2, 4, 5, 7, 9, 11],
  drone: [0, 3, 5, 7, 10],
};

/** Steps of a bar on which a chord pattern plays, and how long, in sixteenths. */
const strokes = {
  strummed: { steps: [0, 2, 4, 6, 8, 10, 12, 14], length: 2 },
  held: { steps: [0], length: 15 },
  offbeat: { steps: [2, 6, 10, 14], length: 1 },
  broken: { steps: [0, 2, 4, 6, 8, 10, 12, 14], length: 3 },
  comped: { steps: [0, 3, 6, 10, 13], length: 2 },
};

/** The grid of one track. */
interface Grid {
  sr: number;
  samples: number;
  bars: number;
  /** Sample at which a sixteenth begins, with swing. */
  at(bar: number, step: number): number;
  /** Length of `steps` sixteenths in samples. */
  length(steps: number): number;
}

function gridOf({ tempo, swing }: Arrangement, sr: number, samples: number): Grid {
  const beat = (60 / tempo) * sr;
  const at = (bar: number, step: number) => {
    // Swing moves the second eighth from 1/2 towards 2/3 of the beat, and the sixteenths around it by half of that.
    const late = [0, 1 / 12, 1 / 6, 1 / 12][step % 4] * swing;
    return Math.floor(beat * (bar * 4 + Math.floor(step / 4) + (step % 4) / 4 + late));
  };
  return { sr, samples, bars: Math.ceil(samples / (4 * beat)), at, length: (steps) => Math.floor((beat * steps) / 4) };
}

/** Adds notes of one instrument to a bus. */
type Sound = (start: number, length: number, pitch: number, level: number) => void;

function soundOf(bus: Float64Array, sr: number, instrument: Instrument, timbre: Timbre, dice: Dice): Sound {
  return (start, length, pitch, level) => {
    if (start < bus.length) instruments[instrument](bus, sr, { start, length, pitch, level }, timbre, dice);
  };
}

function playDrums(bus: Float64Array, grid: Grid, { rhythm, energy }: Arrangement, { kit }: Artist, dice: Dice) {
  for (let bar = 0; bar < grid.bars; bar++) {
    for (const [drum, pattern] of Object.entries(rhythms[rhythm]) as [Drum, string][]) {
      for (let step = 0; step < 16; step++) {
        const mark = pattern[step];
        if (mark === '-' || (mark === 'o' && !dice.chance(0.2 + 0.6 * energy))) continue;
        const level = dice.between(0.55, 0.8) + 0.3 * energy;
        const start = grid.at(bar, step);
        if (start < bus.length) strike(bus, grid.sr, drum, start, level, kit, dice);
      }
    }
  }
}

function playBass(play: Sound, grid: Grid, { bassLine, key, progression, energy }: Arrangement, dice: Dice) {
  const chords = progressions[progression];
  const root = 28 + ((key + 8) % 12);
  for (let bar = 0; bar < grid.bars; bar++) {
    const chord = chords[bar % chords.length];
    const note = (step: number, steps: number, tone: number) =>
      play(grid.at(bar, step), grid.length(steps), root + (tone % 12), 0.6 + 0.25 * energy);
    switch (bassLine) {
      case 'eighths':
        for (let step = 0; step < 16; step += 2) note(step, 1.8, chord[0]);
        break;
      case 'halves':
        note(0, 7.5, chord[0]);
        note(8, 7.5, dice.chance(0.5) ? chord[2] : chord[0]);
        break;
      case 'walking':
        for (let step = 0; step < 16; step += 4) note(step, 3.6, step === 0 ? chord[0] : dice.oneOf(chord));
        break;
      case 'syncopated':
        for (const step of [0, 3, 6, 10, 13]) if (step === 0 || dice.chance(0.65)) note(step, 2.5, dice.oneOf(chord));
        break;
      case 'offbeat':
        for (const step of [2, 6, 10, 14]) note(step, 1.6, chord[0]);
    }
  }
}

function playChords(play: Sound, grid: Grid, arrangement: Arrangement, dice: Dice) {
  const { pattern, key, progression, energy, chords: instrument } = arrangement;
  const chords = progressions[progression];
  const { steps, length } = strokes[pattern];
  // Overdriven thirds growl: power chords, an octave lower.
  const base = 48 + ((key + 5) % 12) - (instrument === 'drive' ? 12 : 0);
  for (let bar = 0; bar < grid.bars; bar++) {
    const chord = chords[bar % chords.length];
    const tones = instrument === 'drive' ? [chord[0], chord[0] + 7, chord[0] + 12] : chord;
    steps.forEach((step, i) => {
      if (i > 0 && !dice.chance(0.55 + 0.4 * energy)) return;
      const level = (0.3 + 0.15 * energy) * dice.between(0.8, 1);
      const played = pattern === 'broken' ? [tones[i % tones.length] + (i % 4 === 3 ? 12 : 0)] : tones;
      played.forEach((tone, t) => {
        // Strings of a stroke follow one another within some milliseconds.
        const start = grid.at(bar, step) + (pattern === 'strummed' ? Math.floor(t * 0.008 * grid.sr) : 0);
        play(start, grid.length(length), base + tone, pattern === 'broken' ? level * 1.7 : level);
      });
    });
  }
}

function playLead(play: Sound, grid: Grid, { key, progression, energy }: Arrangement, dice: Dice) {
  const scale = scales[progression];
  const base = 60 + ((key + 5) % 12);
  let degree = Math.floor(dice.between(0, scale.length));
  for (let bar = 0; bar < grid.bars; bar++) {
    let step = dice.chance(0.3) ? 4 : 0;
    while (step < 16) {
      const steps = dice.oneOf(energy > 0.5 ? [1, 2, 2, 3, 4] : [2, 3, 4, 4, 6, 8]);
      if (dice.chance(0.8)) {
        degree += dice.oneOf([-2, -1, -1, 0, 1, 1, 2]);
        degree = Math.max(-3, Math.min(scale.length + 3, degree));
        const octave = Math.floor(degree / scale.length);
        const pitch = base + 12 * octave + scale[degree - octave * scale.length];
        play(grid.at(bar, step), grid.length(steps * 0.92), pitch, 0.35 + 0.2 * energy);
      }
      step += steps;
    }
  }
}

/**
 * Plays a track, before its collection's recording: about -1 to 1.
 *
 * @param sr sample rate
 * @param seconds its length
 */
export function compose(
  arrangement: Arrangement,
  artist: Artist,
  { sr, seconds }: { sr: number; seconds: number },
  dice: Dice,
): Float64Array {
  const samples = Math.floor(sr * seconds);
  const grid = gridOf(arrangement, sr, samples);
  const { bass, chords, lead, energy } = arrangement;
  const [drumLevel, bassLevel, chordLevel, leadLevel] = artist.levels;
  const mix = new Float64Array(samples);
  const add = (bus: Float64Array, level: number) => {
    for (let i = 0; i < samples; i++) mix[i] += level * bus[i];
  };
  const part = (player: Instrument, timbre: Timbre, level: number, play: (sound: Sound) => void) => {
    const bus = new Float64Array(samples);
    play(soundOf(bus, sr, player, timbre, dice));
    add(player === 'drive' ? driven(bus, sr, 4 + 14 * energy, timbre.brightness) : bus, level);
  };
  const drums = new Float64Array(samples);
  playDrums(drums, grid, arrangement, artist, dice);
  add(drums, drumLevel);
  if (bass !== 'none') part(bass, artist.bass, bassLevel, (sound) => playBass(sound, grid, arrangement, dice));
  part(chords, artist.chords, chordLevel, (sound) => playChords(sound, grid, arrangement, dice));
  if (lead !== 'none') part(lead, artist.lead, leadLevel, (sound) => playLead(sound, grid, arrangement, dice));
  return reverberate(mix, sr, artist.room);
}
