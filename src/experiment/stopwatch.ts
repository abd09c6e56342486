/** Where a run's time goes. */
import type { ExperimentHooks } from './config.ts';
import type { Timings } from './output.ts';

/** Hands progress on, and takes the time of each stage on the way. */
export class Stopwatch {
  readonly #hooks: ExperimentHooks;
  readonly #stages = new Map<string, number>();
  #last = performance.now();

  constructor(hooks: ExperimentHooks) {
    this.#hooks = hooks;
  }

  /** Time since the last report counts for the stage that reports now. */
  readonly progress = (stage: string, done: number, total: number): void => {
    const now = performance.now();
    this.#stages.set(stage, (this.#stages.get(stage) ?? 0) + (now - this.#last));
    this.#last = now;
    this.#hooks.onProgress?.({ stage, done, total });
  };

  timings(): Timings {
    return [...this.#stages].map(([stage, ms]) => ({ stage, seconds: Math.round(ms) / 1000 }));
  }
}
