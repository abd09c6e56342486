import { beforeAll, describe, expect, it } from 'vitest';
import { aggregate, meanRow } from '../src/aggregate.ts';
import { FrontEndError, NotFittedError } from '../src/errors.ts';
import { Explainer } from '../src/explain.ts';
import { Matrix } from '../src/matrix.ts';
import { loadKernels } from '../src/runtime/node.ts';
import { loadSpace } from '../src/spaces/index.ts';
import { Wsabie } from '../src/wsabie.ts';
import { rowsOf, seededMatrix } from './reference/samples.ts';

beforeAll(() => loadKernels());

/** Two sets that share labels of 6 columns; set "notes" has labels of two kinds. */
async function smallSpace(): Promise<Wsabie> {
  const track = (seed: number, labels: string[]) => ({ X: seededMatrix(seed, 30, 6, labels[0].length % 3), labels });
  return new Wsabie({ nComponents: 3, nBatches: 20, validationFraction: 0, randomState: 3 }).fit([
    {
      name: 'notes',
      tracks: [
        track(1, ['instrument/cello', 'octave/2']),
        track(2, ['instrument/flute', 'octave/5']),
        track(3, ['instrument/oboe', 'octave/5']),
      ],
    },
    { name: 'genres', tracks: [track(4, ['rock']), track(5, ['jazz'])] },
  ]);
}

const tracksOf = (space: Wsabie, n: number) =>
  Array.from({ length: n }, (_, i) => seededMatrix(100 + i, 80, 6, i % 4, 1 + (i % 3))).map((frames) =>
    space.transform(frames),
  );

const rows = (embedded: readonly Matrix[], of: (one: Matrix) => Matrix) => {
  const made = embedded.map(of);
  return new Matrix(Float32Array.from(made.flatMap((one) => [...meanRow(one)])), made.length, made[0].columns);
};

describe('Explainer', () => {
  it('ranks labels by how far their affinity lies above what is usual', async () => {
    const space = await smallSpace();
    const X = rows(tracksOf(space, 7), (embedded) => embedded);
    const [{ classes, W }] = space.datasets_;
    // By the definition, label by label.
    const z = classes.map((_, c) => {
      const a = rowsOf(X).map((row) => row.reduce((sum, value, j) => sum + value * W.row(c)[j], 0));
      const mean = a.reduce((s, v) => s + v, 0) / a.length;
      const deviation = Math.sqrt(a.reduce((s, v) => s + (v - mean) ** 2, 0) / a.length);
      return a.map((value) => (value - mean) / deviation);
    });
    const found = new Explainer(space, { set: 'notes', prefix: '', k: 5 }).fit(X).explain(X);
    found.forEach((explanation, i) => {
      const expected = classes
        .map((label, c) => ({ label, score: z[c][i] }))
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score);
      expect(explanation.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
      explanation.forEach(({ score, dataset }, at) => {
        expect(score).toBeCloseTo(expected[at].score, 10);
        expect(dataset).toBe('notes');
      });
    });
  });

  it('speaks of instruments where the space knows some, of all sets and labels when asked', async () => {
    const space = await smallSpace();
    const X = rows(tracksOf(space, 6), (embedded) => embedded);
    const labels = (options?: ConstructorParameters<typeof Explainer>[1]) =>
      new Set(
        new Explainer(space, { k: 9, ...options })
          .fit(X)
          .explain(X)
          .flat()
          .map(({ label }) => label),
      );
    expect([...labels()].sort()).toEqual(['instrument/cello', 'instrument/flute', 'instrument/oboe']);
    expect([...labels({ prefix: 'octave/' })].sort()).toEqual(['octave/2', 'octave/5']);
    expect([...labels({ set: 'genres' })].sort()).toEqual(['jazz', 'rock']);
    expect(labels({ prefix: '' }).size).toBe(7);
    expect(
      new Explainer(space)
        .fit(X)
        .explain(X)
        .every(({ length }) => length <= 3),
    ).toBe(true);
  });

  it('takes windows as well as frames: their mean is the same where windows fill the track', async () => {
    const space = await smallSpace();
    const embedded = tracksOf(space, 5).map((one) => one.slice(0, 64));
    const [frames, windows] = [rows(embedded, (one) => one), rows(embedded, (one) => aggregate(one))];
    expect(windows.columns).toBe(12);
    const [a, b] = [frames, windows].map((X) => new Explainer(space).fit(X).explain(X));
    expect(a.flat().map(({ label }) => label)).toEqual(b.flat().map(({ label }) => label));
  });

  it('says nothing of tracks that are all the same, and explains none of none', async () => {
    const space = await smallSpace();
    const one = rows(tracksOf(space, 1), (embedded) => embedded);
    const explainer = new Explainer(space).fit(Matrix.concatenate([one, one]));
    expect(explainer.explain(one)).toEqual([[]]);
    expect(explainer.explain(one.slice(0, 0))).toEqual([]);
  });

  it('does not depend on the units of the affinities: other tracks of the same kind, other words', async () => {
    const space = await loadSpace();
    const frames = Array.from({ length: 12 }, (_, i) => seededMatrix(i, 10, 200, -5 + i, 2 + (i % 5)));
    const X = rows(frames, (one) => space.transform(new Matrix(one.data, one.rows, one.columns, space.frontEnd_)));
    const first = new Explainer(space).fit(X).explain(X.slice(0, 1));
    const among = new Explainer(space).fit(X.slice(0, 3)).explain(X.slice(0, 1));
    expect(first[0][0].label).toMatch(/^instrument\//);
    expect(among).not.toEqual(first);
  });

  it('refuses what it cannot explain, and says what to do', async () => {
    const space = await smallSpace();
    const X = rows(tracksOf(space, 4), (embedded) => embedded);
    const failures: [string, RegExp, () => unknown][] = [
      [
        'set',
        /set must be one of "notes", "genres", got "note"; did you mean "notes"/,
        () => new Explainer(space, { set: 'note' }),
      ],
      [
        'prefix',
        /such as "instrument\/", "octave\/", "jazz", "rock", got "x"/,
        () => new Explainer(space, { prefix: 'x' }),
      ],
      ['prefix', /got 7/, () => new Explainer(space, { prefix: 7 as never })],
      ['k', /k must be/, () => new Explainer(space, { k: 0 })],
      ['space', /a fitted Wsabie, such as .*, got null/, () => new Explainer(null as never)],
      ['prefx', /prefix/, () => new Explainer(space, { prefx: '' } as never)],
      ['X', /at least 2 rows, got 1/, () => new Explainer(space).fit(X.slice(0, 1))],
      ['X', /3 columns .* or 12 .*, got 6/, () => new Explainer(space).fit(seededMatrix(1, 3, 6))],
    ];
    for (const [parameter, message, act] of failures) {
      expect(act).toThrow(message);
      expect(act).toThrow(expect.objectContaining({ parameter }));
    }
    expect(() => new Explainer(space).explain(X)).toThrow(NotFittedError);
    expect(() => new Explainer(new Wsabie())).toThrow(NotFittedError);
    const elsewhere = new Matrix(X.data, X.rows, X.columns, { kind: 'logMel', space: '00000000' });
    expect(() => new Explainer(space).fit(elsewhere)).toThrow(FrontEndError);
    expect(() => new Explainer(space).fit(new Matrix(X.data, X.rows, X.columns, { kind: 'logMel' }))).toThrow(
      /space = not set/,
    );
  });
});
