/**
 * Band-limited resampling to the wanted rate, any ratio of whole rates, whole signals and streams.
 *
 * One filter serves all ratios, scaled to the lower of the two rates: a sinc with 80 zero crossings a side under a Kaiser
 * window (designed for 120 dB). Relative to the lower Nyquist frequency it passes 0 to 0.9 within 0.001 dB and is below
 * -115 dB from 1.0 on, so neither aliases nor images can be told from the noise of 16-bit sound. Its phase is linear and
 * its delay taken off.
 */
import { KernelsError } from './errors.ts';
import { type Block, type Kernels, kernels } from './kernels.ts';
import { checkNumber, checkOptions } from './options.ts';
import { PendingValues } from './pending.ts';
import { checkSamplesOf } from './samples.ts';

/** From which rate to which. */
export interface ResampleOptions {
  /** Sample rate of the input in Hz, an integer from 1 000 to 768 000. */
  origSr: number;
  /** Sample rate of the output in Hz, an integer from 1 000 to 768 000. */
  targetSr: number;
}

/** Zero crossings of the sinc on each side: half the filter's length in samples of the lower rate. */
const ZEROS = 80;
/** Kaiser's window for 120 dB: 0.1102 (120 - 8.7). */
const BETA = 12.26526;
/** Middle of the transition, relative to the lower Nyquist frequency: 0.098 wide (Kaiser's formula), it ends at 1. */
const CUTOFF = 0.951;
/** Taps of a table with a row for every phase: up to 1 MiB; ratios with a larger one interpolate. */
const LARGEST_TABLE = 1 << 18;
/** Rows of an interpolated table in a sample of the lower rate: a cubic between them errs by less than -150 dB. */
const GRID = 128;
/** Samples, of the higher rate, that are worked on at once, so that memory does not grow with the signal. */
const CHUNK = 1 << 15;
/** Filters kept for the next signal of the same ratio. */
const CACHED = 8;

/** The filter of one ratio in wasm memory, shared by the resamplers that use it, given back after the last one. */
class Filter {
  /** Taps on each side, a multiple of 8. */
  readonly half: number;
  /** Rows to a sample between which to interpolate, or 0 where every phase has its row. */
  readonly grid: number;
  readonly table: Block;
  #users = 0;
  #kept = true;

  constructor(wasm: Kernels, origStep: number, phases: number) {
    const scale = Math.min(1, phases / origStep);
    this.half = 8 * Math.ceil(ZEROS / scale / 8);
    const taps = 2 * this.half;
    const grid = Math.ceil(GRID * scale);
    const exact = phases * taps <= LARGEST_TABLE || phases <= grid + 3;
    this.grid = exact ? 0 : grid;
    const nRows = exact ? phases : grid + 3;
    const size = [CUTOFF * scale, ZEROS / scale, BETA, this.half] as const;
    const table = wasm.allocate(4 * nRows * taps);
    this.table = table;
    wasm.run((k, { reserve }) => {
      const row = reserve(8 * taps);
      k.resampleFilter(table.pointer, row, ...size, exact ? phases : grid, exact ? 0 : -1, nRows);
    });
  }

  acquire(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    this.#disposeIfUnused();
  }

  /** The cache gives it up: it lives on for as long as it has users. */
  evict(): void {
    this.#kept = false;
    this.#disposeIfUnused();
  }

  #disposeIfUnused(): void {
    if (this.#users === 0 && !this.#kept) this.table.dispose();
  }
}

/** Filters by ratio, the least recently used first, for each instance of the module. */
const caches = new WeakMap<Kernels, Map<string, Filter>>();

function filterFor(wasm: Kernels, origStep: number, phases: number): Filter {
  const cache = caches.get(wasm) ?? new Map<string, Filter>();
  caches.set(wasm, cache);
  const key = `${origStep}/${phases}`;
  const filter = cache.get(key) ?? new Filter(wasm, origStep, phases);
  cache.delete(key);
  cache.set(key, filter);
  if (cache.size > CACHED) {
    const [oldest, evicted] = cache.entries().next().value as [string, Filter];
    cache.delete(oldest);
    evicted.evict();
  }
  return filter.acquire();
}

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

/**
 * `resample` for a signal that arrives in blocks: the samples of all `push` and the `flush` are, bit for bit, those of
 * `resample` over the whole signal. Output lags behind input by half a filter (80 samples of the lower rate).
 *
 * `flush` ends a signal; the next `push` begins another. `dispose` gives the filter back.
 */
