/**
 * The paper's classifier: "simple linear regression" on windows, averaged over the song, the largest output wins
 * (section 6.2). Least squares on one-hot targets with intercept; a small ridge term keeps it solvable.
 */
import { ParameterError } from './errors.ts';
import { checkFitted, checkSamples, encodeLabels, sortedClasses } from './estimator.ts';
import type { FrontEnd } from './frontend.ts';
import { kernels } from './kernels.ts';
import { type Learned, LeastSquares, strideOf } from './linear/leastsquares.ts';
import { refinedLeastSquares } from './linear/refined.ts';
import { Matrix } from './matrix.ts';
import { checkTensor, decodeModel, encodeModel, withFormatError } from './model.ts';
import { checkChoice, checkNumber, checkOptions, closestWord, describe } from './options.ts';

/** Parameters of `LinearClassifier`. */
export interface LinearClassifierOptions {
  /**
   * Strength of the ridge term, in the meaning of `penalty`; the intercept is free. 0 or more, 0.01 by default. 0 is plain
   * least squares, which needs linearly independent columns.
   */
  alpha?: number;
  /**
   * What is added to the sum of squared errors. `"absolute"` (default): `alpha * sum_j coef_j^2`, as scikit-learn's `Ridge`.
   * `"relative"`: `alpha * sum_j n var_j coef_j^2`, as `Ridge(alpha * n)` on columns brought to variance 1; neither the units
   * of the columns nor the number of rows then change what alpha means, so that one value serves several feature sets and
   * all points of a learning curve. Constant columns get weight 0 there.
   */
  penalty?: (typeof PENALTIES)[number];
}

/** What alpha is counted in. */
const PENALTIES = ['absolute', 'relative'] as const;

/** What a track's windows say together. */
export interface TrackPrediction {
  /** The class of the largest score; of equal ones the first in the order of `classes_`. */
  readonly label: string;
  /** The mean over the windows, one value per class in the order of `classes_`. */
  readonly scores: Float32Array;
}

/** Rows that are scored at a time. */
const SCORE_ROWS = 1024;

/**
 * Least squares on one-hot targets with intercept and ridge, as scikit-learn's `Ridge(alpha)` on the same targets (or,
 * with the relative penalty, on standardised columns); the largest output wins.
 *
 * Solved by normal equations about the mean and Cholesky, in float64 whatever the number of rows: the relative error
 * of `coef_` is about 1e-16 times the square of the columns' condition number (after centring, ridge included).
 *
 * `partialFit` takes rows in blocks. How they are split does not change a bit; their order changes rounding.
 *
 * `fit` of many columns (a multiple of eight, 24 or more a class, and twice as many rows as columns) is quicker: it multiplies
 * columns in float32 and refines the solution by float64 residuals of the data, which `partialFit` no longer has. There the two
 * differ, by at most 1e-9 of the largest weight (of columns brought to variance 1); elsewhere, and where columns depend too much
 * on each other for float32, they give the same bits.
 *
 * @example
 * const genre = new LinearClassifier({ alpha: 0.01 }).fit(windows, labels);
 * const { label } = genre.predictTrack(windowsOfOneTrack);
 */
export class LinearClassifier {
  readonly alpha: number;
  readonly penalty: (typeof PENALTIES)[number];
  #classes: readonly string[] | undefined;
  #frontEnd: FrontEnd | undefined;
  #nFeatures = 0;
  /** Only while rows are taken in by `partialFit`. */
  #sums: LeastSquares | undefined;
  /** Out of date, and so absent, while `#sums` has rows that it has not seen. */
  #learned: Learned | undefined;

  /** @throws ParameterError on an unknown option or a value out of range */
  constructor(options?: LinearClassifierOptions) {
    const checked = checkOptions<Required<LinearClassifierOptions>>('LinearClassifier', options, {
      alpha: 0.01,
      penalty: 'absolute',
    });
    this.alpha = checkNumber('LinearClassifier', 'alpha', checked.alpha, { min: 0 });
    this.penalty = checkChoice('LinearClassifier', 'penalty', checked.penalty, PENALTIES);
  }

