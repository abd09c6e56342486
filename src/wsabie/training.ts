/** The course of one training: batches, evaluations, early stop, and what has to be kept to go on later. */
import { ParameterError } from '../errors.ts';
import type { FrontEnd } from '../frontend.ts';
import { findNonFinite } from '../options.ts';
import { Turns } from '../pause.ts';
import { HeldOut } from './evaluation.ts';
import { Portion } from './pace.ts';
import type { Scale } from './scale.ts';
import type { Split } from './sets.ts';
import type { Weights } from './space.ts';
import { type StepOptions, startWeights, Trainer } from './trainer.ts';

/** The options that a training depends on; see `WsabieParams`. */
export interface TrainingOptions extends StepOptions {
  readonly nBatches: number;
  readonly evaluateEvery: number;
  readonly patience: number | null;
}

/** One evaluation: after `batch` batches of each set. */
export interface Evaluation {
  readonly batch: number;
  /** Mean loss of the batches since the evaluation before. */
  readonly loss: number;
  /** Mean label ranking average precision of the held-out tracks; `null` where none are held out. */
  readonly score: number | null;
}

/** What a set was when the space was learned. */
export interface DatasetRecord {
  readonly name: string;
  readonly classes: readonly string[];
  /** Tracks that were learned from, tracks that were held out, and frames of both. */
  readonly nTraining: number;
  readonly nHeldOut: number;
  readonly nFrames: number;
}

/** Everything that is known after (a part of) a training. */
export interface Fitted {
  readonly datasets: readonly DatasetRecord[];
  readonly frontEnd: FrontEnd | undefined;
  readonly scale: Scale;
  /** Names the sets; see `fingerprintSets`. */
  readonly fingerprint: string;
  /** Batches done, of all sets together. */
  readonly step: number;
  /** Sum and number of the losses since the last evaluation. */
  readonly lossSum: number;
  readonly lossCount: number;
  readonly history: readonly Evaluation[];
  /** Why it ended; `null` while it has not. */
  readonly stopped: 'nBatches' | 'patience' | null;
  /** After the last batch; once it has ended, the best. */
  readonly latest: Weights;
  /** At the best evaluation so far, while it has not ended. */
  readonly best: Weights | undefined;
}

/** What `onProgress` gets, after each few milliseconds of work. */
export interface WsabieProgress {
  /** Batches of each set done, and how many there are at most. */
  readonly batch: number;
  readonly nBatches: number;
  /** Mean loss since the last evaluation. */
  readonly loss: number;
  /** The last evaluation's held-out score, `undefined` before the first or where no tracks are held out. */
  readonly score: number | undefined;
  /** The best evaluation so far, likewise. */
  readonly best: { readonly batch: number; readonly score: number } | undefined;
}

/** What `run` calls. */
export interface TrainingCalls {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: WsabieProgress) => void) | undefined;
  /** After every `checkpointEvery` batches of each set. */
  readonly onCheckpoint: (() => void | Promise<void>) | undefined;
  readonly checkpointEvery: number;
}

/** The best evaluation with a score: the earliest of equals. */
export function bestOf(history: readonly Evaluation[]): { batch: number; score: number } | undefined {
  let best: { batch: number; score: number } | undefined;
  for (const { batch, score } of history) if (score !== null && !(best && best.score >= score)) best = { batch, score };
  return best;
}

/** A `Fitted` before the first batch. */
export function untrained(
  options: TrainingOptions,
  about: Pick<Fitted, 'datasets' | 'frontEnd' | 'scale' | 'fingerprint'>,
): Fitted {
  const nClasses = about.datasets.map(({ classes }) => classes.length);
  const latest = startWeights(options, about.scale, nClasses);
  return { ...about, step: 0, lossSum: 0, lossCount: 0, history: [], stopped: null, latest, best: undefined };
}

const allFinite = ({ V, W }: Weights) => [V, ...W].every((values) => findNonFinite(values) < 0);

/** A training under way. Its owner disposes of it. */
export class Training {
  readonly #options: TrainingOptions;
  readonly #trainer: Trainer;
  readonly #heldOut: HeldOut;
  readonly #total: number;
  /** Batches of all sets between evaluations. */
  readonly #every: number;
  #state: Fitted;

