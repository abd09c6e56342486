import { loadKernels } from 'tunespace';
import { music, readers, shipped } from '../job.js';

await loadKernels();
console.log(JSON.stringify({ music: await music(), shipped: await shipped(), readers: await readers() }));
