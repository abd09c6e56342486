/**
 * `MelProcessor`: live log-Mel frames and running tags of whatever an audio graph carries, a microphone above all.
 *
 * The frames are made in an AudioWorklet, so that a busy page loses none. The tags are computed on the page: they are due
 * once in a while, take a fraction of a millisecond, and may be late, whereas an AudioWorklet that is late is heard.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { AudioWorkletError, KernelsError, MemoryError, ParameterError } from '../errors.ts';
import { checkFrontEnd, type FrontEnd } from '../frontend.ts';
import { kernels } from '../kernels.ts';
import { Matrix } from '../matrix.ts';
import { checkNumber, describe } from '../options.ts';
import type { Wsabie } from '../wsabie.ts';
import { checkMelProcessor, type MelProcessorOptions } from './melprocessor/options.ts';
import { type FromPage, type FromWorklet, type PostedFrames, PROCESSOR, type Setup } from './melprocessor/protocol.ts';
import { Queue } from './melprocessor/queue.ts';
import { addScript } from './melprocessor/script.ts';
import { type RunningTags, Tagger, type TagsOptions } from './melprocessor/tags.ts';

export type { MelProcessorOptions, RunningTags, TagsOptions };

/** Frames of some milliseconds. */
export interface FrameBlock {
  /** `(rows, nMels)`, with their front end's record. */
  readonly frames: Matrix;
  /** Number of the first one since the processor began. Where the page did not keep up, numbers are missing. */
  readonly index: number;
  /** When the first one begins (with `center`, has its middle), in seconds of the context's clock. */
  readonly time: number;
}

/** Seconds of frames that wait for a page, or for a loop on it, that does not keep up; then frames are dropped. */
const PATIENCE = 30;

/** How long the AudioWorklet may take to answer at the start, in milliseconds: it makes its tables in a few. */
const START = 20_000;

/** How long `close` waits for the last frames, in milliseconds: a context that has stopped sends none. */
const GRACE = 1000;

type State = 'open' | 'closing' | 'closed';

/**
 * Log-Mel frames of what is connected to `node`, as they come: those of `logMelSpectrogram(resample(...))` over the mean of
 * the channels, bit for bit. The signal begins when the processor is made (in a context that runs); while nothing is
 * connected, or what is connected is silent, it is zeros, so that a frame's time is that of the context. Samples that are no
 * numbers count as zeros and are told in `repaired`.
 *
 * The audio threads of Firefox and WebKit take numbers below 1.2e-38 for zero; no frame shows it while `aMin` is far above that.
 *
 * A page that sleeps for more than 30 s loses frames (`dropped`, and gaps in `index`), never memory; in an
 * OfflineAudioContext, whose length is its bound, none are lost.
 *
 * @example
 * const mel = await MelProcessor.create(context, { space });
 * context.createMediaStreamSource(microphone).connect(mel.node);
 * for await (const { tags } of mel.tags(space, { set: 'genres', k: 3 })) show(tags);
 */
export class MelProcessor implements AsyncIterable<FrameBlock>, AsyncDisposable {
  /** What to connect sources to. It has no output: nothing is heard of it. */
  readonly node: AudioWorkletNode;
  /** The record of the frames. */
  readonly frontEnd: FrontEnd;
  #dropped = 0;
  #repaired = 0;
  #state: State = 'open';
  #error: Error | undefined;
  readonly #listeners = new Set<(block: FrameBlock) => void>();
  readonly #queues = new Set<Queue<FrameBlock>>();
  readonly #queueLength: number;
  readonly #closed: Promise<void>;
  #finish!: () => void;

  private constructor(node: AudioWorkletNode, frontEnd: FrontEnd, queueLength: number) {
    this.node = node;
    this.frontEnd = frontEnd;
    this.#queueLength = queueLength;
    this.#closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const context = node.context;
    node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#hear(data);
    node.onprocessorerror = () =>
      this.#stop(new AudioWorkletError('MelProcessor: the AudioWorklet has failed; make a new one'));
    // An offline context is closed as soon as it is rendered, with its last frames still on their way; it says "ended".
    if (lengthOf(context) === Number.POSITIVE_INFINITY) {
      context.addEventListener('statechange', () => {
        if (context.state === 'closed') this.#stop();
      });
    }
  }

