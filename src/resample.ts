/**
 * Band-limited resampling to the wanted rate, any ratio of whole rates, whole signals and streams.
 *
 * One filter serves all ratios, scaled to the lower of the two rates: a sinc with 80 zero crossings a side under a Kaiser
 * window (designed for 120 dB). Relative to the lower Nyquist frequency it passes 0 to 0.9 within 0.001 dB and is below
 * -115 dB from 1.0 on, so neither aliases nor images can be told from the noise of 16-bit sound. Its phase is linear and
 * its delay taken off. Ratios of few phases (44.1 to 22.05 kHz) go by spectra, all others by taps: `resample/filters.ts`. Either
 * way the rounding of float32 is 135 to 140 dB below what sounds at the time.
 */
import { KernelsError } from './errors.ts';
import { type Kernels, kernels } from './kernels.ts';
import { checkNumber, checkOptions } from './options.ts';
import { type Filter, filterFor } from './resample/filters.ts';
import { HeldInput } from './resample/input.ts';
import { checkSamplesOf, checkSamplesType, LARGEST_SAMPLE } from './samples.ts';

/** From which rate to which. */
export interface ResampleOptions {
  /** Sample rate of the input in Hz, an integer from 1 000 to 768 000. */
  origSr: number;
  /** Sample rate of the output in Hz, an integer from 1 000 to 768 000. */
  targetSr: number;
}

/** Samples, of the higher rate, that are worked on at once, so that memory does not grow with the signal. */
const CHUNK = 1 << 15;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function checkRates(where: string, options: ResampleOptions): ResampleOptions {
  const none = { origSr: undefined, targetSr: undefined };
  const { origSr, targetSr } = checkOptions<Record<keyof ResampleOptions, unknown>>(where, options, none);
  const bounds = { min: 1000, max: 768_000, integer: true };
  return {
    origSr: checkNumber(where, 'origSr', origSr, bounds),
    targetSr: checkNumber(where, 'targetSr', targetSr, bounds),
  };
}

/** The work of `resample` and of `Resampler`: signals in parts, from samples to samples. */
class Work {
  /** `undefined` where the rates are equal and nothing is filtered. */
  readonly #filter: Filter | undefined;
  readonly #wasm: Kernels;
  /** An output is `#step / #phases` input samples behind the one before it. */
  readonly #step: number;
  readonly #phases: number;
  /** Input from the next output's first tap on; starts with the zeros before the signal. */
  readonly #input: HeldInput;
  /** How far behind the start of `#input` the next output's first tap lies, in phases: less than a sample. */
  #phase = 0;
  /** Samples of the signal taken, and outputs given. */
  #taken = 0;
  #given = 0;

  constructor({ origSr, targetSr }: ResampleOptions) {
    const divisor = greatestCommonDivisor(origSr, targetSr);
    this.#step = origSr / divisor;
    this.#phases = targetSr / divisor;
    this.#wasm = kernels();
    this.#input = new HeldInput(this.#wasm);
    if (origSr !== targetSr) this.#filter = filterFor(this.#wasm, this.#step, this.#phases);
    this.#begin();
  }

