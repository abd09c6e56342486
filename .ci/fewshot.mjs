// Measures the few-shot classifier on labelled music: npm run measure:teach -- FOLDER [--draws N] [--only NAMES.json]
//
// FOLDER holds `emotify` and `gtzan-mini` (a folder a genre) and `allmusic` with its `genres.csv` (path, genre, artist). Draws of
// n tracks a genre teach; all other tracks of the set, by other artists, are predicted. A draw's accuracy is the mean over its genres.
// NAMES.json lists the tracks (their paths below FOLDER) to use; without it, all are.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { aggregate, createPool, LinearClassifier, loadKernels, Matrix, RandomState } from '../build/runtime/node.js';
import { loadSpace } from '../build/spaces/index.js';
import { FewShotClassifier } from '../build/teach.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { draws: { type: 'string', default: '200' }, only: { type: 'string' } },
});
const folder = positionals[0] ?? process.env.TUNESPACE_DATA;
if (!folder) throw new Error('usage: npm run measure:teach -- FOLDER [--draws N] [--only NAMES.json]');
const nDraws = Number(values.draws);
const only = values.only && new Set(JSON.parse(readFileSync(values.only, 'utf8')));

await loadKernels();
const space = await loadSpace();

/** Tracks of a set: path below the folder, genre, artist. */
function listed(set) {
  const all =
    set === 'allmusic'
      ? parse(readFileSync(join(folder, set, 'genres.csv')), { columns: true }).map(({ path, genre, artist }) => ({
          path: join(set, path),
          label: genre,
          artist,
        }))
      : readdirSync(join(folder, set), { recursive: true })
          .filter((path) => /\.(mp3|flac)$/.test(path))
          .sort()
          .map((path) => ({ path: join(set, path), label: path.split(/[\\/]/)[0], artist: path }));
  return only ? all.filter(({ path }) => only.has(path)) : all;
}

/** Their windows: joined, base and embedded; `without` have one part of the joined ones emptied. */
async function load(set) {
  const tracks = listed(set);
  const pool = await createPool();
  const options = { stage: 'frames', seconds: 30 };
  const inputs = tracks.map(({ path }) => ({ name: path, source: readFileSync(join(folder, path)) }));
  let i = 0;
  const joiner = new FewShotClassifier({ space });
  for await (const { value, error } of pool.extract(inputs, options)) {
    if (error) throw error;
    const track = tracks[i++];
    track.joined = joiner.windows(value);
    track.base = aggregate(value);
    track.embedded = aggregate(space.transform(value));
    const split = 4 * space.params.nComponents;
    const emptied = (keep) =>
      new Matrix(
        track.joined.data.map((x, at) => (keep(at % track.joined.columns, split) ? x : 0)),
        track.joined.rows,
        track.joined.columns,
      );
    track.onlyBase = emptied((column) => column >= split);
    track.onlyEmbedded = emptied((column) => column < split);
  }
  await pool.dispose();
  return tracks;
}

