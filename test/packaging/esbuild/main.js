import { loadKernels } from 'tunespace';
import wasm from 'tunespace/tunespace.wasm';
import { music, readers } from '../job.js';
import { live } from '../live.js';

const result = document.querySelector('output');
try {
  await loadKernels(new URL(wasm, import.meta.url));
  const script = new URL('melprocessor-worklet.js', import.meta.url);
  result.textContent = JSON.stringify({ music: await music(), readers: await readers(), live: await live({ script }) });
} catch (error) {
  result.textContent = String(error);
}
