// Pages of the projects, opened in the machine's Chromium.

/** The one Chromium of a run, started for the first page. Its driver is a package that run.mjs may have to install first. */
let launched;
/** What its pages have said, of interest where one fails. */
const said = [];
function chromium() {
  launched ??= import('../../runtimes/browser/chromium.mjs').then(({ launch }) =>
    launch({ log: (line) => said.push(line) }),
  );
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
    await output.waitFor({ timeout: 60_000 }).catch((cause) => {
      throw new Error(`the page at ${url} shows no result\n${said.join('\n')}`, { cause });
    });
    const text = await output.textContent();
    if (!text.startsWith('{')) throw new Error(`the page at ${url} shows: ${text}\n${said.join('\n')}`);
    return { version: `Chromium ${browser.version.split('.')[0]}`, digests: JSON.parse(text) };
  } finally {
    await page.close();
  }
}
