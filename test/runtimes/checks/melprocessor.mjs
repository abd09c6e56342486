// MelProcessor in one browser: the page of melprocessor-page.js must find nothing wrong.
import { page, STRICT, visit } from '../browser/visit.mjs';

const PLACE = 'MelProcessor';

/**
 * One row of the table. The page's policy is as strict as MelProcessor allows, and the package's own build is served.
 *
 * @param browser what a `launch` gave
 */
export async function checkMelProcessor(browser, { root, log }) {
  const script = { headers: { 'content-type': 'text/javascript' } };
  const routes = {
    '/favicon.ico': () => ({ status: 204 }),
    '/index.html': () => page('/test/runtimes/checks/melprocessor-page.js', STRICT),
    '/another.js': () => ({ ...script, body: 'globalThis.another = true;' }),
  };
  const { notes = [], ...row } = (await visit(browser, [PLACE], { folders: [root], routes })).get(PLACE);
  for (const note of notes) log(`MelProcessor: ${note}`);
  return { seconds: 0, ...row };
}
