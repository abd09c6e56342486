/**
 * The script of the AudioWorklet behind `MelProcessor`: one file without imports, which a page adds by
 * `MelProcessor.create`. It keeps to what every AudioWorkletGlobalScope has: no TextDecoder, no timers, no fetch.
 */
import { TunespaceError } from '../errors.ts';
import { loadKernelsSync } from '../kernels.ts';
import { MelEngine } from './melprocessor/engine.ts';
import { type FromPage, type FromWorklet, PROCESSOR, type Setup } from './melprocessor/protocol.ts';

/** What AudioWorkletGlobalScope gives and TypeScript's DOM library leaves out. */
declare const sampleRate: number;
declare const currentFrame: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare const AudioWorkletProcessor: new () => { readonly port: MessagePort };

/** Samples in a render quantum where no channel tells. */
const QUANTUM = 128;

class MelWorklet extends AudioWorkletProcessor {
  #engine: MelEngine | undefined;
  readonly #setup: Setup;
  /** Sample of the context at which the signal began. */
  #origin = -1;
  /** Frames made so far, those posted and not yet taken by the page, and those dropped. */
  #frames = 0;
  #onTheirWay = 0;
  #dropped = 0;

  constructor({ processorOptions }: { processorOptions: Setup }) {
    super();
    this.#setup = processorOptions;
    this.port.onmessage = ({ data }: MessageEvent<FromPage>) => {
      if (data.type === 'taken') this.#onTheirWay -= data.rows;
      else this.#guard(() => this.#end());
    };
    this.#guard(() => {
      const { module, mel, blockLength } = processorOptions;
      const warnings: string[] = [];
      const onWarning = (message: string) => {
        warnings.push(message);
      };
      loadKernelsSync(module);
      this.#engine = new MelEngine({ sampleRate, mel: { ...mel, onWarning }, blockLength }, (data, rows) =>
        this.#post(data, rows),
      );
      this.#say({ type: 'ready', frontEnd: this.#engine.frontEnd, warnings });
    });
  }

  /** Called by the audio graph for each quantum. A quantum without a channel is silence, so that time goes on. */
  process([channels]: Float32Array[][]): boolean {
    this.#guard(() => {
      if (!this.#engine) return;
      if (this.#origin < 0) this.#origin = currentFrame;
      const quantum = channels[0]?.length ?? QUANTUM;
      const left = this.#setup.length - currentFrame;
      this.#engine.push(channels, Math.max(0, Math.min(quantum, left)));
      if (left <= quantum) this.#end();
    });
    return this.#engine !== undefined;
  }

  #end(): void {
    this.#engine?.end();
    this.#stop();
    this.#say({ type: 'ended' });
  }

  #stop(): void {
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  /** Posts a block, or drops it where the page does not keep up: what waits for it stays bounded. */
  #post(data: Float32Array<ArrayBuffer>, rows: number): void {
    const index = this.#frames;
    this.#frames += rows;
    if (this.#onTheirWay + rows > this.#setup.limit) {
      this.#dropped += rows;
      return;
    }
    this.#onTheirWay += rows;
    const repaired = this.#engine?.repaired ?? 0;
    const frames = { data, rows, index, origin: this.#origin, dropped: this.#dropped, repaired };
    this.#say({ type: 'frames', frames }, [data.buffer]);
  }

  #say(message: FromWorklet, transfer: Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  /** Nothing may be thrown into the audio graph: an error goes to the page, and the processor rests. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#engine = undefined;
      const { name, message } = error as Error;
      const parameter = error instanceof TunespaceError && 'parameter' in error ? String(error.parameter) : '';
      this.#say({ type: 'failed', name: String(name), message: String(message), parameter });
    }
  }
}

try {
  registerProcessor(PROCESSOR, MelWorklet);
} catch (error) {
  // The same script from another address was here before; that one serves as well.
  if ((error as Error).name !== 'NotSupportedError') throw error;
}
