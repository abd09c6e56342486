import { loadKernels } from 'tunespace';
import { music, pooled, readers } from '../job.js';
import { live } from '../live.js';

const result = document.querySelector('output');
try {
  await loadKernels();
  const digests = { music: await music(), readers: await readers(), pooled: await pooled(), live: await live() };
  result.textContent = JSON.stringify(digests);
} catch (error) {
  result.textContent = String(error);
}
