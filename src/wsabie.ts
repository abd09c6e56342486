/**
 * `Wsabie`: a shared space of sounds and words, learned with the WARP loss.
 *
 * P. Hamel, M. E. P. Davies, K. Yoshii, M. Goto, "Transfer learning in MIR: sharing learned latent representations for music
 * audio classification and similarity" (ISMIR 2013), section 5, after J. Weston, S. Bengio, N. Usunier, "WSABIE: scaling
 * up to large vocabulary image annotation" (IJCAI 2011).
 */
import { FormatError, ParameterError } from './errors.ts';
import { checkFitted, checkSamples } from './estimator.ts';
import type { FrontEnd } from './frontend.ts';
import { Matrix } from './matrix.ts';
import { decodeModel, encodeModel, withFormatError } from './model.ts';
import { checkNumber, checkOptions, closestWord, describe, findNonFinite } from './options.ts';
import { fromContent, toContent } from './wsabie/file.ts';
import {
  checkFitOptions,
  checkParams,
  type FitCalls,
  type WsabieFitOptions,
  type WsabieParams,
} from './wsabie/params.ts';
import { prepare } from './wsabie/prepare.ts';
import type { SourceSet, SourceTrack } from './wsabie/sets.ts';
import { applyAffine, foldedSpace, scoring, type Weights } from './wsabie/space.ts';
import {
  bestOf,
  type DatasetRecord,
  type Evaluation,
  type Fitted,
  Training,
  untrained,
  type WsabieProgress,
} from './wsabie/training.ts';

export type { DatasetRecord, Evaluation, SourceSet, SourceTrack, WsabieFitOptions, WsabieParams, WsabieProgress };

/** One set of a fitted space. */
export interface WsabieDataset extends DatasetRecord {
  /** The labels' vectors, `(classes.length, nComponents)`. */
  readonly W: Matrix;
}

/** How a space was learned. */
export interface WsabieRecord {
  /** Batches of each set done. */
  readonly batch: number;
  /** Why training ended: all batches done, or no better score for `patience` evaluations; `null` while it has not. */
  readonly stopped: 'nBatches' | 'patience' | null;
  /** The evaluation that the weights are from; `undefined` where no track is held out. */
  readonly best: { readonly batch: number; readonly score: number } | undefined;
  /** All evaluations, in order. */
  readonly history: readonly Evaluation[];
  /** Names the sets that it was learned on. */
  readonly fingerprint: string;
}

/** A label and how well it fits. */
export interface Tag {
  readonly label: string;
  readonly score: number;
}

/** A class and the classes nearest to it (paper, Table 3). */
export interface ClassNeighbours {
  readonly dataset: string;
  readonly label: string;
  readonly neighbours: readonly { readonly dataset: string; readonly label: string; readonly distance: number }[];
}

/**
 * A space that frames and labels share: label i of a set fits frame x by `W_i . V x`, with one V for all sets and a W for each.
 *
 * For each frame of a batch one of its labels is drawn, then other labels until one scores within the margin; the fewer
 * draws that takes, the worse the frame's label ranks, and the larger the step. Sets take turns batch by batch. Some tracks of
 * each set are held out, and the weights with the best score on them are kept.
 *
 * @example
 * const space = await new Wsabie({ randomState: 1 }).fit([genres, tags], { onProgress, signal });
 * const windows = aggregate(space.transform(frames));
 */
export class Wsabie {
  /** The options, defaults filled in. */
  readonly params: Readonly<WsabieParams>;
  #fitted: Fitted | undefined;
  /** The training under way, and whether one is being prepared. */
  #training: Training | undefined;
  #running = false;

  /** @throws ParameterError naming the option, its value and its range */
  constructor(params: Partial<WsabieParams> = {}) {
    this.params = checkParams(params);
  }

