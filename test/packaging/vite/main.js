import { loadKernels } from 'tunespace';
import { music, readers } from '../job.js';

const result = document.querySelector('output');
try {
  await loadKernels();
  result.textContent = JSON.stringify({ music: await music(), readers: await readers() });
} catch (error) {
  result.textContent = String(error);
}
