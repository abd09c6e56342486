// One browser's part of the test: starts it, opens pages, gathers what they report, and ends it whatever happens.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkMelProcessor } from '../checks/melprocessor.mjs';
import { serve } from './server.mjs';

/** All that a page needs which computes with tunespace: everything from its own server, and leave to compile wasm. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'";

/** Seconds that a page may take; some ten times what it takes. */
const PATIENCE = 90;

/** A page that runs one script, under a Content-Security-Policy. */
export const page = (script, policy) => ({
  headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
  body: `<!doctype html><meta charset="utf-8"><title>tunespace</title><script type="module" src="${script}"></script>`,
});

/** Waits for `promise`, but no longer than that. */
async function within(seconds, promise, what) {
  const enough = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${what}: no answer in ${seconds} s`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => {});
    enough.abort();
  }
}

/**
 * Opens one page and gathers what it reports.
 *
 * @param browser what a `launch` gave
 * @param places what the page will report, by the reports' `place`
 * @param server `folders` and `routes` as `serve` takes them; the page itself is /index.html
 * @returns reports by place; a place that gave none has an `error`
 */
export async function visit(browser, places, server) {
  const reports = new Map();
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const onReport = (report) => {
    reports.set(report.place, report);
    if (places.every((place) => reports.has(place))) finish();
  };
  const { origin, close } = await serve({ ...server, onReport });
  try {
    await within(PATIENCE, Promise.all([browser.open(`${origin}/index.html`), finished]), origin);
  } catch (error) {
    for (const place of places.filter((name) => !reports.has(name)))
      reports.set(place, { place, error: String(error) });
  } finally {
    close();
  }
  return reports;
}

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
  const browser = await within(60, launch(context), runtime);
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
    const rows = [...places.map((place) => reports.get(place)), await checkMelProcessor(browser, context)];
    return rows.map((row) => ({ runtime, version: browser.version, seconds: 0, ...row }));
  } finally {
    await within(20, browser.close(), `${runtime} would not end`);
    context.log(`${runtime}: started in ${starting.toFixed(1)} s, ended after ${elapsed().toFixed(1)} s`);
  }
}
