/**
 * The wasm boundary: loads `tunespace.wasm` and is the one file that touches its memory.
 *
 * - Scratch memory lives for one `run`: slices are reserved inside it and all given back when it ends, also when it throws.
 * - Resident memory (plans, filters, weights, an index) is a `Block` with exactly one owner, who disposes of it.
 * - Views live for one statement, because growth detaches them. Results leave by copy.
 */
import { KernelsError, MemoryError } from './errors.ts';
import type { KernelExports } from './exports.ts';
import { checkInstance, compileModule, instantiateModule, type KernelsSource, nameOf } from './kernels/loading.ts';

export type { KernelsSource } from './kernels/loading.ts';

/** The typed arrays that cross the boundary. */
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Scratch slices of one `run`. Pointers are only good inside it. */
export interface Scratch {
  /** Reserves `byteLength` bytes, 16-byte aligned, contents undefined. */
  reserve(byteLength: number): number;
  /** Reserves room for `data` and copies it in. */
  put(data: NumberArray): number;
}

/** A resident piece of wasm memory with exactly one owner. Given back by `dispose`, or when its owner is collected. */
export class Block {
  #kernels: Kernels | undefined;
  #pointer: number;

  /** Made by `Kernels.allocate`. */
  constructor(
    kernels: Kernels,
    pointer: number,
    readonly byteLength: number,
  ) {
    this.#kernels = kernels;
    this.#pointer = pointer;
  }

  /** Byte offset in wasm memory. @throws KernelsError after `dispose` */
  get pointer(): number {
    if (!this.#kernels) throw new KernelsError('Block: used after dispose; make a new one');
    return this.#pointer;
  }

  /** Gives the memory back. A second call does nothing. */
  dispose(): void {
    this.#kernels?.release(this, this.#pointer);
    this.#kernels = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** One instance of the module. Its kernels are called through `run`. */
export class Kernels {
  /** The module's exports. Results of `run` and `read` are copies; no view of `memory` may outlive a statement. */
  readonly exports: KernelExports;
  /** Bytes this module reserves per call are freed by it; those of forgotten blocks by the collector. */
  readonly #forgotten: FinalizationRegistry<number>;

  constructor(
    instance: WebAssembly.Instance,
    /** The compiled module, which may be posted to workers. */
    readonly module: WebAssembly.Module,
  ) {
    this.exports = instance.exports as unknown as KernelExports;
    this.#forgotten = new FinalizationRegistry((pointer) => this.exports.free(pointer));
  }

  /**
   * Runs `work` with scratch memory that is given back when it ends.
   *
   * @param work synchronous; gets the kernels and the scratch, returns copies (`read`), never pointers
   */
  run<T>(work: (exports: KernelExports, scratch: Scratch) => T): T {
    const pointers: number[] = [];
    const reserve = (byteLength: number) => {
      const pointer = this.#alloc(byteLength);
      pointers.push(pointer);
      return pointer;
    };
    const put = (data: NumberArray) => {
      const pointer = reserve(data.byteLength);
      this.write(pointer, data);
      return pointer;
    };
    try {
      return work(this.exports, { reserve, put });
    } finally {
      for (const pointer of pointers) this.exports.free(pointer);
    }
  }

  /** Reserves resident memory: a size in bytes (zeroed), or data to copy in. The caller owns the block. */
  allocate(content: number | NumberArray): Block {
    const byteLength = typeof content === 'number' ? content : content.byteLength;
    const pointer = this.#alloc(byteLength);
    if (typeof content === 'number') new Uint8Array(this.exports.memory.buffer, pointer, byteLength).fill(0);
    else this.write(pointer, content);
    const block = new Block(this, pointer, byteLength);
    this.#forgotten.register(block, pointer, block);
    return block;
  }

  /** Called by `Block.dispose` only. */
  release(block: Block, pointer: number): void {
    this.#forgotten.unregister(block);
    this.exports.free(pointer);
  }

  /** Copies `data` into memory at `pointer`. */
  write(pointer: number, data: NumberArray): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(this.exports.memory.buffer).set(bytes, pointer);
  }

  /** Copies `byteLength` bytes within memory; the two places may overlap. */
  move(to: number, from: number, byteLength: number): void {
    new Uint8Array(this.exports.memory.buffer).copyWithin(to, from, from + byteLength);
  }

  /** Copies float32 values out, as many as `into` holds. */
  copyF32(pointer: number, into: Float32Array): void {
    into.set(new Float32Array(this.exports.memory.buffer, pointer, into.length));
  }

  /**
   * Copies rows to `pointer`, one after the other, without a copy in between.
   *
   * @param sources matrices of `width` columns, row by row
   * @param picks for each row two numbers: its source, and its place there
   */
  gather(pointer: number, sources: readonly Float32Array[], picks: Uint32Array, width: number): void {
    const memory = new Float32Array(this.exports.memory.buffer, pointer, (picks.length / 2) * width);
    for (let i = 0; i < picks.length; i += 2) {
      const start = picks[i + 1] * width;
      memory.set(sources[picks[i]].subarray(start, start + width), (i / 2) * width);
    }
  }

  /** Copies `length` float32 values out. */
  readF32(pointer: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.exports.memory.buffer, pointer, length).slice();
  }

  /** Copies `length` float64 values out. */
  readF64(pointer: number, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.exports.memory.buffer, pointer, length).slice();
  }

