/** What a pool and its workers say to each other, and how values that have a class cross over. */

import type { AggregateOptions } from '../../aggregate.ts';
import * as errors from '../../errors.ts';
import type { ExtractStage } from '../../extract.ts';
import type { FrontEnd } from '../../frontend.ts';
import { Matrix } from '../../matrix.ts';
import type { LogMelOptions } from '../../mel.ts';
import type { Split } from '../../split.ts';
import type { FoldOptions } from '../../validate.ts';

/** A matrix without its class. */
export interface PlainMatrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly frontEnd: FrontEnd | undefined;
}

/** An error without its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** What our classes add: `parameter`, `file`, `setting`, `input`. */
  readonly more: Readonly<Record<string, string>>;
}

/** What tasks of one kind share; sent to each worker once. */
export type Job =
  | {
      readonly kind: 'extract';
      readonly stage: ExtractStage;
      /** The file of a `Wsabie`. */
      readonly space: Uint8Array | undefined;
      /** Without `onWarning`. */
      readonly frontEnd: LogMelOptions;
      readonly windows: AggregateOptions;
      readonly seconds: number | null;
    }
  | {
      readonly kind: 'fold';
      readonly X: readonly PlainMatrix[];
      readonly y: readonly string[];
      readonly classifier: FoldOptions;
    };

/** One piece of work of a job. */
export type Payload =
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'pcm'; readonly name: string; readonly y: Float32Array; readonly sr: number }
  /** The bytes are asked for with `pull`. */
  | { readonly kind: 'stream'; readonly name: string }
  | { readonly kind: 'fold'; readonly split: Split };

/** What a task gives. */
export type TaskResult = PlainMatrix | readonly string[];

/** From the pool to a worker. */
export type ToWorker =
  | { readonly type: 'load'; readonly module: WebAssembly.Module }
  | { readonly type: 'job'; readonly job: number; readonly settings: Job }
  | { readonly type: 'forget'; readonly job: number }
  | { readonly type: 'task'; readonly task: number; readonly job: number; readonly payload: Payload }
  /** The answer to a `pull`: the next bytes, `null` at the end, or that the source has failed. */
  | { readonly type: 'chunk'; readonly task: number; readonly bytes: Uint8Array | null; readonly failed: boolean };

/** From a worker to the pool. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'unusable'; readonly error: PlainError }
  | { readonly type: 'pull'; readonly task: number }
  /** Damage that was got over, or what the front end has to say. */
  | { readonly type: 'warning'; readonly task: number; readonly about: 'source' | 'frontEnd'; readonly message: string }
  | { readonly type: 'result'; readonly task: number; readonly value: TaskResult }
  | { readonly type: 'error'; readonly task: number; readonly error: PlainError };

export function toPlain({ data, rows, columns, frontEnd }: Matrix): PlainMatrix {
  return { data, rows, columns, frontEnd };
}

export function toMatrix({ data, rows, columns, frontEnd }: PlainMatrix): Matrix {
  return new Matrix(data, rows, columns, frontEnd);
}

const FIELDS = ['parameter', 'file', 'setting', 'input'];

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, more: {} };
  const fields = error as unknown as Record<string, unknown>;
  const known = FIELDS.filter((field) => typeof fields[field] === 'string');
  const more = Object.fromEntries(known.map((field) => [field, fields[field] as string]));
  return { name: error.name, message: error.message, stack: error.stack, more };
}

type ErrorClass = new (message: string, detail?: string) => Error;

/** The error again, of the class that it had where that is one of ours. */
export function toError({ name, message, stack, more }: PlainError): Error {
  const Known = (errors as unknown as Record<string, ErrorClass | undefined>)[name];
  const error = Known ? new Known(message) : new Error(message);
  if (!Known && name !== 'Error') error.name = name;
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, more);
}