  /**
   * Learns from all rows at once; what was learned before is forgotten. A million rows of 800 columns take half a
   * minute or more without a pause; `partialFit` takes them in blocks.
   *
   * @param X windows `(nSamples, nFeatures)`
   * @param y the label of each row
   * @throws ParameterError on bad samples or labels, fewer than two classes, or linearly dependent columns at alpha = 0
   */
  fit(X: Matrix, y: readonly string[]): this {
    const where = 'LinearClassifier.fit';
    checkSamples(where, X, { minSamples: 1 });
    const { classes_, indices } = encodeLabels(where, y, X.rows);
    let learned = refinedLeastSquares(X, indices, classes_.length, this);
    if (!learned) {
      const sums = new LeastSquares(X.row(0), classes_);
      try {
        sums.add(X, indices);
        learned = sums.solve(where, this);
      } finally {
        sums.dispose();
      }
    }
    this.dispose();
    this.#set(classes_, X.columns, X.frontEnd, learned);
    return this;
  }

  /**
   * Learns from one more block of rows. The solution is computed when it is first asked for, and it is there that too few
   * classes and dependent columns are refused.
   *
   * The sums take `16 * nFeatures^2` bytes of the module's memory until `dispose`. `fit` and `fromBytes` keep none, so
   * what they gave cannot be continued.
   *
   * @param X windows `(nSamples, nFeatures)`, 0 rows or more
   * @param y the label of each row
   * @param options `classes`: all labels there will be; by default those of the first block. Only the first call may
   *   say it.
   * @throws ParameterError on bad samples, a label that is none of the classes, or after `fit` or `fromBytes`
   */
  partialFit(X: Matrix, y: readonly string[], options?: { classes?: readonly string[] }): this {
    const where = 'LinearClassifier.partialFit';
    const { classes } = checkOptions<{ classes: readonly string[] | undefined }>(where, options, {
      classes: undefined,
    });
    if (!this.#sums && this.#learned) {
      throw new ParameterError(
        `${where}: a classifier that was fitted by fit, read from a file or disposed of holds no sums to add to; start a ` +
          'new one and give it every block',
      );
    }
    checkSamples(where, X, this.#sums && { nFeatures: this.#nFeatures, frontEnd: this.#frontEnd });
    const known = this.#sums?.classes ?? encodeLabels(where, classes ?? y).classes_;
    if (this.#sums && classes && sortedClasses(classes).join('\n') !== known.join('\n')) {
      throw new ParameterError(`${where}: classes must stay those of the first call, ${shown(known)}`, 'classes');
    }
    const indices = indicesOf(where, known, y, X.rows);
    if (X.rows === 0) return this;
    if (!this.#sums) {
      this.#sums = new LeastSquares(X.row(0), known);
      this.#set(known, X.columns, X.frontEnd, undefined);
    }
    this.#frontEnd ??= X.frontEnd;
    this.#learned = undefined;
    this.#sums.add(X, indices);
    return this;
  }

  /** The classes, sorted by code unit. */
  get classes_(): readonly string[] {
    return checkFitted('LinearClassifier.classes_', this.#classes);
  }

  /** Weights `(classes, nFeatures)`, rounded to float32; scores are computed from the float64 ones. */
  get coef_(): Matrix {
    const { coef } = this.#solved('LinearClassifier.coef_');
    const rows = this.classes_.map((_, c) => this.#unpadded(coef, c));
    return Matrix.fromRows(rows);
  }

  /** One value per class. */
  get intercept_(): Float64Array {
    return this.#solved('LinearClassifier.intercept_').intercept.slice();
  }

  /**
   * The outputs of the linear map, near 1 for the class and 0 for the others.
   *
   * @param X `(nSamples, nFeatures)`
   * @returns `(nSamples, classes)`, columns in the order of `classes_`
   * @throws ParameterError on bad samples; FrontEndError on features of another front end; NotFittedError before `fit`
   */
  decisionFunction(X: Matrix): Matrix {
    const scores = this.#scores('LinearClassifier.decisionFunction', X);
    return new Matrix(Float32Array.from(scores), X.rows, this.classes_.length);
  }

  /** The class of the largest output for each row; of equal ones the first in the order of `classes_`. */
  predict(X: Matrix): string[] {
    const scores = Float32Array.from(this.#scores('LinearClassifier.predict', X));
    const n = this.classes_.length;
    return Array.from({ length: X.rows }, (_, i) => this.classes_[largest(scores.subarray(i * n, (i + 1) * n))]);
  }

  /**
   * The class of one track: outputs averaged over its windows, the largest wins.
   *
   * @param windows `(nWindows, nFeatures)`, at least one row
   */
  predictTrack(windows: Matrix): TrackPrediction {
    const where = 'LinearClassifier.predictTrack';
    checkFitted(where, this.#classes);
    checkSamples(where, windows, { minSamples: 1 });
    const rows = this.#scores(where, windows);
    const n = this.classes_.length;
    const scores = new Float32Array(n);
    for (let c = 0; c < n; c++) {
      let sum = 0;
      for (let i = c; i < rows.length; i += n) sum += rows[i];
      scores[c] = sum / windows.rows;
    }
    return { label: this.classes_[largest(scores)], scores };
  }

  /** One safetensors file: weights and intercept in float64, classes, parameters and the front end's record. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { coef, intercept } = this.#solved('LinearClassifier.toBytes');
    const data = new Float64Array(intercept.length * this.#nFeatures);
    for (let c = 0; c < intercept.length; c++) data.set(this.#unpadded(coef, c), c * this.#nFeatures);
    return encodeModel('LinearClassifier', {
      tensors: {
        coef: { dtype: 'F64', shape: [intercept.length, this.#nFeatures], data },
        intercept: { dtype: 'F64', shape: [intercept.length], data: intercept },
      },
      frontEnd: this.#frontEnd,
      params: { alpha: this.alpha, penalty: this.penalty },
      classes: this.classes_,
    });
  }

  /**
   * Reads what `toBytes` wrote; the result answers as the one that wrote it.
   *
   * @param bytes the whole file
   * @param file its name, for messages
   * @throws FormatError when the bytes are damaged, cut short, or another estimator's
   */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, file?: string): LinearClassifier {
    const { tensors, frontEnd, params, classes } = decodeModel(bytes, 'LinearClassifier', file);
    return withFormatError(file ?? '', () => {
      const known = classes ?? [];
      if (known.length < 2 || encodeLabels('classes', known).classes_.some((label, i) => label !== known[i])) {
        throw new ParameterError(`classes must be two or more words in order, got ${shown(known)}`, 'classes');
      }
      const { data, shape } = checkTensor(tensors, 'coef', 'F64', [known.length, undefined], file);
      const nFeatures = checkNumber('coef', 'columns', shape[1], { min: 1 });
      const coef = new Float64Array(known.length * strideOf(nFeatures));
      known.forEach((_, c) => {
        coef.set(data.subarray(c * nFeatures, (c + 1) * nFeatures), c * strideOf(nFeatures));
      });
      const intercept = checkTensor(tensors, 'intercept', 'F64', [known.length], file).data;
      const classifier = new LinearClassifier(params);
      classifier.#set(known, nFeatures, frontEnd, { coef, intercept });
      return classifier;
    });
  }

  /**
   * One classifier of several, each of its own feature set: it takes their columns side by side (`Matrix.hstack`), and its
   * scores are the mean of theirs. So feature sets are learned from apart, at the cost of each alone, where one classifier on all
   * columns would cost the square of their sum.
   *
   * @param classifiers fitted, of the same classes; what they are told later does not reach the one that is returned. Its
   *   `alpha` and `penalty` are those of the first
   * @param frontEnd the record that the rows will carry; any will do by default
   * @throws ParameterError on none, or on other classes; NotFittedError
   */
  static hstack(classifiers: readonly LinearClassifier[], frontEnd?: FrontEnd): LinearClassifier {
    const where = 'LinearClassifier.hstack';
    if (
      !Array.isArray(classifiers) ||
      !classifiers.every((one) => one instanceof LinearClassifier) ||
      !classifiers[0]
    ) {
      throw new ParameterError(`${where}: needs an array of at least one LinearClassifier`, 'classifiers');
    }
    const [{ alpha, penalty, classes_: classes }] = classifiers;
    const columns = classifiers.reduce((sum, one) => sum + one.#nFeatures, 0);
    const coef = new Float64Array(classes.length * strideOf(columns));
    const intercept = new Float64Array(classes.length);
    let offset = 0;
    for (const one of classifiers) {
      if (JSON.stringify(one.classes_) !== JSON.stringify(classes)) {
        throw new ParameterError(
          `${where}: classifiers must be of the same classes, got ${shown(classes)} and ${shown(one.classes_)}`,
          'classifiers',
        );
      }
      const learned = one.#solved(where);
      classes.forEach((_, c) => {
        intercept[c] += learned.intercept[c] / classifiers.length;
        const weights = one.#unpadded(learned.coef, c).map((value) => value / classifiers.length);
        coef.set(weights, c * strideOf(columns) + offset);
      });
      offset += one.#nFeatures;
    }
    const whole = new LinearClassifier({ alpha, penalty });
    whole.#set(classes, columns, frontEnd, { coef, intercept });
    return whole;
  }

  /** Gives the memory of the sums of `partialFit` back, if there is any. What was learned stays. */
  dispose(): void {
    this.#sums?.dispose();
    this.#sums = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #set(classes: readonly string[], nFeatures: number, frontEnd: FrontEnd | undefined, learned: Learned | undefined) {
    this.#classes = classes;
    this.#nFeatures = nFeatures;
    this.#frontEnd = frontEnd;
    this.#learned = learned;
  }

  #solved(where: string): Learned {
    if (this.#sums) this.#learned ??= this.#sums.solve(where, this);
    return checkFitted(where, this.#learned);
  }

  /** Row `c` of the weights without its padding. */
  #unpadded(coef: Float64Array, c: number): Float64Array {
    const start = c * strideOf(this.#nFeatures);
    return coef.subarray(start, start + this.#nFeatures);
  }

  /** Outputs in float64, `(nSamples, classes)`, row by row. */
  #scores(where: string, X: Matrix): Float64Array {
    const { coef, intercept } = this.#solved(where);
    checkSamples(where, X, { nFeatures: this.#nFeatures, frontEnd: this.#frontEnd });
    const nClasses = intercept.length;
    const scores = new Float64Array(X.rows * nClasses);
    for (let start = 0; start < X.rows; start += SCORE_ROWS) {
      const block = X.slice(start, start + SCORE_ROWS);
      const part = kernels().run((kernel, { put, reserve }) => {
        const out = reserve(block.rows * nClasses * 8);
        const row = reserve(strideOf(X.columns) * 8);
        kernel.linearScores(out, row, put(block.data), put(coef), put(intercept), block.rows, nClasses, X.columns);
        return kernels().readF64(out, block.rows * nClasses);
      });
      scores.set(part, start * nClasses);
    }
    return scores;
  }
}

/** The place of the largest value; of equal ones the first. */
function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

const shown = (classes: readonly string[]) =>
  classes
    .slice(0, 8)
    .map((label) => JSON.stringify(label))
    .join(', ') + (classes.length > 8 ? ', ...' : '');

/** The place of each label among the classes of the first block. */
function indicesOf(where: string, classes: readonly string[], y: readonly string[], nSamples: number): Int32Array {
  const encoded = encodeLabels(where, y, nSamples);
  const places = encoded.classes_.map((label) => {
    const place = classes.indexOf(label);
    if (place >= 0) return place;
    const meant = closestWord(label, classes);
    throw new ParameterError(
      `${where}: y holds ${describe(label)}, which is none of the classes ${shown(classes)}; ` +
        (meant ? `did you mean "${meant}"?` : 'name all classes in the first call: partialFit(X, y, { classes })'),
      'y',
    );
  });
  return encoded.indices.map((index) => places[index]);
}
