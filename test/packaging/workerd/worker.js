import { loadKernels } from 'tunespace';
import { music, shipped } from '../job.js';

export default {
  async fetch() {
    await loadKernels();
    return Response.json({ music: await music(), shipped: await shipped() });
  },
};
