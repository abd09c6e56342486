/** The options of `MelProcessor.create`: what they mean, their defaults, their checks. */
import { ParameterError } from '../../errors.ts';
import { checkFrontEnd, type FrontEnd } from '../../frontend.ts';
import { type LogMelOptions, logMelFrontEnd, logMelOptions } from '../../mel.ts';
import { checkNumber, checkOptions, describe } from '../../options.ts';
import { Wsabie } from '../../wsabie.ts';

/** How frames are made, and how they come. */
export interface MelProcessorOptions {
  /** A fitted space whose front end to follow, so that its labels can be had of the frames. */
  space?: Wsabie;
  /**
   * Settings of the front end; the context's sound is resampled to its `sr`, an integer. Unless told otherwise the space's,
   * or the paper's at 22 050 Hz.
   */
  frontEnd?: Partial<LogMelOptions>;
  /** Frames in a block, 1 to 1024; 4 unless told otherwise, which is one block in 93 ms of the paper's frames. */
  blockLength?: number;
  /**
   * Where `melprocessor-worklet.js` is served from. Unless told otherwise it lies beside this file, which bundlers that
   * know `new URL(..., import.meta.url)` see to; for others, copy `tunespace/melprocessor-worklet.js` and give its address.
   */
  script?: URL | string;
  /**
   * The kernels for the AudioWorklet: the compiled module that is loaded, unless told otherwise. Bytes serve where a browser
   * does not hand a compiled module to an AudioWorklet; Chromium 156, Firefox 153 and WebKitGTK 2.50 all do.
   */
  module?: WebAssembly.Module | BufferSource;
}

/** Checked options. */
export interface Checked {
  /** Settings of the front end, without what cannot be posted. */
  readonly mel: Omit<LogMelOptions, 'onWarning'>;
  /** Their record. */
  readonly frontEnd: FrontEnd;
  readonly onWarning: (message: string) => void;
  readonly blockLength: number;
  readonly script: URL | string | undefined;
  readonly module: WebAssembly.Module | BufferSource | undefined;
}

/** @throws ParameterError on options that will not do; FrontEndError on a space of other features than these frames */
export function checkMelProcessor(where: string, options: MelProcessorOptions | undefined): Checked {
  const merged = checkOptions<{ [K in keyof Required<MelProcessorOptions>]: MelProcessorOptions[K] }>(where, options, {
    space: undefined,
    frontEnd: {},
    blockLength: 4,
    script: undefined,
    module: undefined,
  });
  const { space, frontEnd: given, blockLength, script, module } = merged;
  if (space !== undefined && !(space instanceof Wsabie)) {
    throw new ParameterError(`${where}: space must be a fitted Wsabie, got ${describe(space)}`, 'space');
  }
  if (typeof given !== 'object' || given === null) {
    throw new ParameterError(`${where}: frontEnd must be an object of options, got ${describe(given)}`, 'frontEnd');
  }
  checkNumber(where, 'blockLength', blockLength, { min: 1, max: 1024, integer: true });
  const record = space?.frontEnd_;
  const { onWarning = console.warn, ...mel }: LogMelOptions = {
    ...(record ? logMelOptions(record) : { sr: 22_050 }),
    ...given,
  };
  const frontEnd = logMelFrontEnd({ ...mel, onWarning });
  checkNumber(where, 'sr', mel.sr, { min: 1000, max: 768_000, integer: true });
  checkFrontEnd(where, record, frontEnd);
  return { mel, frontEnd, onWarning, blockLength: blockLength as number, script, module };
}