/** Draws of n tracks a genre, and the tracks that may be predicted. */
function drawsOf(tracks, n, count) {
  const random = new RandomState(100 + n);
  const labels = [...new Set(tracks.map(({ label }) => label))].sort();
  const usable = labels.filter((label) => tracks.filter((track) => track.label === label).length > n);
  return Array.from({ length: count }, (_, d) => {
    const order = Array.from(random.split(d).permutation(tracks.length), (i) => tracks[i]);
    const train = usable.flatMap((label) => order.filter((track) => track.label === label).slice(0, n));
    const artists = new Set(train.map(({ artist }) => artist));
    const test = tracks.filter(({ label, artist }) => usable.includes(label) && !artists.has(artist));
    return { train, test };
  });
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const error = (list) => {
  const m = mean(list);
  return Math.sqrt(list.reduce((sum, x) => sum + (x - m) ** 2, 0) / (list.length - 1) / list.length);
};

/** Weights that make each genre count the same. */
const weightsOf = (test) => {
  const counts = countsOf(test);
  return test.map(({ label }) => 1 / counts.size / counts.get(label));
};
/** How many tracks each genre has. */
function countsOf(tracks) {
  const counts = new Map();
  for (const { label } of tracks) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
const balanced = (test, predicted) =>
  weightsOf(test).reduce((sum, weight, i) => sum + (predicted[i] === test[i].label ? weight : 0), 0);

const alpha = new FewShotClassifier({ space }).alpha;
/** Each: [train, test] to predicted labels. */
const rivals = {
  'ridge, base': (train, test) => ridge(train, test, 'base'),
  'ridge, embedded': (train, test) => ridge(train, test, 'embedded'),
  // One part emptied is half the products: half the ridge is the same classifier.
  'same, base': (train, test) => same(train, test, 'onlyBase'),
  'same, embedded': (train, test) => same(train, test, 'onlyEmbedded'),
};
function ridge(train, test, part) {
  const classifier = new LinearClassifier({ alpha: 0.01, penalty: 'relative' });
  const X = Matrix.concatenate(train.map((track) => track[part]));
  const y = train.flatMap((track) => Array(track[part].rows).fill(track.label));
  classifier.fit(X, y);
  return test.map((track) => classifier.predictTrack(track[part]).label);
}
const same = (train, test, part) =>
  new FewShotClassifier({ space, alpha: alpha / 2 })
    .fit(
      train.map((track) => track[part]),
      train.map(({ label }) => label),
    )
    .predict(test.map((track) => track[part]));

/** Expected calibration error over 15 bins of the probability of the chosen label; each genre counts the same. */
function calibrationError(samples) {
  const bins = Array.from({ length: 15 }, () => 0);
  let total = 0;
  for (const { probability, hit, weight } of samples) {
    bins[Math.min(14, Math.floor(probability * 15))] += weight * (hit - probability);
    total += weight;
  }
  return bins.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
}

const SETTINGS = [
  ['emotify', 2],
  ['gtzan-mini', 2],
  ['allmusic', 2],
  ['emotify', 5],
  ['allmusic', 5],
  ['emotify', 10],
  ['emotify', 20],
];
const sets = {};
const rows = [];
for (const [set, n] of SETTINGS) {
  sets[set] ??= await load(set);
  const most = Math.max(...countsOf(sets[set]).values());
  if (most <= n) continue;
  const row = { set, n, accuracy: [], heldOut: [], raw: [], samples: [], told: [], chanceTold: [], ms: [] };
  for (const name of Object.keys(rivals)) row[name] = [];
  for (const [d, { train, test }] of drawsOf(sets[set], n, nDraws).entries()) {
    const y = train.map(({ label }) => label);
    const X = train.map(({ joined }) => joined);
    const started = process.cpuUsage();
    const classifier = new FewShotClassifier({ space }).fit(X, y);
    const used = process.cpuUsage(started);
    row.ms.push((used.user + used.system) / 1000);
    const weights = weightsOf(test);
    const predicted = test.map((track, i) => {
      const { label, probability } = classifier.predictTrack(track.joined);
      row.samples.push({ probability, hit: label === track.label ? 1 : 0, weight: weights[i] });
      return label;
    });
    row.accuracy.push(balanced(test, predicted));
    row.heldOut.push(classifier.validation_.accuracy);
    row.told.push(classifier.validation_.distinguishable ? 1 : 0);
    const shuffled = Array.from(new RandomState(d).permutation(y.length), (i) => y[i]);
    row.chanceTold.push(new FewShotClassifier({ space }).fit(X, shuffled).validation_.distinguishable ? 1 : 0);
    for (const [name, predict] of Object.entries(rivals)) row[name].push(balanced(test, predict(train, test)));
  }
  rows.push(row);
  const against = Object.keys(rivals).map((name) => {
    const difference = row.accuracy.map((x, d) => x - row[name][d]);
    return `${name} ${mean(row[name]).toFixed(3)} (${mean(difference) >= 0 ? '+' : ''}${mean(difference).toFixed(3)} ± ${error(difference).toFixed(3)})`;
  });
  console.log(
    `${set} ${n}: ${mean(row.accuracy).toFixed(3)}; ${against.join('; ')}; held out ${mean(row.heldOut).toFixed(3)}; ` +
      `calibration error ${calibrationError(row.samples).toFixed(3)}; mean probability ${mean(row.samples.map((s) => s.probability)).toFixed(3)}; ` +
      `told apart ${mean(row.told).toFixed(2)}, shuffled labels ${mean(row.chanceTold).toFixed(2)}; ${mean(row.ms).toFixed(0)} ms`,
  );
}
for (const n of [2, 5]) {
  const chosen = rows.filter((row) => row.n === n);
  for (const name of Object.keys(rivals)) {
    const means = chosen[0].accuracy.map((_, d) => mean(chosen.map((row) => row.accuracy[d] - row[name][d])));
    console.log(
      `${n} a genre, mean of ${chosen.length} sets, against ${name}: ${mean(means).toFixed(4)} ± ${error(means).toFixed(4)}`,
    );
  }
}
