/**
 * Windows of frames: mean, variance, maximum and minimum over time (paper section 4), for base frames as for embedded
 * ones (section 6.2).
 */
import { KernelsError, ParameterError } from './errors.ts';
import { checkFrontEnd, type FrontEnd } from './frontend.ts';
import { kernels } from './kernels.ts';
import { Matrix } from './matrix.ts';
import { checkAttached, checkNumber, checkOptions, describe, findNonFinite } from './options.ts';
import { PendingValues } from './pending.ts';

/** How frames are gathered into windows. */
export interface AggregateOptions {
  /** Frames in a window, at least 1; 64 unless told otherwise (about 1.5 s of the paper's frames). */
  windowLength?: number;
  /** Frames from one window's start to the next one's, at least 1; 64 unless told otherwise. A smaller one overlaps. */
  hopLength?: number;
}

const DEFAULTS: Required<AggregateOptions> = { windowLength: 64, hopLength: 64 };

/** Statistics of each column, and blocks of the result's columns: mean, variance, maximum, minimum. */
const STATISTICS = 4;

/** Of float32: beyond it are infinity and NaN. */
const LARGEST_FLOAT = 3.4028234663852886e38;

/** Frames that fit into the kernel's 32-bit sizes with room to spare. */
const LONGEST = 0x3fffffff;

function checkWindowing(where: string, options: AggregateOptions | undefined): Required<AggregateOptions> {
  const merged = checkOptions(where, options, DEFAULTS) as Required<AggregateOptions>;
  checkNumber(where, 'windowLength', merged.windowLength, { min: 1, max: LONGEST, integer: true });
  checkNumber(where, 'hopLength', merged.hopLength, { min: 1, max: LONGEST, integer: true });
  return merged;
}

function checkFrames(where: string, frames: Matrix): void {
  if (!(frames instanceof Matrix)) {
    throw new ParameterError(
      `${where}: frames must be a Matrix (use new Matrix(data, rows, columns)), got ${describe(frames)}`,
      'frames',
    );
  }
  checkAttached(where, 'frames', frames.data);
  if (frames.frontEnd?.stage === 'windows') {
    throw new ParameterError(`${where}: frames are already windows; give the frames that they were made of`, 'frames');
  }
}

function checkFinite(where: string, frames: Matrix): void {
  const bad = findNonFinite(frames.data);
  if (bad >= 0) {
    const row = Math.floor(bad / frames.columns);
    throw new ParameterError(
      `${where}: frames must be finite, got ${frames.data[bad]} in row ${row}, column ${bad % frames.columns}; drop or ` +
        'repair that row',
      'frames',
    );
  }
}

/** The record of windows made of frames with the record `frontEnd`. */
function windowsFrontEnd(
  frontEnd: FrontEnd | undefined,
  { windowLength, hopLength }: Required<AggregateOptions>,
): FrontEnd | undefined {
  return frontEnd && { ...frontEnd, stage: 'windows', windowLength, windowHop: hopLength };
}

/** The complete windows of checked rows that lie at `pointer`. */
function aggregateAt(
  pointer: number,
  nWindows: number,
  columns: number,
  { windowLength, hopLength }: Required<AggregateOptions>,
): Float32Array {
  if (nWindows === 0) return new Float32Array(0);
  return kernels().run((k, { reserve }) => {
    const size = nWindows * STATISTICS * columns;
    const out = reserve(4 * size);
    k.aggregateFrames(out, pointer, nWindows, windowLength, hopLength, columns);
    return kernels().readF32(out, size);
  });
}

const countWindows = (nFrames: number, { windowLength, hopLength }: Required<AggregateOptions>): number =>
  nFrames < windowLength ? 0 : 1 + Math.floor((nFrames - windowLength) / hopLength);

/**
 * Mean, population variance, maximum and minimum of each column over windows of frames.
 *
 * What is left behind the last whole window is dropped; a clip shorter than one window is one window of all its frames.
 * Mean and variance are summed in float32 over 64 frames at a time and in float64 across, of differences to the window's first
 * frame: within 1e-6 of the column's range, and of its square. A variance beyond float32's range is its largest value.
 *
 * @param frames `(nFrames, columns)`, at least one row, all finite
 * @param options `windowLength` and `hopLength`, in frames, 64 each
 * @returns `(nWindows, 4 * columns)`: the means of all columns, then the variances, maxima and minima, with
 *   `nWindows = 1 + floor((nFrames - windowLength) / hopLength)`. Its front end is the frames' record with
 *   `stage: "windows"`, `windowLength` and `windowHop`.
 * @throws ParameterError on no frames, NaN or infinity (naming row and column), frames that are windows already, or a
 *   wrong option
 */
export function aggregate(frames: Matrix, options?: AggregateOptions): Matrix {
  const windowing = checkWindowing('aggregate', options);
  checkFrames('aggregate', frames);
  checkFinite('aggregate', frames);
  const { rows, columns } = frames;
  if (rows === 0) {
    throw new ParameterError('aggregate: frames must have at least one row, got none; is the clip empty?', 'frames');
  }
  const windowLength = Math.min(windowing.windowLength, rows);
  const nWindows = countWindows(rows, { ...windowing, windowLength });
  const data = kernels().run((_, { put }) =>
    aggregateAt(put(frames.data), nWindows, columns, { ...windowing, windowLength }),
  );
  return new Matrix(data, nWindows, STATISTICS * columns, windowsFrontEnd(frames.frontEnd, windowing));
}

/**
 * `aggregate` for frames that arrive in blocks: the windows of all `push` and the `flush` are, bit for bit, those of
 * `aggregate` over all frames.
 *
 * `flush` ends a clip; the next `push` begins another. `dispose` gives the waiting frames up.
 */
