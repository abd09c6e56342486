/** The script of a worker thread of a pool on Node. It is started by `createPool` and does nothing by itself. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { serve } from './pool/serve.ts';

const port = parentPort as MessagePort;

serve({
  post: (message, transfer) => port.postMessage(message, transfer),
  listen: (listener) => void port.on('message', listener),
});