  /** Samples of the whole output for `n` of the input. */
  lengthOf(n: number): number {
    return Math.ceil((n * this.#phases) / this.#step);
  }

  /** Samples that are worked on at once. */
  get chunk(): number {
    return Math.ceil(CHUNK * Math.min(1, this.#step / this.#phases));
  }

  /** How many samples of output are complete after `n` samples more. */
  outputsAfter(n: number): number {
    return this.#filter ? this.#filter.outputsOf(this.#input.length + n, this.#phase) : n;
  }

  /**
   * Takes `y` and writes the output that it completes to the start of `out`; returns how many samples that is.
   *
   * @throws ParameterError on a sample that will not do; none of its chunk is taken
   */
  take(where: string, y: Float32Array, out: Float32Array): number {
    let written = 0;
    for (let from = 0; from < y.length; from += this.chunk) {
      const part = y.subarray(from, from + this.chunk);
      if (!this.#input.append(part, LARGEST_SAMPLE)) checkSamplesOf(where, part, from);
      this.#taken += part.length;
      const { length, pointer } = this.#input;
      if (this.#filter) written += this.#compute(this.#filter.outputsOf(length, this.#phase), out.subarray(written));
      else {
        this.#wasm.copyF32(pointer, out.subarray(written, written + length));
        this.#input.drop(length);
        written += length;
      }
    }
    return written;
  }

  /** How many samples `finish` will give. */
  get rest(): number {
    return this.#filter ? this.lengthOf(this.#taken) - this.#given : 0;
  }

  /** Ends the signal: writes the rest of the output to `out`, which has room for just that. */
  finish(out: Float32Array): void {
    if (this.#filter && out.length > 0) {
      const { nOut, length } = this.#filter.wholeOf(out.length, this.#phase);
      this.#input.pad(length);
      this.#compute(nOut, out);
    }
    this.#begin();
  }

  dispose(): void {
    this.#input.dispose();
    this.#filter?.release();
  }

  #begin(): void {
    this.#input.drop(this.#input.length);
    this.#phase = 0;
    this.#taken = 0;
    this.#given = 0;
    if (this.#filter) this.#input.pad(this.#filter.half - 1);
  }

  /** Computes `nOut` outputs, of which `out` gets as many as it holds, and drops the input that no later one needs. */
  #compute(nOut: number, out: Float32Array): number {
    const filter = this.#filter;
    if (!filter || nOut === 0) return 0;
    const values = out.subarray(0, nOut);
    this.#wasm.run((k, scratch) => {
      const to = scratch.reserve(4 * nOut);
      filter.compute(k, scratch, to, this.#input.pointer, nOut, this.#phase);
      this.#wasm.copyF32(to, values);
    });
    this.#given += values.length;
    const moved = this.#phase + nOut * this.#step;
    this.#phase = moved % this.#phases;
    // A step is shorter than the filter, so the next output's first tap is already here.
    this.#input.drop((moved - this.#phase) / this.#phases);
    return nOut;
  }
}

/**
 * `resample` for a signal that arrives in blocks: the samples of all `push` and the `flush` are, bit for bit, those of
 * `resample` over the whole signal. Output lags behind input by half a filter (80 samples of the lower rate), and comes
 * in blocks where the ratio is one of few phases: of 704 samples from 44.1 to 22.05 kHz, 32 ms.
 *
 * `flush` ends a signal; the next `push` begins another. `dispose` gives the filter back.
 */
export class Resampler {
  readonly #work: Work;
  #disposed = false;

  /** @throws ParameterError on a missing or wrong rate; KernelsError before `loadKernels` */
  constructor(options: ResampleOptions) {
    this.#work = new Work(checkRates('Resampler', options));
  }

  /**
   * Takes the next samples, any number, and returns the output that they complete, often of no samples.
   *
   * @throws ParameterError when a sample is NaN or infinite (naming its index in the block, none of which is taken)
   */
  push(y: Float32Array): Float32Array {
    this.#checkUsable('Resampler.push');
    checkSamplesType('Resampler.push', y);
    // A shorter block is checked on its way; of a longer one, a part would have been taken before the bad sample is met.
    if (y.length > this.#work.chunk) checkSamplesOf('Resampler.push', y);
    const out = new Float32Array(this.#work.outputsAfter(y.length));
    this.#work.take('Resampler.push', y, out);
    return out;
  }

  /** Ends the signal, which zeros follow, and returns the rest of the output: `ceil(n * targetSr / origSr)` in all. */
  flush(): Float32Array {
    this.#checkUsable('Resampler.flush');
    const out = new Float32Array(this.#work.rest);
    this.#work.finish(out);
    return out;
  }

  /** Gives the filter back. A second call does nothing; any other call afterwards is a KernelsError. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#work.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkUsable(where: string): void {
    if (this.#disposed) throw new KernelsError(`${where}: used after dispose; make a new Resampler`);
  }
}

/**
 * Resamples a signal, band-limited (see the head of this file for the filter).
 *
 * Sample `i` of the output stands at the time `i / targetSr`, as sample 0 of the input at 0; beyond its ends the signal
 * counts as zeros. Equal rates give a copy of the same bits.
 *
 * @param y mono samples, full scale 1, all finite; may be empty
 * @param options `origSr` and `targetSr` in Hz, integers from 1 000 to 768 000, both required
 * @returns `ceil(y.length * targetSr / origSr)` samples
 * @throws ParameterError on a missing or wrong rate, or a sample that is NaN or infinite (naming its index)
 */
export function resample(y: Float32Array, options: ResampleOptions): Float32Array {
  const rates = checkRates('resample', options);
  checkSamplesType('resample', y);
  const work = new Work(rates);
  try {
    const out = new Float32Array(work.lengthOf(y.length));
    const written = work.take('resample', y, out);
    work.finish(out.subarray(written));
    return out;
  } finally {
    work.dispose();
  }
}

/**
 * `resample` over a stream of blocks: yields samples as they are complete, never an empty block. Together they are, bit
 * for bit, those of `resample` over the whole signal, whatever the sizes of the blocks.
 *
 * @throws ParameterError as `resample`; the index is that in its block
 */
export async function* resampleStream(
  source: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  options: ResampleOptions,
): AsyncGenerator<Float32Array, void, undefined> {
  const resampler = new Resampler(options);
  try {
    for await (const y of source) {
      const out = resampler.push(y);
      if (out.length > 0) yield out;
    }
    const rest = resampler.flush();
    if (rest.length > 0) yield rest;
  } finally {
    resampler.dispose();
  }
}
