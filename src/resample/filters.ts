/**
 * How a filter is computed, chosen by the ratio of the rates, and the cache of filters.
 *
 * A ratio of few phases (44.1 to 22.05 kHz is 1 output to 2 inputs) goes by spectra: overlap-save in blocks that lie fixed
 * on the signal, an eighth of the arithmetic. Other ratios go there by a rate in between, at least 1.4 times the lower one,
 * to which a ratio of few phases leads (48 to 22.05 kHz: 32 kHz): the sharp filter goes by spectra, and what it leaves of the
 * band is so narrow that 32 taps interpolate it. Where no such rate is found, each output is a row of the sharp filter's taps.
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
/** A transform costs about as much as the products of so many spectra. */
const TRANSFORM_COST = 6;
/** Outputs of a block below which a transform is mostly overlap. */
const LEAST_VALID = 64;
/** The rate in between, relative to the lower one: its images begin so far above the band that 32 taps hold them down. */
const OVERSAMPLING = 1.4;
/** Half of these taps, and Kaiser's window for 140 dB. */
const SHORT = 16;
const SHORT_BETA = 14.46926;

/** What a filter lets through, in units of its input's rate. */
interface Design {
  /** Middle of the transition, relative to the Nyquist frequency. */
  readonly cutoff: number;
  /** Half its length in samples. */
  readonly width: number;
  readonly beta: number;
  /** The lower of the signal's rates, which says how finely an interpolated table has to be made. */
  readonly lower: number;
}

const halfOf = ({ width }: Design) => 8 * Math.ceil(width / 8);

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
    readonly design: Design,
  ) {
    this.half = halfOf(design);
  }

  /** What the kernels take. */
  protected get shape(): readonly [number, number, number, number] {
    const { cutoff, width, beta } = this.design;
    return [cutoff, width, beta, this.half];
  }

  /** How many outputs can be computed from `length` samples. */
  abstract outputsOf(length: number, phase: number): number;

  /** A number of outputs, at least `nOut`, that can be computed together, and the samples which they take. */
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

  constructor(wasm: Kernels, step: number, phases: number, design: Design) {
    super(step, phases, design);
    const taps = 2 * this.half;
    const grid = Math.ceil(GRID * design.lower);
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
    return last < 0 ? 0 : 4 * Math.floor(Math.ceil(((last + 1) * this.phases - phase) / this.step) / 4);
  }

  wholeOf(atLeast: number, phase: number): { nOut: number; length: number } {
    const nOut = 4 * Math.max(1, Math.ceil(atLeast / 4));
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

  constructor(wasm: Kernels, step: number, phases: number, design: Design) {
    super(step, phases, design);
    this.#valid = validOf(step, phases, design);
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

/** Outputs for each phase of a block: what the transform's length leaves beside the taps, a multiple of 4. */
function validOf(step: number, phases: number, design: Design): number {
  const latest = Math.floor(((phases - 1) * step) / phases) + 2 * halfOf(design) - 1;
  return 4 * Math.floor((LENGTH - Math.floor(latest / step)) / 4);
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** The cheapest ratio of few phases to a rate in between that will do; `undefined` where there is none. */
function ratioBetween(design: Design): { step: number; phases: number } | undefined {
  let least = Number.POSITIVE_INFINITY;
  let best: { step: number; phases: number } | undefined;
  for (let phases = 1; phases <= MOST_SPECTRA; phases++) {
    for (let step = 1; step * phases <= MOST_SPECTRA; step++) {
      const valid = validOf(step, phases, design);
      if (valid < LEAST_VALID || phases < OVERSAMPLING * design.lower * step) continue;
      const cost = (TRANSFORM_COST * (step + phases) + step * phases) / (valid * step);
      if (cost < least) {
        least = cost;
        best = { step, phases };
      }
    }
  }
  return best;
}

/** The filters through which a signal goes, one after the other, for a ratio in lowest terms. */
function makeFilters(wasm: Kernels, step: number, phases: number): readonly Filter[] {
  const lower = Math.min(1, phases / step);
  const sharp = { cutoff: CUTOFF * lower, width: ZEROS / lower, beta: BETA, lower };
  if (step * phases <= MOST_SPECTRA) return [new SpectralFilter(wasm, step, phases, sharp)];
  const between = ratioBetween(sharp);
  if (!between) return [new TapFilter(wasm, step, phases, sharp)];
  const short = { cutoff: 1, width: SHORT, beta: SHORT_BETA, lower: (lower * between.step) / between.phases };
  const rest = [step * between.phases, phases * between.step];
  const divisor = greatestCommonDivisor(rest[0], rest[1]);
  return [
    new SpectralFilter(wasm, between.step, between.phases, sharp),
    new TapFilter(wasm, rest[0] / divisor, rest[1] / divisor, short),
  ];
}

/** Filters by ratio, the least recently used first, for each instance of the module. */
const caches = new WeakMap<Kernels, Map<string, readonly Filter[]>>();

/**
 * The filters of a ratio, each of which the caller must `release`.
 *
 * @param step inputs to `phases` outputs
 */
export function filtersFor(wasm: Kernels, step: number, phases: number): readonly Filter[] {
  const divisor = greatestCommonDivisor(step, phases);
  const cache = caches.get(wasm) ?? new Map<string, readonly Filter[]>();
  caches.set(wasm, cache);
  const key = `${step / divisor}/${phases / divisor}`;
  const filters = cache.get(key) ?? makeFilters(wasm, step / divisor, phases / divisor);
  cache.delete(key);
  cache.set(key, filters);
  if (cache.size > CACHED) {
    const [oldest, evicted] = cache.entries().next().value as [string, readonly Filter[]];
    cache.delete(oldest);
    for (const filter of evicted) filter.evict();
  }
  return filters.map((filter) => filter.acquire());
}
