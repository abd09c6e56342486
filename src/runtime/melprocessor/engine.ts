/** From the channels of an audio graph to blocks of log-Mel frames: what the AudioWorklet does, without its names. */
import type { FrontEnd } from '../../frontend.ts';
import { LogMel, type LogMelOptions } from '../../mel.ts';
import { Resampler } from '../../resample.ts';

/**
 * Samples that are gathered before they are worked on: fewer calls and less garbage than quantum by quantum, and still a
 * small part of one quantum's time.
 */
const GATHERED = 512;

/** As `checkSamplesOf`: beyond it a sample is no audio. */
const LARGEST_SAMPLE = 1e10;

/** What a `MelEngine` is made for. */
export interface MelEngineOptions {
  /** Samples a second of what comes in. */
  readonly sampleRate: number;
  /** The front end. */
  readonly mel: LogMelOptions;
  /** Frames in a block, at least 1. */
  readonly blockLength: number;
}

/**
 * Takes channels in pieces of any size and gives blocks of frames: those of
 * `logMelSpectrogram(resample(mean of channels))`, bit for bit.
 */
export class MelEngine {
  /** The record of the frames. */
  readonly frontEnd: FrontEnd;
  /** Samples that were NaN, infinite or beyond 1e10, and counted as 0: a stream of sound has nobody to refuse them to. */
  repaired = 0;
  readonly #emit: (data: Float32Array<ArrayBuffer>, rows: number) => void;
  readonly #resampler: Resampler;
  readonly #logMel: LogMel;
  readonly #blockLength: number;
  readonly #nMels: number;
  readonly #gathered = new Float32Array(GATHERED);
  #held = 0;
  #empty = true;
  #block: Float32Array<ArrayBuffer> | undefined;
  #rows = 0;

  /**
   * @param emit gets each block `(rows, nMels)`, which is its own from then on
   * @throws ParameterError on rates or a front end that will not do
   */
  constructor(
    { sampleRate, mel, blockLength }: MelEngineOptions,
    emit: (data: Float32Array<ArrayBuffer>, rows: number) => void,
  ) {
    this.#resampler = new Resampler({ origSr: sampleRate, targetSr: mel.sr });
    this.#logMel = new LogMel(mel);
    this.frontEnd = this.#logMel.frontEnd;
    this.#nMels = this.frontEnd.nMels as number;
    this.#blockLength = blockLength;
    this.#emit = emit;
  }

  /**
   * Takes the next samples.
   *
   * @param channels any number of them, also another number than before; none is silence
   * @param length samples to take of each, which all have
   */
  push(channels: readonly Float32Array[], length: number): void {
    for (let from = 0; from < length; ) {
      const count = Math.min(length - from, GATHERED - this.#held);
      this.#mix(channels, from, count);
      this.#held += count;
      from += count;
      if (this.#held === GATHERED) this.#work();
    }
    if (length > 0) this.#empty = false;
  }

  /** Ends the signal: what its end completes comes out, and the last block, which may be short. */
  end(): void {
    if (this.#empty) return;
    this.#work();
    this.#gather(this.#resampler.flush());
    this.#collect(this.#logMel.flush().data);
    if (this.#block && this.#rows > 0) this.#post(this.#block.slice(0, this.#rows * this.#nMels));
    this.#empty = true;
  }

  /** Gives the tables back. */
  dispose(): void {
    this.#resampler.dispose();
    this.#logMel.dispose();
  }

  /** The mean of the channels, summed in float64 in their order and rounded once, as `decode` does. */
  #mix(channels: readonly Float32Array[], from: number, count: number): void {
    const to = this.#gathered;
    const at = this.#held;
    if (channels.length === 0) {
      to.fill(0, at, at + count);
      return;
    }
    const [first] = channels;
    for (let i = 0; i < count; i++) {
      let sum = first[from + i];
      for (let c = 1; c < channels.length; c++) sum += channels[c][from + i];
      const mean = sum / channels.length;
      // Written so that NaN fails it.
      if (Math.abs(mean) <= LARGEST_SAMPLE) {
        to[at + i] = mean;
      } else {
        to[at + i] = 0;
        this.repaired++;
      }
    }
  }

  #work(): void {
    this.#gather(this.#resampler.push(this.#gathered.subarray(0, this.#held)));
    this.#held = 0;
  }

  #gather(y: Float32Array): void {
    if (y.length > 0) this.#collect(this.#logMel.push(y).data);
  }

  #collect(rows: Float32Array): void {
    for (let from = 0; from < rows.length; from += this.#nMels) {
      this.#block ??= new Float32Array(this.#blockLength * this.#nMels);
      this.#block.set(rows.subarray(from, from + this.#nMels), this.#rows * this.#nMels);
      this.#rows++;
      if (this.#rows === this.#blockLength) this.#post(this.#block);
    }
  }

  #post(block: Float32Array<ArrayBuffer>): void {
    const rows = this.#rows;
    this.#block = undefined;
    this.#rows = 0;
    this.#emit(block, rows);
  }
}
