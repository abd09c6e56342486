/** How cost grows with the work: three sizes a decade apart each, ours alone. */
import { readFile } from 'node:fs/promises';
import { stopwatch } from '../harness.mjs';
import { music, noise } from '../seeded.mjs';
import { labelledFrames, stepSide } from '../training.mjs';

const SR = 44100;

/** Sound of any length in blocks of a second, of which memory holds one. */
function* blocks(/** @type {Float32Array} */ second, /** @type {number} */ seconds) {
  for (let i = 0; i < seconds; i++) yield second;
}

/** PCM to windows as a stream: resample, frame, gather. */
function extraction(tunespace, second, seconds) {
  const run = async () => {
    const y = tunespace.resampleStream(blocks(second, seconds), { origSr: SR, targetSr: 22050 });
    let rows = 0;
    for await (const windows of tunespace.aggregateStream(tunespace.logMelStream(y, { sr: 22050 })))
      rows += windows.rows;
    return rows;
  };
  return {
    async time(n) {
      const stop = stopwatch();
      for (let i = 0; i < n; i++) await run();
      return stop();
    },
  };
}

/** One query among many rows. */
function oneQuery(tunespace, nRows) {
  const columns = 100;
  const index = new tunespace.NearestNeighbors({ metric: 'l1' });
  index.fit(new tunespace.Matrix(noise(nRows * columns, 91), nRows, columns));
  const query = new tunespace.Matrix(noise(columns, 92), 1, columns);
  return {
    time(n) {
      const stop = stopwatch();
      for (let i = 0; i < n; i++) index.kNeighbors(query);
      return stop();
    },
    close: () => index.dispose(),
  };
}

/** A training is long enough to be measured by itself. */
const few = { whole: true, least: 3, most: 3 };

/** @type {import('../run.mjs').Row} */
export default {
  name: 'growth',
  title: 'How cost grows',
  async curves({ tunespace, quick }) {
    // An instance of its own, whose memory no other row has made grow: a module compiled anew is another source.
    const bytes = await readFile(new URL('../../../build/tunespace.wasm', import.meta.url));
    const kernels = await tunespace.loadKernels(await WebAssembly.compile(bytes));
    const second = music(1, SR, 95);
    const times = quick ? [0.1, 0.2, 0.3] : [1, 10, 100];
    const decades = (/** @type {number} */ least) => times.map((factor) => Math.round(least * factor));
    return [
      {
        work: 'PCM to windows, streamed',
        unit: 'seconds of sound',
        sizes: decades(10),
        make: (seconds) => extraction(tunespace, second, seconds),
        after: () => `${(kernels.exports.memory.buffer.byteLength / 1e6).toFixed(1)} MB of wasm memory`,
        expected: '1 at the most, memory constant',
        most: 1.05,
      },
      {
        work: 'one WARP batch, Y = 10',
        unit: 'tracks of the collection',
        sizes: decades(100),
        make: (nTracks) => stepSide(tunespace, labelledFrames(tunespace, nTracks, 10, 0.5).set, quick ? 100 : 600, 0.1),
        expected: '0',
        most: 0.1,
        timing: few,
      },
      {
        work: 'one WARP batch of a converged model',
        unit: 'labels Y',
        sizes: quick ? [2, 4, 8] : [10, 100, 1000],
        make: (Y) =>
          stepSide(tunespace, labelledFrames(tunespace, quick ? 10 : 2000, Y, 0.5).set, quick ? 200 : 3000, 0.8),
        expected: 'far below 1 (0.3)',
        most: 0.3,
        timing: few,
      },
      {
        work: 'L1 top 10, one query, 100 columns',
        unit: 'rows',
        sizes: decades(1000),
        make: (nRows) => oneQuery(tunespace, nRows),
        expected: '1 at the most',
        most: 1.1,
      },
    ];
  },
};
