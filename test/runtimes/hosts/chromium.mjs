// Chromium, found on the machine: a page, a module Worker, an AudioWorklet.
import { launch } from '../browser/chromium.mjs';
import { runBrowser } from '../browser/session.mjs';

export const run = (context) => runBrowser('Chromium', launch, context);
