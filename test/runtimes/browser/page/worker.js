// The conformance test in a module Worker; the message is the module's address.
import { conformance } from '/conformance.js';

addEventListener('message', async ({ data }) => {
  try {
    postMessage({ digests: await conformance(new URL(data, location.href)) });
  } catch (error) {
    postMessage({ error: `${error}\n${error.stack ?? ''}` });
  }
});