  /**
   * Learns the space, or goes on where an earlier `fit` of the same sets was interrupted, also one whose bytes were loaded:
   * the result is the same to the bit as without the interruption.
   *
   * @param sets one labelled collection or several; tracks are `{ X, labels }`, of one front end and width
   * @returns itself
   * @throws ParameterError on sets that cannot be learned from, on other sets than the interrupted training's, and when
   *   the training diverges; FrontEndError where tracks come from different front ends; the signal's reason when aborted
   */
  async fit(sets: SourceSet | readonly SourceSet[], options: WsabieFitOptions = {}): Promise<this> {
    const where = 'Wsabie.fit';
    const calls = checkFitOptions(where, options);
    if (this.#running) throw new ParameterError(`${where}: is running already; await it, or abort it first`, 'sets');
    this.#running = true;
    try {
      const { splits, ...about } = await prepare(where, sets, this.params, calls);
      const start = this.#unfinished(where, about.fingerprint) ?? untrained(this.params, about);
      await this.#train(new Training(this.params, start, splits), calls);
    } finally {
      this.#running = false;
    }
    return this;
  }

  /** Where an interrupted training stood. @throws ParameterError where it was one of other sets */
  #unfinished(where: string, name: string): Fitted | undefined {
    const fitted = this.#fitted;
    if (!fitted || fitted.stopped) return undefined;
    if (fitted.fingerprint === name) return fitted;
    const names = fitted.datasets.map((dataset) => describe(dataset.name)).join(', ');
    throw new ParameterError(
      `${where}: this training was interrupted on other sets (${names}; fingerprint ${fitted.fingerprint}, these have ` +
        `${name}); give the same tracks, frames and labels in the same order, or start anew with new Wsabie(...)`,
      'sets',
    );
  }

