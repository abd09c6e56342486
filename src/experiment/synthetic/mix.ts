/** What happens to sound after it is played: overdrive, room, and the recording of a collection. */
import type { Dice } from './dice.ts';

/** A soft limit at -1 and 1, by division alone. */
const limited = (value: number) => value / (1 + Math.abs(value));

/** Overdrive into a speaker that swallows the top. */
export function driven(bus: Float64Array, sr: number, gain: number, brightness: number): Float64Array {
  const pass = Math.min(1, (6.283 * (1800 + 3200 * brightness)) / sr);
  const out = new Float64Array(bus.length);
  let [first, second] = [0, 0];
  for (let i = 0; i < bus.length; i++) {
    first += pass * (limited(gain * bus[i]) - first);
    second += pass * (first - second);
    out[i] = 0.6 * second;
  }
  return out;
}

/** Delays of the room's four combs in seconds, with no common factor. */
const combs = [0.0297, 0.0371, 0.0411, 0.0437];

/** Adds a room: four combs side by side, each losing its top (Schroeder, 1962). */
export function reverberate(dry: Float64Array, sr: number, share: number): Float64Array {
  const out = dry.slice();
  if (share === 0) return out;
  for (const seconds of combs) {
    const line = new Float64Array(Math.floor(seconds * sr));
    let [at, low] = [0, 0];
    for (let i = 0; i < dry.length; i++) {
      const echo = line[at];
      low += 0.5 * (echo - low);
      line[at] = dry[i] + 0.78 * low;
      at = at + 1 === line.length ? 0 : at + 1;
      out[i] += 0.25 * share * echo;
    }
  }
  return out;
}

/** How the recordings of a collection differ from those of the next: desk, medium, age. */
export interface Recording {
  /** Cutoff of the high end in Hz. */
  top: number;
  /** Cutoff of the low end in Hz. */
  bottom: number;
  /** Darker (below 0) or brighter (above 0), -1 to 1; the artist's tilt is added. */
  tilt: number;
  /** Level of hiss. */
  hiss: number;
  /** How hard loud and soft are drawn together: 0 not at all. */
  compression: number;
  /** Root mean square that tracks are brought to. */
  loudness: number;
}

/** Root mean square of a signal, or a tiny number for silence. */
function rootMeanSquare(y: Float64Array): number {
  let sum = 0;
  for (const value of y) sum += value * value;
  return Math.max(1e-9, Math.sqrt(sum / y.length));
}

/** Records a track as its collection does. */
export function record(dry: Float64Array, sr: number, tilt: number, recording: Recording, dice: Dice): Float64Array {
  const { top, bottom, hiss, compression, loudness } = recording;
  const pass = Math.min(1, (6.283 * top) / sr);
  const block = Math.min(1, (6.283 * bottom) / sr);
  const middle = (6.283 * 900) / sr;
  const slope = Math.max(-0.85, Math.min(1.5, recording.tilt + tilt));
  const y = new Float64Array(dry.length);
  let [low1, low2, under, dark] = [0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    dark += middle * (dry[i] - dark);
    // What lies above the middle is weighed by the tilt.
    const tilted = dark + (1 + slope) * (dry[i] - dark);
    low1 += pass * (tilted - low1);
    low2 += pass * (low1 - low2);
    under += block * (low2 - under);
    y[i] = low2 - under;
  }
  const gain = loudness / rootMeanSquare(y);
  const noise = dice.noise(y.length);
  let level = loudness;
  const follow = 1 / (0.05 * sr);
  for (let i = 0; i < y.length; i++) {
    const value = gain * y[i];
    level += follow * (Math.abs(value) - level);
    const squeezed = value / (1 + compression * (level / loudness));
    y[i] = squeezed * (1 + compression * 0.8) + hiss * noise[i];
  }
  return y;
}