  /**
   * Adds the script to the context and makes the node. The tables of the front end cost the audio thread some milliseconds
   * once (4 to 20, by the rates), so that sound that plays in the same context may click: make it before.
   *
   * @param context an AudioContext or an OfflineAudioContext, not closed; it may be suspended
   * @throws KernelsError before `loadKernels`
   * @throws AudioWorkletError where the page has no AudioWorklet (it is not secure), the context is closed, or the script
   *   is not found or not allowed, naming its address
   * @throws ParameterError on options that will not do; FrontEndError on a space of other features than
   *   log-Mel frames, or of other settings than those given
   */
  static async create(context: BaseAudioContext, options: MelProcessorOptions = {}): Promise<MelProcessor> {
    const where = 'MelProcessor.create';
    checkContext(where, context);
    const { mel, frontEnd, blockLength, script, module, onWarning } = checkMelProcessor(where, options);
    checkNumber(where, 'context.sampleRate', context.sampleRate, { min: 1000, max: 768_000, integer: true });
    const compiled = module ?? kernels().module;
    const address = new URL(script ?? new URL('./melprocessor-worklet.js', import.meta.url), document.baseURI);
    await addScript(where, context, address);
    checkContext(where, context);

    const length = lengthOf(context);
    const offline = length < Number.POSITIVE_INFINITY;
    const rate = mel.sr / (frontEnd.hopLength as number);
    const limit = offline ? length : Math.max(blockLength, Math.ceil(PATIENCE * rate));
    const setup: Setup = { module: compiled, mel, blockLength, limit, length };
    const node = makeNode(where, context, address, setup);
    const ready = await untilReady(where, node);
    // Frames that a script of another version makes must not pass for ours.
    checkFrontEnd(`${where}: ${address}`, frontEnd, ready.frontEnd);
    for (const warning of ready.warnings) onWarning(warning);
    return new MelProcessor(node, frontEnd, offline ? length : Math.ceil(limit / blockLength));
  }

  /** Frames that were dropped because the page slept. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Samples that were NaN, infinite or beyond 1e10 in size, and counted as 0. A source of them has a fault. */
  get repaired(): number {
    return this.#repaired;
  }

