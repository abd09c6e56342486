/** What `similar --explain` says of a query and of its neighbours: which labels of the space they resemble. */
import type { Command } from 'commander';
import { ParameterError } from '../errors.ts';
import { Explainer, type Explanation } from '../explain.ts';
import type { Matrix } from '../matrix.ts';
import { UsageError } from './errors.ts';
import { shown } from './output.ts';
import { type LoadedSpace, loadSpace } from './pipeline.ts';
import type { Session } from './session.ts';
import type { TrackIndex } from './trackindex.ts';

export interface ExplainFlags {
  explain?: boolean;
  explainLabels?: string;
}

/** Below it, what is usual is chance. */
const FEW_TRACKS = 20;

/** Adds `--explain` and `--explain-labels`. */
export function addExplainOptions(command: Command): Command {
  return command
    .option(
      '--explain',
      'say what the query and each neighbour sound like beside the rest of the library: the labels of the space that stand out',
    )
    .option(
      '--explain-labels <PREFIX>',
      'only labels that begin so, e.g. octave/; or "all" (default: instrument/, where the space has such labels); implies --explain',
    );
}

/** The explainer that the option asks for. @throws UsageError where no label begins so */
export function explainerOf({ space }: LoadedSpace, labels: string | undefined, k?: number): Explainer {
  try {
    return new Explainer(space, { prefix: labels === 'all' ? '' : labels, k });
  } catch (error) {
    if (!(error instanceof ParameterError && error.parameter === 'prefix')) throw error;
    throw new UsageError(error.message.replace('Explainer: prefix', '--explain-labels'), { cause: error });
  }
}

/** Checks what can be checked without an index. @throws UsageError */
export async function checkExplain(flags: ExplainFlags, model: string, session: Session): Promise<void> {
  if (!flags.explain && flags.explainLabels === undefined) return;
  if (model === 'none') {
    throw new UsageError('--explain takes the labels of a space; leave out --model none, or name a space with --model');
  }
  explainerOf(await loadSpace(model, session), flags.explainLabels);
}

/** A track's labels in its result. */
export interface Explained {
  readonly soundsLike?: readonly Explanation[];
}

/** Explains tracks beside those of an index. */
export class Explanations {
  readonly #explainer: Explainer;

  private constructor(explainer: Explainer) {
    this.#explainer = explainer;
  }

  /** What was asked for: `undefined` where that is nothing. @throws UsageError where there is nothing to explain with */
  static over(
    { vectors }: TrackIndex,
    space: LoadedSpace | undefined,
    { explain, explainLabels }: ExplainFlags,
    session: Session,
  ): Explanations | undefined {
    if (!explain && explainLabels === undefined) return undefined;
    if (space === undefined) {
      throw new UsageError(
        '--explain takes the labels of a space; leave out --model none, or name a space with --model',
      );
    }
    if (vectors.rows < 2) {
      throw new UsageError('--explain tells tracks apart beside the library, which has one; give a library of more');
    }
    if (vectors.rows < FEW_TRACKS) {
      session.warn(
        `--explain: tracks are compared with the ${vectors.rows} of the library; of fewer than ${FEW_TRACKS}, what stands ` +
          'out is largely chance',
      );
    }
    return new Explanations(explainerOf(space, explainLabels).fit(vectors));
  }

  /** The labels of each row. */
  of(vectors: Matrix): Explanation[][] {
    return this.#explainer.explain(vectors);
  }
}

/** Labels that both tracks are explained by, in the order of the first. */
export function sharedLabels(a: readonly Explanation[], b: readonly Explanation[]): Explanation[] {
  return a.filter((one) => b.some(({ dataset, label }) => dataset === one.dataset && label === one.label));
}

/** Labels in one line; an instrument goes by its name alone. */
export function named(labels: readonly Explanation[]): string {
  return labels.map(({ label }) => shown(label.replace(/^instrument\//, ''))).join(', ');
}

/** What a neighbour sounds like, what it has in common with the query first. */
export function inWords(query: readonly Explanation[], neighbour: readonly Explanation[]): string {
  const shared = sharedLabels(query, neighbour);
  const own = neighbour.filter((one) => !shared.includes(one) && sharedLabels(shared, [one]).length === 0);
  if (neighbour.length === 0) return 'nothing stands out';
  if (shared.length === 0) return `alone: ${named(own)}`;
  return `both: ${named(shared)}${own.length > 0 ? `; alone: ${named(own)}` : ''}`;
}
