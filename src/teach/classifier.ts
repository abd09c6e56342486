/** The few-shot classifier: learns from examples, judges itself, says how sure it is. */
import { ParameterError } from '../errors.ts';
import { checkFitted, checkSamples, encodeLabels } from '../estimator.ts';
import { kernels } from '../kernels.ts';
import { Matrix } from '../matrix.ts';
import { withFormatError } from '../model.ts';
import { checkNumber, checkOptions, describe } from '../options.ts';
import { Wsabie } from '../wsabie.ts';
import { softmax } from './calibration.ts';
import {
  direction,
  inPieces,
  inputColumns,
  joinedColumns,
  joinedWindows,
  pieceColumns,
  rowsOf,
  scaleOf,
  spreadRows,
} from './features.ts';
import { fromFile, type Linear, type Taught, toFile } from './file.ts';
import { productsOf } from './ridge.ts';
import { type FewShotValidation, type Lesson, largest, learn, trackWeights, validate } from './validation.ts';

/** Parameters of `FewShotClassifier`. */
export interface FewShotClassifierOptions {
  /** The space to learn in, such as `await loadSpace()` of `tunespace/spaces`. Required. */
  space: Wsabie;
  /**
   * Strength of the ridge, relative to pieces of columns of variance 1 over the root of their number; above 0. 0.001 by default: of
   * 0.0003 to 0.003 on one half of three collections, all were as good.
   */
  alpha?: number;
  /** Seed of the folds; 0 by default. */
  randomState?: number;
}

/** What a track is taken for. */
export interface FewShotPrediction {
  /** The most probable label; of equal ones the first in the order of `classes_`. */
  readonly label: string;
  /** How sure that is, 0 to 1. */
  readonly probability: number;
  /** One value per label in the order of `classes_`; all together 1. */
  readonly probabilities: Float64Array;
}

/** Windows of each track that are learned from, evenly spread. More than 6 were no better on real music. */
const ROWS_PER_TRACK = 8;

/** Rows that are learned from in all: their products are held, 8 bytes a pair. */
const MAX_ROWS = 1200;

/**
 * A classifier from few examples: ridge regression on windows of frames and of embedded frames, side by side, each column in three
 * pieces, with a cross-validated accuracy and calibrated probabilities.
 *
 * The two halves of the columns count the same, labels count the same, and so do the tracks of a label. Every prediction is of a
 * whole track: the mean over its windows. A track is its frames, or what `windows` made of them (a tenth of the memory). With
 * one label only, there is nothing to tell apart: `distances` then ranks tracks by how near they are to an example.
 *
 * @example
 * const mine = new FewShotClassifier({ space: await loadSpace() }).fit(tracks, ['calm', 'calm', 'wild', 'wild']);
 * const { label, probability } = mine.predictTrack(frames);
 */
export class FewShotClassifier {
  readonly space: Wsabie;
  readonly alpha: number;
  readonly randomState: number;
  #taught: Taught | undefined;

  /** @throws ParameterError on an unknown option or a value out of range; NotFittedError on a space without weights */
  constructor(options: FewShotClassifierOptions) {
    const where = 'FewShotClassifier';
    const { space, alpha, randomState } = checkOptions<
      Required<Omit<FewShotClassifierOptions, 'space'>> & { space?: Wsabie }
    >(where, options, { space: undefined, alpha: 0.001, randomState: 0 });
    if (!(space instanceof Wsabie)) {
      throw new ParameterError(
        `${where}: space must be a fitted Wsabie, such as await loadSpace() of tunespace/spaces, got ${describe(space)}`,
        'space',
      );
    }
    inputColumns(space);
    this.space = space;
    this.alpha = checkNumber(where, 'alpha', alpha, { min: 1e-6, max: 1e6 });
    this.randomState = checkNumber(where, 'randomState', randomState, { min: 0, max: 0x7fffffff, integer: true });
  }

  /**
   * What a track is here: mean, standard deviation, maximum and minimum over windows of 64 frames, of the embedded frames and of
   * the frames themselves.
   *
   * @param frames `(nFrames, nMels)` of the space's front end, at least one
   * @returns `(nWindows, 4 * (nComponents + nMels))`
   * @throws as `Wsabie.transform` and `aggregate`
   */
  windows(frames: Matrix): Matrix {
    return joinedWindows(this.space, frames);
  }

