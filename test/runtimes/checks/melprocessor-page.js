// What a page does with MelProcessor, and what must come of it: frames byte-equal to those of the whole signal, tags equal to
// tagTrack over the same frames, and errors that say what to do. Reports to the server that it comes from.
import { loadKernels, logMelSpectrogram, Matrix, resample, Wsabie } from '/build/index.js';
import { MelProcessor } from '/build/runtime/melprocessor.js';

const failures = [];
const notes = [];

function expect(truth, message) {
  if (!truth) failures.push(message);
}

/** Uniform in [-size, size), from a linear congruential generator. */
function noise(n, seed, size) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return size * (state / 2 ** 31 - 1);
  });
}

const meanOf = (channels) =>
  channels.length === 1 ? channels[0] : channels[0].map((x, i) => (x + channels[1][i]) / channels.length);

const firstDifference = (a, b) => {
  if (a.length !== b.length) return `${a.length} values, not ${b.length}`;
  const [x, y] = [a, b].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  const at = x.findIndex((word, i) => word !== y[i]);
  return at < 0 ? undefined : `value ${at} is ${a[at]}, not ${b[at]}`;
};

/** A source of these samples. Firefox takes what is in the buffer when the source is made. */
function sourceOf(context, channels) {
  const { sampleRate } = context;
  const buffer = new AudioBuffer({ length: channels[0].length, numberOfChannels: channels.length, sampleRate });
  for (const [c, samples] of channels.entries()) buffer.copyToChannel(samples, c);
  return new AudioBufferSourceNode(context, { buffer });
}

/** Plays channels into an offline context with a MelProcessor. */
async function render(channels, sampleRate, length, options, use) {
  const context = new OfflineAudioContext(channels.length, length, sampleRate);
  const mel = await MelProcessor.create(context, options);
  const source = sourceOf(context, channels);
  source.connect(mel.node);
  source.start(0);
  const result = use(mel);
  await context.startRendering();
  return { ...(await result), dropped: mel.dropped, repaired: mel.repaired };
}

async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

async function checkFrames(name, channels, sampleRate, options = {}, length = channels[0].length) {
  const { blocks, dropped, repaired } = await render(channels, sampleRate, length, options, async (mel) => ({
    blocks: await collect(mel),
  }));
  const frames = Matrix.concatenate(blocks.map((block) => block.frames));
  const front = { sr: 22050, ...options.frontEnd };
  const played = new Float32Array(length);
  played.set(meanOf(channels).subarray(0, length));
  const expected = logMelSpectrogram(resample(played, { origSr: sampleRate, targetSr: front.sr }), front);
  const difference = firstDifference(frames.data, expected.data);
  expect(difference === undefined, `${name}: ${difference}`);
  expect(JSON.stringify(frames.frontEnd) === JSON.stringify(expected.frontEnd), `${name}: another record`);
  let count = 0;
  for (const { index, time, frames: rows } of blocks) {
    expect(index === count, `${name}: block at frame ${count} says ${index}`);
    const due = (index * rows.frontEnd.hopLength) / rows.frontEnd.sr;
    expect(Math.abs(time - due) < 1e-9, `${name}: frame ${index} is at ${time} s, not ${due} s`);
    count += rows.rows;
  }
  expect(dropped === 0 && repaired === 0, `${name}: dropped ${dropped}, repaired ${repaired}`);
}

/** Some audio threads take numbers below 1.2e-38 for zero: seen with a floor far below the default, and only then. */
async function noteDenormals() {
  const sampleRate = 44100;
  const front = { sr: 22050, aMin: 1.2e-38 };
  const y = noise(sampleRate, 4, 1e-36);
  const blocks = await render([y], sampleRate, y.length, { frontEnd: front }, async (mel) => ({
    blocks: await collect(mel),
  }));
  const frames = Matrix.concatenate(blocks.blocks.map((block) => block.frames));
  const expected = logMelSpectrogram(resample(y, { origSr: sampleRate, targetSr: front.sr }), front);
  notes.push(`denormal numbers: ${firstDifference(frames.data, expected.data) ? 'taken for zero' : 'kept'}`);
}

