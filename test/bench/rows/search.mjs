/** Exact L1 top 10 of a million rows of 100 columns, one query at a time, against reading the same bytes once. */
import { inProcess } from '../harness.mjs';
import { startC } from '../programs.mjs';
import { manyRows, noise } from '../seeded.mjs';

const COLUMNS = 100;

/** @type {import('../run.mjs').Row} */
export default {
  name: 'search',
  title: 'Exact L1 top 10, one query',
  async cases({ tunespace, quick }) {
    const n = quick ? 2000 : 1_000_000;
    const index = new tunespace.NearestNeighbors({ metric: 'l1', nNeighbors: 10, maxResidentBytes: 2 ** 30 - 1 });
    index.fit(new tunespace.Matrix(manyRows(n, COLUMNS, 51), n, COLUMNS));
    const query = new tunespace.Matrix(noise(COLUMNS, 52), 1, COLUMNS);
    const time = inProcess(() => index.kNeighbors(query).distances).time;
    return [
      {
        work: `L1 top 10 of ${n.toLocaleString('en')} x ${COLUMNS}, one query`,
        ours: { time, close: () => index.dispose() },
        bound: { bytes: n * COLUMNS * 4 },
        peers: [
          {
            name: 'memory bandwidth: C reads the same bytes, 1 thread',
            target: 0.7,
            start: () => startC('bandwidth', [String(n * COLUMNS * 4)]),
          },
        ],
      },
    ];
  },
};
