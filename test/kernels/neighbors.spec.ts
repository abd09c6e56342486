import { COSINE, clearNearest, distances, EUCLIDEAN, keepNearest, L1, unitRows } from "../../assembly/neighbors";
import { pointer, whole } from "./values";

describe("distances", () => {
  test("of whole numbers are exact at any width, in fours and in the rest", () => {
    for (let columns = 1; columns < 19; columns++) {
      const queries = whole(1, 3 * columns);
      const rows = whole(2, 7 * columns);
      const out = new StaticArray<f32>(21);
      const sums = new StaticArray<f64>(18);
      for (let metric = L1; metric <= EUCLIDEAN; metric++) {
        distances(pointer(out), pointer(sums), pointer(queries), pointer(rows), metric, 3, 7, columns);
        for (let q = 0; q < 3; q++) {
          for (let r = 0; r < 7; r++) {
            let sum: f64 = 0;
            for (let c = 0; c < columns; c++) {
              const gap = <f64>queries[q * columns + c] - <f64>rows[r * columns + c];
              sum += metric == L1 ? abs(gap) : gap * gap;
            }
            expect<f32>(out[q * 7 + r]).toBe(metric == L1 ? <f32>sum : <f32>sqrt(sum));
          }
        }
      }
    }
  });

  test("have the same bits wherever a row stands in the tile", () => {
    const columns = 601;
    const rows = new StaticArray<f32>(9 * columns);
    const row = whole(3, columns);
    const query = whole(4, columns);
    for (let i = 0; i < 9 * columns; i++) rows[i] = row[i % columns] / 7;
    const out = new StaticArray<f32>(9);
    const sums = new StaticArray<f64>(18);
    for (let metric = L1; metric <= EUCLIDEAN; metric++) {
      distances(pointer(out), pointer(sums), pointer(query), pointer(rows), metric, 1, 9, columns);
      for (let r = 1; r < 9; r++) expect<f32>(out[r]).toBe(out[0]);
    }
  });

  test("by cosine: 0 for the same direction, 1 for a right angle and for zeros, 2 for the opposite", () => {
    const rows = StaticArray.fromArray<f32>([3, 4, 30, 40, -4, 3, -3e-20, -4e-20, 0, 0]);
    unitRows(pointer(rows), pointer(rows), 5, 2);
    expect<f32>(rows[0]).toBe(<f32>0.6);
    expect<f32>(rows[6]).toBe(<f32>-0.6);
    expect<f32>(rows[8]).toBe(0);
    const out = new StaticArray<f32>(25);
    const sums = new StaticArray<f64>(18);
    distances(pointer(out), pointer(sums), pointer(rows), pointer(rows), COSINE, 5, 5, 2);
    expect<f32>(out[1]).toBe(0);
    expect<bool>(abs(out[2] - 1) < 1e-6).toBe(true);
    expect<bool>(abs(out[3] - 2) < 1e-6 && out[3] <= 2).toBe(true);
    for (let i = 0; i < 5; i++) {
      expect<f32>(out[4 * 5 + i]).toBe(1);
      expect<f32>(out[i * 5 + 4]).toBe(1);
    }
  });
});

describe("keepNearest", () => {
  test("grows sorted lists over tiles, ties by index", () => {
    const k = 3;
    const best = new StaticArray<f32>(k);
    const indices = new StaticArray<i32>(k);
    const own = StaticArray.fromArray<i32>([-1]);
    clearNearest(pointer(best), pointer(indices), k);
    const first = StaticArray.fromArray<f32>([5, 2, 2, 9]);
    keepNearest(pointer(best), pointer(indices), pointer(first), pointer(own), 0, 0, 0, 1, 4, k);
    expect<i32>(indices[0]).toBe(1);
    expect<i32>(indices[1]).toBe(2);
    expect<i32>(indices[2]).toBe(0);
    const second = StaticArray.fromArray<f32>([2, 1, 5]);
    keepNearest(pointer(best), pointer(indices), pointer(second), pointer(own), 0, 0, 4, 1, 3, k);
    expect<i32>(indices[0]).toBe(5);
    expect<i32>(indices[1]).toBe(1);
    expect<i32>(indices[2]).toBe(2);
    expect<f32>(best[0]).toBe(1);
    expect<f32>(best[2]).toBe(2);
  });

  test("leaves out the query's own row and its group, and marks what is missing", () => {
    const k = 3;
    const best = new StaticArray<f32>(2 * k);
    const indices = new StaticArray<i32>(2 * k);
    clearNearest(pointer(best), pointer(indices), 2 * k);
    const tile = StaticArray.fromArray<f32>([0, 1, Infinity, 4, 3, 2]);
    const own = StaticArray.fromArray<i32>([10, -1]);
    const queryGroups = StaticArray.fromArray<i32>([7, 8]);
    const rowGroups = StaticArray.fromArray<i32>([6, 7, 8]);
    keepNearest(
      pointer(best),
      pointer(indices),
      pointer(tile),
      pointer(own),
      pointer(queryGroups),
      pointer(rowGroups),
      10,
      2,
      3,
      k,
    );
    expect<i32>(indices[0]).toBe(12);
    expect<f32>(best[0]).toBe(Infinity);
    expect<i32>(indices[1]).toBe(-1);
    expect<i32>(indices[3]).toBe(11);
    expect<i32>(indices[4]).toBe(10);
    expect<i32>(indices[5]).toBe(-1);
    expect<f32>(best[5]).toBe(Infinity);
  });
});
