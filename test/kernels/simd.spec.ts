import { lanesToRows } from "../../assembly/simd";

/** Whether value (c, i) of the lanes comes out at row i, column c, and nothing beyond the rows is touched. */
function turns(columns: i32, frames: i32): bool {
  const lanes = new StaticArray<f32>(columns * 4);
  for (let i = 0; i < columns * 4; i++) lanes[i] = <f32>i;
  const out = new StaticArray<f32>(columns * 4 + 1);
  for (let i = 0; i < out.length; i++) out[i] = -1;
  lanesToRows(changetype<usize>(out), changetype<usize>(lanes), columns, frames);
  for (let i = 0; i < out.length; i++) {
    const row = i / columns;
    const column = i % columns;
    const expected = row < frames ? <f32>(column * 4 + row) : -1;
    if (out[i] != expected) return false;
  }
  return true;
}

describe("lanesToRows", () => {
  test("turns any number of columns for one to four frames", () => {
    for (let columns = 1; columns < 14; columns++) {
      for (let frames = 1; frames <= 4; frames++) expect<bool>(turns(columns, frames)).toBe(true);
    }
  });
});
