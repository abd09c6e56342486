/**
 * node essentia.mjs FOLDER BANK OUT: the same by essentia.js, on one worker a core: decoded by mpg123-decoder,
 * since it reads no files on Node; resampled by speex-resampler-wasm, since its own Resample throws in this build; its
 * Windowing and Spectrum; Mel bands and statistics in plain JavaScript.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const SR = 22050;

/** Mean, variance, maximum and minimum of each column over 64 rows. */
function windowsOf(frames, columns) {
  const nWindows = Math.max(1, Math.floor(frames.length / columns / 64));
  const length = Math.min(64, frames.length / columns);
  const out = new Float32Array(nWindows * 4 * columns);
  for (let w = 0; w < nWindows; w++) {
    for (let c = 0; c < columns; c++) {
      const values = Array.from({ length }, (_, t) => frames[(w * 64 + t) * columns + c]);
      const mean = values.reduce((a, b) => a + b, 0) / length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / length;
      out.set([mean], w * 4 * columns + c);
      out.set([variance], (w * 4 + 1) * columns + c);
      out.set([Math.max(...values)], (w * 4 + 2) * columns + c);
      out.set([Math.min(...values)], (w * 4 + 3) * columns + c);
    }
  }
  return out;
}

async function work({ folder, files, bank }) {
  const [{ MPEGDecoder }, { startSpeex }, { startEssentia }] = await Promise.all([
    import('mpg123-decoder'),
    import('../peers/resamplers.mjs'),
    import('../peers/spectra.mjs'),
  ]);
  const weights = new Float32Array(readFileSync(bank).buffer.slice(0));
  for (const name of files) {
    const decoder = new MPEGDecoder();
    await decoder.ready;
    const { channelData, sampleRate } = decoder.decode(new Uint8Array(readFileSync(`${folder}/${name}`)));
    decoder.free();
    const mono = channelData[0].map((value, i) => (value + channelData[1][i]) / 2);
    const y = (await startSpeex(mono, sampleRate, SR, 7)).output();
    const frames = (await startEssentia({ y, bank: weights })).output();
    parentPort.postMessage({ name, windows: windowsOf(frames, 200) });
  }
}

async function main() {
  const [folder, bank, out] = process.argv.slice(2);
  const files = readdirSync(folder).sort();
  const results = new Map();
  const n = availableParallelism();
  await Promise.all(
    Array.from({ length: n }, (_, k) => {
      const share = files.filter((_, i) => i % n === k);
      const worker = new Worker(new URL(import.meta.url), { workerData: { folder, bank, files: share } });
      worker.on('message', ({ name, windows }) => results.set(name, windows));
      return new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve));
    }),
  );
  writeFileSync(out, Buffer.concat(files.map((name) => Buffer.from(results.get(name).buffer))));
  // Node 20 can hang at the end of the event loop, where V8 still compiles in the background.
  process.exit();
}

await (isMainThread ? main() : work(workerData));
