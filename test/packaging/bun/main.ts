import { loadKernels } from 'tunespace';
import { music, readers } from '../job.js';

await loadKernels();
console.log(JSON.stringify({ music: await music(), readers: await readers() }));
