/**
 * A switch of the study: what classifies windows. The paper's least squares, multinomial logistic regression, and a small network,
 * behind one interface:
 *
 *     makeHead(kind: 'ridge' | 'logistic' | 'network', { alpha?, randomState? }): Head
 *     head.fit(X: Matrix, y: string[], groups?: string[])   // groups: the track of each row (the network's early stop needs it)
 *     head.decision(X: Matrix): Matrix                      // (n, head.classes_.length)
 *     predictTrack(head, windows: Matrix): { label, scores } // mean over the windows, the largest wins
 *
 * All three see standardised columns and count their ridge by the mean loss of a row, so that an alpha means the same for any
 * number of rows and any units.
 */
import { LinearClassifier, type TrackPrediction } from '../../linear.ts';
import type { Matrix } from '../../matrix.ts';
import { checkChoice, checkOptions } from '../../options.ts';
import { LogisticHead } from './logistic.ts';
import { NetworkHead } from './smallnetwork.ts';

/** The heads that there are. */
export const HEADS = ['ridge', 'logistic', 'network'] as const;
export type HeadKind = (typeof HEADS)[number];

/** A classifier of windows. */
export interface Head {
  /** The classes, sorted by code unit. @throws NotFittedError before `fit` */
  readonly classes_: readonly string[];
  /**
   * Learns anew.
   *
   * @param X windows `(nSamples, nFeatures)`
   * @param y the label of each row
   * @param groups the track of each row; only a head that holds rows out looks at it
   */
  fit(X: Matrix, y: readonly string[], groups?: readonly string[]): unknown;
  /** Scores `(nSamples, classes)`; the largest of a row wins. */
  decision(X: Matrix): Matrix;
}

/** Options of `makeHead`. */
export interface HeadOptions {
  /** Strength of the ridge; by default each head's own: 0.01 (ridge), 0.01 (logistic), 0.001 (network). */
  alpha?: number;
  /** Seed of the network; 0. The others draw nothing. */
  randomState?: number;
}

/** The paper's classifier (section 6.2) as a head. */
class RidgeHead implements Head {
  readonly #classifier: LinearClassifier;

  constructor(alpha: number | undefined) {
    this.#classifier = new LinearClassifier({ alpha, penalty: 'relative' });
  }

  get classes_(): readonly string[] {
    return this.#classifier.classes_;
  }

  fit(X: Matrix, y: readonly string[]): this {
    this.#classifier.fit(X, y);
    return this;
  }

  decision(X: Matrix): Matrix {
    return this.#classifier.decisionFunction(X);
  }
}

/** A head of a kind, not yet fitted. @throws ParameterError on an unknown kind or option */
export function makeHead(kind: HeadKind, options: HeadOptions = {}): Head {
  const where = 'makeHead';
  checkChoice(where, 'kind', kind, HEADS);
  const { alpha, randomState } = checkOptions<{ alpha: number | undefined; randomState: number | undefined }>(
    where,
    options,
    { alpha: undefined, randomState: undefined },
  );
  if (kind === 'ridge') return new RidgeHead(alpha);
  return kind === 'logistic' ? new LogisticHead({ alpha }) : new NetworkHead({ alpha, randomState });
}

/**
 * The class of one track: scores averaged over its windows, the largest wins; of equal ones the first in the order of `classes_`. For
 * logarithms of probabilities that is the product over the windows.
 *
 * @param windows `(nWindows, nFeatures)`, at least one row
 */
export function predictTrack(head: Head, windows: Matrix): TrackPrediction {
  const { data, rows, columns } = head.decision(windows);
  const sums = new Float64Array(columns);
  for (let i = 0; i < data.length; ) for (let c = 0; c < columns; c++) sums[c] += data[i++];
  const scores = Float32Array.from(sums, (sum) => sum / rows);
  let best = 0;
  for (let c = 1; c < columns; c++) if (scores[c] > scores[best]) best = c;
  return { label: head.classes_[best], scores };
}
