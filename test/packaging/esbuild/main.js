import { loadKernels } from 'tunespace';
import wasm from 'tunespace/tunespace.wasm';
import { music, pooled, readers, shipped } from '../job.js';
import { live } from '../live.js';

const result = document.querySelector('output');
try {
  await loadKernels(new URL(wasm, import.meta.url));
  const script = new URL('melprocessor-worklet.js', import.meta.url);
  const workerUrl = new URL('worker.js', import.meta.url);
  const digests = {
    music: await music(),
    shipped: await shipped(),
    readers: await readers(),
    pooled: await pooled({ workerUrl }),
    live: await live({ script }),
  };
  result.textContent = JSON.stringify(digests);
} catch (error) {
  result.textContent = String(error);
}
