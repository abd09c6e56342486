/**
 * Band-limited resampling to the wanted rate, any ratio of whole rates, whole signals and streams.
 *
 * One filter serves all ratios, scaled to the lower of the two rates: a sinc with 80 zero crossings a side under a Kaiser
 * window (designed for 120 dB). Relative to the lower Nyquist frequency it passes 0 to 0.9 within 0.001 dB and is below
 * -115 dB from 1.0 on, so neither aliases nor images can be told from the noise of 16-bit sound. Its phase is linear and
 * its delay taken off. Ratios of few phases (44.1 to 22.05 kHz) go by spectra, most others by spectra to a rate in between and by
 * short interpolation from there: `resample/filters.ts`. Either way rounding and images are 130 to 140 dB below what sounds at
 * the time.
 */
import { KernelsError } from './errors.ts';
import { type Kernels, kernels } from './kernels.ts';
import { checkNumber, checkOptions } from './options.ts';
import { filtersFor } from './resample/filters.ts';
import { Stage } from './resample/stage.ts';
import { checkSamplesOf, checkSamplesType, LARGEST_SAMPLE } from './samples.ts';

/**
 * Version of the numerics from one rate to another, for caches of what was made from files. It rises whenever bits change; 3 is by
 * spectra. No model asks for it: unlike `FRONT_END_VERSION`, it tells features apart by errors 115 dB and more below the signal.
 */
export const RESAMPLER_VERSION = 3;

/** From which rate to which. */
export interface ResampleOptions {
  /** Sample rate of the input in Hz, an integer from 1 000 to 768 000. */
  origSr: number;
  /** Sample rate of the output in Hz, an integer from 1 000 to 768 000. */
  targetSr: number;
}

/** Samples, of the higher rate, that are worked on at once, so that memory does not grow with the signal. */
const CHUNK = 1 << 16;

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
  readonly #rates: ResampleOptions;
  readonly #wasm: Kernels;
  /** None where the rates are equal and nothing is filtered. */
  readonly #stages: readonly Stage[];
  /** Samples of the signal taken, and outputs given. */
  #taken = 0;
  #given = 0;

  constructor(rates: ResampleOptions) {
    this.#rates = rates;
    this.#wasm = kernels();
    const filters = rates.origSr === rates.targetSr ? [] : filtersFor(this.#wasm, rates.origSr, rates.targetSr);
    // A filter that another one follows also gives what that needs before the signal.
    this.#stages = filters.map((filter, i) => new Stage(this.#wasm, filter, (filters[i + 1]?.half ?? 1) - 1));
    this.#begin();
  }

  /** Samples of the whole output for `n` of the input. */
  lengthOf(n: number): number {
    return Math.ceil((n * this.#rates.targetSr) / this.#rates.origSr);
  }

  /** Samples that are worked on at once. */
  get chunk(): number {
    return Math.ceil(CHUNK * Math.min(1, this.#rates.origSr / this.#rates.targetSr));
  }

  /** How many samples of output are complete after `n` samples more. */
  outputsAfter(n: number): number {
    return this.#stages.reduce((count, stage) => stage.outputsAfter(count), n);
  }

  /**
   * Takes `y` and writes the output that it completes to the start of `out`; returns how many samples that is.
   *
   * @throws ParameterError on a sample that will not do; none of its chunk is taken
   */
  take(where: string, y: Float32Array, out: Float32Array): number {
    const [first] = this.#stages;
    let written = 0;
    for (let from = 0; from < y.length; from += this.chunk) {
      const part = y.subarray(from, from + this.chunk);
      const rest = out.subarray(written);
      if (first) {
        if (!first.input.append(part, LARGEST_SAMPLE)) checkSamplesOf(where, part, from);
        written += this.#compute(rest);
      } else {
        checkSamplesOf(where, part, from);
        rest.set(part);
        written += part.length;
      }
      this.#taken += part.length;
    }
    return written;
  }

  /** How many samples `finish` will give. */
  get rest(): number {
    return this.#stages.length > 0 ? this.lengthOf(this.#taken) - this.#given : 0;
  }

  /** Ends the signal: writes the rest of the output to `out`, which has room for just that. */
  finish(out: Float32Array): void {
    if (out.length > 0) {
      const counts = new Array<number>(this.#stages.length).fill(0);
      let wanted = out.length;
      for (let i = counts.length - 1; i >= 0 && wanted > 0; i--) {
        const { nOut, missing } = this.#stages[i].wholeOf(wanted);
        counts[i] = nOut;
        wanted = missing;
      }
      const { input } = this.#stages[0];
      input.pad(input.length + wanted);
      this.#compute(out, counts);
    }
    this.#begin();
  }

  dispose(): void {
    for (const stage of this.#stages) stage.dispose();
  }

  #begin(): void {
    this.#stages.forEach((stage, i) => {
      stage.begin(this.#stages[i - 1]);
    });
    this.#taken = 0;
    this.#given = 0;
  }

  /**
   * Computes what is complete, or as many outputs of each stage as `counts` says. `out` gets as many as it holds; returns how
   * many these are.
   */
  #compute(out: Float32Array, counts?: readonly number[]): number {
    let written = 0;
    this.#stages.forEach((stage, i) => {
      const nOut = counts ? counts[i] : stage.outputsAfter(0);
      if (nOut === 0) return;
      if (i + 1 < this.#stages.length) {
        stage.compute(nOut, this.#stages[i + 1].input.extend(nOut));
        return;
      }
      const values = out.subarray(0, nOut);
      this.#wasm.run((_, { reserve }) => {
        const to = reserve(4 * nOut);
        stage.compute(nOut, to);
        this.#wasm.copyF32(to, values);
      });
      written = values.length;
    });
    this.#given += written;
    return written;
  }
}

/**
 * `resample` for a signal that arrives in blocks: the samples of all `push` and the `flush` are, bit for bit, those of
 * `resample` over the whole signal. Output lags behind input by half a filter (80 samples of the lower rate), and comes
 * in blocks where spectra are at work: of 704 samples from 44.1 to 22.05 kHz, 32 ms, of 49 ms from 48 kHz.
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
