/**
 * Lanes to rows: kernels work on four frames at once, one in each lane, so that a frame's bits cannot depend on its
 * neighbours; what leaves them is a row for each frame.
 */

/**
 * out is (frames, columns) float32, row by row; lanes is (columns, 4) float32, one frame in each lane, 16-byte rows;
 * frames is 1 to 4.
 */
export function lanesToRows(out: usize, lanes: usize, columns: i32, frames: i32): void {
  const stride = (<usize>columns) << 2;
  const inFours = columns & ~3;
  for (let c = 0; c < inFours; c += 4) {
    const from = lanes + ((<usize>c) << 4);
    const to = out + ((<usize>c) << 2);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const d = v128.load(from, 32);
    const e = v128.load(from, 48);
    const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const de01 = v128.shuffle<i32>(d, e, 0, 4, 1, 5);
    v128.store(to, v128.shuffle<i64>(ab01, de01, 0, 2));
    if (frames > 1) v128.store(to + stride, v128.shuffle<i64>(ab01, de01, 1, 3));
    if (frames > 2) {
      const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const de23 = v128.shuffle<i32>(d, e, 2, 6, 3, 7);
      v128.store(to + (stride << 1), v128.shuffle<i64>(ab23, de23, 0, 2));
      if (frames > 3) v128.store(to + stride * 3, v128.shuffle<i64>(ab23, de23, 1, 3));
    }
  }
  for (let c = inFours; c < columns; c++) {
    for (let i = 0; i < frames; i++) {
      const value = load<f32>(lanes + ((<usize>c) << 4) + ((<usize>i) << 2));
      store<f32>(out + <usize>i * stride + ((<usize>c) << 2), value);
    }
  }
}
