import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError, FrontEndError, NotFittedError, ParameterError } from '../src/errors.ts';
import type { FrontEnd } from '../src/frontend.ts';
import { LinearClassifier } from '../src/linear.ts';
import { Matrix } from '../src/matrix.ts';
import { NearestNeighbors } from '../src/neighbors.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { type SourceSet, Wsabie } from '../src/wsabie.ts';
import { seededMatrix } from './reference/samples.ts';

beforeAll(() => loadKernels());

/** What every estimator has; the rest is in its row of the table. */
interface Estimator {
  toBytes(): Uint8Array;
}

/** One estimator: how to make it, fit it, ask it and read it back. */
interface Row<T extends Estimator = Estimator> {
  name: string;
  make(options?: object): T;
  /** An option as it may be misspelt, and what was meant. */
  misspelt: [string, string];
  /** Fits and returns what `fit` returned (or its promise's value). */
  fit(estimator: T, X: Matrix): T | Promise<T>;
  /** Where `fit` says that a value in row 4, column 5 is; just there unless told otherwise. */
  place?: string;
  fromBytes(bytes: Uint8Array, file?: string): T;
  /** Every method that takes samples. */
  answers: Record<string, (estimator: T, X: Matrix) => unknown>;
}

const labelsFor = (X: Matrix) => Array.from({ length: X.rows }, (_, i) => ['rock', 'jazz', 'pop'][i % 3]);

const linear: Row<LinearClassifier> = {
  name: 'LinearClassifier',
  make: (options) => new LinearClassifier(options),
  misspelt: ['Alpha', 'alpha'],
  fit: (estimator, X) => estimator.fit(X, labelsFor(X)),
  fromBytes: LinearClassifier.fromBytes,
  answers: {
    decisionFunction: (estimator, X) => estimator.decisionFunction(X),
    predict: (estimator, X) => estimator.predict(X),
    predictTrack: (estimator, X) => estimator.predictTrack(X),
  },
};

const neighbors: Row<NearestNeighbors> = {
  name: 'NearestNeighbors',
  make: (options) => new NearestNeighbors({ nNeighbors: 3, ...options }),
  misspelt: ['n_neighbors', 'nNeighbors'],
  fit: (estimator, X) => estimator.fit(X, { groups: labelsFor(X) }),
  fromBytes: NearestNeighbors.fromBytes,
  answers: {
    kNeighbors: (estimator, X) => estimator.kNeighbors(X, { groups: labelsFor(X) }),
  },
};

const cosine: Row<NearestNeighbors> = {
  ...neighbors,
  name: 'NearestNeighbors by cosine',
  make: (options) => new NearestNeighbors({ nNeighbors: 3, metric: 'cosine', ...options }),
  fit: (estimator, X) => estimator.fit(X),
  answers: { kNeighbors: (estimator, X) => estimator.kNeighbors(X) },
};

/** Tracks of three frames, whose labels take turns. */
function tracksOf(X: Matrix): SourceSet {
  const labels = ['rock', 'jazz', 'pop'];
  const tracks = Array.from({ length: X.rows / 3 }, (_, i) => ({
    X: X.slice(3 * i, 3 * i + 3),
    labels: [labels[i % 3]],
  }));
  return { name: 'genres', tracks };
}

const wsabie: Row<Wsabie> = {
  name: 'Wsabie',
  make: (options) => new Wsabie({ nComponents: 4, batchSize: 8, nBatches: 20, evaluateEvery: 10, ...options }),
  misspelt: ['n_components', 'nComponents'],
  fit: (estimator, X) => estimator.fit(tracksOf(X)),
  place: 'row 1, column 5',
  fromBytes: Wsabie.fromBytes,
  answers: {
    transform: (estimator, X) => estimator.transform(X),
    affinities: (estimator, X) => estimator.affinities(X),
    tagTrack: (estimator, X) => estimator.tagTrack(X),
  },
};

const table = [linear, neighbors, cosine, wsabie] as unknown as Row[];

const frontEnd: FrontEnd = { kind: 'logMel', version: 1, sr: 22050, nMels: 6 };
const samples = () => seededMatrix(1, 30, 6, 2, 3).withFrontEnd(frontEnd);

/** The same samples with one value that is not finite. */
function spoilt(value: number): Matrix {
  const X = seededMatrix(1, 30, 6);
  X.data[4 * 6 + 5] = value;
  return X;
}

