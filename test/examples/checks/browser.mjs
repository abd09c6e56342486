// The two pages, in Chromium: files are dropped and chosen as a person would.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { launch } from '../../runtimes/browser/chromium.mjs';
import { serve } from '../../runtimes/browser/server.mjs';

const TIMEOUT = 60_000;

/** Drops files on a page, made there from their bytes. */
async function drop(page, files) {
  const transfer = await page.evaluateHandle((contents) => {
    const data = new DataTransfer();
    for (const { name, base64 } of contents) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, files);
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Lines of the list of results, once there are so many. */
async function results(page, count) {
  await page.waitForFunction((n) => document.querySelectorAll('#results li').length >= n, count, { timeout: TIMEOUT });
  return page.locator('#results li').allTextContents();
}

/** Dropped and chosen files become vectors in the worker. */
async function embedFiles(page, { project, tracks }) {
  const [first, second] = tracks;
  const encoded = (name) => ({ name, base64: readFileSync(join(project, name)).toString('base64') });
  await drop(page, [encoded(first), { name: 'notes.txt', base64: btoa('Buy strings.') }]);
  const dropped = await results(page, 2);
  assert.match(dropped[0], new RegExp(`^${first}: 400 values, (-?\\d+\\.\\d{3}, ){4}\\.\\.\\.$`));
  assert.match(dropped[1], /notes\.txt: is text, not audio: it begins with "Buy strings\."$/);
  await page.setInputFiles('#files', [join(project, second), join(project, first)]);
  const [, , other, again] = await results(page, 4);
  assert.ok(other.startsWith(`${basename(second)}: 400 values`), other);
  assert.equal(again.replace(basename(first), first), dropped[0]);
  return '3 files embedded, 1 refused';
}

/** A chosen file becomes a picture. */
async function drawFrames(page, { project, tracks }) {
  const told = async (start) => {
    const shows = (words) => document.getElementById('message').value.startsWith(words);
    await page.waitForFunction(shows, start, { timeout: TIMEOUT });
    return page
      .locator('#message')
      .inputValue()
      .catch(() => page.locator('#message').textContent());
  };
  await page.setInputFiles('#file', join(project, tracks[0]));
  const frames = Number(/: (\d+) frames$/.exec(await told('001.wav'))[1]);
  const picture = await page.evaluate(() => {
    const { width, height } = document.getElementById('picture');
    const { data } = document.getElementById('picture').getContext('2d').getImageData(0, 0, width, height);
    const grey = data.filter((_, i) => i % 4 === 0);
    return { width, height, shades: new Set(grey).size, opaque: data.every((value, i) => i % 4 < 3 || value === 255) };
  });
  assert.deepEqual([picture.width, picture.height, picture.opaque], [frames, 200, true]);
  assert.ok(picture.shades > 50, `${picture.shades} shades of grey`);
  await page.setInputFiles('#file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Buy strings.') });
  assert.match(await told('decodeStream'), /notes\.txt: is text, not audio/);
  return `a picture of ${picture.width} x ${picture.height}, ${picture.shades} shades`;
}

export async function* run(context) {
  const browser = await launch({ log: (text) => console.error(text) });
  const examples = { 'embed-files.html': embedFiles, 'log-mel.html': drawFrames };
  const server = browser && (await serve({ folders: [context.project] }));
  try {
    for (const [example, check] of Object.entries(examples)) {
      if (!browser) {
        yield { example, runtime: 'Chromium', notRun: 'not on this machine: see .ci/install-browsers' };
        continue;
      }
      const runtime = `Chromium ${browser.version}`;
      const page = await browser.newPage();
      const faults = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      try {
        await page.goto(`${server.origin}/${example}`, { timeout: TIMEOUT });
        const shown = await check(page, context);
        assert.deepEqual(faults, []);
        yield { example, runtime, shown };
      } catch (error) {
        yield { example, runtime, error: [error.message, ...faults].join('\n') };
      }
    }
  } finally {
    server?.close();
    await browser?.close();
  }
}