async function smallSpace() {
  const track = (label, seed, size) => ({
    X: logMelSpectrogram(noise(22050 * 2, seed, size), { sr: 22050 }),
    labels: [label],
  });
  const tracks = ['low', 'mid', 'high'].flatMap((label, i) =>
    [1, 2].map((seed) => track(label, seed, 0.001 * 20 ** i)),
  );
  return new Wsabie({ nBatches: 20, nComponents: 8, validationFraction: 0, randomState: 1 }).fit({
    name: 'loudness',
    tracks,
  });
}

async function checkTags(space) {
  const sampleRate = 48000;
  const channels = [noise(6 * sampleRate, 5, 0.3), noise(6 * sampleRate, 6, 0.1)];
  const options = { set: 'loudness', window: 2, interval: 0.5, k: 2 };
  const { readings, blocks } = await render(channels, sampleRate, channels[0].length, { space }, async (mel) => {
    const [found, came] = await Promise.all([collect(mel.tags(space, options)), collect(mel)]);
    return { readings: found, blocks: came };
  });
  const frames = Matrix.concatenate(blocks.map((block) => block.frames));
  const every = Math.round((0.5 * 22050) / 512);
  const window = Math.round((2 * 22050) / 512);
  expect(readings.length === Math.floor(frames.rows / every), `tags: ${readings.length} readings`);
  readings.forEach(({ tags, nFrames }, i) => {
    const end = (i + 1) * every;
    const heard = frames.slice(Math.max(0, end - window), end);
    const expected = space.tagTrack(heard, { set: 'loudness', k: 2 });
    expect(nFrames === heard.rows, `tags ${i}: over ${nFrames} frames`);
    expect(JSON.stringify(tags) === JSON.stringify(expected), `tags ${i}: ${JSON.stringify(tags)}`);
  });
}

async function checkError(name, pattern, work) {
  try {
    await work();
    expect(false, `${name}: nothing was thrown`);
  } catch (error) {
    const text = `${error.name}: ${error.message}`;
    expect(pattern.test(text), `${name}: ${text}`);
  }
}

async function checkErrors(space) {
  const offline = () => new OfflineAudioContext(1, 128, 44100);
  await checkError('script not found', /AudioWorkletError.*missing\.js cannot be loaded.*(404|not found)/, () =>
    MelProcessor.create(offline(), { script: '/missing.js' }),
  );
  await checkError('script of another kind', /AudioWorkletError.*conformance\.json cannot be loaded.*json/, () =>
    MelProcessor.create(offline(), { script: '/test/conformance.json' }),
  );
  // The page's policy allows scripts from its own origin, and this name is another one.
  const elsewhere = `http://localhost:${location.port}/build/runtime/melprocessor-worklet.js`;
  await checkError(
    'script blocked by the policy',
    /AudioWorkletError.*localhost.*cannot be loaded.*Content-Security-Policy/,
    () => MelProcessor.create(offline(), { script: elsewhere }),
  );
  await checkError('script of another maker', /AudioWorkletError.*another\.js does not make/, () =>
    MelProcessor.create(offline(), { script: '/another.js' }),
  );
  await checkError('closed context', /AudioWorkletError.*closed/, async () => {
    const context = new AudioContext();
    await context.close();
    await MelProcessor.create(context);
  });
  await checkError('space of another front end', /FrontEndError.*nMels = 200.*nMels = 40/, async () => {
    const mel = await MelProcessor.create(offline(), { frontEnd: { nMels: 40 } });
    mel.tags(space);
  });
  await checkError('wrong module', /KernelsError.*AudioWorklet/, () =>
    MelProcessor.create(offline(), { module: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) }),
  );
}

