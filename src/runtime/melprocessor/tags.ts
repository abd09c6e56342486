/** Tags of the last seconds of a stream of frames, at an interval. */
import { FrontEndError, ParameterError } from '../../errors.ts';
import type { FrontEnd } from '../../frontend.ts';
import { Matrix } from '../../matrix.ts';
import { checkNumber, checkOptions, describe } from '../../options.ts';
import { type Tag, Wsabie } from '../../wsabie.ts';

/** What to tag, and how often. */
export interface TagsOptions {
  /** Name of the set whose labels are wanted; may be left out where the space has one. */
  set?: string;
  /** How many labels, the best; all unless told otherwise. */
  k?: number;
  /** Seconds of sound that are judged, those before the moment of judging; 5 unless told otherwise, at most 600. */
  window?: number;
  /** Seconds from one judgement to the next; 1 unless told otherwise, at most 600. */
  interval?: number;
}

/** One judgement. */
export interface RunningTags {
  /** Labels, best first: what `Wsabie.tagTrack` gives for the frames of the window. */
  readonly tags: Tag[];
  /** End of the window in seconds of the context's clock. */
  readonly time: number;
  /** Frames in the window: fewer at the start of the signal. */
  readonly nFrames: number;
}

const DEFAULTS: Required<TagsOptions> = {
  set: undefined as unknown as string,
  k: undefined as unknown as number,
  window: 5,
  interval: 1,
};

/** Longest window: 10 minutes of the paper's frames are 20 MB. */
const LONGEST = 600;

/** A ring of the last frames, judged after every so many, wherever the blocks that bring them begin and end. */
export class Tagger {
  readonly #space: Wsabie;
  readonly #options: { set?: string; k?: number };
  readonly #frontEnd: FrontEnd;
  /** Columns of a frame, frames of a window and of an interval. */
  readonly #columns: number;
  readonly #window: number;
  readonly #interval: number;
  readonly #ring: Float32Array;
  #count = 0;

  /**
   * @param frontEnd of the frames to come
   * @throws ParameterError on options that will not do, or a set that the space has not; NotFittedError on a space without
   *   weights; FrontEndError on one of another front end
   */
  constructor(where: string, space: Wsabie, options: TagsOptions | undefined, frontEnd: FrontEnd) {
    if (!(space instanceof Wsabie)) {
      throw new ParameterError(`${where}: space must be a fitted Wsabie, got ${describe(space)}`, 'space');
    }
    const { set, k, window, interval } = checkOptions(where, options, DEFAULTS);
    const seconds = { above: 0, max: LONGEST };
    const rate = (frontEnd.sr as number) / (frontEnd.hopLength as number);
    this.#window = Math.max(1, Math.round(checkNumber(where, 'window', window, seconds) * rate));
    this.#interval = Math.max(1, Math.round(checkNumber(where, 'interval', interval, seconds) * rate));
    this.#columns = frontEnd.nMels as number;
    this.#ring = new Float32Array(this.#window * this.#columns);
    this.#space = space;
    this.#options = { set, k };
    this.#frontEnd = frontEnd;
    // A trial on silence refuses what would else be refused in the middle of the sound.
    try {
      this.#judge(new Float32Array(this.#columns));
    } catch (error) {
      if (error instanceof FrontEndError) {
        error.message += ' (MelProcessor.create takes the space, to follow its front end)';
      }
      throw error;
    }
  }

  /** Takes the next frame. @returns the tags, where it ends an interval */
  push(frame: Float32Array): { tags: Tag[]; nFrames: number } | undefined {
    this.#ring.set(frame, (this.#count % this.#window) * this.#columns);
    this.#count++;
    if (this.#count % this.#interval !== 0) return undefined;
    const nFrames = Math.min(this.#count, this.#window);
    return { tags: this.#judge(this.#lastFrames(nFrames)), nFrames };
  }

  #judge(data: Float32Array): Tag[] {
    const frames = new Matrix(data, data.length / this.#columns, this.#columns, this.#frontEnd);
    return this.#space.tagTrack(frames, this.#options);
  }

  /** The last frames, the oldest first. */
  #lastFrames(nFrames: number): Float32Array {
    const oldest = this.#count > this.#window ? (this.#count % this.#window) * this.#columns : 0;
    const data = new Float32Array(nFrames * this.#columns);
    data.set(this.#ring.subarray(oldest, nFrames * this.#columns));
    data.set(this.#ring.subarray(0, oldest), nFrames * this.#columns - oldest);
    return data;
  }
}
