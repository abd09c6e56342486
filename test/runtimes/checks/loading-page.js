// Loads the kernels from the sources of /cases.json, on the page and in a module Worker.
import { report } from '/test/runtimes/browser/page/report.js';
import { attemptAll } from './loading-attempts.js';

const cases = await (await fetch('/cases.json')).json();

function inWorker() {
  const worker = new Worker(new URL('loading-worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be loaded'));
    worker.postMessage(cases);
  }).finally(() => worker.terminate());
}

for (const [place, attempt] of [
  ['page', () => attemptAll(cases)],
  ['module Worker', inWorker],
]) {
  await report(
    await attempt().then(
      (outcomes) => ({ place, outcomes }),
      (error) => ({ place, error: String(error) }),
    ),
  );
}