/** An answer without the record of how it was made. */
const valuesOf = (answer: unknown) => (answer instanceof Matrix ? answer.withFrontEnd(undefined) : answer);

describe.each(table)('$name keeps the contract', (row) => {
  const fitted = async () => row.fit(row.make(), samples());
  const answers = Object.entries(row.answers);

  it('takes parameters and no data in the constructor, and says what a misspelt one should be', () => {
    const [wrong, right] = row.misspelt;
    expect(() => row.make({ [wrong]: 1 })).toThrow(ParameterError);
    expect(() => row.make({ [wrong]: 1 })).toThrow(`unknown option "${wrong}"; did you mean "${right}"?`);
    expect(() => row.make({ [right]: 'many' })).toThrow(expect.objectContaining({ parameter: right }));
  });

  it('returns itself from fit', async () => {
    const estimator = row.make();
    expect(await row.fit(estimator, samples())).toBe(estimator);
  });

  it('says that it is not fitted', () => {
    for (const [, answer] of answers) expect(() => answer(row.make(), samples())).toThrow(NotFittedError);
    expect(() => row.make().toBytes()).toThrow(NotFittedError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, naming row and column', async (value) => {
    const words = `${value} in row 4, column 5`;
    const atFit = row.place ? `${value} in ${row.place}` : words;
    await expect(async () => row.fit(row.make(), spoilt(value))).rejects.toThrow(atFit);
    const estimator = await fitted();
    for (const [, answer] of answers) expect(() => answer(estimator, spoilt(value))).toThrow(words);
  });

  it('refuses another width, other types and another front end', async () => {
    const estimator = await fitted();
    for (const [name, answer] of answers) {
      expect(() => answer(estimator, seededMatrix(1, 30, 5))).toThrow('6 columns, as at fit, got 5');
      expect(() => answer(estimator, { rows: 30, columns: 6 } as Matrix)).toThrow('must be a Matrix');
      const other = () => answer(estimator, samples().withFrontEnd({ ...frontEnd, sr: 44100 }));
      expect(other).toThrow(FrontEndError);
      expect(other).toThrow(expect.objectContaining({ setting: 'sr' }));
      expect(other).toThrow(name);
    }
    await expect(async () => row.fit(row.make(), [[1, 2]] as never)).rejects.toThrow(ParameterError);
  });

  it('lets samples without a record through', async () => {
    const estimator = await fitted();
    for (const [, answer] of answers) {
      expect(valuesOf(answer(estimator, samples().withFrontEnd(undefined)))).toEqual(
        valuesOf(answer(estimator, samples())),
      );
    }
  });

  it('gives the same bytes for the same data, and the same answers from its bytes', async () => {
    const estimator = await fitted();
    const bytes = estimator.toBytes();
    expect((await fitted()).toBytes()).toEqual(bytes);
    const copy = row.fromBytes(bytes, 'copy.safetensors');
    expect(copy.toBytes()).toEqual(bytes);
    for (const [, answer] of answers) {
      expect(answer(copy, samples())).toEqual(answer(estimator, samples()));
      expect(() => answer(copy, samples().withFrontEnd({ ...frontEnd, nMels: 7 }))).toThrow(FrontEndError);
    }
  });

  it('refuses its bytes cut short anywhere, changed anywhere, or read as another estimator', async () => {
    const bytes = (await fitted()).toBytes();
    const refused = (damaged: Uint8Array) => {
      expect(() => row.fromBytes(damaged, 'broken.bin')).toThrow(FormatError);
      expect(() => row.fromBytes(damaged, 'broken.bin')).toThrow('broken.bin');
    };
    for (let end = 0; end < bytes.length; end += 13) refused(bytes.slice(0, end));
    refused(bytes.slice(0, -1));
    for (let at = 0; at < bytes.length; at += 17) refused(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
    const other = table.find(({ name }) => !name.startsWith(row.name.split(' ')[0])) as Row;
    expect(() => other.fromBytes(bytes)).toThrow(FormatError);
  });

  it('is not changed by later changes to its data', async () => {
    const X = samples();
    const estimator = await row.fit(row.make(), X);
    const before = estimator.toBytes();
    X.data.fill(0);
    expect(estimator.toBytes()).toEqual(before);
  });
});
