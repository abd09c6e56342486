/** Work on several items at once whose results come in the order of the items, with a bound on what is begun. */

/** What `mapOrdered` is given beside its items. */
export interface OrderedOptions {
  /** How many items may be begun whose results have not been taken, at least 1. */
  readonly limit: number;
  /** Ends the waiting; what was begun is the caller's to stop. */
  readonly signal?: AbortSignal;
}

/**
 * Begins `work` for the next items while earlier results are awaited, and yields the results in the order of the items.
 *
 * No item is taken from `items` before there is room for it, so that a generator may open files as it is asked for them. A
 * slow source does not hold back results that are ready.
 *
 * @param work of one item; where it rejects, so does the iteration when that item's turn comes
 * @throws the signal's reason; what `items` throws, after the results of the items before
 */
export async function* mapOrdered<I, O>(
  items: Iterable<I> | AsyncIterable<I>,
  { limit, signal }: OrderedOptions,
  work: (item: I, index: number) => Promise<O>,
): AsyncGenerator<O, void, undefined> {
  signal?.throwIfAborted();
  const source = items as Partial<AsyncIterable<I>> & Iterable<I>;
  const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]();
  const queue: Promise<O>[] = [];
  let pull: Promise<IteratorResult<I>> | undefined;
  let isEnded = false;
  let index = 0;
  // One waiting at a time, which the signal ends; racing against one promise for all of them would keep each alive.
  let interrupt = (_reason: unknown) => {};
  const stop = () => interrupt(signal?.reason);
  const wait = <T>(promise: Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      interrupt = reject;
      if (signal?.aborted) reject(signal.reason);
      promise.then(resolve, reject);
    });
  const begin = async (next: Promise<IteratorResult<I>>) => {
    pull = undefined;
    // A source that has failed has ended, too.
    isEnded = true;
    const { done, value } = await next;
    if (done) return;
    isEnded = false;
    const result = work(value, index++);
    // It is looked at when its turn comes; until then its failure is nobody's surprise.
    result.catch(() => {});
    queue.push(result);
  };
  /** Whether the next item is here (or is known to fail) before the next result. */
  const itemComesFirst = (next: Promise<unknown>) => {
    const arrived = next.then(
      () => true,
      () => queue.length === 0,
    );
    const ready = queue[0]?.then(
      () => false,
      () => false,
    );
    return wait(ready ? Promise.race([arrived, ready]) : arrived);
  };
  signal?.addEventListener('abort', stop);
  try {
    for (;;) {
      if (!isEnded && queue.length < limit) {
        pull ??= new Promise((resolve) => resolve(iterator.next()));
        if (await itemComesFirst(pull)) {
          await begin(pull);
          continue;
        }
      }
      const first = queue.shift();
      if (!first) return;
      yield await wait(first);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    // Not awaited: a source that hangs must not keep the caller from leaving.
    if (!isEnded) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
