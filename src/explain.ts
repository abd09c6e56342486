/**
 * Why two tracks are alike, in words: the labels of a space that a track resembles more than a collection's tracks do.
 *
 * `import { Explainer } from 'tunespace/explain'`: a path of its own, so that the core does not grow.
 */
import { ParameterError } from './errors.ts';
import { checkFitted, checkSamples } from './estimator.ts';
import { checkFrontEnd, type FrontEnd } from './frontend.ts';
import { Matrix } from './matrix.ts';
import { checkChoice, checkNumber, checkOptions, describe } from './options.ts';
import type { Wsabie } from './wsabie.ts';

/** Parameters of `Explainer`. */
export interface ExplainerOptions {
  /** The set whose labels are used; all sets of the space by default. */
  set?: string;
  /**
   * Only labels that begin so; `""` for all. By default `"instrument/"` where the space has such labels, because octave,
   * dynamic and technique of a single note say less of music; otherwise `""`.
   */
  prefix?: string;
  /** Labels a track, at most; 1 or more, 3 by default. */
  k?: number;
}

/** A label that a track resembles. */
export interface Explanation {
  /** The set that the label is of. */
  readonly dataset: string;
  readonly label: string;
  /** By how many standard deviations of the collection the affinity lies above the collection's mean; above 0. */
  readonly score: number;
}

/** One label's affinity over a collection. */
interface Usual {
  readonly mean: number;
  readonly deviation: number;
}

const INSTRUMENTS = 'instrument/';

/**
 * Says what tracks sound like, beside the others of a collection: "cello, flute".
 *
 * An affinity alone favours the same labels whatever is played: by it nearly all music resembles a contrabassoon in the space
 * "instruments", because music has more low sound than a note has (78 of 112 tracks of four genres had it among their first
 * three labels; taking off the notes' own mean helps nothing, that is 0 already). So each label's
 * affinity is brought to mean 0 and variance 1 over the tracks of the collection, and the largest are the explanation. What it
 * says is relative: beside other tracks, the same track is told apart by other labels. Below some twenty tracks, means and
 * deviations are chance.
 *
 * A track's affinity is `W_i . z` of its mean embedded frame, which is the mean affinity of its frames. It explains resemblance,
 * to the material that the space was learned from; it does not detect instruments.
 *
 * @example
 * const tracks = Matrix.fromRows(songs.map((frames) => meanRow(aggregate(space.transform(frames)))));
 * const [first] = new Explainer(space).fit(tracks).explain(tracks); // [{ label: 'instrument/cello', score: 2.1, ... }, ...]
 */
export class Explainer {
  readonly k: number;
  readonly #vectors: readonly { readonly dataset: string; readonly label: string; readonly w: Float32Array }[];
  readonly #nComponents: number;
  readonly #made: FrontEnd;
  #usual: readonly Usual[] | undefined;