  /**
   * Learns from all tracks; what was learned before is forgotten.
   *
   * @param X each track: its frames, or its `windows`
   * @param y the label of each track: two tracks of each label or more, one label or more
   * @param options `groups`: the artist of each track, say; tracks of one are then held out together
   * @throws ParameterError on bad samples or labels, a label of one track, more than 1200 tracks, or groups that leave no two folds
   */
  fit(X: readonly Matrix[], y: readonly string[], options?: { groups?: readonly (string | number)[] }): this {
    const where = 'FewShotClassifier.fit';
    const { groups } = checkOptions<{ groups?: readonly (string | number)[] }>(where, options, { groups: undefined });
    const tracks = this.#tracks(where, X);
    const { classes_: classes, indices } = encodeLabels(where, y, tracks.length);
    if (tracks.length > MAX_ROWS) {
      throw new ParameterError(
        `${where}: X must hold at most ${MAX_ROWS} tracks, got ${tracks.length}; use LinearClassifier for so many`,
        'X',
      );
    }
    classes.forEach((label, c) => {
      const count = indices.filter((index) => index === c).length;
      if (count >= 2) return;
      throw new ParameterError(
        `${where}: label ${describe(label)} has one track; give at least two of each label`,
        'y',
      );
    });
    if (classes.length === 0) throw new ParameterError(`${where}: X must hold at least two tracks, got none`, 'X');
    const frontEnd = tracks.find((track) => track.frontEnd)?.frontEnd;
    if (classes.length === 1) {
      const rows = tracks.map((track) => direction(track, this.#nEmbedded));
      const examples = new Float32Array(rows.length * this.#nEmbedded);
      rows.forEach((row, i) => {
        examples.set(row, i * this.#nEmbedded);
      });
      this.#taught = { classes, frontEnd, linear: undefined, examples };
      return this;
    }
    const linear = this.#learn(tracks, y, classes, Array.from(indices), groups);
    this.#taught = { classes, frontEnd, linear, examples: undefined };
    return this;
  }

  #learn(
    tracks: readonly Matrix[],
    y: readonly string[],
    labels: readonly string[],
    classes: readonly number[],
    groups: readonly (string | number)[] | undefined,
  ): Linear {
    const columns = pieceColumns(this.space);
    const scale = scaleOf(tracks, trackWeights(classes));
    const most = Math.max(1, Math.min(ROWS_PER_TRACK, Math.floor(MAX_ROWS / tracks.length)));
    const chosen = tracks.map((track) => spreadRows(track, most));
    const owners = chosen.flatMap((rows, t) => rows.map(() => t));
    const rows = [...chosen.flat().map((row) => [row]), ...tracks.map(rowsOf)];
    const values = new Float32Array(rows.length * columns);
    rows.forEach((own, i) => {
      values.set(inPieces(own, scale, this.#nEmbedded), i * columns);
    });
    const lesson: Lesson = {
      products: productsOf(values, columns),
      owners,
      classes,
      nClasses: labels.length,
      alpha: this.alpha,
    };
    const { validation, sharpness } = validate(lesson, y, labels, { randomState: this.randomState, groups });
    const all = learn(
      lesson,
      tracks.map((_, t) => t),
    );
    const coef = new Float64Array(labels.length * columns);
    labels.forEach((_, c) => {
      const own = coef.subarray(c * columns, (c + 1) * columns);
      all.rows.forEach((row, i) => {
        const weight = all.solution.dual[c][i];
        for (let j = 0; j < columns; j++) own[j] += weight * values[row * columns + j];
      });
    });
    return { scale, coef, intercept: Float64Array.from(all.solution.intercept), sharpness, validation };
  }

  /** The labels, sorted by code unit. */
  get classes_(): readonly string[] {
    return checkFitted('FewShotClassifier.classes_', this.#taught).classes;
  }

  /** How well the labels can be told apart; `undefined` with one label. */
  get validation_(): FewShotValidation | undefined {
    return checkFitted('FewShotClassifier.validation_', this.#taught).linear?.validation;
  }

  /** The factor on scores before the softmax: fitted on the scores of held-out tracks; `undefined` with one label. */
  get sharpness_(): number | undefined {
    return checkFitted('FewShotClassifier.sharpness_', this.#taught).linear?.sharpness;
  }

  /**
   * The outputs of the linear map for each track, near 1 for its label and 0 for the others.
   *
   * @param X each track: its frames, or its `windows`
   * @returns `(nTracks, classes)`, columns in the order of `classes_`
   * @throws ParameterError on bad samples or where one label was taught; FrontEndError on features of another front end;
   *   NotFittedError before `fit`
   */
  decisionFunction(X: readonly Matrix[]): Matrix {
    const scores = this.#scores('FewShotClassifier.decisionFunction', X);
    return new Matrix(Float32Array.from(scores), X.length, this.classes_.length);
  }

  /** How probable each label is for each track, `(nTracks, classes)`; rows add up to 1. Otherwise as `decisionFunction`. */
  predictProba(X: readonly Matrix[]): Matrix {
    const where = 'FewShotClassifier.predictProba';
    const { classes, linear } = this.#linear(where);
    const probabilities = softmax(this.#scores(where, X), linear.sharpness, classes.length);
    return new Matrix(Float32Array.from(probabilities), X.length, classes.length);
  }

  /** The most probable label of each track; of equal ones the first in the order of `classes_`. */
  predict(X: readonly Matrix[]): string[] {
    const scores = this.#scores('FewShotClassifier.predict', X);
    const n = this.classes_.length;
    return X.map((_, i) => this.classes_[largest(scores.subarray(i * n, (i + 1) * n))]);
  }

  /** The label of one track and how sure it is. @param X its frames, or its `windows` */
  predictTrack(X: Matrix): FewShotPrediction {
    const where = 'FewShotClassifier.predictTrack';
    const { classes, linear } = this.#linear(where);
    const scores = this.#scores(where, [X]);
    const probabilities = softmax(scores, linear.sharpness, classes.length);
    const best = largest(scores);
    return { label: classes[best], probability: probabilities[best], probabilities };
  }

  /**
   * How far each track is from the examples of the one label: the cosine distance, in the space, to the nearest of them. 0 is the
   * same direction, 1 is unrelated, 2 the opposite.
   *
   * @param X each track: its frames, or its `windows`
   * @throws ParameterError on bad samples or where several labels were taught; otherwise as `decisionFunction`
   */
  distances(X: readonly Matrix[]): Float64Array {
    const where = 'FewShotClassifier.distances';
    const { examples, classes } = checkFitted(where, this.#taught);
    if (!examples) {
      throw new ParameterError(
        `${where}: ranks by one label, and ${classes.length} were taught; use predictProba, or teach one label only`,
      );
    }
    const n = this.#nEmbedded;
    return Float64Array.from(this.#tracks(where, X), (track) => {
      const own = direction(track, n);
      let nearest = Number.POSITIVE_INFINITY;
      for (let at = 0; at < examples.length; at += n) {
        let product = 0;
        for (let j = 0; j < n; j++) product += own[j] * examples[at + j];
        nearest = Math.min(nearest, Math.max(0, 1 - product));
      }
      return nearest;
    });
  }

  /** One safetensors file: the space, what was learned, the parameters and the judgement of the cross-validation. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const taught = checkFitted('FewShotClassifier.toBytes', this.#taught);
    return toFile(this.space, { alpha: this.alpha, randomState: this.randomState }, taught);
  }

  /**
   * Reads what `toBytes` wrote; the result answers as the one that wrote it, and needs no other file.
   *
   * @param bytes the whole file
   * @param file its name, for messages
   * @throws FormatError when the bytes are damaged, cut short, or another estimator's
   */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, file?: string): FewShotClassifier {
    const { space, params, taught } = fromFile(bytes, file);
    const classifier = withFormatError(file ?? '', () => new FewShotClassifier({ ...params, space }));
    classifier.#taught = taught;
    return classifier;
  }

  get #nEmbedded(): number {
    return 4 * this.space.params.nComponents;
  }

  /** Tracks as joined windows; frames are turned into them. */
  #tracks(where: string, X: readonly Matrix[]): Matrix[] {
    if (!Array.isArray(X)) {
      throw new ParameterError(`${where}: X must be an array of Matrix, one a track, got ${describe(X)}`, 'X');
    }
    const columns = joinedColumns(this.space);
    const frontEnd = this.#taught?.frontEnd;
    return X.map((track: Matrix) => {
      checkSamples(where, track, { minSamples: 1 });
      const windows = track.columns === columns ? track : this.windows(track);
      return checkSamples(where, windows, { nFeatures: columns, frontEnd: windows.frontEnd && frontEnd });
    });
  }

  #linear(where: string): { classes: readonly string[]; linear: Linear } {
    const { classes, linear } = checkFitted(where, this.#taught);
    if (linear) return { classes, linear };
    throw new ParameterError(
      `${where}: only one label was taught, ${describe(classes[0])}, so that there is nothing to tell apart; rank tracks by ` +
        'distances, or teach a second label',
    );
  }

  /** Outputs in float64, `(nTracks, classes)`, row by row: the mean of those of windows is that of their mean in pieces. */
  #scores(where: string, X: readonly Matrix[]): Float64Array {
    const { classes, linear } = this.#linear(where);
    const tracks = this.#tracks(where, X);
    const columns = pieceColumns(this.space);
    const rows = new Float32Array(tracks.length * columns);
    tracks.forEach((track, i) => {
      rows.set(inPieces(rowsOf(track), linear.scale, this.#nEmbedded), i * columns);
    });
    return kernels().run((kernel, { put, reserve }) => {
      const out = reserve(tracks.length * classes.length * 8);
      const { coef, intercept } = linear;
      // 12 * anything columns: rows of coef need no padding.
      kernel.linearScores(
        out,
        reserve(columns * 8),
        put(rows),
        put(coef),
        put(intercept),
        tracks.length,
        classes.length,
        columns,
      );
      return kernels().readF64(out, tracks.length * classes.length);
    });
  }
}
