import { chromium } from 'playwright-core';
import { findProgram } from './programs.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps, given unasked, and sound without a click: for MelProcessor.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

/** Opens a headless Chromium with an empty profile; undefined where the machine has none. */
export async function launch({ log }) {
  const executablePath = findProgram(['chromium', 'chromium-browser', 'google-chrome']);
  if (!executablePath) return undefined;
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  return {
    version: browser.version(),
    newPage: () => browser.newPage(),
    async open(url) {
      const page = await browser.newPage();
      page.on('console', (message) => log(`Chromium: ${message.text()}`));
      page.on('pageerror', (error) => log(`Chromium: ${error}`));
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}
