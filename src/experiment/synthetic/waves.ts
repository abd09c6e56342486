/**
 * Wave tables: one period of a tone, summed from sines that a rotation recurrence makes, so that no transcendental
 * function of the host (which differ between machines) takes part.
 */

/** Length of a period; a power of two. */
export const TABLE = 2048;
/** cos and sin of 2 pi / 2048, to the last bit of a double. */
const COSINE = 0.9999952938095762;
const SINE = 0.003067956762965976;

/** One period of a sine, with its first value again at the end for interpolation. */
export const sine: Float64Array = (() => {
  const table = new Float64Array(TABLE + 1);
  let [x, y] = [1, 0];
  for (let i = 0; i < TABLE; i++) {
    table[i] = y;
    [x, y] = [x * COSINE - y * SINE, x * SINE + y * COSINE];
  }
  return table;
})();

/** Ratios of the twelve semitones above a tone, 2^(i/12). */
const SEMITONES = [
  1,
  1.0594630943592953,
  1.122462048309373,
  1.189207115002721,
  1.2599210498948732,
  1.3348398541700344,
  Math.SQRT2,
  1.4983070768766815,
  1.5874010519681994,
  1.681792830507429,
  1.7817974362806785,
  1.887748625363387,
];

/** Frequency in Hz of a MIDI note; 69 is 440 Hz. */
export function frequencyOf(note: number): number {
  const steps = note - 69;
  const octave = Math.floor(steps / 12);
  let frequency = 440 * SEMITONES[steps - 12 * octave];
  for (let i = 0; i < octave; i++) frequency *= 2;
  for (let i = 0; i > octave; i--) frequency /= 2;
  return frequency;
}

/** Strength of each harmonic from the first on. */
type Spectrum = (harmonic: number) => number;

const spectra = {
  saw: (h) => 0.55 / h,
  square: (h) => (h % 2 === 1 ? 0.8 / h : 0),
  /** Drawbars 8', 4', 2 2/3', 2'. */
  organ: (h) => [0.5, 0.35, 0.25, 0.2, 0, 0.08, 0, 0.12][h - 1] ?? 0,
  /** Odd harmonics with a bump, as reeds have. */
  reed: (h) => (h > 24 ? 0 : (h % 2 === 1 ? 0.5 : 0.22) / (1 + 0.35 * (h > 4 ? h - 4 : 4 - h))),
  /** Bowed string: a saw with resonances. */
  bowed: (h) => (0.5 / h) * (h === 2 || h === 3 || h === 5 ? 1.5 : h > 8 ? 0.6 : 1),
  flute: (h) => [0.8, 0.22, 0.08, 0.02][h - 1] ?? 0,
} satisfies Record<string, Spectrum>;

/** The tones that tables exist for. */
export type Wave = keyof typeof spectra;

const tables = new Map<string, Float64Array>();

/**
 * One period of a tone, with no harmonic above what `limit` allows.
 *
 * @param limit highest harmonic that is still below half the sample rate; rounded down to a power of two
 */
export function waveTable(wave: Wave, limit: number): Float64Array {
  let harmonics = 1;
  while (harmonics * 2 <= Math.min(limit, 64)) harmonics *= 2;
  const key = `${wave}/${harmonics}`;
  const known = tables.get(key);
  if (known) return known;
  const table = new Float64Array(TABLE + 1);
  for (let h = 1; h <= harmonics; h++) {
    const strength = spectra[wave](h);
    if (strength === 0) continue;
    for (let i = 0; i <= TABLE; i++) table[i] += strength * sine[(i * h) & (TABLE - 1)];
  }
  tables.set(key, table);
  return table;
}

/** Value of a table at `phase` in [0, 1), interpolated. */
export function lookUp(table: Float64Array, phase: number): number {
  const position = phase * TABLE;
  const i = Math.floor(position);
  return table[i] + (position - i) * (table[i + 1] - table[i]);
}