  /**
   * @param space a fitted space
   * @throws ParameterError on another space, on an unknown option or set, and where no label begins with `prefix`; NotFittedError on a space that
   *   is not fitted
   */
  constructor(space: Wsabie, options?: ExplainerOptions) {
    const where = 'Explainer';
    const checked = checkOptions<{ [K in keyof Required<ExplainerOptions>]: ExplainerOptions[K] }>(where, options, {
      set: undefined,
      prefix: undefined,
      k: 3,
    });
    this.k = checkNumber(where, 'k', checked.k, { min: 1, integer: true });
    if (typeof space?.nearestClasses !== 'function') {
      throw new ParameterError(
        `${where}: space must be a fitted Wsabie, such as await loadSpace() of tunespace/spaces, got ${describe(space)}`,
        'space',
      );
    }
    const all = space.datasets_;
    const names = all.map(({ name }) => name);
    const set = checked.set === undefined ? undefined : checkChoice(where, 'set', checked.set, names);
    const vectors = all
      .filter(({ name }) => set === undefined || name === set)
      .flatMap(({ name, classes, W }) => classes.map((label, i) => ({ dataset: name, label, w: W.row(i) })));
    const usual = vectors.some(({ label }) => label.startsWith(INSTRUMENTS)) ? INSTRUMENTS : '';
    const { prefix = usual } = checked;
    this.#vectors = vectors.filter(({ label }) => typeof prefix === 'string' && label.startsWith(prefix));
    if (this.#vectors.length === 0) {
      const beginnings = new Set(vectors.map(({ label }) => label.slice(0, label.indexOf('/') + 1) || label));
      const list = [...beginnings].slice(0, 8).map((beginning) => describe(beginning));
      throw new ParameterError(
        `${where}: prefix must be how a label begins, such as ${list.join(', ')}, got ${describe(prefix)}`,
        'prefix',
      );
    }
    this.#nComponents = space.params.nComponents;
    // What frames of this space are marked with.
    const none = new Matrix(new Float32Array(0), 0, space.mean_.length, space.frontEnd_);
    this.#made = spaceOf(space.transform(none));
  }

  /**
   * Learns what is usual.
   *
   * @param X one row a track of a collection, two or more: the mean of its windows of embedded frames `(n, 4 * nComponents)`, as
   *   `meanRow(aggregate(space.transform(frames)))` gives it, or of its embedded frames `(n, nComponents)`
   * @throws ParameterError on bad samples; FrontEndError on rows that were not made in this space
   */
  fit(X: Matrix): this {
    const affinities = this.#affinities('Explainer.fit', X, 2);
    this.#usual = affinities.map((values) => {
      const mean = sumOf(values, (value) => value) / values.length;
      const variance = sumOf(values, (value) => (value - mean) * (value - mean)) / values.length;
      return { mean, deviation: Math.sqrt(variance) };
    });
    return this;
  }

  /**
   * The labels that each track resembles more than the collection's tracks do, the most telling first, ties by the order of the
   * sets and their classes. At most `k`; fewer, or none, where fewer are above the mean.
   *
   * @param X rows as for `fit`, of the collection or of other tracks
   * @throws as `fit`; NotFittedError before `fit`
   */
  explain(X: Matrix): Explanation[][] {
    const where = 'Explainer.explain';
    const usual = checkFitted(where, this.#usual);
    const affinities = this.#affinities(where, X, 0);
    return Array.from({ length: X.rows }, (_, row) =>
      this.#vectors
        .map(({ dataset, label }, i) => {
          const { mean, deviation } = usual[i];
          return { dataset, label, score: deviation > 0 ? (affinities[i][row] - mean) / deviation : 0, i };
        })
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score || a.i - b.i)
        .slice(0, this.k)
        .map(({ dataset, label, score }) => ({ dataset, label, score })),
    );
  }

  /** For each label, the affinity of each row. */
  #affinities(where: string, X: Matrix, minSamples: number): Float64Array[] {
    checkSamples(where, X, { minSamples });
    const n = this.#nComponents;
    if (X.columns !== n && X.columns !== 4 * n) {
      throw new ParameterError(
        `${where}: X must have ${n} columns (means of embedded frames) or ${4 * n} (of their windows), got ${X.columns}`,
        'X',
      );
    }
    if (X.frontEnd) checkFrontEnd(where, this.#made, spaceOf(X));
    // Of windows, the first block of columns is the mean.
    return this.#vectors.map(({ w }) =>
      Float64Array.from({ length: X.rows }, (_, row) => {
        const z = X.row(row);
        return sumOf(w, (value, j) => value * z[j]);
      }),
    );
  }
}

function sumOf(values: Float32Array | Float64Array, term: (value: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += term(values[i], i);
  return sum;
}

/** The part of a record that says where rows lie. */
const spaceOf = ({ frontEnd }: Matrix): FrontEnd => (frontEnd?.space === undefined ? {} : { space: frontEnd.space });
