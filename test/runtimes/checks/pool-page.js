// A pool of Web Workers in a page, with the shipped build.

import * as tunespace from '/build/standalone/tunespace.js';
import { report } from '/test/runtimes/browser/page/report.js';
import { checkPool } from '/test/runtimes/checks/pool.mjs';

const PLACE = 'pool of Workers';
try {
  await tunespace.loadKernels();
  const { workers, inputs } = await checkPool(tunespace);
  await report({ place: PLACE, compared: `${inputs} inputs on ${workers} workers give what the page gives` });
} catch (error) {
  await report({ place: PLACE, error: `${error}\n${error.stack ?? ''}` });
}
