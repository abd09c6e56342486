/**
 * The two ways to compute the same filter, chosen by the ratio of the rates, and the cache of filters.
 *
 * A ratio of few phases (44.1 to 22.05 kHz is 1 output to 2 inputs) goes by spectra: overlap-save in blocks that lie fixed
 * on the signal, an eighth of the arithmetic. Any other ratio goes output by output, a row of taps each.
 */
import type { KernelExports } from '../exports.ts';
import type { Block, Kernels, Scratch } from '../kernels.ts';

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
/** Filters kept for the next signal of the same ratio. */
const CACHED = 8;
/** Values of a transform. */
const LENGTH = 512;
/** Spectra of a filter, 4 KiB each: one from each input to each output of a cycle of the ratio. */
const MOST_SPECTRA = 16;

/**
 * The filter of one ratio, `step` inputs to `phases` outputs, in wasm memory; shared by the resamplers that use it, given back
 * after the last one.
 *
 * What lengths, counts and phases mean: the input at hand begins with the first tap of the output computed next, which
 * stands `phase / phases` of a sample behind.
 */
export abstract class Filter {
  /** Taps on each side, a multiple of 8. */
  readonly half: number;
  protected abstract readonly table: Block;
  #users = 0;
  #kept = true;

  constructor(
    readonly step: number,
    readonly phases: number,
  ) {
    this.half = 8 * Math.ceil(ZEROS / this.scale / 8);
  }

  /** The lower rate relative to the input's. */
  protected get scale(): number {
    return Math.min(1, this.phases / this.step);
  }

  /** Cutoff and width in units of the input's rate, the window, and the half length: what the kernels take. */
  protected get shape(): readonly [number, number, number, number] {
    return [CUTOFF * this.scale, ZEROS / this.scale, BETA, this.half];
  }

  /** How many outputs can be computed from `length` samples. */
  abstract outputsOf(length: number, phase: number): number;

  /** A number of outputs, at least `nOut` and 1, that can be computed together, and the samples which they take. */
  abstract wholeOf(nOut: number, phase: number): { nOut: number; length: number };

  /** Computes `nOut` outputs, as many as `outputsOf` or `wholeOf` said, to `out` from the samples at `x`. */
  abstract compute(exports: KernelExports, scratch: Scratch, out: number, x: number, nOut: number, phase: number): void;

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

/** A row of taps for every phase, or for the phases of a grid between which outputs are interpolated. */
class TapFilter extends Filter {
  /** Rows to a sample between which to interpolate, or 0 where every phase has its row. */
  readonly #grid: number;
  protected readonly table: Block;

  constructor(wasm: Kernels, step: number, phases: number) {
    super(step, phases);
    const taps = 2 * this.half;
    const grid = Math.ceil(GRID * this.scale);
    const exact = phases * taps <= LARGEST_TABLE || phases <= grid + 3;
    this.#grid = exact ? 0 : grid;
    const nRows = exact ? phases : grid + 3;
    const table = wasm.allocate(4 * nRows * taps);
    this.table = table;
    wasm.run((k, { reserve }) => {
      k.resampleFilter(table.pointer, reserve(8 * taps), ...this.shape, exact ? phases : grid, exact ? 0 : -1, nRows);
    });
  }

  outputsOf(length: number, phase: number): number {
    // Output i begins at floor((phase + i * step) / phases), which may be up to `last`. All integers stay below 2^53.
    const last = length - 2 * this.half;
    return last < 0 ? 0 : Math.ceil(((last + 1) * this.phases - phase) / this.step);
  }

  wholeOf(atLeast: number, phase: number): { nOut: number; length: number } {
    const nOut = Math.max(1, atLeast);
    return { nOut, length: Math.floor((phase + (nOut - 1) * this.step) / this.phases) + 2 * this.half };
  }

  compute(k: KernelExports, _scratch: Scratch, out: number, x: number, nOut: number, phase: number): void {
    const place = [nOut, phase, this.step, this.phases, this.half] as const;
    if (this.#grid === 0) k.resampleBlock(out, x, this.table.pointer, ...place);
    else k.resampleBlockBetween(out, x, this.table.pointer, ...place, this.#grid);
  }
}

/**
 * Spectra of the taps. Blocks come in pairs, which are transformed as the real and the imaginary part of one signal; a
 * pair always begins a multiple of pairs behind the signal's start, so that its bits do not depend on how samples arrive.
 */
class SpectralFilter extends Filter {
  /** Outputs of one block for each phase: what the transform's length leaves beside the taps, a multiple of 4. */
  readonly #valid: number;
  protected readonly table: Block;

  static serves(step: number, phases: number): boolean {
    return step * phases <= MOST_SPECTRA;
  }

  constructor(wasm: Kernels, step: number, phases: number) {
    super(step, phases);
    const latest = Math.floor(((phases - 1) * step) / phases) + 2 * this.half - 1;
    this.#valid = 4 * Math.floor((LENGTH - Math.floor(latest / step)) / 4);
    const table = wasm.allocate(wasm.exports.resampleSpectraSize(step, phases));
    this.table = table;
    wasm.run((k, { reserve }) => {
      k.resampleSpectra(table.pointer, reserve(k.resampleSpectraWork(this.half)), ...this.shape, step, phases);
    });
  }

  /** Outputs of a pair. */
  get #pair(): number {
    return 2 * this.#valid * this.phases;
  }

  outputsOf(length: number): number {
    const transforms = Math.floor(length / this.step) - LENGTH + this.#valid;
    return Math.max(0, Math.floor(transforms / (2 * this.#valid))) * this.#pair;
  }

  wholeOf(atLeast: number): { nOut: number; length: number } {
    const pairs = Math.max(1, Math.ceil(atLeast / this.#pair));
    return { nOut: pairs * this.#pair, length: ((2 * pairs - 1) * this.#valid + LENGTH) * this.step };
  }

  compute(k: KernelExports, { reserve }: Scratch, out: number, x: number, nOut: number): void {
    const work = reserve(k.resamplePairsWork(this.step, this.phases));
    k.resamplePairs(out, x, this.table.pointer, work, nOut / this.#pair, this.step, this.phases, this.#valid);
  }
}

/** Filters by ratio, the least recently used first, for each instance of the module. */
const caches = new WeakMap<Kernels, Map<string, Filter>>();

/** The filter of a ratio in lowest terms, which the caller must `release`. */
export function filterFor(wasm: Kernels, step: number, phases: number): Filter {
  const cache = caches.get(wasm) ?? new Map<string, Filter>();
  caches.set(wasm, cache);
  const key = `${step}/${phases}`;
  const make = () => new (SpectralFilter.serves(step, phases) ? SpectralFilter : TapFilter)(wasm, step, phases);
  const filter = cache.get(key) ?? make();
  cache.delete(key);
  cache.set(key, filter);
  if (cache.size > CACHED) {
    const [oldest, evicted] = cache.entries().next().value as [string, Filter];
    cache.delete(oldest);
    evicted.evict();
  }
  return filter.acquire();
}