export class Resampler {
  readonly #wasm: Kernels;
  /** An output is `#step / #phases` input samples behind the one before it. */
  readonly #step: number;
  readonly #phases: number;
  /** `undefined` where the rates are equal and nothing is filtered. */
  readonly #filter: Filter | undefined;
  #disposed = false;
  /** Input from the next output's first tap on; starts with the zeros before the signal. */
  readonly #pending = new PendingValues();
  /** How far behind the start of `#pending` the next output's first tap lies, in phases: less than a sample. */
  #phase = 0;

  /** @throws ParameterError on a missing or wrong rate; KernelsError before `loadKernels` */
  constructor(options: ResampleOptions) {
    const { origSr, targetSr } = checkRates('Resampler', options);
    const divisor = greatestCommonDivisor(origSr, targetSr);
    this.#step = origSr / divisor;
    this.#phases = targetSr / divisor;
    this.#wasm = kernels();
    if (origSr === targetSr) return;
    this.#filter = filterFor(this.#wasm, this.#step, this.#phases);
    this.#begin(this.#filter);
  }

  /**
   * Takes the next samples, any number, and returns the output that they complete, often of no samples.
   *
   * @throws ParameterError when a sample is NaN or infinite (naming its index in the block, none of which is taken)
   */
  push(y: Float32Array): Float32Array {
    this.#checkUsable('Resampler.push');
    checkSamplesOf('Resampler.push', y);
    if (!this.#filter) return y.slice();
    const out = new Float32Array(this.#outputsOf(this.#filter, this.#pending.length + y.length));
    let written = 0;
    const chunk = Math.ceil(CHUNK * Math.min(1, this.#step / this.#phases));
    for (let from = 0; from < y.length; from += chunk) {
      this.#pending.append(y.subarray(from, from + chunk));
      written += this.#work(this.#filter, out, written);
    }
    return out;
  }

  /** Ends the signal, which zeros follow, and returns the rest of the output: `ceil(n * targetSr / origSr)` in all. */
  flush(): Float32Array {
    this.#checkUsable('Resampler.flush');
    if (!this.#filter) return new Float32Array(0);
    this.#pending.appendZeros(this.#filter.half);
    const out = new Float32Array(this.#outputsOf(this.#filter, this.#pending.length));
    this.#work(this.#filter, out, 0);
    this.#pending.drop(this.#pending.length);
    this.#begin(this.#filter);
    return out;
  }

  /** Gives the filter back. A second call does nothing; any other call afterwards is a KernelsError. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#pending.drop(this.#pending.length);
    this.#filter?.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkUsable(where: string): void {
    if (this.#disposed) throw new KernelsError(`${where}: used after dispose; make a new Resampler`);
  }

  #begin(filter: Filter): void {
    this.#pending.appendZeros(filter.half - 1);
    this.#phase = 0;
  }

  /** How many outputs have all their taps once `length` values are pending. */
  #outputsOf(filter: Filter, length: number): number {
    // Output i begins at floor((#phase + i * #step) / #phases), which may be up to `last`. All integers stay below 2^53.
    const last = length - 2 * filter.half;
    return last < 0 ? 0 : Math.ceil(((last + 1) * this.#phases - this.#phase) / this.#step);
  }

  /** Computes what is ready into `out` from `offset` on, drops the input that no later output needs, returns the count. */
  #work(filter: Filter, out: Float32Array, offset: number): number {
    const nOut = this.#outputsOf(filter, this.#pending.length);
    if (nOut === 0) return 0;
    const values = this.#wasm.run((k, { put, reserve }) => {
      const to = reserve(4 * nOut);
      const x = put(this.#pending.values);
      const place = [nOut, this.#phase, this.#step, this.#phases, filter.half] as const;
      if (filter.grid === 0) k.resampleBlock(to, x, filter.table.pointer, ...place);
      else k.resampleBlockBetween(to, x, filter.table.pointer, ...place, filter.grid);
      return this.#wasm.readF32(to, nOut);
    });
    out.set(values, offset);
    const moved = this.#phase + nOut * this.#step;
    this.#phase = moved % this.#phases;
    // A step is shorter than the filter, so the next output's first tap is already here.
    this.#pending.drop((moved - this.#phase) / this.#phases);
    return nOut;
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
  const { origSr, targetSr } = checkRates('resample', options);
  checkSamplesOf('resample', y);
  const resampler = new Resampler({ origSr, targetSr });
  try {
    const body = resampler.push(y);
    const rest = resampler.flush();
    const out = new Float32Array(body.length + rest.length);
    out.set(body);
    out.set(rest, body.length);
    return out;
  } finally {
    resampler.dispose();
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
