// What the conformance bundle needs of the web platform and a runtime (mostly an AudioWorklet) may lack. Loaded ahead of
// everything else in the bundle. The library itself does without.

/** The decoders' packages extend Worker as they load, for a class that is never used here. */
globalThis.Worker ??= class Worker {};

/** The mp3 and flac decoders make one as they start, for warnings to print. Only AudioWorklets come without it. */
globalThis.TextDecoder ??= class TextDecoder {
  decode(bytes) {
    return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
  }
};
