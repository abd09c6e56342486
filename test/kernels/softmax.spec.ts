import { softmaxRows } from "../../assembly/softmax";
import { pointer } from "./values";

describe("softmaxRows", () => {
  test("gives shares that are exact where powers of e are not needed", () => {
    const scores = StaticArray.fromArray<f64>([3, 3, 3, 3, -1, -1, -1, -1]);
    const out = new StaticArray<f64>(8);
    softmaxRows(pointer(out), pointer(scores), 7, 2, 4);
    for (let i = 0; i < 8; i++) expect<f64>(out[i]).toBe(0.25);
  });

  test("is sharper the larger the factor, and says nothing at 0", () => {
    const scores = StaticArray.fromArray<f64>([0, Math.LN2]);
    const out = new StaticArray<f64>(2);
    softmaxRows(pointer(out), pointer(scores), 1, 1, 2);
    expect<bool>(abs(out[1] - 2.0 / 3) < 1e-15).toBe(true);
    softmaxRows(pointer(out), pointer(scores), 3, 1, 2);
    expect<bool>(abs(out[1] - 8.0 / 9) < 1e-15).toBe(true);
    softmaxRows(pointer(out), pointer(scores), 0, 1, 2);
    expect<f64>(out[1]).toBe(0.5);
  });

  test("neither overflows nor gives NaN, and works in place", () => {
    const values = StaticArray.fromArray<f64>([1e300, -1e300, 0, 1000, 999, -1000]);
    softmaxRows(pointer(values), pointer(values), 1, 2, 3);
    expect<f64>(values[0]).toBe(1);
    expect<f64>(values[1]).toBe(0);
    expect<f64>(values[2]).toBe(0);
    expect<bool>(abs(values[3] - 0.7310585786300049) < 1e-15).toBe(true);
    expect<f64>(values[5]).toBe(0);
  });
});