  /** Copies `length` int32 values out. */
  readI32(pointer: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.exports.memory.buffer, pointer, length).slice();
  }

  /** Copies `length` uint32 values out. */
  readU32(pointer: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.exports.memory.buffer, pointer, length).slice();
  }

  #alloc(byteLength: number): number {
    // TLSF holds blocks below 1 GiB; a larger request is a caller's size gone wrong and gets a sentence, not a trap.
    if (!(byteLength >= 0 && byteLength < MAX_BLOCK)) {
      throw new MemoryError(
        `kernels: one block may hold up to 1 GiB, ${byteLength} bytes were asked for; use smaller parts`,
      );
    }
    try {
      return this.exports.alloc(byteLength) >>> 0;
    } catch (cause) {
      const held = this.exports.memory.buffer.byteLength;
      const error = new MemoryError(
        `kernels: memory cannot grow by ${byteLength} bytes beyond the ${held} held; dispose of what is not in use, or ` +
          'work on smaller parts',
      );
      error.cause = cause;
      throw error;
    }
  }
}

/** TLSF's limit. */
const MAX_BLOCK = 0x40000000;

let current: Kernels | undefined;

/**
 * The loaded kernels, which every function of tunespace uses.
 *
 * @throws KernelsError before `loadKernels` has ended
 */
export function kernels(): Kernels {
  if (!current)
    throw new KernelsError('the kernels are not loaded; call "await loadKernels()" once, before anything else');
  return current;
}

/**
 * Puts a module in use without waiting, for an AudioWorklet, whose processor must be ready when its constructor ends. Where
 * kernels are loaded already, those stay.
 *
 * @param source a compiled module, or the bytes of one
 * @throws KernelsError on a module that will not do
 */
export function loadKernelsSync(source: WebAssembly.Module | BufferSource): Kernels {
  if (!current) {
    const isBytes = source instanceof ArrayBuffer || ArrayBuffer.isView(source);
    const module = isBytes ? new WebAssembly.Module(source as BufferSource) : (source as WebAssembly.Module);
    const instance = new WebAssembly.Instance(module, {});
    checkInstance(instance, nameOf(source));
    current = new Kernels(instance, module);
  }
  return current;
}

/**
 * Compiles and instantiates the kernels and makes them the ones in use.
 *
 * The first module that loads stays for good, because what is made with it (plans, weights, an index) lives in its memory.
 * A later or concurrent call gives the same kernels; its source, where it is another one, is checked and then let go. A
 * failed load leaves things as they were: the next call tries again.
 *
 * @param source a `WebAssembly.Module`, the bytes of `tunespace.wasm`, a `Response` or a `URL`. The entry of each runtime
 *   has a default; this one has none.
 * @returns the kernels, now also what `kernels()` gives
 * @throws KernelsError naming what was loaded and why it will not do; ParameterError on another type of source
 */
export async function loadKernels(source: KernelsSource): Promise<Kernels> {
  const module = await compileModule(source);
  if (current?.module === module) return current;
  const instance = await instantiateModule(module, nameOf(await source));
  current ??= new Kernels(instance, module);
  return current;
}