export class Aggregator {
  readonly #windowing: Required<AggregateOptions>;
  /** Rows that wait for their window to be complete, in wasm memory. */
  #pending: PendingValues | undefined;
  #disposed = false;
  /** Rows still to come that lie between two windows, where the hop is longer than the window. */
  #skip = 0;
  /** The clip's first block, as a matrix without rows: columns and front end that the others must have. */
  #first: Matrix | undefined;
  /** The record of its windows. */
  #record: FrontEnd | undefined;
  #nFrames = 0;
  #nWindows = 0;

  /** @throws ParameterError on a wrong option */
  constructor(options?: AggregateOptions) {
    this.#windowing = checkWindowing('Aggregator', options);
  }

  /**
   * Takes the next frames, `(n, columns)` with any `n`, also 0, and returns the windows that they complete: a matrix of
   * `4 * columns` columns, often without rows.
   *
   * @throws ParameterError as `aggregate`, or when the columns are not those of the clip's first block
   * @throws FrontEndError when the front end is not that of the clip's first block
   */
  push(frames: Matrix): Matrix {
    const where = 'Aggregator.push';
    this.#checkUsable(where);
    checkFrames(where, frames);
    const { columns } = frames;
    const first = this.#first ?? frames.slice(0, 0);
    if (columns !== first.columns) {
      throw new ParameterError(
        `${where}: frames must have ${first.columns} columns, as the first block, got ${columns}`,
        'frames',
      );
    }
    checkFrontEnd(where, first.frontEnd, frames.frontEnd);
    const skipped = Math.min(this.#skip, frames.rows);
    if (skipped > 0) checkFinite(where, frames);
    this.#pending ??= new PendingValues(kernels());
    // Rows are checked where they are copied to; the slow look says which one is at fault.
    if (!this.#pending.append(frames.slice(skipped).data, LARGEST_FLOAT)) checkFinite(where, frames);
    if (!this.#first) this.#record = windowsFrontEnd(frames.frontEnd, this.#windowing);
    this.#first = first;
    this.#skip -= skipped;
    this.#nFrames += frames.rows;
    return this.#matrix(this.#complete(this.#pending, columns));
  }

  /**
   * Ends the clip. What waits is dropped, as `aggregate` drops it, unless the clip was shorter than one window: then it is
   * the clip's only window.
   *
   * @throws ParameterError when no frame was pushed
   */
  flush(): Matrix {
    this.#checkUsable('Aggregator.flush');
    const pending = this.#pending;
    if (!pending || !this.#first || this.#nFrames === 0) {
      throw new ParameterError('Aggregator.flush: no frames were pushed; is the clip empty?', 'frames');
    }
    let data = new Float32Array(0) as Float32Array;
    if (this.#nWindows === 0) {
      const { columns } = this.#first;
      data = aggregateAt(pending.pointer, 1, columns, { windowLength: this.#nFrames, hopLength: 1 });
    }
    const last = this.#matrix(data);
    pending.drop(pending.length);
    this.#first = undefined;
    this.#skip = this.#nFrames = this.#nWindows = 0;
    return last;
  }

  /** Gives the waiting frames up. A second call does nothing; any other call afterwards is a KernelsError. */
  dispose(): void {
    this.#disposed = true;
    this.#pending?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkUsable(where: string): void {
    if (this.#disposed) throw new KernelsError(`${where}: used after dispose; make a new Aggregator`);
  }

  /** Computes the windows that are complete and drops the rows that no later window needs. */
  #complete(pending: PendingValues, columns: number): Float32Array {
    const nRows = pending.length / columns;
    const nWindows = countWindows(nRows, this.#windowing);
    const data = aggregateAt(pending.pointer, nWindows, columns, this.#windowing);
    const past = nWindows * this.#windowing.hopLength;
    pending.drop(Math.min(past, nRows) * columns);
    this.#skip += Math.max(0, past - nRows);
    this.#nWindows += nWindows;
    return data;
  }

  #matrix(data: Float32Array): Matrix {
    const width = STATISTICS * (this.#first as Matrix).columns;
    return new Matrix(data, data.length / width, width, this.#record);
  }
}

/**
 * `aggregate` over a stream of frames: yields windows as they are complete, never a matrix without rows. The rows are,
 * bit for bit, those of `aggregate` over all frames, whatever the sizes of the blocks.
 *
 * @throws ParameterError as `aggregate`, also when the stream ends without a frame
 */
export async function* aggregateStream(
  source: AsyncIterable<Matrix> | Iterable<Matrix>,
  options?: AggregateOptions,
): AsyncGenerator<Matrix, void, undefined> {
  const aggregator = new Aggregator(options);
  try {
    for await (const frames of source) {
      const windows = aggregator.push(frames);
      if (windows.rows > 0) yield windows;
    }
    const last = aggregator.flush();
    if (last.rows > 0) yield last;
  } finally {
    aggregator.dispose();
  }
}

/**
 * The mean of all rows: a track is the mean of its windows. Summed in float64, row after row, rounded once.
 *
 * @param windows `(nWindows, columns)`, at least one row
 * @returns `columns` values
 * @throws ParameterError when there is no row
 */
export function meanRow(windows: Matrix): Float32Array {
  if (!(windows instanceof Matrix)) {
    throw new ParameterError(`meanRow: windows must be a Matrix, got ${describe(windows)}`, 'windows');
  }
  const { data, rows, columns } = windows;
  checkAttached('meanRow', 'windows', data);
  if (rows === 0) throw new ParameterError('meanRow: windows must have at least one row, got none', 'windows');
  const sums = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++, at++) sums[c] += data[at];
  }
  return Float32Array.from(sums, (sum) => sum / rows);
}
