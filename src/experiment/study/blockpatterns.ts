/**
 * A switch of the study: block-level patterns of latent frames instead of windows' mean, variance, maximum and minimum (the paper's
 * conclusion: block-level features over the latent frames).
 *
 *     blockPatterns(frames: Matrix, { patterns?, windowLength? }): Matrix   // a row for the track, or one for each window
 *     patternColumns(nComponents, patterns?): { pattern, start, end }[]     // where each pattern lies in a row
 *     balancePatterns(rows: Matrix, columns): Matrix                        // before L1: each pattern weighs the same
 *
 * K. Seyerlehner, M. Schedl, P. Knees, R. Sonnleitner, "A refined block-level feature set for classification, similarity and tag
 * prediction" (MIREX 2010), after K. Seyerlehner, G. Widmer, T. Pohle, "Fusing block-level features for music similarity
 * estimation" (DAFx 2010), which introduces the variance delta, correlation and contrast patterns, and K. Seyerlehner, M. Schedl,
 * "Block-level audio features for music genre classification" (MIREX 2009), which describes their frames: magnitudes summed over
 * 100 cents, on a logarithmic scale, every 512 samples at 22 kHz. That is the hop of ours, so that block sizes, hops, the delay of
 * the differences and percentiles are theirs. Of the papers the abstracts and the description of the frames were at hand; the numbers
 * below are those of an independent implementation (github.com/Zebedeusz/MusicClustering, feature_extraction/Features.py):
 *
 * | pattern | block, hop (frames) | of a block | over blocks | values |
 * | --- | --- | --- | --- | --- |
 * | `spectral` | 10, 5 | each component's values, sorted | 0.9 percentile | 10 D |
 * | `deltaSpectral` | 25, 5 | the same of differences over 3 frames | 0.9 percentile | 25 D |
 * | `varianceDelta` | 25, 5 | the same | variance | 25 D |
 * | `correlation` | 256, 128 | Pearson's correlation of each pair of components | median | D (D - 1) / 2 |
 * | `contrast` | 40, 20 | peak less valley of each group of components, sorted | 0.1 percentile | 40 groups |
 *
 * Where this departs from them, because components are no frequencies:
 * - Differences are taken by size, as that implementation does; the papers keep rises alone (onsets), but a component's sign means
 *   nothing. The last frames, which nothing follows, have no difference; that implementation compares them with silence.
 * - Correlations are of all pairs, which at 60 components is about as many as theirs: they first merge their bands to 52. Of a
 *   component that stands still in a block they are 0.
 * - Contrast is maximum less minimum over each of 20 groups of neighbouring components (fewer where there are fewer than 40
 *   components); theirs is of peaks and valleys of the spectrum within a
 *   band, which needs a spectrum.
 * - A clip shorter than a block is repeated until it fills one.
 * - Their logarithmic fluctuation pattern is left out.
 * - Their distances are normalised pattern by pattern over a collection's distance matrix and summed; `balancePatterns` is the part of
 *   it that a row can hold.
 */
import { ParameterError } from '../../errors.ts';
import { checkSamples } from '../../estimator.ts';
import { Matrix } from '../../matrix.ts';
import { checkChoice, checkNumber, checkOptions, describe } from '../../options.ts';

/** The patterns, in the order of a row. */
export const PATTERNS = ['spectral', 'deltaSpectral', 'varianceDelta', 'correlation', 'contrast'] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Options of `blockPatterns`. */
export interface BlockPatternOptions {
  /** Which patterns; all unless told otherwise. They come in the order of `PATTERNS`. */
  patterns?: readonly Pattern[];
  /** Frames of a row; the whole track (`null`) unless told otherwise. A tail is dropped, a clip shorter than one is one. */
  windowLength?: number | null;
}

/** Frames back that a difference reaches. */
const DELAY = 3;
/** Groups of components whose contrast is taken, at most. */
const GROUPS = 20;

/** Columns of numbers over time: `values[t * columns + k]`. */
interface Series {
  readonly values: Float64Array;
  readonly columns: number;
}

const rowsOf = ({ values, columns }: Series) => values.length / columns;

/** The value below which a share of sorted values lies; between two of them in proportion, as `numpy.percentile`. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** How a row of numbers, one a block, becomes one. The numbers may be sorted in place. */
type Summary = (overBlocks: Float64Array) => number;
const percentile =
  (share: number): Summary =>
  (overBlocks) =>
    quantile(overBlocks.sort(), share);
const variance: Summary = (overBlocks) => {
  const n = overBlocks.length;
  const mean = overBlocks.reduce((sum, value) => sum + value, 0) / n;
  return overBlocks.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / n;
};

/** Numbers of the first frames of the blocks; one block where the series is shorter. */
const startsOf = (rows: number, size: number, hop: number) =>
  Array.from({ length: 1 + Math.max(0, Math.floor((rows - size) / hop)) }, (_, b) => b * hop);

