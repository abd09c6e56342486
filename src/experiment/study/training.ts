/** The course of a training with the study's maps and rates: batches of all sets in turn, evaluations, early stop, as in `Wsabie`. */
import { ParameterError } from '../../errors.ts';
import { findNonFinite } from '../../options.ts';
import { Turns } from '../../pause.ts';
import { HeldOut } from '../../wsabie/evaluation.ts';
import type { WsabieParams } from '../../wsabie/params.ts';
import type { Prepared } from '../../wsabie/prepare.ts';
import { type Scale, withoutLevel } from '../../wsabie/scale.ts';
import { bestOf, type Evaluation, type Fitted } from '../../wsabie/training.ts';
import type { Network } from './network.ts';
import type { Rates } from './rates.ts';
import { WarpSet } from './warp.ts';

/** How the outside looks in; as `WsabieFitOptions`, without checkpoints. */
export interface StudyFitOptions {
  signal?: AbortSignal;
  /** Called after each few milliseconds of work, with the batches of each set that are done. */
  onProgress?: (progress: { batch: number; nBatches: number }) => void;
  /** Called with what was left out of the sets, and why; `console.warn` unless told otherwise. */
  onWarning?: (message: string) => void;
}

/** What is learned: the map's parameters (see `Network`) and a W for each set, `(nClasses, nComponents)`. */
export interface Learned {
  readonly parameters: readonly Float32Array[];
  readonly W: readonly Float32Array[];
}

/** How it was learned; see `Fitted`. */
export type Course = Pick<Fitted, 'step' | 'history'> & { readonly stopped: 'nBatches' | 'patience' };

/** Brings rows `(n, columns)` into the ball of radius `maxNorm`, in place; `null` is no bound. */
export function projectRows(rows: Float32Array, columns: number, maxNorm: number | null): void {
  if (maxNorm === null) return;
  for (let i = 0; i < rows.length; i += columns) {
    let square = 0;
    for (let j = i; j < i + columns; j++) square += rows[j] * rows[j];
    if (!(square > maxNorm * maxNorm)) continue;
    const factor = maxNorm / Math.sqrt(square);
    for (let j = i; j < i + columns; j++) rows[j] *= factor;
  }
}

/** Raw frames `(n, nFeatures)` as the map takes them: freed of their level where that is asked for, and scaled. */
export function scaleFrames(frames: Float32Array, { mean, scale, removesLevel }: Scale): Float32Array {
  const columns = mean.length;
  const x = removesLevel ? withoutLevel(frames, columns) : frames.slice();
  for (let i = 0; i < x.length; ) for (let k = 0; k < columns; k++, i++) x[i] = (x[i] - mean[k]) / scale[k];
  return x;
}

const copyOf = ({ parameters, W }: Learned): Learned => ({
  parameters: parameters.map((values) => values.slice()),
  W: W.map((values) => values.slice()),
});

/**
 * Trains a map and the sets' W with the WARP loss, in place.
 *
 * @param where class and method, the first words of every message
 * @param network the map, at its start
 * @param W the start of each set's label vectors
 * @param ratesOf makes the rates of one list of parameters: the map's, and each W's
 * @returns the weights of the best evaluation (of the last batch where no track is held out), and the course
 * @throws ParameterError when it diverges; the signal's reason when it is aborted
 */
export async function trainWarp(
  where: string,
  params: WsabieParams,
  { splits, scale, datasets }: Prepared,
  network: Network,
  W: readonly Float32Array[],
  ratesOf: () => Rates,
  { signal, onProgress }: StudyFitOptions,
): Promise<{ learned: Learned; course: Course }> {
  const { nComponents, nBatches, evaluateEvery, patience, maxNormV, maxNormW } = params;
  const nClasses = datasets.map(({ classes }) => classes.length);
  const turns = new Turns(signal);
  const sets = splits.map(({ training }, s) => new WarpSet(params, s, training, nClasses[s], scale));
  const heldOut = new HeldOut(
    splits.map((split) => split.heldOut),
    nClasses,
    nComponents,
    scale,
  );
  const current: Learned = { parameters: network.parameters, W };
  const rates = ratesOf();
  const ratesOfSets = sets.map(() => ratesOf());
  const project = () => {
    projectRows(network.last, nComponents, maxNormV);
    for (const rows of W) projectRows(rows, nComponents, maxNormW);
  };
  const refuseDivergence = (finite: boolean, batch: number) => {
    if (finite) return;
    throw new ParameterError(
      `${where}: the training diverged near batch ${batch + 1} with learningRate = ${params.learningRate}; use a smaller one`,
      'learningRate',
    );
  };

  let best: Learned | undefined;
  let history: Evaluation[] = [];
  let [lossSum, lossCount] = [0, 0];
  project();
  for (let batch = 0; batch < nBatches; batch++) {
    for (const [s, set] of sets.entries()) {
      const { x, tracks } = set.batch(batch);
      const { h, z } = network.forward(x);
      const { loss, dz, dW } = set.gradient(batch, tracks, z, W[s]);
      refuseDivergence(Number.isFinite(loss), batch);
      const gradients = network.gradients(x, h, dz);
      rates.step(network.parameters, gradients);
      ratesOfSets[s].step([W[s]], [dW]);
      project();
      lossSum += loss;
      lossCount++;
      await turns.take();
    }
    const done = batch + 1;
    onProgress?.({ batch: done, nBatches });
    if (done % evaluateEvery !== 0 && done !== nBatches) continue;
    refuseDivergence(
      [...current.parameters, ...W].every((values) => findNonFinite(values) < 0),
      batch,
    );
    const embed = (frames: Float32Array) => network.forward(scaleFrames(frames, scale)).z;
    const score = heldOut.isEmpty ? null : await heldOut.scoreOf(embed, W, turns);
    const before = bestOf(history);
    if (score !== null && !(before && before.score >= score)) best = copyOf(current);
    history = [...history, { batch: done, loss: lossSum / lossCount, score }];
    [lossSum, lossCount] = [0, 0];
    const isOut = done < nBatches && patience !== null && isOutOfPatience(history, patience);
    if (!isOut) continue;
    return {
      learned: best ?? current,
      course: { step: done * sets.length, history, stopped: 'patience' },
    };
  }
  return {
    learned: best ?? current,
    course: { step: nBatches * sets.length, history, stopped: 'nBatches' },
  };
}

/** Whether so many evaluations have come behind the best one. */
function isOutOfPatience(history: readonly Evaluation[], patience: number): boolean {
  const best = bestOf(history);
  return best !== undefined && history.length - 1 - history.findIndex(({ batch }) => batch === best.batch) >= patience;
}
