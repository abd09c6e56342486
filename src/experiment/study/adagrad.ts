/**
 * A switch of the study: a space whose trainer gives each parameter a rate of its own (AdaGrad), beside `Wsabie`'s constant rate.
 *
 *     fitAdaGrad(sets, params?: Partial<WsabieParams> & { epsilon?: number }, { signal, onProgress, onWarning }): Promise<Wsabie>
 *
 * What comes back is a `Wsabie`, to be used and stored as any other. Start, draws, order of the sets, held-out tracks, norm balls and
 * early stop are those of `Wsabie.fit` for the same `randomState`: the rate is the only difference. Its parameters do not say
 * that AdaGrad was used; whoever caches it names it.
 */
import { encodeModel } from '../../model.ts';
import { checkNumber } from '../../options.ts';
import { toContent } from '../../wsabie/file.ts';
import { checkFitOptions, checkParams } from '../../wsabie/params.ts';
import { prepare } from '../../wsabie/prepare.ts';
import { startWeights } from '../../wsabie/trainer.ts';
import { type SourceSet, Wsabie, type WsabieParams } from '../../wsabie.ts';
import { transpose } from './dense.ts';
import { Network } from './network.ts';
import { adaGrad, constantRate, type Rates } from './rates.ts';
import { type StudyFitOptions, trainWarp } from './training.ts';

/** Options of `fitAdaGrad`: `Wsabie`'s, and AdaGrad's. */
export type AdaGradParams = WsabieParams & {
  /** Added to the root of the summed squares; 1e-10. */
  epsilon: number;
};

/**
 * Learns a space with AdaGrad.
 *
 * @param sets as of `Wsabie.fit`
 * @param params as of `Wsabie`, all with its defaults; `learningRate` is AdaGrad's (0.01): the first step moves every parameter by it, and
 *   later ones ever less
 * @throws as `Wsabie.fit`
 */
export async function fitAdaGrad(
  sets: SourceSet | readonly SourceSet[],
  { epsilon = 1e-10, ...params }: Partial<AdaGradParams> = {},
  options: StudyFitOptions = {},
): Promise<Wsabie> {
  checkNumber('fitAdaGrad', 'epsilon', epsilon, { above: 0 });
  const { learningRate } = checkParams(params);
  return fitLinear('fitAdaGrad', sets, params, () => adaGrad(learningRate, epsilon), options);
}

/** The same training with the constant rate: what `Wsabie.fit` learns, to rounding. For tests, and to time the two side by side. */
export async function fitConstant(
  sets: SourceSet | readonly SourceSet[],
  params: Partial<WsabieParams> = {},
  options: StudyFitOptions = {},
): Promise<Wsabie> {
  const { learningRate } = checkParams(params);
  return fitLinear('fitConstant', sets, params, () => constantRate(learningRate), options);
}

async function fitLinear(
  where: string,
  sets: SourceSet | readonly SourceSet[],
  given: Partial<WsabieParams>,
  ratesOf: () => Rates,
  options: StudyFitOptions,
): Promise<Wsabie> {
  const params = checkParams(given);
  const { signal, onWarning } = checkFitOptions(where, options);
  const prepared = await prepare(where, sets, params, { signal, onWarning });
  const { scale, datasets, frontEnd, fingerprint } = prepared;
  const nIn = scale.mean.length;
  const start = startWeights(
    params,
    scale,
    datasets.map(({ classes }) => classes.length),
  );
  const shape = { nIn, nHidden: 0, nOut: params.nComponents, bias: false };
  const network = new Network(shape, [transpose(start.V, nIn)]);
  const { learned, course } = await trainWarp(where, params, prepared, network, start.W, ratesOf, options);
  const latest = { V: transpose(learned.parameters[0], params.nComponents), W: learned.W };
  const fitted = {
    datasets,
    frontEnd,
    scale,
    fingerprint,
    ...course,
    lossSum: 0,
    lossCount: 0,
    latest,
    best: undefined,
  };
  return Wsabie.fromBytes(encodeModel('Wsabie', toContent(fitted, { ...params })));
}
