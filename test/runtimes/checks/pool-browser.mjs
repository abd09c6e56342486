// The pool's check in a browser's page, under a strict policy.
import { page, STRICT, visit } from '../browser/visit.mjs';

const PLACE = 'pool of Workers';
/** The check tries a worker whose script fails, which it gives as a data: address. */
const POLICY = STRICT.replace("worker-src 'self'", "worker-src 'self' data:");

/**
 * One row of the table.
 *
 * @param browser what a `launch` gave
 */
export async function checkPoolOfWorkers(browser, { root }) {
  const start = performance.now();
  const routes = {
    '/favicon.ico': () => ({ status: 204 }),
    '/index.html': () => page('/test/runtimes/checks/pool-page.js', POLICY),
  };
  const headers = { 'content-security-policy': STRICT };
  const found = (await visit(browser, [PLACE], { folders: [root], routes, headers })).get(PLACE);
  return { ...found, seconds: (performance.now() - start) / 1000 };
}
