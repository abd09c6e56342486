/** Which windows `classify` works on: of the frames, of embedded frames, or both, each with a classifier of its own. */
import type { Command } from 'commander';
import { aggregate } from '../aggregate.ts';
import type { FrontEnd } from '../frontend.ts';
import type { Dataset } from '../library/dataset.ts';
import { LinearClassifier, type LinearClassifierOptions } from '../linear.ts';
import { Matrix } from '../matrix.ts';
import { UsageError } from './errors.ts';
import type { Input } from './inputs.ts';
import { choice, flagOf, option } from './options.ts';
import { shown } from './output.ts';
import { DEFAULT_SPACE, givenFlags, loadSpace, type Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';

const FEATURES = ['base', 'embedded', 'both'] as const;

export type Features = (typeof FEATURES)[number];

export interface FeatureFlags {
  features?: Features;
  model?: string;
}

/** What a classifier works on. */
export interface Chosen {
  readonly features: Features;
  /** The space, where one is used. */
  readonly model: string | undefined;
}

/** Adds `--features` and `--model`. */
export function addFeatureOptions(command: Command): Command {
  return command
    .addOption(
      option(
        '--features <NAME>',
        'base: windows of the frames themselves; embedded: of frames in a space; both: a classifier on each, scores averaged ' +
          '(default: both; base where the frames are not those of a space that was not named)',
        { parse: choice(FEATURES) },
      ),
    )
    .option(
      '--model <FILE|NAME>',
      'space, for all but --features base (default: instruments, which ships); or what "tunespace teach" made, alone',
    );
}

/**
 * What a classifier is taught on.
 *
 * @throws UsageError on --model where no space is used
 */
export function chosenFor(
  dataset: Dataset,
  { features, model }: FeatureFlags,
  command: Command,
  session: Session,
): Chosen {
  if (features === 'base' && model !== undefined) {
    throw new UsageError(`--features base uses no space; leave out --model ${shown(model)}`);
  }
  if (features !== undefined || model !== undefined) {
    const wanted = features ?? 'both';
    return { features: wanted, model: wanted === 'base' ? undefined : (model ?? DEFAULT_SPACE) };
  }
  // The space that ships takes frames of the default settings, which it makes of audio alone.
  const [flag] = givenFlags(command);
  const isForeign = dataset.tracks.some((track) => track.features !== 'audio');
  if (flag === undefined && !isForeign) return { features: 'both', model: DEFAULT_SPACE };
  const why = flag === undefined ? 'files of frames' : flagOf(flag);
  session.info(
    `note: ${why}: classified by the frames alone (--features base); name a space for such frames with --model`,
  );
  return { features: 'base', model: undefined };
}

/**
 * What a saved classifier was taught on.
 *
 * @param record of the windows that it takes
 * @throws UsageError where --model does not fit to that
 */
export async function chosenBy(
  record: FrontEnd | undefined,
  file: string,
  { features, model }: FeatureFlags,
  session: Session,
): Promise<Chosen> {
  const made: Features = record?.space === undefined ? 'base' : record.features === 'both' ? 'both' : 'embedded';
  if (features !== undefined && features !== made) {
    throw new UsageError(`${shown(file)} was taught with --features ${made}; leave out --features ${features}`);
  }
  if (made === 'base') {
    if (model === undefined) return { features: made, model };
    throw new UsageError(`${shown(file)} was taught without a space; leave out --model`);
  }
  if (model !== undefined) return { features: made, model };
  const { space } = await loadSpace(DEFAULT_SPACE, session);
  const none = new Matrix(new Float32Array(0), 0, space.mean_.length, space.frontEnd_);
  if (space.transform(none).frontEnd?.space === record?.space) return { features: made, model: DEFAULT_SPACE };
  throw new UsageError(`${shown(file)} was taught in the space ${record?.space}; give that file with --model`);
}

/** The windows of one input, `(nWindows, columns)`; both kinds stand side by side, base first. */
export async function windowsOf(pipeline: Pipeline, features: Features, input: Input): Promise<Matrix> {
  if (features !== 'both' || !pipeline.space) return pipeline.windows(input);
  const frames = await pipeline.frames(input);
  const embedded = aggregate(pipeline.space.space.transform(frames));
  return Matrix.hstack([aggregate(frames), embedded], { ...embedded.frontEnd, features: 'both' });
}

/** Columns of the base windows and of the embedded ones, where both stand side by side. */
export function blocksOf(windows: Matrix, features: Features, { space }: Pipeline): readonly number[] | undefined {
  if (features !== 'both' || !space) return undefined;
  const embedded = 4 * space.space.params.nComponents;
  return [windows.columns - embedded, embedded];
}

/** Learns from all rows, a classifier a block. */
export function teachBlocks(
  X: Matrix,
  y: readonly string[],
  options: LinearClassifierOptions,
  blocks: readonly number[] | undefined,
): LinearClassifier {
  if (blocks === undefined) return new LinearClassifier(options).fit(X, y);
  let start = 0;
  const parts = blocks.map((width) => {
    start += width;
    return new LinearClassifier(options).fit(X.takeColumns(start - width, start), y);
  });
  return LinearClassifier.hstack(parts, X.frontEnd);
}
