// WebKitGTK, found on the machine: a page, a module Worker, an AudioWorklet.

import { runBrowser } from '../browser/session.mjs';
import { launch } from '../browser/webkit.mjs';

export const run = (context) => runBrowser('WebKitGTK', launch, context);
