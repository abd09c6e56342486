/** A queue between what arrives by itself and who asks for it, as an asynchronous iterator. */

/**
 * Holds what has come and was not asked for yet, up to a limit; then the oldest goes. `end` or `fail` closes it once it is
 * empty. Leaving the loop early (`return`) calls `onLeave`.
 */
export class Queue<T> implements AsyncIterableIterator<T> {
  #items: T[] = [];
  #closed = false;
  #error: Error | undefined;
  readonly #waiting: {
    resolve: (result: IteratorResult<T, undefined>) => void;
    reject: (reason: unknown) => void;
  }[] = [];

  /** @param limit most items held, 1 or more, or infinity */
  constructor(
    readonly limit: number,
    private readonly onLeave: (queue: Queue<T>) => void = () => {},
  ) {}

  put(item: T): void {
    if (this.#closed) return;
    const next = this.#waiting.shift();
    if (next) {
      next.resolve({ value: item, done: false });
      return;
    }
    this.#items.push(item);
    if (this.#items.length > this.limit) this.#items.shift();
  }

  /** Nothing more will come. */
  end(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  /** Nothing more will come, because of an error: who asks first for more gets it, once. */
  fail(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    const [first, ...others] = this.#waiting.splice(0);
    if (first) first.reject(error);
    else this.#error = error;
    for (const { resolve } of others) resolve({ value: undefined, done: true });
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) return { value: item, done: false };
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error;
    if (this.#closed) return { value: undefined, done: true };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    this.#error = undefined;
    this.end();
    this.onLeave(this);
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
