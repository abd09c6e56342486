/** L1 distances of 1,000 queries to 1,000 rows of 800 columns, of which we also keep the ten nearest. */
import { shareValues } from '../child.mjs';
import { compareOutputs } from '../compare.mjs';
import { inProcess } from '../harness.mjs';
import { startPython } from '../programs.mjs';
import { noise } from '../seeded.mjs';

const K = 10;

/** Distances as anyone would write them. */
function plainDistances(queries, rows, columns) {
  const [n, m] = [queries.length / columns, rows.length / columns];
  const out = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += Math.abs(queries[i * columns + c] - rows[j * columns + c]);
      out[i * m + j] = sum;
    }
  }
  return out;
}

/** The k smallest of each row of all distances, in order. */
function nearest(all, n) {
  const m = all.length / n;
  const out = new Float32Array(n * K);
  for (let i = 0; i < n; i++)
    out.set(
      all
        .slice(i * m, (i + 1) * m)
        .sort()
        .subarray(0, K),
      i * K,
    );
  return out;
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'distances',
  title: 'L1 distances',
  async cases({ tunespace, quick }) {
    const n = quick ? 20 : 1000;
    const columns = quick ? 16 : 800;
    const [queries, rows] = [noise(n * columns, 41), noise(n * columns, 42)];
    const Q = new tunespace.Matrix(queries, n, columns);
    const index = new tunespace.NearestNeighbors({ metric: 'l1', nNeighbors: K }).fit(
      new tunespace.Matrix(rows, n, columns),
    );
    const shared = { queries: shareValues(queries), rows: shareValues(rows), columns, k: K };
    const tolerance = { relative: 1e-5 };
    const compareAll = (ours, theirs) => compareOutputs(ours, nearest(theirs, n), tolerance);
    return [
      {
        work: `L1, ${n} x ${n} x ${columns}`,
        ours: { ...inProcess(() => index.kNeighbors(Q).distances), close: () => index.dispose() },
        tolerance,
        bound: 'arithmetic',
        peers: [
          {
            name: 'SciPy cdist (cityblock)',
            target: 8,
            compare: compareAll,
            note: 'all distances, without the ten nearest that we find as well',
            start: () => startPython('distances', 'scipy', shared),
          },
          { name: 'faiss IndexFlat L1, top 10', target: 15, start: () => startPython('distances', 'faiss', shared) },
          {
            name: 'plain JavaScript',
            target: 30,
            compare: compareAll,
            start: async () => inProcess(() => plainDistances(queries, rows, columns)),
          },
        ],
      },
    ];
  },
};