  /**
   * @param state where to start (`untrained`) or go on
   * @param splits of the state's sets, in their order
   */
  constructor(options: TrainingOptions, state: Fitted, splits: readonly Split[]) {
    this.#options = options;
    this.#state = state;
    const nClasses = state.datasets.map(({ classes }) => classes.length);
    this.#heldOut = new HeldOut(
      splits.map(({ heldOut }) => heldOut),
      nClasses,
      options.nComponents,
      state.scale,
    );
    this.#trainer = new Trainer(
      options,
      splits.map(({ training }) => training),
      nClasses,
      state.scale,
      state.latest,
    );
    this.#total = options.nBatches * splits.length;
    this.#every = options.evaluateEvery * splits.length;
  }

  /** Everything so far, as copies. */
  get fitted(): Fitted {
    if (this.#state.stopped) return this.#state;
    return { ...this.#state, latest: this.#trainer.weights() };
  }

  /**
   * Trains until the last batch or the early stop.
   *
   * @throws ParameterError when it diverges; the signal's reason when it is aborted, between two batches
   */
  async run({ signal, onProgress, onCheckpoint, checkpointEvery }: TrainingCalls): Promise<void> {
    const turns = new Turns(signal);
    const nSets = this.#state.datasets.length;
    const portion = new Portion(this.#trainer.workPerBatch);
    for (;;) {
      if (this.#isDue()) await this.#evaluate(turns);
      if (this.#state.stopped) return;
      const { step } = this.#state;
      const stops = [this.#total, this.#nextMultiple(this.#every), this.#nextMultiple(checkpointEvery * nSets)];
      portion.run(Math.min(...stops.map((stop) => stop - step)), (n) => this.#advance(n));
      onProgress?.(this.#progress());
      if (this.#state.step % (checkpointEvery * nSets) === 0) await onCheckpoint?.();
      await turns.take();
    }
  }

  #nextMultiple(of: number): number {
    return (Math.floor(this.#state.step / of) + 1) * of;
  }

  #advance(n: number): void {
    let { lossSum } = this.#state;
    for (const loss of this.#trainer.run(this.#state.step, n)) lossSum += loss;
    this.#refuseDivergence(Number.isFinite(lossSum));
    this.#state = {
      ...this.#state,
      step: this.#state.step + n,
      lossSum,
      lossCount: this.#state.lossCount + n,
    };
  }

  #refuseDivergence(finite: boolean): void {
    if (finite) return;
    const { learningRate, standardize } = this.#options;
    throw new ParameterError(
      `Wsabie.fit: the training diverged near batch ${this.#batch + 1} with learningRate = ${learningRate}; use a smaller ` +
        `one${standardize ? '' : ', or standardize: true'}, or bound the weights with maxNormV and maxNormW`,
      'learningRate',
    );
  }

  /** Batches of each set done. */
  get #batch(): number {
    return Math.floor(this.#state.step / this.#state.datasets.length);
  }

  /** Whether an evaluation belongs here that has not been made. */
  #isDue(): boolean {
    const { step, history } = this.#state;
    const last = history.at(-1)?.batch ?? 0;
    return step > 0 && (step % this.#every === 0 || step === this.#total) && last !== this.#batch;
  }

  async #evaluate(turns: Turns): Promise<void> {
    const weights = this.#trainer.weights();
    this.#refuseDivergence(allFinite(weights));
    const score = this.#heldOut.isEmpty ? null : await this.#heldOut.score(weights, turns);
    const before = bestOf(this.#state.history);
    const { lossSum, lossCount, step } = this.#state;
    const history = [...this.#state.history, { batch: this.#batch, loss: lossSum / lossCount, score }];
    const improved = score !== null && !(before && before.score >= score);
    const best = improved ? weights : this.#state.best;
    const stopped = step === this.#total ? 'nBatches' : this.#isOutOfPatience(history) ? 'patience' : null;
    this.#state = { ...this.#state, history, lossSum: 0, lossCount: 0, best, stopped };
    if (stopped) this.#state = { ...this.#state, latest: best ?? weights, best: undefined };
  }

  #isOutOfPatience(history: readonly Evaluation[]): boolean {
    const best = bestOf(history);
    const { patience } = this.#options;
    if (!best || patience === null) return false;
    return history.length - 1 - history.findIndex(({ batch }) => batch === best.batch) >= patience;
  }

  #progress(): WsabieProgress {
    const { lossSum, lossCount, history } = this.#state;
    return {
      batch: this.#batch,
      nBatches: this.#options.nBatches,
      loss: lossSum / lossCount,
      score: history.at(-1)?.score ?? undefined,
      best: bestOf(history),
    };
  }

  /** Gives the wasm memory back. */
  dispose(): void {
    this.#trainer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
