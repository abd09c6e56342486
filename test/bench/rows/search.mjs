/** Exact L1 top 10 of a million rows of 100 columns, one query at a time, against reading the same bytes once. */
import { inProcess } from '../harness.mjs';
import { startC } from '../programs.mjs';
import { noise } from '../seeded.mjs';

const COLUMNS = 100;

/** Rows of noise: a block of it, shifted a little from copy to copy, because a million drawn ones take longer than the search. */
function manyRows(n) {
  const block = noise(1000 * COLUMNS, 51);
  const data = new Float32Array(n * COLUMNS);
  for (let at = 0, copy = 0; at < data.length; at += block.length, copy++) {
    for (let i = 0; i < block.length && at + i < data.length; i++) data[at + i] = block[i] + copy * 1e-3;
  }
  return data;
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'search',
  title: 'Exact L1 top 10, one query',
  async cases({ tunespace, quick }) {
    const n = quick ? 2000 : 1_000_000;
    const index = new tunespace.NearestNeighbors({ metric: 'l1', nNeighbors: 10, maxResidentBytes: 2 ** 30 - 1 });
    index.fit(new tunespace.Matrix(manyRows(n), n, COLUMNS));
    const query = new tunespace.Matrix(noise(COLUMNS, 52), 1, COLUMNS);
    const time = inProcess(() => index.kNeighbors(query).distances).time;
    return [
      {
        work: `L1 top 10 of ${n.toLocaleString('en')} x ${COLUMNS}, one query`,
        ours: { time, close: () => index.dispose() },
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
