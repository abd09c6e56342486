/** Notes: each instrument adds one to a buffer. Plucked strings, tables with envelopes, frequency modulation. */
import type { Dice } from './dice.ts';
import { frequencyOf, lookUp, sine, type Wave, waveTable } from './waves.ts';

/** What is played. Times in samples. */
export interface Note {
  start: number;
  length: number;
  /** MIDI note. */
  pitch: number;
  /** 0 to 1. */
  level: number;
}

/** How one player sounds: what the tracks of an artist have in common. */
export interface Timbre {
  /** 0 (dull) to 1 (bright). */
  brightness: number;
  /** 0 (short) to 1 (long). */
  ring: number;
  /** Detuning of doubled tones, as a ratio around 0.003. */
  detune: number;
}

type Play = (out: Float64Array, sr: number, note: Note, timbre: Timbre, dice: Dice) => void;

/** Attack and release in samples, and how fast the tone falls while it is held (a factor per sample). */
interface Envelope {
  attack: number;
  release: number;
  fall: number;
}

/** Room for one bare tone; reused, since a track has thousands. */
let scratch = new Float64Array(0);

/** Samples that a note sounds, with its release, and room for its bare tone. */
function roomFor(out: Float64Array, note: Note, release: number): Float64Array {
  const length = Math.max(0, Math.min(out.length - note.start, note.length + release));
  if (scratch.length < length) scratch = new Float64Array(2 * length);
  return scratch.subarray(0, length);
}

/** Adds a bare tone under an envelope to the buffer; the release sounds after the note's end. */
function addEnveloped(out: Float64Array, note: Note, bare: Float64Array, { attack, release, fall }: Envelope) {
  let held = note.level;
  for (let i = 0; i < bare.length; i++) {
    const rise = i < attack ? i / attack : 1;
    const left = i < note.length ? 1 : 1 - (i - note.length) / release;
    out[note.start + i] += held * rise * left * bare[i];
    held *= fall;
  }
}

/** A string: a delay line that is fed back through a low-pass (Karplus and Strong, 1983). */
function plucked(damping: number, pick: number): Play {
  return (out, sr, note, { brightness, ring }, dice) => {
    const frequency = frequencyOf(note.pitch);
    const pass = Math.min(0.95, damping + 0.35 * brightness);
    // The low-pass delays by about (1 - pass) / pass samples, which the line is shorter by.
    const delay = Math.max(2, sr / frequency - (1 - pass) / pass);
    const whole = Math.floor(delay);
    const line = new Float64Array(whole + 2);
    const noise = dice.noise(whole + 2);
    const soft = pick + 0.5 * brightness;
    let state = 0;
    for (let i = 0; i < line.length; i++) {
      state += Math.min(1, soft) * (noise[i] - state);
      line[i] = state;
    }
    const loss = 1 - (1 - ring * 0.6) * 0.9 * (frequency / sr) * 0.35;
    const fraction = delay - whole;
    let low = 0;
    let at = 0;
    const envelope = { attack: 8, release: Math.floor(sr * 0.08), fall: 1 };
    const bare = roomFor(out, note, envelope.release);
    for (let i = 0; i < bare.length; i++) {
      const oldest = at + 1 === line.length ? 0 : at + 1;
      const older = oldest + 1 === line.length ? 0 : oldest + 1;
      const value = line[oldest] * fraction + line[older] * (1 - fraction);
      low += pass * (value - low);
      line[at] = loss * low;
      at = oldest;
      bare[i] = value * 1.6;
    }
    addEnveloped(out, note, bare, envelope);
  };
}

/** A tone out of one or two tables, with vibrato, breath and a low-pass. */
interface ToneSettings {
  wave: Wave;
  /** Seconds. */
  attack: number;
  /** Seconds. */
  release: number;
  /** Seconds until a held tone has fallen to a third; 0 holds. */
  decay: number;
  /** Depth as a ratio, e.g. 0.006. */
  vibrato?: number;
  doubled?: boolean;
  /** Share of noise. */
  breath?: number;
  /** Cutoff of the low-pass as a multiple of the pitch at brightness 0 and 1. */
  cutoff: readonly [number, number];
}