  /**
   * Calls `listener` with each block from now on.
   *
   * @returns ends it
   */
  onFrames(listener: (block: FrameBlock) => void): () => void {
    if (typeof listener !== 'function') {
      throw new ParameterError(
        `MelProcessor.onFrames: listener must be a function, got ${describe(listener)}`,
        'listener',
      );
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The blocks from now on, until the processor is closed, its context is, or an offline context is rendered. Several loops
   * may run at once. A loop that is 30 s late misses the oldest blocks.
   *
   * @throws AudioWorkletError (from the loop) when the AudioWorklet has failed
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<FrameBlock> {
    const queue = new Queue<FrameBlock>(this.#queueLength, (left) => this.#queues.delete(left));
    if (this.#error) queue.fail(this.#error);
    else if (this.#state === 'closed') queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  /**
   * Which labels fit the last seconds, every so many seconds: `Wsabie.tagTrack` over the frames of the window, from now on.
   * When a judgement is due is counted in frames (`Math.round` of the seconds), so that it does not depend on the blocks.
   *
   * @param space fitted on log-Mel frames of this processor's front end
   * @throws ParameterError on options that will not do, or a set that the space has not; FrontEndError on a space of another
   *   front end; NotFittedError on one that is not fitted
   */
  tags(space: Wsabie, options: TagsOptions = {}): AsyncIterableIterator<RunningTags> {
    const tagger = new Tagger('MelProcessor.tags', space, options, this.frontEnd);
    return this.#judge(tagger, this[Symbol.asyncIterator]());
  }

  async *#judge(
    tagger: Tagger,
    blocks: AsyncIterableIterator<FrameBlock>,
  ): AsyncGenerator<RunningTags, void, undefined> {
    const { hopLength, nFft, sr, center } = this.frontEnd as { [name: string]: number };
    const reach = (center ? nFft / 2 : nFft) / sr;
    for await (const { frames, time } of blocks) {
      for (let i = 0; i < frames.rows; i++) {
        const found = tagger.push(frames.row(i));
        if (found) yield { ...found, time: time + (i * hopLength) / sr + reach };
      }
    }
  }

  /**
   * Ends the signal, waits for its last frames, and gives everything back: loops end after the frames that have come. A
   * second call waits for the first one.
   */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#say({ type: 'end' });
      // A context that is closed or torn down does not answer.
      const timer = setTimeout(() => this.#stop(), GRACE);
      await this.#closed;
      clearTimeout(timer);
    }
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #say(message: FromPage): void {
    this.node.port.postMessage(message);
  }

  #hear(message: FromWorklet): void {
    if (message.type === 'frames') this.#take(message.frames);
    else if (message.type === 'ended') this.#stop();
    else if (message.type === 'failed') this.#stop(errorOf('MelProcessor', message));
  }

  #take({ data, rows, index, origin, dropped, repaired }: PostedFrames): void {
    if (this.#state === 'closed') return;
    this.#say({ type: 'taken', rows });
    this.#dropped = dropped;
    this.#repaired = repaired;
    const { hopLength, sr, nMels } = this.frontEnd as { [name: string]: number };
    const time = origin / this.node.context.sampleRate + (index * hopLength) / sr;
    const block = { frames: new Matrix(data, rows, nMels, this.frontEnd), index, time };
    for (const queue of this.#queues) queue.put(block);
    for (const listener of this.#listeners) listener(block);
  }

  #stop(error?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#error = error;
    this.node.port.onmessage = null;
    this.node.port.close();
    this.node.disconnect();
    for (const queue of this.#queues) {
      if (error) queue.fail(error);
      else queue.end();
    }
    this.#queues.clear();
    this.#listeners.clear();
    this.#finish();
  }
}

/** Samples that a context will render: infinite unless it is offline. */
const lengthOf = (context: BaseAudioContext): number =>
  (context as Partial<OfflineAudioContext>).length ?? Number.POSITIVE_INFINITY;

/** @throws ParameterError on something else than a context; AudioWorkletError on one that has no AudioWorklet, or no more */
function checkContext(where: string, context: unknown): asserts context is BaseAudioContext {
  if (typeof context !== 'object' || context === null || !('sampleRate' in context)) {
    throw new ParameterError(
      `${where}: context must be an AudioContext or an OfflineAudioContext, got ${describe(context)}`,
      'context',
    );
  }
  if (!('audioWorklet' in context) || !context.audioWorklet) {
    throw new AudioWorkletError(
      globalThis.isSecureContext === false
        ? `${where}: this page has no AudioWorklet because it is not secure; serve it by https or from localhost`
        : `${where}: this browser has no AudioWorklet; use Chromium 66, Firefox 76, Safari 14.1 or newer`,
    );
  }
  if ('state' in context && context.state === 'closed') {
    throw new AudioWorkletError(`${where}: the context is closed; make a new one`);
  }
}

function makeNode(where: string, context: BaseAudioContext, address: URL, processorOptions: Setup): AudioWorkletNode {
  try {
    return new AudioWorkletNode(context, PROCESSOR, { numberOfInputs: 1, numberOfOutputs: 0, processorOptions });
  } catch (cause) {
    const error = new AudioWorkletError(
      `${where}: ${address} does not make an AudioWorkletNode (${(cause as Error).message}); serve ` +
        'melprocessor-worklet.js of this package there, and where a compiled module cannot be handed over, give the bytes ' +
        'of tunespace.wasm as module',
    );
    error.cause = cause;
    throw error;
  }
}

/** Waits until the processor stands. @throws what went wrong in it */
async function untilReady(where: string, node: AudioWorkletNode): Promise<Extract<FromWorklet, { type: 'ready' }>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const refuse = (reason: string) => reject(new AudioWorkletError(`${where}: the AudioWorklet ${reason}`));
      node.onprocessorerror = () => refuse('cannot make its processor; see the console');
      timer = setTimeout(refuse, START, `has not answered in ${START / 1000} s; is the context closed?`);
      node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
        if (data.type === 'ready') resolve(data);
        else if (data.type === 'failed') reject(errorOf(where, data));
      };
    });
  } catch (error) {
    node.port.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** An error of the AudioWorklet as what it was there, for types do not survive a message. */
function errorOf(where: string, { name, message, parameter }: Extract<FromWorklet, { type: 'failed' }>): Error {
  const text = `${where}: in the AudioWorklet: ${message}`;
  if (name === 'ParameterError') return new ParameterError(text, parameter);
  if (name === 'KernelsError') return new KernelsError(text);
  if (name === 'MemoryError') return new MemoryError(text);
  return new AudioWorkletError(name === 'Error' ? text : `${text} (${name})`);
}
