import { loadKernels } from 'tunespace';
import { music, pooled, readers } from '../job.js';

await loadKernels();
console.log(JSON.stringify({ music: await music(), readers: await readers(), pooled: await pooled() }));
