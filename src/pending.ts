/** What a stream has received and not yet used up, in wasm memory: the carry between its blocks. */
import type { Block, Kernels } from './kernels.ts';

/** A growing row of float32 values, taken off at the front; the cost per value is constant on average. */
export class PendingValues {
  readonly #wasm: Kernels;
  #block: Block | undefined;
  #length = 0;

  constructor(wasm: Kernels) {
    this.#wasm = wasm;
  }

  /** How many values are held. */
  get length(): number {
    return this.#length;
  }

  /** Where they begin. */
  get pointer(): number {
    return this.#block?.pointer ?? 0;
  }

  /**
   * Adds a copy of `values` at the end, unless one of them is NaN, infinite or above `limit` in size.
   *
   * @returns whether it was added
   */
  append(values: Float32Array, limit: number): boolean {
    const to = this.#reserve(values.length);
    this.#wasm.write(to, values);
    if (this.#wasm.exports.anyBeyond(to, limit, values.length)) return false;
    this.#length += values.length;
    return true;
  }

  /** Adds `count` values at the end, contents undefined; returns where they are to be written, at once. */
  extend(count: number): number {
    const to = this.#reserve(count);
    this.#length += count;
    return to;
  }

  /** Adds zeros at the end until `length` values are held. */
  pad(length: number): void {
    const count = length - this.#length;
    if (count <= 0) return;
    this.#wasm.write(this.#reserve(count), new Float32Array(count));
    this.#length = length;
  }

  /** Forgets the first `count` values, all of them where there are fewer. */
  drop(count: number): void {
    const kept = Math.max(0, this.#length - count);
    this.#wasm.move(this.pointer, this.pointer + 4 * count, 4 * kept);
    this.#length = kept;
  }

  /** Gives the memory back; what is held is forgotten. */
  dispose(): void {
    this.#block?.dispose();
    this.#block = undefined;
    this.#length = 0;
  }

  /** Makes room for `count` values more; where they go. */
  #reserve(count: number): number {
    const needed = 4 * (this.#length + count);
    if (!this.#block || needed > this.#block.byteLength) {
      const grown = this.#wasm.allocate(Math.max(needed, 2 * (this.#block?.byteLength ?? 0)));
      this.#wasm.move(grown.pointer, this.pointer, 4 * this.#length);
      this.#block?.dispose();
      this.#block = grown;
    }
    return this.#block.pointer + 4 * this.#length;
  }
}
