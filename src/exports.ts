/**
 * What `assembly/index.ts` exports, as TypeScript sees it: pointers and sizes are numbers of bytes or values.
 * The two lists are kept in the same order, one section a kernel file; a test compares them.
 */

/** The exports of `tunespace.wasm`. Pointers are byte offsets into `memory`; `out` comes first, sizes last. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;

  // aggregate.ts
  aggregateFrames(
    out: number,
    frames: number,
    nWindows: number,
    windowLength: number,
    hopLength: number,
    columns: number,
  ): void;

  // memory.ts
  alloc(size: number): number;
  free(pointer: number): void;

  // random.ts
  randomIntegers(out: number, state: number, bound: number, n: number): void;
  randomNormal(out: number, state: number, n: number): void;
  randomPermutation(out: number, state: number, n: number): void;
  randomUniform(out: number, state: number, n: number): void;
  randomWords(out: number, state: number, n: number): void;

  // resample.ts
  resampleBlock(
    out: number,
    x: number,
    table: number,
    nOut: number,
    phase: number,
    step: number,
    phases: number,
    half: number,
  ): void;
  resampleBlockBetween(
    out: number,
    x: number,
    table: number,
    nOut: number,
    phase: number,
    step: number,
    phases: number,
    half: number,
    grid: number,
  ): void;
  resampleFilter(
    out: number,
    row: number,
    cutoff: number,
    width: number,
    beta: number,
    half: number,
    phases: number,
    firstRow: number,
    nRows: number,
  ): void;
}
