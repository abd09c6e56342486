/** A head: one hidden layer of rectified units and a softmax, on standardised windows. */
import { ParameterError } from '../../errors.ts';
import { checkFitted, checkSamples, encodeLabels } from '../../estimator.ts';
import { Matrix } from '../../matrix.ts';
import { checkNumber, checkOptions } from '../../options.ts';
import { RandomState } from '../../random.ts';
import { splitTracks } from '../../wsabie/sets.ts';
import { ColumnScale } from './columnscale.ts';
import { Network, startParameters } from './network.ts';
import { adam } from './rates.ts';
import { softmaxLoss } from './softmax.ts';

/** Options of `NetworkHead`. */
export interface NetworkOptions {
  /** Hidden units; 32. */
  nHidden?: number;
  /** Adam's rate; 0.003. */
  learningRate?: number;
  /** Rows of a batch; 64. */
  batchSize?: number;
  /** Strength of the ridge: the mean loss plus `alpha / 2` times the sum of squared weights, biases free; 0.001. */
  alpha?: number;
  /** Passes over the rows, at most; 200. */
  maxEpochs?: number;
  /** Passes without a lower loss of the rows held out after which training ends; 10. */
  patience?: number;
  /** Share of the groups that is held out for it; 0.15. */
  validationFraction?: number;
  /** Passes where no group can be held out, because each class has but one; 30. */
  epochsWithout?: number;
  /** Seed of start, held-out groups and order of the rows; 0. */
  randomState?: number;
}

const DEFAULTS: Required<NetworkOptions> = {
  nHidden: 32,
  learningRate: 0.003,
  batchSize: 64,
  alpha: 0.001,
  maxEpochs: 200,
  patience: 10,
  validationFraction: 0.15,
  epochsWithout: 30,
  randomState: 0,
};

/** What a seed is split into. */
const STREAMS = { start: 0, heldOut: 1, order: 2 };

/** A small network, trained by Adam on batches, with an early stop on rows that are held out by group. */
export class NetworkHead {
  readonly params: Readonly<Required<NetworkOptions>>;
  #fitted: { classes: readonly string[]; scale: ColumnScale; network: Network; epochs: number } | undefined;

  /** @throws ParameterError on an unknown option or a value out of range */
  constructor(options?: NetworkOptions) {
    const where = 'NetworkHead';
    const params = checkOptions(where, options, DEFAULTS);
    for (const name of ['nHidden', 'batchSize', 'maxEpochs', 'patience', 'epochsWithout'] as const) {
      checkNumber(where, name, params[name], { min: 1, max: 65536, integer: true });
    }
    checkNumber(where, 'learningRate', params.learningRate, { above: 0 });
    checkNumber(where, 'alpha', params.alpha, { min: 0 });
    checkNumber(where, 'validationFraction', params.validationFraction, { above: 0, max: 0.9 });
    checkNumber(where, 'randomState', params.randomState, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    this.params = params;
  }

  /**
   * Learns from all rows but those held out.
   *
   * @param X windows `(nSamples, nFeatures)`
   * @param y the label of each row
   * @param groups what each row belongs to (its track), so that windows of one are never on both sides of the early stop; without
   *   it every row is a group
   * @throws ParameterError on bad samples or labels, or fewer than two classes
   */
  fit(X: Matrix, y: readonly string[], groups?: readonly string[]): this {
    const where = 'NetworkHead.fit';
    checkSamples(where, X, { minSamples: 1 });
    const { classes_, indices } = encodeLabels(where, y, X.rows);
    if (classes_.length < 2) {
      throw new ParameterError(`${where}: y must hold at least two classes, got only "${classes_[0]}"`, 'y');
    }
    if (groups && groups.length !== X.rows) {
      throw new ParameterError(
        `${where}: groups must have one entry per row of X = ${X.rows}, got ${groups.length}`,
        'groups',
      );
    }
    const { nHidden, randomState, validationFraction } = this.params;
    const random = new RandomState(randomState);
    const sides = splitRows(X, classes_, indices, groups, validationFraction, random.split(STREAMS.heldOut));
    const scale = new ColumnScale(X.take(sides.training));
    const rowsOf = (rows: readonly number[]): Rows => ({
      x: Float32Array.from(scale.apply(X.take(rows))),
      labels: Uint32Array.from(rows, (i) => indices[i]),
    });
    const shape = { nIn: X.columns, nHidden, nOut: classes_.length, bias: true };
    const network = new Network(shape, startParameters(shape, random.split(STREAMS.start)));
    const heldOut = sides.heldOut.length > 0 ? rowsOf(sides.heldOut) : undefined;
    const epochs = this.#train(network, rowsOf(sides.training), heldOut, random.split(STREAMS.order));
    this.#fitted = { classes: classes_, scale, network, epochs };
    return this;
  }

  /** Trains in place, and leaves the weights of the best pass. Returns that pass's number, from 1. */
  #train(network: Network, rows: Rows, heldOut: Rows | undefined, random: RandomState): number {
    const { learningRate, batchSize, alpha, maxEpochs, patience, epochsWithout } = this.params;
    const { nIn, nOut } = network.shape;
    const n = rows.labels.length;
    const rates = adam(learningRate);
    let best = { loss: Infinity, epoch: 0, parameters: network.parameters.map((p) => p.slice()) };
    const last = heldOut ? maxEpochs : epochsWithout;
    for (let epoch = 1; epoch <= last; epoch++) {
      const order = random.permutation(n);
      for (let start = 0; start < n; start += batchSize) {
        const picks = order.subarray(start, start + batchSize);
        const x = new Float32Array(picks.length * nIn);
        picks.forEach((i, to) => {
          x.set(rows.x.subarray(i * nIn, (i + 1) * nIn), to * nIn);
        });
        const { gradients } = networkLoss(network, { x, labels: picks.map((i) => rows.labels[i]) }, alpha);
        rates.step(network.parameters, gradients);
      }
      if (!heldOut) continue;
      const { loss } = crossEntropy(network.forward(heldOut.x).z, heldOut.labels, nOut);
      if (loss < best.loss) best = { loss, epoch, parameters: network.parameters.map((p) => p.slice()) };
      if (epoch - best.epoch >= patience) break;
    }
    if (!heldOut) return last;
    best.parameters.forEach((values, l) => {
      network.parameters[l].set(values);
    });
    return best.epoch;
  }