  async #train(training: Training, calls: FitCalls): Promise<void> {
    const { onCheckpoint, ...rest } = calls;
    this.#training = training;
    try {
      await training.run({
        ...rest,
        onCheckpoint: onCheckpoint && (() => onCheckpoint(this.toBytes())),
      });
      this.#fitted = training.fitted;
    } catch (error) {
      // What has diverged is of no use; what was interrupted is.
      const diverged = error instanceof ParameterError && error.parameter === 'learningRate';
      this.#fitted = diverged ? undefined : training.fitted;
      throw error;
    } finally {
      this.#training = undefined;
      training.dispose();
    }
  }

  #check(method: string): Fitted {
    return checkFitted(`Wsabie.${method}`, this.#training?.fitted ?? this.#fitted);
  }

  /**
   * Embeds frames: `V x`, the input's scale folded in.
   *
   * @param X frames `(n, nFeatures)` of the front end that the space was learned with; 0 rows are fine
   * @returns `(n, nComponents)`; each row depends on its own frame only. Its record is that of the frames with `space`, which
   *   names the weights, and `nComponents`
   * @throws ParameterError on another width, or values that are not finite or too large to embed; FrontEndError on another
   *   front end
   */
  transform(X: Matrix): Matrix {
    const fitted = this.#check('transform');
    return this.#embed('Wsabie.transform', fitted, X);
  }

  #embed(where: string, fitted: Fitted, X: Matrix): Matrix {
    const { scale, frontEnd } = fitted;
    checkSamples(where, X, { nFeatures: scale.mean.length, frontEnd });
    const { nComponents } = this.params;
    const { affine, name } = foldedSpace(inUse(fitted), scale, nComponents);
    const data = applyAffine(affine, X.data);
    refuseOverflow(where, data, nComponents);
    // Frames without a record are taken for what the space was learned on: their maker vouches for them.
    const record = { ...(frontEnd ?? X.frontEnd), space: name, nComponents };
    return new Matrix(data, X.rows, nComponents, record);
  }

  /**
   * How well each label of a set fits each frame: `W_i . V x`. Scores of one frame can be compared, their size means little.
   *
   * @param set name of the set; may be left out where there is one
   * @returns `(n, classes)`, in the order of the set's `classes`
   * @throws as `transform`; ParameterError on an unknown set
   */
  affinities(X: Matrix, set?: string): Matrix {
    const fitted = this.#check('affinities');
    return this.#score('Wsabie.affinities', fitted, X, this.#setIndex('Wsabie.affinities', fitted, set));
  }

  #score(where: string, fitted: Fitted, X: Matrix, s: number): Matrix {
    const z = this.#embed(where, fitted, X);
    const nClasses = fitted.datasets[s].classes.length;
    const scores = applyAffine(scoring(inUse(fitted).W[s], nClasses, this.params.nComponents), z.data);
    refuseOverflow(where, scores, nClasses);
    return new Matrix(scores, X.rows, nClasses, { ...z.frontEnd, affinities: fitted.datasets[s].name });
  }

  #setIndex(where: string, { datasets }: Fitted, set: string | undefined): number {
    if (set === undefined && datasets.length === 1) return 0;
    const names = datasets.map(({ name }) => name);
    const s = names.indexOf(set as string);
    if (s >= 0) return s;
    const meant = typeof set === 'string' ? closestWord(set, names) : undefined;
    const list = names.map((name) => describe(name)).join(', ');
    const hint = meant === undefined ? '' : `; did you mean ${describe(meant)}?`;
    throw new ParameterError(`${where}: set must be one of ${list}, got ${describe(set)}${hint}`, 'set');
  }

  /**
   * The labels of a track, best first: the mean affinity over its frames, ties by the order of the classes.
   *
   * @param X the track's frames, at least one
   * @param options `set`: name of the set, may be left out where there is one; `k`: how many, all unless told otherwise
   * @throws as `affinities`
   */
  tagTrack(X: Matrix, options: { set?: string; k?: number } = {}): Tag[] {
    const where = 'Wsabie.tagTrack';
    const { set, k } = checkOptions<{ set?: string; k?: number }>(where, options, { set: undefined, k: undefined });
    const fitted = this.#check('tagTrack');
    const s = this.#setIndex(where, fitted, set);
    const { classes } = fitted.datasets[s];
    if (k !== undefined) checkNumber(where, 'k', k, { min: 1, integer: true });
    checkSamples(where, X, { minSamples: 1 });
    const scores = columnMeans(this.#score(where, fitted, X, s));
    const order = classes.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
    return order.slice(0, k).map((i) => ({ label: classes[i], score: scores[i] }));
  }

  /**
   * For each class of each set, the nearest classes of the other sets by L1 distance between rows of W (paper, Table 3).
   *
   * @param options `k`: how many, 5 as in the paper; `sameSet`: whether the class's own set takes part as well, `false`
   * @throws ParameterError where there is one set and `sameSet` is off
   */
  nearestClasses(options: { k?: number; sameSet?: boolean } = {}): ClassNeighbours[] {
    const where = 'Wsabie.nearestClasses';
    const { k, sameSet } = checkOptions(where, options, { k: 5, sameSet: false });
    checkNumber(where, 'k', k, { min: 1, integer: true });
    const fitted = this.#check('nearestClasses');
    if (fitted.datasets.length === 1 && !sameSet) {
      throw new ParameterError(
        `${where}: there is one set, and classes are compared across sets; give sameSet: true, or fit two sets`,
        'sameSet',
      );
    }
    const all = fitted.datasets.flatMap(({ name, classes }, s) =>
      classes.map((label, i) => ({ dataset: name, label, row: rowOf(inUse(fitted).W[s], i, this.params.nComponents) })),
    );
    return all.map(({ dataset, label, row }, at) => {
      const neighbours = all
        .map((other, i) => ({ ...other, i, distance: l1(row, other.row) }))
        .filter((other) => (sameSet ? other.i !== at : other.dataset !== dataset))
        .sort((a, b) => a.distance - b.distance || a.i - b.i)
        .slice(0, k)
        .map((other) => ({ dataset: other.dataset, label: other.label, distance: other.distance }));
      return { dataset, label, neighbours };
    });
  }

  /** The sets and their labels' vectors. */
  get datasets_(): readonly WsabieDataset[] {
    const fitted = this.#check('datasets_');
    const { W } = inUse(fitted);
    return fitted.datasets.map((dataset, s) => ({
      ...dataset,
      W: new Matrix(W[s].slice(), dataset.classes.length, this.params.nComponents),
    }));
  }

  /** The shared map, `(nComponents, nFeatures)`, of standardised frames. */
  get V_(): Matrix {
    const fitted = this.#check('V_');
    return new Matrix(inUse(fitted).V.slice(), this.params.nComponents, fitted.scale.mean.length);
  }

  /** Mean of each column at fit; zeros where `standardize` is off. */
  get mean_(): Float64Array {
    return this.#check('mean_').scale.mean.slice();
  }

  /** Deviation of each column at fit; ones where `standardize` is off. */
  get scale_(): Float64Array {
    return this.#check('scale_').scale.scale.slice();
  }

  /** The front end that frames must come from; `undefined` where those at fit carried no record. */
  get frontEnd_(): FrontEnd | undefined {
    return this.#check('frontEnd_').frontEnd;
  }

  /** How it was learned. */
  get record_(): WsabieRecord {
    const { step, datasets, stopped, history, fingerprint: name } = this.#check('record_');
    return {
      batch: Math.floor(step / datasets.length),
      stopped,
      best: bestOf(history),
      history,
      fingerprint: name,
    };
  }

  /**
   * The model's file. While training has not ended (interrupted, or called from `onProgress`) it also holds what is
   * needed to go on.
   *
   * @throws NotFittedError before the first `fit`
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return encodeModel('Wsabie', toContent(this.#check('toBytes'), { ...this.params }));
  }

  /**
   * Reads a model's file.
   *
   * @param bytes what `toBytes` gave
   * @param file its name, for messages
   * @throws FormatError naming the file, the field and the remedy
   */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, file = ''): Wsabie {
    const content = decodeModel(bytes, 'Wsabie', file);
    const space = withFormatError(file, () => new Wsabie(content.params as Partial<WsabieParams>));
    const fitted = fromContent({ ...content, params: { ...space.params } }, file);
    const { nBatches } = space.params;
    const evaluated = fitted.history.at(-1)?.batch ?? 0;
    const fault =
      fitted.step > nBatches * fitted.datasets.length
        ? 'record.step is beyond nBatches'
        : evaluated * fitted.datasets.length > fitted.step
          ? 'record.history is beyond record.step'
          : // The last evaluation ends a training; one that went on would find nothing to do, for ever.
            !fitted.stopped && evaluated === nBatches
            ? 'record.stopped is null behind the last batch'
            : undefined;
    if (fault) throw new FormatError(`${file || 'the file'}: ${fault}; fit the model again`, file);
    space.#fitted = fitted;
    return space;
  }
}

/** The weights that the space is used with: the best so far. */
const inUse = ({ best, latest }: Fitted): Weights => best ?? latest;

/** Finite frames can be too large for the sums of float32: what comes out then must not be taken for an embedding. */
function refuseOverflow(where: string, data: Float32Array, columns: number): void {
  const bad = findNonFinite(data);
  if (bad < 0) return;
  throw new ParameterError(
    `${where}: X holds values in row ${Math.floor(bad / columns)} that are too large to embed; drop or repair that row`,
    'X',
  );
}

const rowOf = (W: Float32Array, i: number, columns: number) => W.subarray(i * columns, (i + 1) * columns);

function l1(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += Math.abs(a[j] - b[j]);
  return sum;
}

/** The mean of each column, in float64. */
function columnMeans({ data, rows, columns }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < data.length; ) for (let j = 0; j < columns; j++) means[j] += data[i++];
  return means.map((sum) => sum / rows);
}
