/** The script of a Web Worker of a pool (browsers, Deno, Bun). It is started by `createPool` and does nothing by itself. */
import { serve } from './pool/serve.ts';

/** The part of `DedicatedWorkerGlobalScope` that is used. */
interface Scope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { data: never }) => void): void;
}

const scope = globalThis as unknown as Scope;

serve({
  post: (message, transfer) => scope.postMessage(message, transfer),
  listen: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
});
