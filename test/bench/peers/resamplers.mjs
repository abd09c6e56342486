/** What npm has for resampling, in WebAssembly. */
import { inProcess } from '../harness.mjs';

/** Samples that Speex gets at once. */
const BLOCK = 1 << 15;

/** Speex in WebAssembly with SIMD; its delay is skipped, so that its output lies where ours does. */
export async function startSpeex(/** @type {Float32Array} */ y, origSr, targetSr, quality) {
  const { default: load } = await import('@echogarden/speex-resampler-wasm/simd');
  const speex = await load();
  const [input, output, sizes] = [4 * BLOCK, 4 * BLOCK, 12].map((size) => speex._malloc(size));
  return inProcess(() => {
    const state = speex._speex_resampler_init(1, origSr, targetSr, quality, sizes + 8);
    speex._speex_resampler_skip_zeros(state);
    const out = new Float32Array(Math.ceil((y.length * targetSr) / origSr));
    let written = 0;
    for (let at = 0; at < y.length; ) {
      const block = y.subarray(at, at + BLOCK);
      speex.HEAPF32.set(block, input >> 2);
      speex.HEAPU32[sizes >> 2] = block.length;
      speex.HEAPU32[(sizes >> 2) + 1] = BLOCK;
      speex._speex_resampler_process_float(state, 0, input, sizes, output, sizes + 4);
      at += speex.HEAPU32[sizes >> 2];
      const made = speex.HEAPU32[(sizes >> 2) + 1];
      out.set(speex.HEAPF32.subarray(output >> 2, (output >> 2) + made), written);
      written += made;
    }
    speex._speex_resampler_destroy(state);
    return out.subarray(0, written);
  });
}

/** libsamplerate in WebAssembly, SRC_SINC_MEDIUM_QUALITY. */
export async function startLibsamplerate(/** @type {Float32Array} */ y, origSr, targetSr) {
  const { default: lib } = await import('@alexanderolsen/libsamplerate-js');
  const src = await lib.create(1, origSr, targetSr, {
    converterType: lib.ConverterType.SRC_SINC_MEDIUM_QUALITY,
  });
  return { ...inProcess(() => src.simple(y)), close: () => src.destroy() };
}
