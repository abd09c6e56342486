/** `tunespace explain`: what a file sounds like, in the labels of a space, where there is no library to rank. */
import type { Command } from 'commander';
import type { Explainer, Explanation } from '../explain.ts';
import type { Matrix } from '../matrix.ts';
import { closestWord } from '../options.ts';
import { loadMixtures, spaces } from '../spaces/index.ts';
import { UsageError } from './errors.ts';
import { explainerOf, named } from './explanation.ts';
import { type IndexFlags, openIndex } from './indexing.ts';
import { findInputs } from './inputs.ts';
import { addCommonOptions, addHelp, option, wholeNumber } from './options.ts';
import { csvLine, fixed, shown } from './output.ts';
import { addLoadingOptions, DEFAULT_SPACE, makePipeline, type Pipeline } from './pipeline.ts';
import { addResultOptions, type ResultFlags, ResultWriter } from './results.ts';
import type { Session } from './session.ts';

interface Options extends ResultFlags, IndexFlags {
  index?: string;
  explainLabels?: string;
  k: number;
}

/** What one file sounds like. */
interface Explained {
  readonly file: string;
  /** The labels above what is usual, the most telling first. */
  readonly soundsLike: readonly Explanation[];
}

/** What files are compared with. */
interface Beside {
  readonly pipeline: Pipeline;
  /** One row a track or mixture. */
  readonly vectors: Matrix;
  readonly what: string;
}

/** Below it, what is usual is chance. */
const FEW = 20;

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description(
      'Says what each file sounds like: the labels of a space that it resembles more than mixtures of the notes do that the ' +
        'space was learned from, or more than the tracks of an index.',
    )
    .argument('<FILE|FOLDER|CSV...>', 'audio files, folders of them, or a CSV that lists them; frames as .npy')
    .option('--index <FILE>', 'compare with the tracks of an index that "tunespace similar --save-index" wrote')
    .option('--model <NAME>', 'a space that ships (default: instruments; an index brings its own)')
    .option(
      '--explain-labels <PREFIX>',
      'only labels that begin so, e.g. octave/; or "all" (default: instrument/, where the space has such labels)',
    )
    .addOption(option('-k <N>', 'how many labels, at most', { default: 3, parse: wholeNumber({ min: 1 }) }));
  addResultOptions(command, ['text', 'csv', 'json']);
  addLoadingOptions(command, { cached: false });
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "explain", "beside": "mixtures" or FILE, "chance": number,\n' +
      ' "results": [{"file", "soundsLike": [{"dataset", "label", "score"}]}]}',
    notes: `
A score is by how many standard deviations a file's affinity to a label lies above that of what it is compared with. Labels no higher
than "chance" are marked: that is what half of those reach with the best of their own labels. These are resemblances, nothing is
detected: a voice comes out as the wind or string nearest to it, and music with more bass than mixtures of notes have as the lowest
instruments. Beside your own library (--index) that wears off; give one where you have one. CSV columns: file, rank, dataset, label, score.`,
    examples: [
      'tunespace explain song.mp3',
      'tunespace explain song.mp3 --index music.safetensors',
      'tunespace explain music --explain-labels octave/ -k 1 --format csv',
    ],
  });
  command.action(async (files: string[], options: Options) => {
    await session.open(options);
    finish(await explain(files, options, session, command));
  });
}

async function explain(
  files: readonly string[],
  options: Options,
  session: Session,
  command: Command,
): Promise<number> {
  const writer = new ResultWriter(session, options);
  await writer.check();
  const { pipeline, vectors, what } = await besides(options, session, command);
  if (pipeline.space === undefined) {
    throw new UsageError(
      `${shown(what)} was made without a space, which has the labels; make it anew without --model none`,
    );
  }
  const explainer = explainerOf(pipeline.space, options.explainLabels, options.k).fit(vectors);
  const chance = medianBest(explainer, vectors);
  const inputs = await findInputs(files, session);
  pipeline.expect(inputs);
  if (writer.format === 'csv') writer.line(csvLine(['file', 'rank', 'dataset', 'label', 'score']));
  const { results } = await session.each(
    'explain',
    inputs,
    ({ name }) => name,
    async (input): Promise<Explained> => {
      const [labels] = explainer.explain(await pipeline.track(input));
      const explained = { file: input.name, soundsLike: labels };
      write(explained, chance, writer);
      return explained;
    },
  );
  await writer.end({ command: 'explain', beside: what, chance, results });
  session.reportFailures(results.length);
  return session.exitAfter(results.length);
}

/** What the files are compared with. @throws UsageError where there is nothing */
async function besides(options: Options, session: Session, command: Command): Promise<Beside> {
  const { index: file, model = DEFAULT_SPACE } = options;
  if (file !== undefined) {
    if (options.model !== undefined) {
      throw new UsageError('--model cannot be combined with --index, which brings the space it was made in');
    }
    const { index, pipeline } = await openIndex(file, options, session, command);
    const { rows } = index.vectors;
    if (rows < 2) throw new UsageError(`${shown(file)} holds one track; give an index of more`);
    if (rows < FEW) {
      session.warn(`${shown(file)} holds ${rows} tracks; beside fewer than ${FEW}, what stands out is largely chance`);
    }
    return { pipeline, vectors: index.vectors, what: file };
  }
  if (!spaces.some(({ name }) => name === model)) {
    const names = spaces.map(({ name }) => name);
    const meant = closestWord(model, names);
    if (meant !== undefined) throw new UsageError(`--model ${shown(model)} does not ship; did you mean ${meant}?`);
    throw new UsageError(
      `--model ${shown(model)}: only a space that ships (${names.join(', ')}) brings something to compare ` +
        'with; of your own, give an index: "tunespace similar --library FOLDER --model FILE --save-index INDEX", then --index INDEX',
    );
  }
  const pipeline = await makePipeline(session, command, options, { model, refuseSilence: true });
  return { pipeline, vectors: await loadMixtures(model), what: 'mixtures' };
}

/** The best score that half of the rows reach. */
function medianBest(explainer: Explainer, vectors: Matrix): number {
  const best = explainer.explain(vectors).map(([first]) => first?.score ?? 0);
  return best.sort((a, b) => a - b)[Math.floor(best.length / 2)];
}

function write({ file, soundsLike }: Explained, chance: number, writer: ResultWriter): void {
  if (writer.format === 'csv') {
    soundsLike.forEach(({ dataset, label, score }, i) => {
      writer.line(csvLine([file, i + 1, dataset, label, score]));
    });
  } else if (writer.format === 'text') {
    writer.line(shown(file));
    if (soundsLike.length === 0) writer.line('  nothing stands out');
    for (const one of soundsLike) {
      const note = one.score > chance ? '' : '  (within chance)';
      writer.line(`  ${fixed(one.score, 1).padStart(6)}  ${named([one])}${note}`);
    }
  }
}
