import { loadKernels } from 'tunespace';
import { music, shipped } from '../job.js';

export default async function handler() {
  await loadKernels();
  return Response.json({ music: await music(), shipped: await shipped() });
}
