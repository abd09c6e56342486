// Whether a page stays responsive while tunespace works on its main thread.
import { page, STRICT, visit } from '../browser/visit.mjs';

const PLACE = 'main thread';

/** Milliseconds that nothing may take the thread for; the aim is 50, the rest is for busy machines. */
const LIMIT = 150;

/**
 * One row of the table, with `longestBlock`: milliseconds by the kind of work.
 *
 * @param browser what a `launch` gave
 */
export async function checkResponsive(browser, { root }) {
  const start = performance.now();
  const routes = {
    '/favicon.ico': () => ({ status: 204 }),
    '/index.html': () => page('/test/runtimes/checks/responsive-page.js', STRICT),
  };
  const found = (await visit(browser, [PLACE], { folders: [root], routes })).get(PLACE);
  const row = { ...found, seconds: (performance.now() - start) / 1000 };
  if (found.error) return row;
  const blocks = Object.entries(found.longestBlock);
  const words = blocks.map(([work, ms]) => `${Math.round(ms)} ms in ${work}`).join(', ');
  if (blocks.some(([, ms]) => ms > LIMIT)) return { ...row, error: `blocked for ${words}; ${LIMIT} ms are the limit` };
  return { ...row, compared: `longest block ${words}` };
}
