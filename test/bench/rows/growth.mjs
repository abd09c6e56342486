/** How cost grows with the work: three sizes a decade apart each, ours alone. */
import { stopwatch } from '../harness.mjs';
import { time } from '../report.mjs';
import { manyRows, music, noise } from '../seeded.mjs';
import { median } from '../statistics.mjs';
import { BATCH, FEATURES, labelledFrames, PER_TRACK, stepSide } from '../training.mjs';

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

/** Seconds of processor time that it takes to bring one batch's rows from the host's memory, without learning from them. */
function fetchingTime(tunespace, kernels, { tracks }) {
  const place = kernels.allocate(BATCH * FEATURES * 4);
  const random = new tunespace.RandomState(96);
  const frames = tracks.map(({ X }) => X.data);
  const batches = Array.from({ length: 200 }, () => {
    const [track, row] = [random.integers(tracks.length, BATCH), random.integers(PER_TRACK, BATCH)];
    return Uint32Array.from({ length: 2 * BATCH }, (_, i) => (i % 2 === 0 ? track : row)[i >> 1]);
  });
  const turns = Array.from({ length: 5 }, () => {
    const stop = stopwatch();
    for (const picks of batches) kernels.gather(place.pointer, frames, picks, FEATURES);
    return stop().cpu / batches.length;
  });
  place.dispose();
  return median(turns);
}

/** One query among many rows. */
function oneQuery(tunespace, nRows) {
  const columns = 100;
  const index = new tunespace.NearestNeighbors({ metric: 'l1', maxResidentBytes: 2 ** 30 - 1 });
  index.fit(new tunespace.Matrix(manyRows(nRows, columns, 91), nRows, columns));
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
  async curves({ tunespace, kernels, quick }) {
    const second = music(1, SR, 95);
    const times = quick ? [0.1, 0.2, 0.3] : [1, 10, 100];
    let fetching = 0;
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
        // From what the last cache holds to what it does not: 5, 48 and 480 MB.
        sizes: quick ? [10, 20, 30] : decades(300),
        make(nTracks) {
          const { set } = labelledFrames(tunespace, nTracks, 10, 0.1);
          fetching = quick ? 0 : fetchingTime(tunespace, kernels, set);
          return stepSide(tunespace, set, quick ? 100 : 1000, 0.3);
        },
        after: () => `its 100 rows alone take ${time(fetching)} to fetch`,
        expected: '0, but for fetching rows from memory',
        most: 0.1,
        timing: few,
      },
      {
        work: 'one WARP batch of a converged model',
        unit: 'labels Y',
        sizes: quick ? [2, 4, 8] : [10, 100, 1000],
        make: (Y) =>
          stepSide(tunespace, labelledFrames(tunespace, quick ? 10 : 2000, Y, 0.5).set, quick ? 200 : 4000, 0.9),
        expected: 'far below 1 (0.5)',
        most: 0.5,
        timing: few,
      },
      {
        work: 'L1 top 10, one query, 100 columns',
        unit: 'rows',
        // All beyond the second cache: one search of 20,000 rows reads 8 MB.
        sizes: quick ? decades(1000) : [20_000, 200_000, 2_000_000],
        make: (nRows) => oneQuery(tunespace, nRows),
        expected: '1 at the most',
        most: 1.1,
      },
    ];
  },
};
