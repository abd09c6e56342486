/** Where decoders put their samples: mixes to mono, counts, stops at the wanted length, and gathers warnings. */
import { DecodeError } from '../errors.ts';
import { findNonFinite } from '../options.ts';

/** Rates that are believed; others are a header's lie (or no audio). */
const MIN_RATE = 1000;
const MAX_RATE = 1_536_000;

/** Beyond this many warnings of one file only their number is told. */
const MAX_WARNINGS = 20;

/**
 * Mono mean of channels, a float64 sum in channel order, rounded once, so equal channels give themselves exactly.
 *
 * @param mono room for as many samples as a channel has
 * @returns how many samples were mixed: all, or those before the first that is not finite, or up to three fewer
 */
function mixDown(mono: Float32Array, channels: readonly Float32Array[]): number {
  const [first, second] = channels;
  if (channels.length === 2) return mixTwo(mono, first, second);
  if (channels.length === 1) mono.set(first);
  else {
    const sums = new Float64Array(first.length);
    for (const channel of channels) for (let i = 0; i < sums.length; i++) sums[i] += channel[i];
    for (let i = 0; i < sums.length; i++) mono[i] = sums[i] / channels.length;
  }
  const bad = findNonFinite(mono);
  return bad < 0 ? mono.length : bad;
}

/** Mixes in fours, of which a sum of squares tells whether all are finite. */
function mixTwo(mono: Float32Array, first: Float32Array, second: Float32Array): number {
  const inFours = mono.length - (mono.length % 4);
  for (let i = 0; i < inFours; i += 4) {
    const a = (first[i] + second[i]) * 0.5;
    const b = (first[i + 1] + second[i + 1]) * 0.5;
    const c = (first[i + 2] + second[i + 2]) * 0.5;
    const d = (first[i + 3] + second[i + 3]) * 0.5;
    // Written so that NaN fails it. Four float32 squares stay far below the largest float64.
    if (!(a * a + b * b + c * c + d * d < Number.POSITIVE_INFINITY)) return i;
    mono[i] = a;
    mono[i + 1] = b;
    mono[i + 2] = c;
    mono[i + 3] = d;
  }
  for (let i = inFours; i < mono.length; i++) {
    const mean = (first[i] + second[i]) * 0.5;
    if (!Number.isFinite(mean)) return i;
    mono[i] = mean;
  }
  return mono.length;
}

/** The receiving end of one decode. */
export class Sink {
  /** Sample rate in Hz; 0 until the header is read. */
  sr = 0;
  /** Channels of the file; 0 until the header is read. */
  channels = 0;
  /** Samples written so far. */
  length = 0;
  readonly warnings: string[] = [];
  /** Mono samples since the last `take`, in memory that is used again and again; how many they are. */
  #mixed = new Float32Array(0);
  #held = 0;
  #limit = Number.POSITIVE_INFINITY;
  #untold = 0;
  #currentChannels = 0;

  /**
   * @param where the public function that was called, the first word of every message
   * @param name the file's name, or `""`
   * @param seconds how much to keep, or `undefined` for all
   * @param onWarning is told of each warning as it comes
   */
  constructor(
    readonly where: string,
    readonly name: string,
    readonly seconds: number | undefined,
    readonly onWarning?: (message: string) => void,
  ) {}

  /** Whether all that was asked for has been written. */
  get full(): boolean {
    return this.length >= this.#limit;
  }

  /**
   * Takes the header's rate and number of channels; the rate may not change afterwards.
   *
   * @throws DecodeError on values that no audio has, and on a change of rate
   */
  start(sr: number, channels: number): void {
    if (!(sr >= MIN_RATE && sr <= MAX_RATE)) {
      throw this.error(
        `the header announces ${sr} samples a second, possible are ${MIN_RATE} to ${MAX_RATE}; the header is damaged`,
      );
    }
    if (!(channels >= 1))
      throw this.error(`the header announces ${channels} channels; the header is damaged, or this is no audio`);
    if (this.sr !== 0 && this.sr !== sr) {
      throw this.error(
        `the sample rate changes from ${this.sr} to ${sr} Hz after ${this.#time()} s; split the file there, or convert it ` +
          'to one rate, e.g. with "ffmpeg -i in -ar 44100 out.flac"',
      );
    }
    if (this.sr === 0) {
      this.channels = channels;
      if (this.seconds !== undefined) this.#limit = Math.max(1, Math.round(this.seconds * sr));
    } else if (this.#currentChannels !== channels) {
      this.warn(`the number of channels changes from ${this.#currentChannels} to ${channels} after ${this.#time()} s`);
    }
    this.sr = sr;
    this.#currentChannels = channels;
  }

  /**
   * Takes the next samples, one array a channel, all equally long; they are only read, and only now.
   *
   * @throws DecodeError on NaN and infinity, naming the sample
   */
  write(channels: readonly Float32Array[]): void {
    if (channels.length === 0 || channels[0].length === 0 || this.full) return;
    const wanted = Math.min(channels[0].length, this.#limit - this.length);
    const kept = channels.map((samples) => samples.subarray(0, wanted));
    const mixed = mixDown(this.#room(wanted), kept);
    if (mixed < wanted) throw this.#notFinite(kept, mixed);
    this.#held += wanted;
    this.length += wanted;
  }

  /** What was written since the last call, mixed to mono: a view that is good until the next `write`. */
  take(): Float32Array {
    const taken = this.#mixed.subarray(0, this.#held);
    this.#held = 0;
    return taken;
  }

  /** Where the next `count` samples go. */
  #room(count: number): Float32Array {
    const end = this.#held + count;
    if (end > this.#mixed.length) {
      const grown = new Float32Array(Math.max(end, 2 * this.#mixed.length));
      grown.set(this.#mixed.subarray(0, this.#held));
      this.#mixed = grown;
    }
    return this.#mixed.subarray(this.#held, end);
  }

  /** Tells of a fault that decoding survived. Speaks in the past about the file, ends with no full stop. */
  warn(message: string): void {
    if (this.warnings.length < MAX_WARNINGS) this.#tell(message);
    else this.#untold += 1;
  }

  #tell(message: string): void {
    this.warnings.push(message);
    this.onWarning?.(message);
  }

  /** The error that a decoder throws: it names the file. */
  error(message: string, cause?: unknown): DecodeError {
    const subject = this.name === '' ? '' : `${this.name}: `;
    return new DecodeError(
      `${this.where}: ${subject}${message}`,
      this.name,
      cause === undefined ? undefined : { cause },
    );
  }

  /**
   * Ends the file.
   *
   * @throws DecodeError when nothing was written
   */
  finish(): void {
    if (this.#untold > 0) this.#tell(`and ${this.#untold} more of the kind`);
    this.#untold = 0;
    if (this.length > 0) return;
    const reason = this.warnings.length > 0 ? ` (${this.warnings.join('; ')})` : '';
    throw this.error(`holds no samples${reason}; drop the file, or fetch it again`);
  }

  #time(): string {
    return (this.length / this.sr).toFixed(3);
  }

  /** @param from where to look */
  #notFinite(channels: readonly Float32Array[], from: number): DecodeError {
    let i = from;
    while (channels.every((samples) => Number.isFinite(samples[i]))) i += 1;
    const channel = channels.findIndex((samples) => !Number.isFinite(samples[i]));
    return this.error(
      `sample ${this.length + i} of channel ${channel} is ${channels[channel][i]}; repair the file, e.g. write it again as ` +
        '16-bit or 24-bit PCM',
    );
  }
}
