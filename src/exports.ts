/**
 * What `assembly/index.ts` exports, as TypeScript sees it: pointers and sizes are numbers of bytes or values.
 * The two lists are kept in the same order, one section a kernel file; a test compares them.
 */

/**
 * The generation of this list, which the module tells too (`assembly/memory.ts`): code of one generation refuses a module of
 * another, which a cache or a deployment may have left behind. It rises when a release changes what an export takes or means.
 */
export const ABI = 1;

/** The exports of `tunespace.wasm`. Pointers are byte offsets into `memory`; `out` comes first, sizes last. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;

  // affine.ts
  affineMap(out: number, x: number, weights: number, bias: number, n: number, nIn: number, nOut: number): void;

  // aggregate.ts
  aggregateFrames(
    out: number,
    frames: number,
    nWindows: number,
    windowLength: number,
    hopLength: number,
    columns: number,
  ): void;

  // gram.ts
  addGramSingle(
    gram: number,
    panels: number,
    x: number,
    mean: number,
    factor: number,
    n: number,
    columns: number,
  ): void;
  subtractFitted(
    out: number,
    work: number,
    x: number,
    mean: number,
    weights: number,
    n: number,
    columns: number,
    lanes: number,
  ): void;

  // linear.ts
  addClassSums(
    sums: number,
    squares: number,
    x: number,
    shift: number,
    labels: number,
    n: number,
    columns: number,
  ): void;
  addGram(gram: number, panels: number, x: number, shift: number, n: number, columns: number): void;
  centreGram(
    out: number,
    scale: number,
    total: number,
    part: number,
    mean: number,
    n: number,
    alpha: number,
    share: number,
    tolerance: number,
    columns: number,
  ): void;
  cholesky(a: number, scale: number, tolerance: number, columns: number): number;
  choleskySolve(b: number, l: number, nRhs: number, columns: number): void;
  foldSums(total: number, part: number, size: number): void;
  linearScores(
    out: number,
    row: number,
    x: number,
    coef: number,
    intercept: number,
    n: number,
    classes: number,
    columns: number,
  ): void;

  // mel.ts
  hzToMel(hz: number, htk: boolean): number;
  melBands(out: number, edges: number, sr: number, slaney: boolean, n: number, nMels: number): void;
  melBandsSize(n: number, nMels: number): number;
  melFrames(
    out: number,
    y: number,
    plan: number,
    bands: number,
    work: number,
    power: number,
    aMin: number,
    n: number,
    hop: number,
    nMels: number,
    nFrames: number,
  ): void;
  melFrequencies(out: number, fMin: number, fMax: number, htk: boolean, n: number): void;
  melToHz(mel: number, htk: boolean): number;
  melWorkSize(n: number, nMels: number): number;

  // memory.ts
  abi(): number;
  alloc(size: number): number;
  free(pointer: number): void;

  // neighbors.ts
  clearNearest(outDistances: number, outIndices: number, size: number): void;
  distances(
    out: number,
    sums: number,
    queries: number,
    rows: number,
    metric: number,
    nQueries: number,
    nRows: number,
    columns: number,
  ): void;
  keepNearest(
    outDistances: number,
    outIndices: number,
    tile: number,
    own: number,
    queryGroups: number,
    rowGroups: number,
    firstRow: number,
    nQueries: number,
    nRows: number,
    k: number,
  ): void;
  unitRows(out: number, x: number, n: number, columns: number): void;

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
  resamplePairs(
    out: number,
    x: number,
    plan: number,
    work: number,
    nPairs: number,
    step: number,
    phases: number,
    valid: number,
  ): void;
  resamplePairsWork(step: number, phases: number): number;
  resampleSpectra(
    out: number,
    work: number,
    cutoff: number,
    width: number,
    beta: number,
    half: number,
    step: number,
    phases: number,
  ): void;
  resampleSpectraSize(step: number, phases: number): number;
  resampleSpectraWork(half: number): number;

  // samples.ts
  anyBeyond(y: number, limit: number, n: number): number;

  // softmax.ts
  softmaxRows(out: number, scores: number, sharpness: number, n: number, classes: number): void;

  // stft.ts
  spectrogramFrames(
    out: number,
    y: number,
    plan: number,
    work: number,
    power: number,
    n: number,
    hop: number,
    nFrames: number,
  ): void;
  stftFrames(
    real: number,
    imaginary: number,
    y: number,
    plan: number,
    work: number,
    n: number,
    hop: number,
    nFrames: number,
  ): void;
  stftPlan(out: number, n: number): void;
  stftPlanSize(n: number): number;
  stftWorkSize(n: number): number;

  // wsabie.ts
  cosineRows(out: number, n: number, columns: number): void;
  projectRows(rows: number, maxNorm: number, n: number, stride: number): void;
  warpEpoch(
    out: number,
    v: number,
    sets: number,
    plan: number,
    x: number,
    mean: number,
    inverse: number,
    tracks: number,
    work: number,
    settings: number,
    batchSize: number,
    nFeatures: number,
    stride: number,
    nBatches: number,
  ): void;
  warpRows(
    out: number,
    state: number,
    offsets: number,
    byTrack: number,
    first: number,
    n: number,
    nTracks: number,
  ): void;
}
