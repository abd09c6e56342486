/** What a report says, in order: built from the results alone. */
import type { Figures } from '../figures/index.ts';
import type { ExperimentResults } from '../results.ts';
import type { Block, Document } from './document.ts';
import {
  classificationTable,
  collectionsTable,
  nearestClassesTable,
  otherMetricsTable,
  similarityTable,
  spacesTable,
  taggingTable,
} from './tables.ts';

/** Said wherever synthetic results are shown. */
export const SYNTHETIC_NOTICE =
  'Synthetic corpus: every sound behind these numbers was rendered by tunespace itself. They show that the whole system ' +
  'runs; they say nothing about real music.';

const list = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

function settingsText({ settings, frontEnd, versions }: ExperimentResults): string {
  const { seed, seconds, folds, nBatches, epochs, nComponents, learningRate, batchSize, alpha } = settings;
  const heard = seconds === null ? 'Whole tracks are used' : `The first ${seconds} s of each track are used`;
  const length = nBatches === null ? `${epochs} epochs` : `${nBatches} batches a source`;
  const limit = settings.patience === null ? '' : 'at most ';
  const bands = frontEnd.nMels === undefined ? '' : ` (${frontEnd.nMels} log-Mel bands at ${frontEnd.sr} Hz)`;
  return (
    `${heard}${bands}. Embeddings have ${nComponents} dimensions and were trained for ${limit}${length} of ${batchSize} frames at ` +
    `learning rate ${learningRate}; the classifier is least squares with ridge ${alpha} (relative to the columns' variance), judged over ${folds} folds. ` +
    `Seed ${seed}, tunespace ${versions.tunespace}, front end version ${versions.frontEnd}.`
  );
}

function featuresText(results: ExperimentResults): string {
  const parts = ['base: mean, variance, maximum and minimum of the log-Mel frames of each window'];
  const purposes = new Set(results.spaces.map(({ purpose }) => purpose));
  if (purposes.has('genre'))
    parts.push('genre: the same of frames embedded by what the other genre collections taught');
  if (purposes.has('tag')) parts.push('tag: the same of frames embedded by what the tag collections taught');
  if (results.classification.some(({ features }) => features === 'both')) {
    parts.push('both: a classifier on base and one on tag (on genre where there are no tags), their scores averaged');
  }
  return `Feature sets are ${list(parts)}.`;
}

/** Builds the report. */
export function reportDocument(results: ExperimentResults, figures: Figures): Document {
  const blocks: Block[] = [];
  const add = (...more: (Block | undefined)[]) => {
    for (const block of more) if (block) blocks.push(block);
  };
  const section = (text: string, ...content: (Block | undefined)[]) => {
    if (content.some(Boolean)) add({ kind: 'heading', text }, ...content);
  };
  const paragraph = (text: string): Block => ({ kind: 'paragraph', text });

  if (results.synthetic) add({ kind: 'notice', text: SYNTHETIC_NOTICE });
  add(
    paragraph(
      'The experiments of Hamel, Davies, Yoshii and Goto, "Transfer learning in MIR: sharing learned latent representations ' +
        'for music audio classification and similarity" (ISMIR 2013), on the collections of Table 1.',
    ),
    paragraph(featuresText(results)),
    paragraph(settingsText(results)),
  );
  section('Collections', collectionsTable(results), spacesTable(results));
  section('Classification', classificationTable(results), curve(results, figures));
  section('Similarity', similarityTable(results), otherMetricsTable(results));
  section('Tag annotation', taggingTable(results));
  section('Nearest classes', nearestClassesTable(results));
  section('Map', map(results, figures));
  section('Confusions', ...confusions(figures));
  if (results.warnings.length > 0) {
    section('What departs from what was asked', { kind: 'list', items: results.warnings });
  }
  section('Skipped tracks', skipped(results));
  return { title: results.synthetic ? 'Transfer learning on a synthetic corpus' : 'Transfer learning report', blocks };
}

function curve(results: ExperimentResults, { learningCurve }: Figures): Block | undefined {
  if (!learningCurve) return undefined;
  const draws = [...new Set(results.learningCurve.map((point) => point.draws))].sort((a, b) => a - b);
  return {
    kind: 'figure',
    figure: learningCurve,
    caption:
      'Accuracy against the number of training tracks per class (Figure 3 of the paper); the last point takes all. Means ' +
      `over ${list(draws.map(String))} seeded draws, bars are plus and minus one standard error. Marks of one size are set ` +
      'slightly apart so that the bars can be told from one another.',
  };
}

function map(results: ExperimentResults, { map: figure }: Figures): Block | undefined {
  if (!results.map || !figure) return undefined;
  return {
    kind: 'figure',
    figure,
    caption:
      `Tracks (small marks) and labels (large marks with words) of ${list(results.map.sources)} in one plane (the idea of ` +
      "Figure 2 of the paper): UMAP of the joint embedding, each track its mean latent vector, each label its row of W. A mark's " +
      'colour is its label. Directions and distances between far groups mean little in such a map.',
  };
}

function confusions({ confusion }: Figures): Block[] {
  return confusion.map(({ dataset, figure }) => ({
    kind: 'figure',
    figure,
    caption: `Confusion matrices of ${dataset}: tracks by label (row) and by predicted label (column), over all folds. Shades are shares of a row.`,
  }));
}

function skipped(results: ExperimentResults): Block | undefined {
  const items = results.collections.flatMap(({ name, skipped }) =>
    skipped.map(({ path, reason }) => `${name}: ${path}: ${reason}`),
  );
  return items.length > 0 ? { kind: 'list', items } : undefined;
}
