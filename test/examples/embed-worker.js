import { extract, loadKernels, meanRow, readBytes, Wsabie } from './tunespace/tunespace.js';

const loading = loadKernels().then(async () => Wsabie.fromBytes(await readBytes(await fetch('space.safetensors'))));

self.onmessage = async ({ data: files }) => {
  for (const file of files) {
    try {
      // Windows of embedded frames; the file is read in slices, however long it is.
      const vector = meanRow(await extract(file, { space: await loading, name: file.name }));
      postMessage({ name: file.name, vector }, [vector.buffer]);
    } catch ({ message }) {
      postMessage({ name: file.name, message });
    }
  }
};