/**
 * For each component the sorted values of a block, and of each place in that order the summaries over blocks.
 *
 * @param summaries taken one after the other of the same numbers: one that sorts them is the last
 * @returns `(size, columns)` for each summary: the smallest values of each component first
 */
function sortedPatterns(series: Series, size: number, hop: number, summaries: readonly Summary[]): Float64Array[] {
  const { values, columns } = series;
  const rows = rowsOf(series);
  const starts = startsOf(rows, size, hop);
  const out = summaries.map(() => new Float64Array(size * columns));
  const block = new Float64Array(size);
  const places = Array.from({ length: size }, () => new Float64Array(starts.length));
  for (let k = 0; k < columns; k++) {
    starts.forEach((start, b) => {
      for (let t = 0; t < size; t++) block[t] = values[((start + t) % rows) * columns + k];
      block.sort();
      for (let t = 0; t < size; t++) places[t][b] = block[t];
    });
    for (const [s, summary] of summaries.entries()) {
      for (let t = 0; t < size; t++) out[s][t * columns + k] = summary(places[t]);
    }
  }
  return out;
}

/** By how much each component differs from what it was `DELAY` frames before; shorter clips are compared with their first frame. */
function differences({ values, columns }: Series): Series {
  const rows = values.length / columns;
  const delay = Math.min(DELAY, rows - 1);
  const n = rows - delay;
  return {
    values: Float64Array.from({ length: n * columns }, (_, i) => Math.abs(values[i + delay * columns] - values[i])),
    columns,
  };
}

/** Maximum less minimum of each group of neighbouring components. */
function contrasts({ values, columns }: Series): Series {
  const groups = groupsOf(columns);
  const rows = values.length / columns;
  const out = new Float64Array(rows * groups);
  for (let t = 0; t < rows; t++) {
    for (let g = 0; g < groups; g++) {
      let [least, most] = [Infinity, -Infinity];
      for (let k = Math.floor((g * columns) / groups); k < Math.floor(((g + 1) * columns) / groups); k++) {
        least = Math.min(least, values[t * columns + k]);
        most = Math.max(most, values[t * columns + k]);
      }
      out[t * groups + g] = most - least;
    }
  }
  return { values: out, columns: groups };
}

const groupsOf = (columns: number) => Math.min(GROUPS, Math.max(1, Math.floor(columns / 2)));

/** The median over blocks of the correlation of each pair of components, (0, 1), (0, 2), ..., (1, 2), ... */
function correlations(series: Series, size: number, hop: number): Float64Array {
  const { values, columns } = series;
  const rows = rowsOf(series);
  const starts = startsOf(rows, size, hop);
  const pairs = (columns * (columns - 1)) / 2;
  const overBlocks = Array.from({ length: pairs }, () => new Float64Array(starts.length));
  const unit = new Float64Array(columns * size);
  starts.forEach((start, b) => {
    for (let k = 0; k < columns; k++) {
      const at = k * size;
      for (let t = 0; t < size; t++) unit[at + t] = values[((start + t) % rows) * columns + k];
      toUnit(unit.subarray(at, at + size));
    }
    let pair = 0;
    for (let j = 0; j < columns; j++) {
      for (let k = j + 1; k < columns; k++) {
        let sum = 0;
        for (let t = 0, p = j * size, q = k * size; t < size; t++) sum += unit[p++] * unit[q++];
        overBlocks[pair++][b] = Math.max(-1, Math.min(1, sum));
      }
    }
  });
  return Float64Array.from(overBlocks, percentile(0.5));
}