function tone(settings: ToneSettings): Play {
  return (out, sr, note, timbre, dice) => {
    const frequency = frequencyOf(note.pitch);
    const table = waveTable(settings.wave, (0.45 * sr) / frequency);
    const step = frequency / sr;
    const [dull, bright] = settings.cutoff;
    const cutoff = frequency * (dull + (bright - dull) * timbre.brightness);
    // One-pole low-pass; 6.28 f / sr is its coefficient for low f.
    const pass = Math.min(1, (6.283 * cutoff) / sr);
    const second = settings.doubled ? step * (1 + timbre.detune) : 0;
    let [phase, other, low] = [dice.uniform(), dice.uniform(), 0];
    let wobble = dice.uniform();
    const envelope = {
      attack: Math.max(8, Math.floor(settings.attack * sr)),
      release: Math.max(8, Math.floor(settings.release * sr)),
      fall: settings.decay ? 1 - 1 / (settings.decay * (0.6 + 0.8 * timbre.ring) * sr) : 1,
    };
    const bare = roomFor(out, note, envelope.release);
    const breath = settings.breath ? dice.noise(bare.length) : undefined;
    for (let i = 0; i < bare.length; i++) {
      let bend = 1;
      if (settings.vibrato) {
        wobble += 5.5 / sr;
        wobble -= Math.floor(wobble);
        bend = 1 + settings.vibrato * lookUp(sine, wobble);
      }
      phase += step * bend;
      phase -= Math.floor(phase);
      let value = lookUp(table, phase);
      if (second) {
        other += second * bend;
        other -= Math.floor(other);
        value = 0.6 * (value + lookUp(table, other));
      }
      if (breath) value += (settings.breath as number) * breath[i];
      low += pass * (value - low);
      bare[i] = low;
    }
    addEnveloped(out, note, bare, envelope);
  };
}

/** Frequency modulation of one sine by another whose depth falls (Chowning, 1973): electric pianos and bells. */
function modulated(ratio: number, depth: number, depthFall: number, decay: number): Play {
  return (out, sr, note, { brightness, ring }) => {
    const step = frequencyOf(note.pitch) / sr;
    let [carrier, modulator] = [0, 0];
    let index = depth * (0.4 + 1.1 * brightness);
    const indexFall = 1 - 1 / (depthFall * sr);
    const envelope = {
      attack: Math.floor(sr * 0.003) + 1,
      release: Math.floor(sr * 0.12),
      fall: 1 - 1 / (decay * (0.5 + ring) * sr),
    };
    const bare = roomFor(out, note, envelope.release);
    for (let i = 0; i < bare.length; i++) {
      modulator += step * ratio;
      modulator -= Math.floor(modulator);
      carrier += step;
      carrier -= Math.floor(carrier);
      index *= indexFall;
      const phase = carrier + index * lookUp(sine, modulator);
      bare[i] = 0.7 * lookUp(sine, phase - Math.floor(phase));
    }
    addEnveloped(out, note, bare, envelope);
  };
}

const piano = modulated(1, 0.32, 0.35, 0.9);
const hammer = plucked(0.55, 0.3);

/** Every instrument by its name. */
export const instruments = {
  guitar: plucked(0.5, 0.25),
  /** The same string, for the overdriven bus. */
  drive: plucked(0.6, 0.5),
  piano: (out, sr, note, timbre, dice) => {
    piano(out, sr, { ...note, level: note.level * 0.6 }, timbre, dice);
    hammer(out, sr, { ...note, level: note.level * 0.6 }, timbre, dice);
  },
  epiano: modulated(14, 0.06, 0.15, 0.8),
  bell: modulated(3.5, 0.25, 0.8, 1.1),
  organ: tone({ wave: 'organ', attack: 0.01, release: 0.05, decay: 0, cutoff: [6, 20], vibrato: 0.002, doubled: true }),
  strings: tone({
    wave: 'bowed',
    attack: 0.12,
    release: 0.2,
    decay: 0,
    cutoff: [4, 14],
    vibrato: 0.004,
    doubled: true,
  }),
  violin: tone({ wave: 'bowed', attack: 0.06, release: 0.1, decay: 0, cutoff: [6, 18], vibrato: 0.007 }),
  pad: tone({ wave: 'saw', attack: 0.2, release: 0.4, decay: 0, cutoff: [1.5, 7], doubled: true }),
  synth: tone({ wave: 'square', attack: 0.004, release: 0.05, decay: 0.5, cutoff: [3, 16], doubled: true }),
  flute: tone({ wave: 'flute', attack: 0.05, release: 0.08, decay: 0, cutoff: [6, 14], vibrato: 0.005, breath: 0.05 }),
  reed: tone({ wave: 'reed', attack: 0.03, release: 0.06, decay: 0, cutoff: [5, 16], vibrato: 0.006, breath: 0.03 }),
  upright: plucked(0.35, 0.12),
  pickbass: plucked(0.5, 0.35),
  synthbass: tone({ wave: 'saw', attack: 0.004, release: 0.04, decay: 0.3, cutoff: [3, 9] }),
  subbass: tone({ wave: 'flute', attack: 0.006, release: 0.08, decay: 1.2, cutoff: [3, 6] }),
} satisfies Record<string, Play>;

/** Name of an instrument. */
export type Instrument = keyof typeof instruments;
