/** `tunespace classify --model mine.safetensors`: files by what `tunespace teach` has learned. */
import { loadKernels } from '../runtime/node.ts';
import { FewShotClassifier } from '../teach.ts';
import { readNamed, UsageError } from './errors.ts';
import { findInputs, type Input } from './inputs.ts';
import { checkKind, kindOf } from './kinds.ts';
import { csvLine, fixed, shown } from './output.ts';
import { type LoadingFlags, Pipeline } from './pipeline.ts';
import { type ResultFlags, ResultWriter } from './results.ts';
import type { Session } from './session.ts';

/** A taught classifier and its file. */
export interface TaughtModel {
  readonly classifier: FewShotClassifier;
  readonly file: string;
}

/**
 * The taught classifier of a file, or `undefined` where it holds something else.
 *
 * @throws FormatError on a taught classifier that is damaged; the system's error
 */
export async function readTaught(file: string, session: Session): Promise<TaughtModel | undefined> {
  const bytes = await readNamed(file, session.cwd);
  // A space is half of what is needed: what else is, the command says.
  if (kindOf(bytes, file) === 'Wsabie') return undefined;
  checkKind(bytes, 'FewShotClassifier', file);
  await loadKernels();
  return { classifier: FewShotClassifier.fromBytes(bytes, file), file };
}

/** Says for each file which label fits and how sure that is; by one label, ranks the files. */
export async function classifyTaught(
  files: readonly string[],
  { classifier, file }: TaughtModel,
  options: ResultFlags & LoadingFlags,
  session: Session,
): Promise<number> {
  if (files.length === 0) throw new UsageError('nothing to do: give files to classify');
  const writer = new ResultWriter(session, options);
  await writer.check();
  const space = { space: classifier.space, file, bytes: new Uint8Array() };
  const pipeline = new Pipeline(session, { ...options, space, refuseSilence: true });
  const inputs = await findInputs(files, session);
  pipeline.expect(inputs);
  const isRanking = classifier.classes_.length === 1;
  const done = isRanking
    ? await rank(classifier, inputs, pipeline, writer, session)
    : await label(classifier, inputs, pipeline, writer, session);
  session.reportFailures(done);
  return session.exitAfter(done);
}

const NAMES = ({ name }: Input) => name;

async function label(
  classifier: FewShotClassifier,
  inputs: readonly Input[],
  pipeline: Pipeline,
  writer: ResultWriter,
  session: Session,
): Promise<number> {
  const { classes_: classes } = classifier;
  const width = Math.max(...classes.map((name) => shown(name).length));
  if (writer.format === 'csv') {
    writer.line(csvLine(['file', 'label', 'probability', ...classes.map((name) => `probability:${name}`)]));
  }
  const { results } = await session.each('classify', inputs, NAMES, async (input) => {
    const { label, probability, probabilities } = classifier.predictTrack(await pipeline.frames(input));
    if (writer.format === 'csv') writer.line(csvLine([input.name, label, probability, ...probabilities]));
    if (writer.format === 'text') {
      writer.line(`${shown(label).padEnd(width)}  ${fixed(probability).padStart(6)}  ${shown(input.name)}`);
    }
    const all = Object.fromEntries(classes.map((name, i) => [name, probabilities[i]]));
    return { file: input.name, label, probability, probabilities: all };
  });
  await writer.end({ command: 'classify', classes, results });
  return results.length;
}

async function rank(
  classifier: FewShotClassifier,
  inputs: readonly Input[],
  pipeline: Pipeline,
  writer: ResultWriter,
  session: Session,
): Promise<number> {
  const { results } = await session.each('rank', inputs, NAMES, async (input) => {
    const [distance] = classifier.distances([await pipeline.frames(input)]);
    return { file: input.name, distance };
  });
  const order = results.map((_, i) => i).sort((a, b) => results[a].distance - results[b].distance || a - b);
  const ranked = order.map((i, at) => ({ rank: at + 1, ...results[i] }));
  if (writer.format === 'csv') {
    writer.line(csvLine(['file', 'rank', 'distance']));
    for (const { file, rank, distance } of ranked) writer.line(csvLine([file, rank, distance]));
  }
  if (writer.format === 'text') {
    for (const { file, rank, distance } of ranked) {
      writer.line(`${String(rank).padStart(4)}  ${fixed(distance, 4).padStart(8)}  ${shown(file)}`);
    }
  }
  await writer.end({ command: 'classify', classes: classifier.classes_, results: ranked });
  return results.length;
}
