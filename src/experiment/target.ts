/** What the tables judge: one collection's windows under each feature set, and its labels. */
import type { Matrix } from '../matrix.ts';
import type { Pool } from '../runtime/pool.ts';
import type { FeatureSet } from './results.ts';

/** A genre collection that is judged. Songs are in one order everywhere. */
export interface Target {
  readonly name: string;
  /** The label of each song; every label occurs at least twice. */
  readonly labels: readonly string[];
  /** The artist of each song (songs without one are a group of their own); absent where no artist is known. */
  readonly groups: readonly string[] | undefined;
  /** For each feature set, the windows `(nWindows, nFeatures)` of each song. */
  readonly features: ReadonlyMap<FeatureSet, readonly Matrix[]>;
}

/** How a table is computed: it says what departs from what was asked, can be stopped, and reports its steps. */
export interface Course {
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Workers, where there are any. */
  readonly pool?: Pool;
  /** Gets sentences for the report. */
  readonly warn: (message: string) => void;
  /** Gets sentences about this machine alone, which have no place in the results. */
  readonly note: (message: string) => void;
  /** Counts steps of `total`. */
  readonly progress: (stage: string, done: number, total: number) => void;
}

/** Ends here when told to, and lets the event loop have its turn, so that Ctrl-C is heard. */
export async function breathe(course: Pick<Course, 'signal'>): Promise<void> {
  course.signal?.throwIfAborted();
  await new Promise((resolve) => setImmediate(resolve));
  course.signal?.throwIfAborted();
}

/** How many songs carry each label, sorted by label. */
export function countLabels(labels: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
