import { loadKernels } from 'tunespace';
import { music, pooled, readers, shipped } from '../job.js';

await loadKernels();
console.log(
  JSON.stringify({ music: await music(), shipped: await shipped(), readers: await readers(), pooled: await pooled() }),
);
