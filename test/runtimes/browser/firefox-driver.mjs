// Drives Firefox for firefox.mjs, in a process of its own because puppeteer-core wants Node 22 or newer. One JSON line a
// message on both sides: the version comes first, an address to open goes in, and when the input ends Firefox is closed.
import { createInterface } from 'node:readline';
import puppeteer from 'puppeteer-core';

const say = (message) => console.log(JSON.stringify(message));

const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.argv[2], headless: true });
say({ version: (await browser.version()).replace(/^firefox\//i, '') });
for await (const line of createInterface({ input: process.stdin })) {
  const page = await browser.newPage();
  page.on('console', (message) => say({ log: message.text() }));
  page.on('pageerror', (error) => say({ log: String(error) }));
  await page.goto(JSON.parse(line).open);
}
await browser.close();