/** Brings values to mean 0 and length 1, in place; values that stand still (to float32's rounding) to 0. */
function toUnit(values: Float64Array): void {
  let [sum, most] = [0, 0];
  for (const value of values) {
    sum += value;
    most = Math.max(most, Math.abs(value));
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  const norm = Math.sqrt(squares);
  const stands = !(norm > 1e-7 * most * Math.sqrt(values.length));
  for (let t = 0; t < values.length; t++) values[t] = stands ? 0 : (values[t] - mean) / norm;
}

const high = percentile(0.9);

/** The wanted patterns of a track. Both of differences sort the same blocks, which is most of the work. */
function compute(frames: Series, patterns: readonly Pattern[]): Record<Pattern, Float64Array | undefined> {
  const wanted = (pattern: Pattern) => patterns.includes(pattern);
  const ofDifferences = (['varianceDelta', 'deltaSpectral'] as const).filter(wanted);
  const summaries = ofDifferences.map((pattern) => (pattern === 'deltaSpectral' ? high : variance));
  const delta = summaries.length > 0 ? sortedPatterns(differences(frames), 25, 5, summaries) : [];
  return {
    spectral: wanted('spectral') ? sortedPatterns(frames, 10, 5, [high])[0] : undefined,
    deltaSpectral: delta[ofDifferences.indexOf('deltaSpectral')],
    varianceDelta: delta[ofDifferences.indexOf('varianceDelta')],
    correlation: wanted('correlation') ? correlations(frames, 256, 128) : undefined,
    contrast: wanted('contrast') ? sortedPatterns(contrasts(frames), 40, 20, [percentile(0.1)])[0] : undefined,
  };
}

const WIDTHS: Record<Pattern, (nComponents: number) => number> = {
  spectral: (d) => 10 * d,
  deltaSpectral: (d) => 25 * d,
  varianceDelta: (d) => 25 * d,
  correlation: (d) => (d * (d - 1)) / 2,
  contrast: (d) => 40 * groupsOf(d),
};

function checkPatterns(where: string, patterns: unknown): Pattern[] {
  if (!Array.isArray(patterns) || patterns.length === 0) {
    throw new ParameterError(
      `${where}: patterns must be an array of at least one of ${PATTERNS.join(', ')}, got ${describe(patterns)}`,
      'patterns',
    );
  }
  for (const pattern of patterns) checkChoice(where, 'patterns', pattern, PATTERNS);
  return PATTERNS.filter((pattern) => patterns.includes(pattern));
}

/** Where a pattern lies in a row: columns `start` to `end` (exclusive). */
export interface PatternColumns {
  readonly pattern: Pattern;
  readonly start: number;
  readonly end: number;
}

/**
 * Where each pattern lies in a row of `blockPatterns`.
 *
 * @param nComponents columns of the frames
 * @param patterns as of `blockPatterns`
 */
export function patternColumns(nComponents: number, patterns: readonly Pattern[] = PATTERNS): PatternColumns[] {
  checkNumber('patternColumns', 'nComponents', nComponents, { min: 1, integer: true });
  let end = 0;
  return checkPatterns('patternColumns', patterns).map((pattern) => {
    const start = end;
    end += WIDTHS[pattern](nComponents);
    return { pattern, start, end };
  });
}

/**
 * Block-level patterns of embedded frames; see the head of this file.
 *
 * @param frames `(nFrames, D)`, at least one row
 * @returns `(1, width)`, or with a `windowLength` `(nWindows, width)`, the patterns one after the other (`patternColumns`)
 * @throws ParameterError on frames that are not finite or none, an unknown pattern, and `correlation` alone of one component
 */
export function blockPatterns(frames: Matrix, options?: BlockPatternOptions): Matrix {
  const where = 'blockPatterns';
  const checked = checkOptions<Required<BlockPatternOptions>>(where, options, {
    patterns: PATTERNS,
    windowLength: null,
  });
  const patterns = checkPatterns(where, checked.patterns);
  checkSamples(where, frames, { minSamples: 1 });
  const { windowLength } = checked;
  if (windowLength !== null) checkNumber(where, 'windowLength', windowLength, { min: 1, integer: true });
  const length = Math.min(windowLength ?? frames.rows, frames.rows);
  const width = patternColumns(frames.columns, patterns).at(-1)?.end as number;
  if (width === 0) {
    throw new ParameterError(`${where}: one component has no correlations; add another pattern`, 'patterns');
  }
  const nRows = Math.floor(frames.rows / length);
  const out = new Float32Array(nRows * width);
  for (let i = 0, at = 0; i < nRows; i++) {
    const part = frames.slice(i * length, (i + 1) * length);
    const series = { values: Float64Array.from(part.data), columns: frames.columns };
    const found = compute(series, patterns);
    for (const pattern of patterns) {
      const values = found[pattern] as Float64Array;
      out.set(values, at);
      at += values.length;
    }
  }
  const record = frames.frontEnd && {
    ...frames.frontEnd,
    stage: 'blocks',
    patterns: patterns.join(' '),
    ...(windowLength !== null && { windowLength }),
  };
  return new Matrix(out, nRows, width, record);
}

/**
 * Rows in which each pattern weighs the same in an L1 distance: its columns are divided by the sum of their mean absolute deviations
 * over the rows. Labels play no part; a pattern that is equal in all rows is left as it is.
 *
 * @param rows `(n, width)`, all rows that will be compared
 * @param columns of `patternColumns`
 * @throws ParameterError where the columns do not cover the rows' width
 */
export function balancePatterns(rows: Matrix, columns: readonly PatternColumns[]): Matrix {
  const where = 'balancePatterns';
  checkSamples(where, rows, { minSamples: 1 });
  if (columns.at(-1)?.end !== rows.columns) {
    throw new ParameterError(
      `${where}: columns must end at the rows' ${rows.columns}, got ${columns.at(-1)?.end}; give what patternColumns says`,
      'columns',
    );
  }
  const out = rows.data.slice();
  for (const { start, end } of columns) {
    let spread = 0;
    for (let k = start; k < end; k++) {
      let sum = 0;
      for (let i = k; i < out.length; i += rows.columns) sum += out[i];
      const mean = sum / rows.rows;
      for (let i = k; i < out.length; i += rows.columns) spread += Math.abs(out[i] - mean);
    }
    const scale = spread > 0 ? rows.rows / spread : 1;
    for (let i = start; i < out.length; i += rows.columns) for (let k = 0; k < end - start; k++) out[i + k] *= scale;
  }
  return new Matrix(out, rows.rows, rows.columns, rows.frontEnd);
}