  #check(member: string) {
    return checkFitted(`NetworkHead.${member}`, this.#fitted);
  }

  /** The classes, sorted by code unit. */
  get classes_(): readonly string[] {
    return this.#check('classes_').classes;
  }

  /** The pass over the rows whose weights are used. */
  get epochs_(): number {
    return this.#check('epochs_').epochs;
  }

  /**
   * The scores of each class: logarithms of the probabilities, but for a constant a row.
   *
   * @param X `(nSamples, nFeatures)`
   * @returns `(nSamples, classes)`, columns in the order of `classes_`
   */
  decision(X: Matrix): Matrix {
    const { classes, scale, network } = this.#check('decision');
    checkSamples('NetworkHead.decision', X, { nFeatures: scale.mean.length });
    const { z } = network.forward(Float32Array.from(scale.apply(X)));
    return new Matrix(z, X.rows, classes.length);
  }
}

/** Rows `(n, nIn)` with the class of each. */
export interface Rows {
  readonly x: Float32Array;
  readonly labels: Uint32Array;
}

/** The mean cross-entropy of the softmax of scores `(n, nClasses)`, and its gradient by them. */
export function crossEntropy(
  z: Float32Array,
  labels: Uint32Array,
  nClasses: number,
): { loss: number; dz: Float32Array } {
  const n = labels.length;
  const { loss, gradient } = softmaxLoss(Float64Array.from(z), labels, nClasses);
  return { loss: loss / n, dz: Float32Array.from(gradient, (value) => value / n) };
}

/** The loss of rows with the ridge, and its gradient by all parameters. Of the parameters, even ones are weights, odd ones biases. */
export function networkLoss(
  network: Network,
  { x, labels }: Rows,
  alpha: number,
): { loss: number; gradients: Float32Array[] } {
  const { h, z } = network.forward(x);
  const { loss, dz } = crossEntropy(z, labels, network.shape.nOut);
  const gradients = network.gradients(x, h, dz);
  let squares = 0;
  for (let l = 0; l < gradients.length; l += 2) {
    const [w, g] = [network.parameters[l], gradients[l]];
    for (let i = 0; i < w.length; i++) {
      squares += w[i] * w[i];
      g[i] += alpha * w[i];
    }
  }
  return { loss: loss + (alpha / 2) * squares, gradients };
}

/** The rows to learn from and those held out, whole groups each; no class loses its last group. */
function splitRows(
  X: Matrix,
  classes: readonly string[],
  indices: Int32Array,
  groups: readonly string[] | undefined,
  fraction: number,
  random: RandomState,
): { training: number[]; heldOut: number[] } {
  const members = new Map<string, number[]>();
  for (let i = 0; i < X.rows; i++) {
    const group = groups ? groups[i] : String(i);
    const rows = members.get(group);
    if (rows) rows.push(i);
    else members.set(group, [i]);
  }
  const tracks = [...members.values()].map((rows) => ({
    X: X.slice(rows[0], rows[0] + 1),
    classes: Uint32Array.from(new Set(rows.map((i) => indices[i]))).sort(),
    rows,
  }));
  const { heldOut } = splitTracks({ name: '', classes, tracks }, fraction, random);
  const held = new Set(heldOut);
  const rowsOf = (isHeld: boolean) =>
    tracks.flatMap((track) => (held.has(track) === isHeld ? track.rows : [])).sort((a, b) => a - b);
  return { training: rowsOf(false), heldOut: rowsOf(true) };
}
