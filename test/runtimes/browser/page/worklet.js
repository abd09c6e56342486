// The conformance test in an AudioWorklet, on the thread that renders sound; the digests leave through the port.
import { conformance } from '/conformance.js';

class Conformance extends AudioWorkletProcessor {
  constructor({ processorOptions: { module } }) {
    super();
    conformance(module).then(
      (digests) => this.port.postMessage({ digests }),
      (error) => this.port.postMessage({ error: `${error}\n${error.stack ?? ''}` }),
    );
  }

  process() {
    return true;
  }
}

registerProcessor('conformance', Conformance);
