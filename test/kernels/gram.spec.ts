import { addGramSingle, subtractFitted } from "../../assembly/gram";
import { pointer, whole } from "./values";

function widthOf(columns: i32): i32 {
  return (columns + 7) & ~7;
}

/** 0, 1, 2, ... for the columns, 0 beyond. */
function means(columns: i32): StaticArray<f64> {
  const values = new StaticArray<f64>(widthOf(columns));
  for (let c = 0; c < columns; c++) values[c] = <f64>c;
  return values;
}

/** 1, 2, 1, 2, ... for the columns, 0 beyond. */
function factors(columns: i32): StaticArray<f64> {
  const values = new StaticArray<f64>(widthOf(columns));
  for (let c = 0; c < columns; c++) values[c] = <f64>(1 + (c & 1));
  return values;
}

function standard(x: StaticArray<f32>, r: i32, c: i32, columns: i32): f64 {
  return c < columns ? (<f64>x[r * columns + c] - c) * (1 + (c & 1)) : 0;
}

function centred(x: StaticArray<f32>, r: i32, c: i32, columns: i32): f64 {
  return c < columns ? <f64>x[r * columns + c] - c : 0;
}

describe("addGramSingle", () => {
  test("adds products of standardised whole numbers exactly at several widths, over more rows than a block", () => {
    const n = 130;
    const all: StaticArray<i32> = [8, 16, 40];
    for (let at = 0; at < all.length; at++) {
      const columns = all[at];
      const width = widthOf(columns);
      const x = whole(<u32>columns, n * columns);
      const gram = new StaticArray<f64>(width * width);
      gram[0] = 1000;
      const panels = new StaticArray<f32>(192 * width + 32);
      panels.fill(f32.NaN);
      const mean = means(columns);
      addGramSingle(pointer(gram), pointer(panels), pointer(x), pointer(mean), pointer(factors(columns)), n, columns);
      for (let i = 0; i < width; i++) {
        for (let j = 0; j <= i; j++) {
          let sum: f64 = i == 0 ? 1000 : 0;
          for (let r = 0; r < n; r++) sum += standard(x, r, i, columns) * standard(x, r, j, columns);
          expect<f64>(gram[i * width + j]).toBe(sum);
        }
      }
    }
  });

  test("keeps float64 across blocks: sums that float32 cannot hold", () => {
    const n = 128 * 3;
    const x = new StaticArray<f32>(n * 8);
    x.fill(1);
    x[0] = 4096;
    const zero = new StaticArray<f64>(8);
    const one = new StaticArray<f64>(8);
    one[0] = 1;
    const gram = new StaticArray<f64>(64);
    gram[0] = 1e9;
    addGramSingle(
      pointer(gram),
      pointer(new StaticArray<f32>(192 * 8 + 32)),
      pointer(x),
      pointer(zero),
      pointer(one),
      n,
      8,
    );
    // 4096^2 takes what is added to it in its own block, an odd number of ones, to the next even one.
    expect<bool>(abs(gram[0] - (1e9 + 16777216 + 383)) <= 128).toBe(true);
    expect<bool>(gram[0] >= 1e9 + 16777216 + 256).toBe(true);
  });

  test("in pieces of whole blocks has the bits of one call", () => {
    const x = whole(5, 300 * 16);
    for (let i = 0; i < 4800; i++) x[i] /= 7;
    const mean = pointer(means(16));
    const factor = pointer(factors(16));
    const panels = pointer(new StaticArray<f32>(192 * 16 + 32));
    const once = new StaticArray<f64>(256);
    addGramSingle(pointer(once), panels, pointer(x), mean, factor, 300, 16);
    const twice = new StaticArray<f64>(256);
    addGramSingle(pointer(twice), panels, pointer(x), mean, factor, 128, 16);
    addGramSingle(pointer(twice), panels, pointer(x) + 128 * 64, mean, factor, 172, 16);
    for (let i = 0; i < 256; i++) expect<f64>(twice[i]).toBe(once[i]);
  });
});

test("subtractFitted projects what is fitted on the columns, exactly for whole numbers, at several sizes", () => {
  for (let columns = 8; columns < 33; columns += 8) {
    for (let classes = 2; classes < 10; classes += 3) {
      const n = 30 + (columns >> 3);
      const lanes = (classes + 3) & ~3;
      const x = whole(<u32>(columns + classes), n * columns);
      const weights = new StaticArray<f64>(columns * lanes);
      for (let c = 0; c < classes; c++) {
        for (let j = 0; j < columns; j++) weights[c * columns + j] = <f64>((j * 3 + c) % 5) - 2;
      }
      const out = new StaticArray<f64>(lanes * columns);
      out[0] = 7;
      const work = new StaticArray<f64>(32 * (columns + lanes));
      work.fill(f64.NaN);
      const mean = pointer(means(columns));
      subtractFitted(pointer(out), pointer(work), pointer(x), mean, pointer(weights), n, columns, lanes);
      for (let c = 0; c < classes; c++) {
        for (let j = 0; j < columns; j++) {
          let sum: f64 = c == 0 && j == 0 ? 7 : 0;
          for (let r = 0; r < n; r++) {
            let fitted: f64 = 0;
            for (let k = 0; k < columns; k++) fitted += centred(x, r, k, columns) * weights[c * columns + k];
            sum -= centred(x, r, j, columns) * fitted;
          }
          expect<f64>(out[c * columns + j]).toBe(sum);
        }
      }
    }
  }
});
