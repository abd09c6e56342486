/** Cross-validation of a head: `crossValidate` (layer 5), which is least squares', for all heads of the study. */
import { Matrix } from '../../matrix.ts';
import { Turns } from '../../pause.ts';
import type { Split } from '../../split.ts';
import { type CrossValidation, judgeFolds } from '../../validate.ts';
import { type HeadKind, makeHead, predictTrack } from './heads.ts';

/** Options of `validateHead`. */
export interface ValidateHeadOptions {
  /** Which tracks are learned from and which are predicted. */
  readonly splits: readonly Split[];
  /** Strength of the head's ridge; its own default unless given. */
  readonly alpha?: number;
  /** Seed of the network; 0. */
  readonly randomState?: number;
  /** Ends the work with the signal's reason, between folds. */
  readonly signal?: AbortSignal;
}

/**
 * Accuracy of a head on held-out tracks, fold by fold: scores of a track are averaged over its windows, the largest wins. The network's early
 * stop holds out whole tracks of those that it learns from.
 *
 * @param windows `(nWindows, nFeatures)` of each track, all of one width and front end
 * @param labels the label of each track
 * @throws ParameterError as the head; the signal's reason
 */
export async function validateHead(
  kind: HeadKind,
  windows: readonly Matrix[],
  labels: readonly string[],
  { splits, alpha, randomState, signal }: ValidateHeadOptions,
): Promise<CrossValidation> {
  const turns = new Turns(signal);
  const predictions: string[][] = [];
  for (const { train, test } of splits) {
    const head = makeHead(kind, { alpha, randomState });
    const tracks = Array.from(train);
    const eachRow = (of: (track: number) => string) =>
      tracks.flatMap((track) => Array<string>(windows[track].rows).fill(of(track)));
    const X = Matrix.concatenate(tracks.map((track) => windows[track]));
    head.fit(
      X,
      eachRow((track) => labels[track]),
      eachRow(String),
    );
    predictions.push(Array.from(test, (track) => predictTrack(head, windows[track]).label));
    await turns.take();
  }
  return judgeFolds(labels, splits, predictions);
}
