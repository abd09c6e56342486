// Pages of the projects, opened in the machine's Chromium.

/** The one Chromium of a run, started for the first page. Its driver is a package that run.mjs may have to install first. */
let launched;
function chromium() {
  launched ??= import('../../runtimes/browser/chromium.mjs').then(({ launch }) => launch({ log: console.error }));
  return launched;
}

export async function closeChromium() {
  const browser = await launched?.catch(() => undefined);
  await browser?.close();
}

/** Opens a page and reads the digests that it writes into its `<output>`. */
export async function openPage(url) {
  const browser = await chromium();
  if (!browser) return { notRun: 'this machine has no Chromium (Debian: apt install chromium)' };
  const page = await browser.open(url);
  try {
    const output = page.locator('output:not(:empty)');
    await output.waitFor({ timeout: 60_000 });
    const text = await output.textContent();
    if (!text.startsWith('{')) throw new Error(`the page shows: ${text}`);
    return { version: `Chromium ${browser.version.split('.')[0]}`, digests: JSON.parse(text) };
  } finally {
    await page.close();
  }
}
