import { loadKernels } from 'tunespace';
import { music, pooled, readers, shipped } from '../job.js';
import { live } from '../live.js';

const result = document.querySelector('output');
try {
  await loadKernels();
  const digests = {
    music: await music(),
    shipped: await shipped(),
    readers: await readers(),
    pooled: await pooled(),
    live: await live(),
  };
  result.textContent = JSON.stringify(digests);
} catch (error) {
  result.textContent = String(error);
}
