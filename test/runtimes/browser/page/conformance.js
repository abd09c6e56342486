// The page of the conformance test: runs it here, in a module Worker and in an AudioWorklet, one after the other, and
// reports each. What an AudioWorkletGlobalScope gives (Chromium 156, Firefox 153, WebKitGTK 2.50):
// - a WebAssembly.Module clones into processorOptions, and an OfflineAudioContext runs worklets without an audio device;
// - no timers, no MessageChannel, no performance, no fetch, no structuredClone, no DOMException, no Worker;
// - in Chromium and Firefox no TextEncoder, TextDecoder and URL, in Chromium no AbortController and AbortSignal either.
import { conformance } from '/conformance.js';
import { report } from './report.js';

const WASM = '/tunespace.wasm';

function inWorker() {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.digests));
    worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be loaded'));
    worker.postMessage(WASM);
  }).finally(() => worker.terminate());
}

async function inWorklet() {
  const module = await WebAssembly.compile(await (await fetch(WASM)).arrayBuffer());
  const context = new OfflineAudioContext(1, 128, 44100);
  await context.audioWorklet.addModule(new URL('worklet.js', import.meta.url));
  const node = new AudioWorkletNode(context, 'conformance', { processorOptions: { module } });
  const digests = new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.digests));
    node.onprocessorerror = () => reject(new Error('the processor could not be made'));
  });
  node.connect(context.destination);
  await context.startRendering();
  return digests;
}

for (const [place, run] of [
  ['page', () => conformance(new URL(WASM, location.href))],
  ['module Worker', inWorker],
  ['AudioWorklet', inWorklet],
]) {
  const start = performance.now();
  const outcome = await run().then(
    (digests) => ({ digests }),
    (error) => ({ error: `${error}\n${error.stack ?? ''}` }),
  );
  await report({ place, ...outcome, seconds: (performance.now() - start) / 1000 });
}
