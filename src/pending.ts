/** What a stream has received and not yet used up: the carry between its blocks. */

/** A growing row of float32 values, taken off at the front; the cost per value is constant on average. */
export class PendingValues {
  #data = new Float32Array(0);
  #length = 0;

  /** How many values are held. */
  get length(): number {
    return this.#length;
  }

  /** The values held: a view that is good until the next `append` or `drop`. */
  get values(): Float32Array {
    return this.#data.subarray(0, this.#length);
  }

  /** Adds a copy of `values` at the end. */
  append(values: Float32Array): void {
    this.#grow(this.#length + values.length);
    this.#data.set(values, this.#length);
    this.#length += values.length;
  }

  /** Adds `count` zeros at the end. */
  appendZeros(count: number): void {
    this.#grow(this.#length + count);
    this.#data.fill(0, this.#length, this.#length + count);
    this.#length += count;
  }

  /** Forgets the first `count` values, all of them where there are fewer. */
  drop(count: number): void {
    this.#data.copyWithin(0, count, this.#length);
    this.#length = Math.max(0, this.#length - count);
  }

  #grow(length: number): void {
    if (length <= this.#data.length) return;
    const grown = new Float32Array(Math.max(length, 2 * this.#data.length));
    grown.set(this.values);
    this.#data = grown;
  }
}
