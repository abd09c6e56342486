// One browser's part of the test: starts it, asks it everything, and ends it whatever happens.
import { join } from 'node:path';
import { checkLoading } from '../checks/loading.mjs';
import { checkMelProcessor } from '../checks/melprocessor.mjs';
import { checkPoolOfWorkers } from '../checks/pool-browser.mjs';
import { checkResponsive } from '../checks/responsive.mjs';
import { page, STRICT, visit, within } from './visit.mjs';

/** What else is asked of each browser: one row each, from `(browser, context)`. */
const CHECKS = [checkMelProcessor, checkLoading, checkPoolOfWorkers, checkResponsive];

/**
 * What `run` of a browser's host gives; see run.mjs.
 *
 * @param runtime the browser's name
 * @param launch starts it: `({ node24, log }) => { version, open(url), close() }`, or `undefined` where the machine lacks it
 * @param context run.mjs's
 */
export async function runBrowser(runtime, launch, context) {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  // What a browser says is of use where something failed; refusals that are asked for on purpose fill pages of it.
  const heard = [];
  const browser = await within(60, launch({ ...context, log: (text) => heard.push(text) }), runtime);
  if (!browser) {
    return [{ runtime, version: '', place: '', notRun: 'not on this machine: see .ci/install-browsers', seconds: 0 }];
  }
  const starting = elapsed();
  try {
    const places = ['page', 'module Worker', 'AudioWorklet'];
    const folders = [context.out, join(context.root, 'test/runtimes/browser')];
    const routes = {
      '/favicon.ico': () => ({ status: 204 }),
      '/index.html': () => page('/page/conformance.js', STRICT),
    };
    const reports = await visit(browser, places, { folders, routes });
    const rows = places.map((place) => reports.get(place));
    for (const check of CHECKS) rows.push(await check(browser, context));
    if (rows.some(({ error }) => error)) for (const text of heard.slice(-30)) context.log(text);
    return rows.map((row) => ({ runtime, version: browser.version, seconds: 0, ...row }));
  } finally {
    await within(20, browser.close(), `${runtime} would not end`);
    context.log(`${runtime}: started in ${starting.toFixed(1)} s, ended after ${elapsed().toFixed(1)} s`);
  }
}
