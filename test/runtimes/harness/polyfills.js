// What the conformance bundle needs of the web platform and a runtime (mostly an AudioWorklet) may lack. Loaded ahead of
// everything else in the bundle. The library itself does without.

/** The decoders' packages extend Worker as they load, for a class that is never used here. */
globalThis.Worker ??= class Worker {};
