// Opens a page and gathers what it reports.
import { setTimeout as sleep } from 'node:timers/promises';
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
export async function within(seconds, promise, what) {
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
 * @param server `folders`, `routes` and `headers` as `serve` takes them; the page itself is /index.html
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
