/**
 * The typed errors of tunespace. Every message answers two questions: which value, and what instead?
 */

/** Base of all errors that tunespace throws on purpose; `instanceof TunespaceError` tells them from faults of its own. */
export class TunespaceError extends Error {
  /** The class's name, also across realms and bundles, where `instanceof` fails. */
  override name: string = 'TunespaceError';
  /** The HTTP status that a server answers with, where what it was sent is to blame. */
  readonly status: number = 500;
}

/** An argument or option has a value (or a name) that the function cannot take. */
export class ParameterError extends TunespaceError {
  override name = 'ParameterError';
  override readonly status = 400;

  /**
   * @param message which value, and what instead
   * @param parameter path of the option, e.g. `"nMels"`; empty where none is to blame
   */
  constructor(
    message: string,
    readonly parameter: string = '',
  ) {
    super(message);
  }
}

/** The WebAssembly module is not loaded, is not ours, or cannot be loaded here. */
export class KernelsError extends TunespaceError {
  override name = 'KernelsError';
}

/** The WebAssembly memory cannot grow by what a call needs. */
export class MemoryError extends TunespaceError {
  override name = 'MemoryError';
  override readonly status = 503;
}

/** An AudioWorklet cannot be had on this page, or has stopped working. */
export class AudioWorkletError extends TunespaceError {
  override name = 'AudioWorkletError';
}

/** Bytes that should be audio are not, or cannot be decoded here. */
export class DecodeError extends TunespaceError {
  override name = 'DecodeError';
  override readonly status = 415;

  /**
   * @param message which file, which fault, and what instead
   * @param file name given by the caller, or `""`
   */
  constructor(
    message: string,
    readonly file: string = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A file of ours (model, features, table of labels) is damaged, cut short, or of another version. */
export class FormatError extends TunespaceError {
  override name = 'FormatError';
  override readonly status = 400;

  /**
   * @param message which file, which field, and what instead
   * @param file name given by the caller, or `""`
   */
  constructor(
    message: string,
    readonly file: string = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A worker of a pool ended, or could not be started. */
export class WorkerError extends TunespaceError {
  override name = 'WorkerError';

  /**
   * @param message which input, why, and what to do
   * @param input name of the input that was worked on, or `""` where there was none
   */
  constructor(
    message: string,
    readonly input: string = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An estimator was used before `fit`, or with features of another front end. */
export class NotFittedError extends TunespaceError {
  override name = 'NotFittedError';
}

/** Features were made by another front end than the model's. */
export class FrontEndError extends TunespaceError {
  override name = 'FrontEndError';
  override readonly status = 400;

  /**
   * @param message which setting, its two values, and what instead
   * @param setting the first setting that differs, e.g. `"nMels"`
   */
  constructor(
    message: string,
    readonly setting: string,
  ) {
    super(message);
  }
}

/** A source gives more than the caller allows. */
export class LimitError extends TunespaceError {
  override name = 'LimitError';
  override readonly status = 413;

  /**
   * @param message what is too large, and what instead
   * @param limit the most that is allowed, in bytes
   */
  constructor(
    message: string,
    readonly limit: number,
  ) {
    super(message);
  }
}

/** A source takes longer than the caller allows. */
export class TimeoutError extends TunespaceError {
  override name = 'TimeoutError';
  override readonly status = 408;

  /**
   * @param message what is slow, and what instead
   * @param timeout the most that is allowed, in milliseconds
   */
  constructor(
    message: string,
    readonly timeout: number,
  ) {
    super(message);
  }
}
