/**
 * A switch of the study: one hidden layer of rectified units before the embedding, learned with the same WARP loss (the paper's
 * conclusion: non-linear maps).
 *
 *     const space = await new HiddenEmbedding(params?: Partial<HiddenParams>).fit(sets, { signal, onProgress, onWarning });
 *     space.transform(frames: Matrix): Matrix   // (n, nComponents), each row from its own frame only
 *     space.record_                             // { batch, stopped, best, history }, as Wsabie's
 *
 * A label i of a set fits frame x by `W_i . V max(0, A x + b)`. Draws, order of the sets, held-out tracks and early stop are those
 * of `Wsabie.fit` for the same `randomState`.
 */
import { ParameterError } from '../../errors.ts';
import { checkFitted, checkSamples } from '../../estimator.ts';
import type { FrontEnd } from '../../frontend.ts';
import { Matrix } from '../../matrix.ts';
import { fingerprint } from '../../model.ts';
import { checkChoice, checkNumber, findNonFinite } from '../../options.ts';
import { RandomState } from '../../random.ts';
import { checkFitOptions, checkParams } from '../../wsabie/params.ts';
import { prepare } from '../../wsabie/prepare.ts';
import type { Scale } from '../../wsabie/scale.ts';
import { STREAMS, startWeights } from '../../wsabie/trainer.ts';
import { bestOf } from '../../wsabie/training.ts';
import type { SourceSet, WsabieParams, WsabieRecord } from '../../wsabie.ts';
import { Network, startParameters } from './network.ts';
import { adaGrad, constantRate } from './rates.ts';
import { type Course, type StudyFitOptions, scaleFrames, trainWarp } from './training.ts';

/** Options of `HiddenEmbedding`: `Wsabie`'s, and these. `start` is `"random"`; `maxNormV` bounds the weights of each hidden unit. */
export type HiddenParams = WsabieParams & {
  /** Hidden units; 200. */
  nHidden: number;
  /** The constant rate of the paper (the default), or AdaGrad's. */
  rates: 'constant' | 'adagrad';
};

/** Rows that are mapped at a time; the result does not depend on it. */
const BLOCK = 2048;

interface Fitted {
  readonly network: Network;
  readonly scale: Scale;
  readonly frontEnd: FrontEnd | undefined;
  readonly name: string;
  readonly course: Course;
  readonly fingerprint: string;
  readonly nSets: number;
}

/** A space behind one hidden layer. */
export class HiddenEmbedding {
  /** The options, defaults filled in. */
  readonly params: Readonly<HiddenParams>;
  #fitted: Fitted | undefined;

  /** @throws ParameterError naming the option, its value and its range */
  constructor({ nHidden = 200, rates = 'constant', ...rest }: Partial<HiddenParams> = {}) {
    const where = 'HiddenEmbedding';
    checkNumber(where, 'nHidden', nHidden, { min: 1, max: 4096, integer: true });
    checkChoice(where, 'rates', rates, ['constant', 'adagrad']);
    const params = checkParams(rest);
    if (params.start !== 'random') {
      throw new ParameterError(
        `${where}: start must be "random", since V has hidden units and no spectrum before it, got "${params.start}"`,
        'start',
      );
    }
    this.params = { ...params, nHidden, rates };
  }

  /**
   * Learns the space anew.
   *
   * @param sets as of `Wsabie.fit`
   * @returns itself
   * @throws as `Wsabie.fit`
   */
  async fit(sets: SourceSet | readonly SourceSet[], options: StudyFitOptions = {}): Promise<this> {
    const where = 'HiddenEmbedding.fit';
    const { nHidden, rates, nComponents, learningRate, randomState } = this.params;
    const { signal, onWarning } = checkFitOptions(where, options);
    const prepared = await prepare(where, sets, this.params, { signal, onWarning });
    const { scale, datasets, frontEnd } = prepared;
    const nClasses = datasets.map(({ classes }) => classes.length);
    const shape = { nIn: scale.mean.length, nHidden, nOut: nComponents, bias: false };
    const random = new RandomState(randomState).split(STREAMS.V);
    const network = new Network(shape, startParameters(shape, random));
    const { W } = startWeights(this.params, scale, nClasses);
    const ratesOf = () => (rates === 'adagrad' ? adaGrad(learningRate) : constantRate(learningRate));
    const { learned, course } = await trainWarp(where, this.params, prepared, network, W, ratesOf, options);
    const about = [...learned.parameters, scale.mean, scale.scale, ...(scale.removesLevel ? ['level removed'] : [])];
    this.#fitted = {
      network: new Network(shape, learned.parameters),
      scale,
      frontEnd,
      name: fingerprint(about),
      course,
      fingerprint: prepared.fingerprint,
      nSets: datasets.length,
    };
    return this;
  }

  /**
   * Embeds frames.
   *
   * @param X frames `(n, nFeatures)` of the front end that the space was learned with; 0 rows are fine
   * @returns `(n, nComponents)`; its record is that of the frames with `space`, which names the weights, and `nComponents`
   * @throws ParameterError on another width or values that are not finite or too large; FrontEndError on another front end
   */
  transform(X: Matrix): Matrix {
    const where = 'HiddenEmbedding.transform';
    const { network, scale, frontEnd, name } = checkFitted(where, this.#fitted);
    checkSamples(where, X, { nFeatures: scale.mean.length, frontEnd });
    const { nComponents } = this.params;
    const out = new Float32Array(X.rows * nComponents);
    for (let start = 0; start < X.rows; start += BLOCK) {
      const rows = scaleFrames(X.slice(start, start + BLOCK).data, scale);
      out.set(network.forward(rows).z, start * nComponents);
    }
    const bad = findNonFinite(out);
    if (bad >= 0) {
      throw new ParameterError(
        `${where}: X holds values in row ${Math.floor(bad / nComponents)} that are too large to embed; repair that row`,
        'X',
      );
    }
    return new Matrix(out, X.rows, nComponents, { ...(frontEnd ?? X.frontEnd), space: name, nComponents });
  }

  /** How it was learned. */
  get record_(): WsabieRecord {
    const { course, fingerprint: name, nSets } = checkFitted('HiddenEmbedding.record_', this.#fitted);
    const { step, history, stopped } = course;
    return { batch: Math.floor(step / nSets), stopped, best: bestOf(history), history, fingerprint: name };
  }
}
