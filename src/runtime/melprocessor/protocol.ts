/** What the page and the AudioWorklet say to each other: plain data that a structured clone carries. */
import type { FrontEnd } from '../../frontend.ts';
import type { LogMelOptions } from '../../mel.ts';

/** The processor's name in the AudioWorklet's registry. */
export const PROCESSOR = 'tunespace-mel';

/** What the processor is made with (`processorOptions`). */
export interface Setup {
  /** The kernels, compiled or as bytes. */
  readonly module: WebAssembly.Module | BufferSource;
  /** The front end, without what cannot be posted. */
  readonly mel: Omit<LogMelOptions, 'onWarning'>;
  /** Frames that are posted together. */
  readonly blockLength: number;
  /** Frames that may be on their way before the page must have taken some. */
  readonly limit: number;
  /** Samples after which the signal ends: that of an offline context, or infinity. */
  readonly length: number;
}

/** What the AudioWorklet posts. */
export type FromWorklet =
  | { readonly type: 'ready'; readonly frontEnd: FrontEnd; readonly warnings: readonly string[] }
  | { readonly type: 'frames'; readonly frames: PostedFrames }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly name: string; readonly message: string; readonly parameter: string };

/** A block of frames on its way. */
export interface PostedFrames {
  /** `(rows, nMels)`, transferred. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  /** Number of the first one; where frames were dropped, numbers are missing. */
  readonly index: number;
  /** Sample of the context at which frame 0 begins. */
  readonly origin: number;
  /** Frames that were dropped so far, because the page took none. */
  readonly dropped: number;
  /** Samples so far that were no numbers or no audio, and were taken for silence. */
  readonly repaired: number;
}

/** What the page posts: that it has taken so many frames, or that the signal is to end. */
export type FromPage = { readonly type: 'taken'; readonly rows: number } | { readonly type: 'end' };
