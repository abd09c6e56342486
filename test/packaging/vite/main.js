import { loadKernels } from 'tunespace';
import { music, readers } from '../job.js';
import { live } from '../live.js';

const result = document.querySelector('output');
try {
  await loadKernels();
  result.textContent = JSON.stringify({ music: await music(), readers: await readers(), live: await live() });
} catch (error) {
  result.textContent = String(error);
}
