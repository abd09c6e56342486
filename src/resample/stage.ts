/** A filter at work on one signal: its input in wasm memory, and which output is computed next. */
import type { Kernels } from '../kernels.ts';
import { PendingValues } from '../pending.ts';
import type { Filter } from './filters.ts';

/** One filter of those through which a signal goes. */
export class Stage {
  /** Input from the next output's first tap on, behind `#lead` samples; starts with the zeros before the signal. */
  readonly input: PendingValues;
  readonly #filter: Filter;
  readonly #wasm: Kernels;
  /** Cycles of the ratio, before the signal, of which the outputs are given, too. */
  readonly #early: number;
  /** How far behind the start of `input` the next output's first tap lies, in phases: less than a sample. */
  #phase = 0;
  #lead = 0;

  /**
   * @param filter which the caller releases
   * @param reach how many outputs before the signal are needed at least
   */
  constructor(wasm: Kernels, filter: Filter, reach: number) {
    this.#wasm = wasm;
    this.#filter = filter;
    this.#early = Math.ceil(reach / filter.phases);
    this.input = new PendingValues(wasm);
  }

  /** How many of its inputs before the signal its first output needs. */
  get reach(): number {
    return this.#filter.half - 1;
  }

  /** Outputs given before the one that stands at the signal's start. */
  get early(): number {
    return this.#early * this.#filter.phases;
  }

  /**
   * Forgets the signal and is ready for another.
   *
   * @param before the stage that gives the input; `undefined` where that is the signal
   */
  begin(before: Stage | undefined): void {
    this.input.drop(this.input.length);
    this.#phase = 0;
    this.#lead = before ? before.early - this.reach : 0;
    if (!before) this.input.pad(this.reach + this.#early * this.#filter.step);
  }

  /** How many outputs are complete after `n` inputs more. */
  outputsAfter(n: number): number {
    return this.#filter.outputsOf(this.input.length + n - this.#lead, this.#phase);
  }

  /** A number of outputs, `nOut` or more, that can be computed together, and the inputs which are missing for them. */
  wholeOf(nOut: number): { nOut: number; missing: number } {
    const whole = this.#filter.wholeOf(nOut, this.#phase);
    return { nOut: whole.nOut, missing: Math.max(0, whole.length + this.#lead - this.input.length) };
  }

  /** Computes `nOut` outputs to the pointer `out`, and drops the input that no later one needs. */
  compute(nOut: number, out: number): void {
    const { step, phases } = this.#filter;
    this.#wasm.run((k, scratch) => {
      this.#filter.compute(k, scratch, out, this.input.pointer + 4 * this.#lead, nOut, this.#phase);
    });
    const moved = this.#phase + nOut * step;
    this.#phase = moved % phases;
    // A step is shorter than the filter, so the next output's first tap is already here.
    this.input.drop(this.#lead + (moved - this.#phase) / phases);
    this.#lead = 0;
  }

  dispose(): void {
    this.input.dispose();
    this.#filter.release();
  }
}
