/** From named examples to a classifier: what cannot be learned from is refused or passed over, and said. */
import { ParameterError } from '../errors.ts';
import { checkSamples } from '../estimator.ts';
import type { Matrix } from '../matrix.ts';
import { checkHooks, checkOptions, describe } from '../options.ts';
import { FewShotClassifier, type FewShotClassifierOptions } from './classifier.ts';
import { isSilent, joinedColumns } from './features.ts';

/** One example. */
export interface TeachExample {
  /** Its name, for messages: a file's, say. */
  readonly name: string;
  readonly label: string;
  /** The track's frames, or what `FewShotClassifier.windows` made of them. */
  readonly X: Matrix;
  /** Whose it is, an artist's say: examples of one group are held out together. One without is a group of its own. */
  readonly group?: string;
}

/** Options of `teach`. */
export interface TeachOptions extends FewShotClassifierOptions {
  /** Gets what is worth knowing and stops nothing: examples passed over, labels that cannot be told apart. Default `console.warn`. */
  onWarning?: (message: string) => void;
}

/** An example as windows. */
interface Example {
  readonly name: string;
  readonly label: string;
  readonly windows: Matrix;
  readonly group: string | undefined;
}

const isSame = (a: Matrix, b: Matrix) =>
  a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);

/**
 * Learns labels from a few examples of each.
 *
 * Silent examples are passed over with a warning, and so is the same sound a second time under one label. That the labels cannot
 * be told apart is a warning, too, and `validation_.distinguishable` of the result. Where groups are known, each is held out as a
 * whole; where a label has one group only, none of it would be left to learn from: then groups are ignored, with a warning.
 *
 * @param examples two or more of each label; all of one label make a ranking (`distances`)
 * @throws ParameterError where the same sound has two labels (naming all such pairs), where a label is left with fewer than two
 *   examples, and as `FewShotClassifier`
 *
 * @example
 * const mine = teach([{ name: 'a.mp3', label: 'calm', X: frames }, ...], { space: await loadSpace() });
 * if (!mine.validation_?.distinguishable) console.log('more examples, or clearer ones, are needed');
 */
export function teach(examples: readonly TeachExample[], options: TeachOptions): FewShotClassifier {
  const where = 'teach';
  const { onWarning, ...rest } = checkOptions<{ [K in keyof Required<TeachOptions>]: TeachOptions[K] | undefined }>(
    where,
    options,
    {
      space: undefined,
      alpha: undefined,
      randomState: undefined,
      onWarning: (message: string) => console.warn(message),
    },
  );
  checkHooks(where, { onWarning });
  const warn = onWarning as (message: string) => void;
  const classifier = new FewShotClassifier(rest as FewShotClassifierOptions);
  const heard = checkExamples(where, examples, classifier).filter(({ name, label, windows }) => {
    if (!isSilent(windows, classifier.space)) return true;
    warn(`${name}: is silent, so that nothing can be learned from it; passed over as an example of ${describe(label)}`);
    return false;
  });
  refuseContradictions(where, heard);
  const kept = heard.filter((example, i) => {
    const first = heard.slice(0, i).find(({ windows }) => isSame(windows, example.windows));
    if (first)
      warn(`${example.name}: holds the same sound as ${first.name}; counted once under ${describe(example.label)}`);
    return first === undefined;
  });
  for (const label of new Set(examples.map((example) => example.label))) {
    const { length } = kept.filter((example) => example.label === label);
    if (length >= 2) continue;
    throw new ParameterError(
      `${where}: label ${describe(label)} has ${length === 1 ? 'one example' : 'no example'} that can be used; give at least two`,
      'examples',
    );
  }
  const groups = groupsOf(kept, warn);
  classifier.fit(
    kept.map(({ windows }) => windows),
    kept.map(({ label }) => label),
    groups && { groups },
  );
  const { validation_: found } = classifier;
  if (found && !found.distinguishable) {
    const { accuracy, standardError, chance } = found;
    warn(
      `the labels cannot be told apart: accuracy on held-out examples is ${accuracy.toFixed(2)} ± ${standardError.toFixed(2)}, ` +
        `guessing gives ${chance.toFixed(2)}; give more examples, or clearer ones`,
    );
  }
  return classifier;
}

function checkExamples(where: string, examples: readonly TeachExample[], classifier: FewShotClassifier): Example[] {
  if (!Array.isArray(examples) || examples.length === 0) {
    throw new ParameterError(
      `${where}: examples must be an array of { name, label, X }, two or more of each label, got ${describe(examples)}`,
      'examples',
    );
  }
  const columns = joinedColumns(classifier.space);
  return examples.map((example: TeachExample, i) => {
    const { name, label, X, group } = example ?? {};
    for (const [key, value] of Object.entries({ name, label, ...(group !== undefined && { group }) })) {
      if (typeof value === 'string' && value !== '') continue;
      throw new ParameterError(
        `${where}: examples[${i}].${key} must be a non-empty string, got ${describe(value)}`,
        'examples',
      );
    }
    checkSamples(`${where}: ${name}`, X, { minSamples: 1 });
    return { name, label, windows: X.columns === columns ? X : classifier.windows(X), group };
  });
}

/** The group of each example, where any is known, there is something to judge, and every label has two. */
function groupsOf(examples: readonly Example[], warn: (message: string) => void): string[] | undefined {
  const labels = [...new Set(examples.map(({ label }) => label))];
  if (labels.length < 2 || examples.every(({ group }) => group === undefined)) return undefined;
  const groups = examples.map(({ group }, i) => (group === undefined ? `#${i}` : `@${group}`));
  const single = labels.find((one) => new Set(groups.filter((_, i) => examples[i].label === one)).size < 2);
  if (single === undefined) return groups;
  warn(
    `all examples of ${describe(single)} are of one group (one artist, say), so that groups cannot be held out as a whole; ` +
      'the accuracy may be too high for other music',
  );
  return undefined;
}

/** Refuses one sound under two labels: nobody but the user knows which is meant. */
function refuseContradictions(where: string, examples: readonly Example[]): void {
  const pairs = examples.flatMap((example, i) => {
    const other = examples
      .slice(0, i)
      .find(({ label, windows }) => label !== example.label && isSame(windows, example.windows));
    return other ? [`${other.name} (${describe(other.label)}) and ${example.name} (${describe(example.label)})`] : [];
  });
  if (pairs.length === 0) return;
  const more = pairs.length > 5 ? ` and ${pairs.length - 5} more` : '';
  throw new ParameterError(
    `${where}: the same sound has two labels: ${pairs.slice(0, 5).join('; ')}${more}; keep one label of each`,
    'examples',
  );
}
