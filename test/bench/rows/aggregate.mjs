/** 64 frames to mean, variance, maximum and minimum, against the module's own memory.copy of the same bytes. */
import { inPlace } from '../harness.mjs';
import { noise } from '../seeded.mjs';

const COLUMNS = 200;
const FRAMES = 64;

/**
 * (module (import "m" "memory" (memory 0)) (func (export "copy") (param i32 i32 i32)
 *   local.get 0  local.get 1  local.get 2  memory.copy)), in bytes.
 */
const COPY = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x00],
  ...[0x02, 0x0d, 0x01, 0x01, 0x6d, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00, 0x07, 0x08, 0x01, 0x04, 0x63, 0x6f, 0x70, 0x79, 0x00, 0x00],
  ...[0x0a, 0x0e, 0x01, 0x0c, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0a, 0x00, 0x00, 0x0b],
);

/** @type {(context: import('../run.mjs').Context, nWindows: number, what: string, inCache: boolean) => import('../run.mjs').Case} */
function caseOf({ kernels }, nWindows, what, inCache) {
  const frames = kernels.allocate(noise(nWindows * FRAMES * COLUMNS, 11));
  const out = kernels.allocate(nWindows * 4 * COLUMNS * 4);
  const copy = kernels.allocate(frames.byteLength);
  const work = () => kernels.exports.aggregateFrames(out.pointer, frames.pointer, nWindows, FRAMES, FRAMES, COLUMNS);
  return {
    work: `64 frames to 4 statistics, ${what}`,
    bound: inCache ? 'arithmetic' : { bytes: frames.byteLength },
    ours: {
      ...inPlace(work),
      close() {
        for (const block of [frames, out, copy]) block.dispose();
      },
    },
    peers: [
      {
        name: 'wasm memory.copy of the same bytes',
        target: 0.8,
        async start() {
          const imports = { m: { memory: kernels.exports.memory } };
          const { instance } = await WebAssembly.instantiate(COPY, imports);
          return inPlace(() => instance.exports.copy(copy.pointer, frames.pointer, frames.byteLength));
        },
      },
    ],
  };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'aggregate',
  title: '64 frames to mean, variance, maximum and minimum',
  async cases(context) {
    const many = context.quick ? 2 : 400;
    return [
      caseOf(context, 1, 'one window (51 kB)', true),
      caseOf(context, many, `${many} windows (${(many * 0.0512).toFixed(0)} MB)`, false),
    ];
  },
};
