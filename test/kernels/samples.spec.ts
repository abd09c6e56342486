import { anyBeyond } from "../../assembly/samples";

/** Whether one odd value among n zeros, at any place, is seen. */
function seen(n: i32, value: f32): bool {
  const y = new StaticArray<f32>(n);
  const at = changetype<usize>(y);
  for (let i = 0; i < n; i++) {
    y[i] = value;
    if (!anyBeyond(at, 1e10, n)) return false;
    y[i] = 0;
  }
  return !anyBeyond(at, 1e10, n);
}

describe("anyBeyond", () => {
  test("sees NaN, infinity and what is too large, wherever they are", () => {
    for (let n = 1; n < 40; n += 6) {
      expect<bool>(seen(n, <f32>NaN)).toBe(true);
      expect<bool>(seen(n, <f32>-NaN)).toBe(true);
      expect<bool>(seen(n, <f32>Infinity)).toBe(true);
      expect<bool>(seen(n, <f32>-Infinity)).toBe(true);
      expect<bool>(seen(n, <f32>-1.00001e10)).toBe(true);
    }
  });

  test("takes the limit itself, and nothing at all", () => {
    const y = new StaticArray<f32>(17);
    for (let i = 0; i < 17; i++) y[i] = i & 1 ? <f32>-1e10 : <f32>1e10;
    expect<bool>(anyBeyond(changetype<usize>(y), 1e10, 17)).toBe(false);
    expect<bool>(anyBeyond(changetype<usize>(y), 1e10, 0)).toBe(false);
    expect<bool>(anyBeyond(changetype<usize>(y), 0.5e10, 17)).toBe(true);
  });

  test("looks no further than it should", () => {
    const y = new StaticArray<f32>(33);
    y[32] = <f32>NaN;
    expect<bool>(anyBeyond(changetype<usize>(y), 1, 32)).toBe(false);
    expect<bool>(anyBeyond(changetype<usize>(y), 1, 33)).toBe(true);
  });
});
