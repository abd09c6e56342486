// What loadKernels of the shipped build says of a policy that forbids wasm, and of files that are not what they should be.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { page, STRICT, visit } from '../browser/visit.mjs';

/** As pages were before WebAssembly: scripts from the own server and nothing else. */
const WITHOUT_WASM = STRICT.replace(" 'wasm-unsafe-eval'", '');

const FORBIDDEN = /Content-Security-Policy forbids WebAssembly.*add 'wasm-unsafe-eval' to its script-src/s;
const LOADED = /^loaded$/;
const CUT = /^KernelsError: .*cut.* is not a usable tunespace\.wasm \(damaged or cut short/;

/** Under each policy: how it is loaded, from where, and what must come of it. */
const CASES = {
  [WITHOUT_WASM]: [
    ['own', '', FORBIDDEN],
    ['url', '/good.wasm', FORBIDDEN],
    ['url', '/octets', FORBIDDEN],
    ['response', '/good.wasm', FORBIDDEN],
    ['bytes', '/good.wasm', FORBIDDEN],
  ],
  [STRICT]: [
    ['url', '/nowhere.wasm', /^KernelsError: .*nowhere\.wasm .*HTTP status 404/],
    ['url', '/page', /^KernelsError: .*it begins with "<!doctype html>.*, served as text\/html/],
    ['url', '/page.wasm', /^KernelsError: .*page\.wasm is not a usable tunespace\.wasm/],
    ['url', '/cut.wasm', CUT],
    ['url', '/cut', CUT],
    ['response', '/cut.wasm', CUT],
    ['url', '/broken.wasm', /^KernelsError: .*broken\.wasm .*(cut short|broke off)/],
    ['url', '/broken', /^KernelsError: .*broken .*(cut short|broke off)/],
    ['url', '/empty', /^KernelsError: .*empty .*it is empty/],
    ['url', '/other.wasm', /^KernelsError: .*other\.wasm .*it has none of its exports/],
    ['url', 'https://elsewhere.invalid/tunespace.wasm', /^KernelsError: .*elsewhere\.invalid.*cannot be fetched/],
    // Wrong MIME types are no reason to fail, nor is anything that failed before.
    ['url', '/html', LOADED],
    ['url', '/octets', LOADED],
    ['response', '/html', LOADED],
    ['own', '', LOADED],
  ],
};

const HTML = '<!doctype html><title>Not found</title>';

/** Good and bad files by path. */
function filesOf(wasm) {
  const wasmType = { 'content-type': 'application/wasm' };
  const html = { 'content-type': 'text/html' };
  const cut = wasm.subarray(0, wasm.length >> 1);
  const whole = { 'content-length': wasm.length };
  return {
    '/good.wasm': { body: wasm },
    '/octets': { body: wasm },
    '/html': { body: wasm, headers: html },
    '/page': { body: HTML, headers: html },
    '/page.wasm': { body: HTML },
    '/cut.wasm': { body: cut },
    '/cut': { body: cut },
    '/broken.wasm': { body: cut, headers: { ...wasmType, ...whole }, breaksOff: true },
    '/broken': { body: cut, headers: whole, breaksOff: true },
    '/empty': { body: '' },
    '/other.wasm': { body: Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) },
  };
}

/**
 * One row of the table.
 *
 * @param browser what a `launch` gave
 */
export async function checkLoading(browser, { root }) {
  const start = performance.now();
  const files = filesOf(readFileSync(join(root, 'build/tunespace.wasm')));
  const wrong = [];
  let right = 0;
  for (const [policy, cases] of Object.entries(CASES)) {
    const routes = {
      ...Object.fromEntries(Object.entries(files).map(([path, file]) => [path, () => file])),
      '/favicon.ico': () => ({ status: 204 }),
      '/index.html': () => page('/test/runtimes/checks/loading-page.js', policy),
      '/cases.json': () => ({ body: JSON.stringify(cases.map(([how, path]) => [how, path])) }),
    };
    // A worker's policy is not the page's but that of its own script's answer.
    const headers = { 'content-security-policy': policy };
    const reports = await visit(browser, ['page', 'module Worker'], { folders: [root], routes, headers });
    for (const { place, error, outcomes } of reports.values()) {
      if (error) wrong.push(`${place}: ${error}`);
      outcomes?.forEach((outcome, i) => {
        const [how, path, expected] = cases[i];
        if (expected.test(outcome)) right += 1;
        else wrong.push(`${place}, ${how} ${path}: ${outcome}; expected ${expected}`);
      });
    }
  }
  const seconds = (performance.now() - start) / 1000;
  const row = { place: 'loading', seconds };
  if (wrong.length > 0) return { ...row, error: wrong.join('\n') };
  return { ...row, compared: `${right} ways to load, with and without 'wasm-unsafe-eval'` };
}
