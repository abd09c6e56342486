// Where in a long recording does it sound like a clip? node find-in-recording.mjs mix.mp3 clip.wav
import { createReadStream } from 'node:fs';
import { Aggregator, decodeStream, LogMel, loadKernels, Matrix, meanRow, NearestNeighbors, Resampler } from 'tunespace';

const HOP = (64 * 512) / 22050; // seconds from one window to the next

/** Windows of a file while it is read: hours of sound need no more memory than their windows. */
async function windowsOf(path) {
  const blocks = decodeStream(createReadStream(path), { name: path })[Symbol.asyncIterator]();
  let block = await blocks.next();
  using resampler = new Resampler({ origSr: block.value.sr, targetSr: 22050 });
  using mel = new LogMel({ sr: 22050 });
  using aggregator = new Aggregator();
  const windows = [];
  for (; !block.done; block = await blocks.next()) {
    windows.push(aggregator.push(mel.push(resampler.push(block.value.y))));
  }
  windows.push(aggregator.push(mel.push(resampler.flush())), aggregator.push(mel.flush()), aggregator.flush());
  return Matrix.concatenate(windows);
} // resampler, frames and waiting windows give their memory back here, also after an error

const [recording, clip] = process.argv.slice(2);
await loadKernels();
const windows = await windowsOf(recording);
const query = await windowsOf(clip);
using index = new NearestNeighbors({ metric: 'l1', nNeighbors: Math.min(5, windows.rows) }).fit(windows);
const { indices, distances } = index.kNeighbors(new Matrix(meanRow(query), 1, query.columns, query.frontEnd));
indices.forEach((window, i) => {
  const seconds = Math.floor(window * HOP);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  console.log(`${time.padStart(6)}  distance ${distances[i].toFixed(1)}`);
});
