import { attemptAll } from './loading-attempts.js';

addEventListener('message', async ({ data }) => postMessage(await attemptAll(data)));
