/** From the sets that `fit` is given to what a training starts from: checked, split, measured, named. */
import { describe } from '../options.ts';
import { Turns } from '../pause.ts';
import { RandomState } from '../random.ts';
import type { FitCalls, WsabieParams } from './params.ts';
import { fitScale, identityScale } from './scale.ts';
import { checkSets, fingerprintSets, type SourceSet, type Split, splitTracks, type TrainingSet } from './sets.ts';
import { STREAMS } from './trainer.ts';
import type { DatasetRecord, Fitted } from './training.ts';

/** What is known before the first batch; `splits` in the order of the sets. */
export type Prepared = Pick<Fitted, 'datasets' | 'frontEnd' | 'scale' | 'fingerprint'> & {
  readonly splits: readonly Split[];
};

/** The parameters that matter here. */
export type PreparationParams = Pick<WsabieParams, 'standardize' | 'level' | 'validationFraction' | 'randomState'>;

/**
 * Checks, splits and measures the sets.
 *
 * @param where class and method, the first words of every message
 * @throws ParameterError on sets that cannot be learned from; FrontEndError where tracks come from different front ends; the
 *   signal's reason when aborted
 */
export async function prepare(
  where: string,
  given: SourceSet | readonly SourceSet[],
  { standardize, level, validationFraction, randomState }: PreparationParams,
  { signal, onWarning }: Pick<FitCalls, 'signal' | 'onWarning'>,
): Promise<Prepared> {
  const turns = new Turns(signal);
  const sources = await checkSets(where, given, turns, onWarning);
  const random = new RandomState(randomState).split(STREAMS.heldOut);
  const splits = sources.sets.map((set, s) => splitTracks(set, validationFraction, random.split(s)));
  splits.forEach(({ heldOut }, s) => {
    if (validationFraction === 0 || heldOut.length > 0) return;
    onWarning(
      `${where}: set ${describe(sources.sets[s].name)} has no track that its classes can spare, so that none is held ` +
        'out and the set does not judge the space; give each class two tracks or more',
    );
  });
  const training = splits.flatMap((split) => split.training);
  const removesLevel = level === 'removed';
  const scale = standardize
    ? await fitScale(training, sources.nFeatures, removesLevel, turns)
    : identityScale(sources.nFeatures, removesLevel);
  return {
    splits,
    scale,
    frontEnd: sources.frontEnd,
    datasets: sources.sets.map((set, s) => datasetRecord(set, splits[s])),
    fingerprint: fingerprintSets(sources, [scale.mean, scale.scale]),
  };
}

function datasetRecord({ name, classes, tracks }: TrainingSet, split: Split): DatasetRecord {
  return {
    name,
    classes,
    nTraining: split.training.length,
    nHeldOut: split.heldOut.length,
    nFrames: tracks.reduce((sum, { X }) => sum + X.rows, 0),
  };
}