/** How long a minute of sound takes to render with and without a MelProcessor; the difference is its work. */
async function measure() {
  const sampleRate = 44100;
  const channels = [noise(60 * sampleRate, 1, 0.5), noise(60 * sampleRate, 2, 0.5)];
  const time = async (withMel) => {
    const context = new OfflineAudioContext(2, channels[0].length, sampleRate);
    const source = sourceOf(context, channels);
    source.connect(context.destination);
    if (withMel) source.connect((await MelProcessor.create(context, { blockLength: 4 })).node);
    source.start(0);
    const start = performance.now();
    await context.startRendering();
    return performance.now() - start;
  };
  await time(true);
  const runs = [];
  for (let i = 0; i < 3; i++) runs.push([await time(true), await time(false)]);
  const best = (column) => Math.min(...runs.map((run) => run[column]));
  const share = (best(0) - best(1)) / 60_000;
  notes.push(
    `44.1 kHz stereo: ${(share * 100).toFixed(2)} % of a quantum (${(share * (128e6 / 44100)).toFixed(1)} µs)`,
  );
}

/** A microphone where the browser has one and gives it unasked; else a tone. */
async function liveSource(context) {
  try {
    const late = new Promise((_, reject) => setTimeout(reject, 2000, new Error('no answer')));
    const stream = await Promise.race([navigator.mediaDevices.getUserMedia({ audio: true }), late]);
    return ['microphone', context.createMediaStreamSource(stream)];
  } catch {
    const oscillator = new OscillatorNode(context, { frequency: 440 });
    oscillator.start();
    return ['tone', oscillator];
  }
}

async function checkLive() {
  const context = new AudioContext({ sampleRate: 48000 });
  const [name, source] = await liveSource(context);
  const mel = await MelProcessor.create(context);
  source.connect(mel.node);
  const blocks = [];
  mel.onFrames((block) => blocks.push(block));
  const loop = collect(mel);
  // Without a gesture or a sound card a context may stay suspended for ever: then only the ending is tried.
  void context.resume().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { state } = context;
  await mel.close();
  const count = blocks.length;
  expect((await loop).length === count, `live: the loop gave other blocks than the listener's ${count}`);
  if (state === 'running') expect(count > 4, `live: a running context gave ${count} blocks`);
  notes.push(`live: a ${name} in a context that is ${state} gave ${count} blocks in 1.5 s`);
  const ended = await MelProcessor.create(context);
  const rest = collect(ended);
  await context.close();
  await rest;
}

async function run() {
  await loadKernels(new URL('/build/tunespace.wasm', import.meta.url));
  for (const sampleRate of [44100, 48000, 22050]) {
    const n = 2 * sampleRate + 77;
    const [left, right] = [noise(n, 1, 0.5), noise(n, 2, 0.5)];
    await checkFrames(`${sampleRate} Hz, mono`, [left], sampleRate);
    await checkFrames(`${sampleRate} Hz, stereo`, [left, right], sampleRate);
  }
  const sampleRate = 44100;
  const short = noise(sampleRate, 3, 0.5);
  await checkFrames('silence behind the source', [short], sampleRate, {}, 2 * sampleRate);
  await checkFrames('silence', [new Float32Array(sampleRate)], sampleRate);
  await checkFrames('hardly a sound', [noise(sampleRate, 4, 1e-37)], sampleRate);
  await checkFrames('less than a frame', [noise(500, 4, 0.5)], sampleRate);
  await checkFrames('centred, single frames', [short], sampleRate, { frontEnd: { center: true }, blockLength: 1 });
  const other = { sr: 16000, nFft: 512, hopLength: 160, nMels: 64 };
  await checkFrames('another front end', [short], sampleRate, { frontEnd: other, blockLength: 100 });
  const space = await smallSpace();
  await checkTags(space);
  await checkErrors(space);
  await checkLive();
  await noteDenormals();
  await measure();
}

const start = performance.now();
try {
  await run();
} catch (error) {
  failures.push(String(error?.stack ?? error));
}
const report = {
  place: 'MelProcessor',
  error: failures.length > 0 ? failures.join('\n') : undefined,
  compared: 'frames and tags as of whole signals',
  notes,
  seconds: (performance.now() - start) / 1000,
};
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
