/** Drums out of falling sines and noise. */
import type { Dice } from './dice.ts';
import { lookUp, sine } from './waves.ts';

/** How one kit sounds: what the tracks of an artist have in common. Each value is 0 to 1. */
export interface Kit {
  /** Tuning of skins. */
  pitch: number;
  /** How long they ring. */
  ring: number;
  /** How much sizzle. */
  brightness: number;
}

interface Hit {
  /** Start and end of the sine in Hz, and its level; level 0 has none. */
  from: number;
  to: number;
  skin: number;
  /** Seconds until the sine has fallen to a third. */
  skinDecay: number;
  /** Level of the noise and seconds until it has fallen to a third. */
  noise: number;
  noiseDecay: number;
  /** Coefficient of the noise's high-pass: near 0 keeps all, near 1 the top alone. */
  high: number;
}

const hits = {
  kick: { from: 130, to: 48, skin: 1, skinDecay: 0.12, noise: 0.05, noiseDecay: 0.01, high: 0.2 },
  boom: { from: 90, to: 38, skin: 1.1, skinDecay: 0.3, noise: 0.03, noiseDecay: 0.01, high: 0.2 },
  snare: { from: 240, to: 170, skin: 0.35, skinDecay: 0.07, noise: 0.55, noiseDecay: 0.09, high: 0.5 },
  clap: { from: 0, to: 0, skin: 0, skinDecay: 0.1, noise: 0.6, noiseDecay: 0.06, high: 0.65 },
  rim: { from: 900, to: 800, skin: 0.35, skinDecay: 0.015, noise: 0.1, noiseDecay: 0.01, high: 0.6 },
  brush: { from: 0, to: 0, skin: 0, skinDecay: 0.1, noise: 0.16, noiseDecay: 0.12, high: 0.55 },
  hat: { from: 0, to: 0, skin: 0, skinDecay: 0.1, noise: 0.28, noiseDecay: 0.03, high: 0.92 },
  open: { from: 0, to: 0, skin: 0, skinDecay: 0.1, noise: 0.26, noiseDecay: 0.16, high: 0.9 },
  ride: { from: 3100, to: 3080, skin: 0.06, skinDecay: 0.2, noise: 0.16, noiseDecay: 0.22, high: 0.95 },
} satisfies Record<string, Hit>;

/** Name of a drum. */
export type Drum = keyof typeof hits;

/** Adds one hit to a buffer. */
export function strike(out: Float64Array, sr: number, drum: Drum, start: number, level: number, kit: Kit, dice: Dice) {
  const hit = hits[drum];
  const ring = 0.6 + 0.8 * kit.ring;
  const length = Math.floor(sr * 4.5 * ring * Math.max(hit.skin > 0 ? hit.skinDecay : 0, hit.noiseDecay));
  const end = Math.min(out.length - start, length);
  if (end <= 0) return;
  const noise = dice.noise(end);
  const tuning = 0.85 + 0.3 * kit.pitch;
  const skinFall = 1 - 1 / (hit.skinDecay * ring * sr);
  const noiseFall = 1 - 1 / (hit.noiseDecay * ring * sr);
  const pitchFall = 1 - 1 / (0.03 * sr);
  const low = 1 - hit.high * (0.9 + 0.1 * kit.brightness);
  let [skin, hiss] = [hit.skin * level, hit.noise * level * (0.6 + 0.8 * kit.brightness)];
  let [phase, above, smooth] = [0, (hit.from - hit.to) * tuning, 0];
  for (let i = 0; i < end; i++) {
    smooth += low * (noise[i] - smooth);
    phase += (hit.to * tuning + above) / sr;
    phase -= Math.floor(phase);
    out[start + i] += skin * lookUp(sine, phase) + hiss * (noise[i] - smooth);
    skin *= skinFall;
    hiss *= noiseFall;
    above *= pitchFall;
  }
}
