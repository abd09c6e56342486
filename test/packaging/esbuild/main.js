import { loadKernels } from 'tunespace';
import wasm from 'tunespace/tunespace.wasm';
import { music, readers } from '../job.js';

const result = document.querySelector('output');
try {
  await loadKernels(new URL(wasm, import.meta.url));
  result.textContent = JSON.stringify({ music: await music(), readers: await readers() });
} catch (error) {
  result.textContent = String(error);
}
