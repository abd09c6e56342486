import {
  addClassSums,
  addGram,
  centreGram,
  cholesky,
  choleskySolve,
  foldSums,
  linearScores,
} from "../../assembly/linear";

function pointer<T>(values: StaticArray<T>): usize {
  return changetype<usize>(values);
}

/** `n` whole numbers from -8 to 8. */
function whole(seed: u32, n: i32): StaticArray<f32> {
  const values = new StaticArray<f32>(n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = 1664525 * state + 1013904223;
    values[i] = <f32>(<i32>(state >> 20) % 17) - 8;
  }
  return values;
}

function padded(columns: i32): i32 {
  return (columns + 3) & ~3;
}

describe("addGram", () => {
  test("adds the products of whole numbers exactly at any width, over more rows than are packed", () => {
    const n = 130;
    for (let columns = 1; columns < 10; columns++) {
      const stride = padded(columns);
      const x = whole(<u32>columns, n * columns);
      const shift = new StaticArray<f64>(columns);
      for (let c = 0; c < columns; c++) shift[c] = <f64>c;
      const gram = new StaticArray<f64>(stride * stride);
      gram[0] = 1000;
      addGram(pointer(gram), pointer(new StaticArray<f64>(64 * stride)), pointer(x), pointer(shift), n, columns);
      for (let i = 0; i < columns; i++) {
        for (let j = 0; j <= i; j++) {
          let sum: f64 = i == 0 ? 1000 : 0;
          for (let r = 0; r < n; r++) sum += (<f64>x[r * columns + i] - i) * (<f64>x[r * columns + j] - j);
          expect<f64>(gram[i * stride + j]).toBe(sum);
        }
      }
    }
  });

  test("in two calls has the bits of one", () => {
    const x = whole(5, 300);
    for (let i = 0; i < 300; i++) x[i] /= 7;
    const shift = StaticArray.fromArray<f64>([0.1, 0.2, 0.3]);
    const panels = pointer(new StaticArray<f64>(256));
    const once = new StaticArray<f64>(16);
    addGram(pointer(once), panels, pointer(x), pointer(shift), 100, 3);
    const twice = new StaticArray<f64>(16);
    addGram(pointer(twice), panels, pointer(x), pointer(shift), 29, 3);
    addGram(pointer(twice), panels, pointer(x) + 29 * 12, pointer(shift), 71, 3);
    for (let i = 0; i < 16; i++) expect<f64>(twice[i]).toBe(once[i]);
  });
});

test("addClassSums adds each shifted row to its class", () => {
  const sums = new StaticArray<f64>(8);
  const x = StaticArray.fromArray<f32>([1, 2, 3, 4, 5, 6]);
  const shift = StaticArray.fromArray<f64>([1, 1]);
  const labels = StaticArray.fromArray<i32>([1, 0, 1]);
  addClassSums(pointer(sums), pointer(x), pointer(shift), pointer(labels), 3, 2);
  expect<f64>(sums[0]).toBe(2);
  expect<f64>(sums[1]).toBe(3);
  expect<f64>(sums[4]).toBe(4);
  expect<f64>(sums[5]).toBe(6);
  expect<f64>(sums[6]).toBe(0);
});

test("foldSums moves a part into the total", () => {
  const total = StaticArray.fromArray<f64>([1, 2]);
  const part = StaticArray.fromArray<f64>([3, 4]);
  foldSums(pointer(total), pointer(part), 2);
  expect<f64>(total[0]).toBe(4);
  expect<f64>(total[1]).toBe(6);
  expect<f64>(part[0]).toBe(0);
});

test("centreGram takes the mean off and adds alpha to the diagonal", () => {
  const total = new StaticArray<f64>(16);
  const part = new StaticArray<f64>(16);
  total[0] = 10;
  total[4] = 7;
  total[5] = 20;
  part[5] = 1;
  const mean = StaticArray.fromArray<f64>([1, 2]);
  const out = new StaticArray<f64>(16);
  const scale = new StaticArray<f64>(2);
  centreGram(pointer(out), pointer(scale), pointer(total), pointer(part), pointer(mean), 3, 0.5, 2);
  expect<f64>(out[0]).toBe(7.5);
  expect<f64>(out[4]).toBe(1);
  expect<f64>(out[5]).toBe(9.5);
  expect<f64>(scale[0]).toBe(10.5);
  expect<f64>(scale[1]).toBe(21.5);
});

describe("cholesky", () => {
  test("finds the factor, and with it the solution", () => {
    const lower: StaticArray<f64> = [2, 0, 0, 0, 1, 3, 0, 0, 4, 5, 1, 0];
    const a: StaticArray<f64> = [4, 0, 0, 0, 2, 10, 0, 0, 8, 19, 42, 0];
    const scale: StaticArray<f64> = [4, 10, 42];
    expect<i32>(cholesky(pointer(a), pointer(scale), 1e-12, 3)).toBe(-1);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) expect<f64>(a[i * 4 + j]).toBe(lower[i * 4 + j]);
    }
    // A (1, 2, 3) and A (1, 0, 0).
    const b: StaticArray<f64> = [32, 79, 172, 0, 4, 2, 8, 0];
    choleskySolve(pointer(b), pointer(a), 2, 3);
    const expected: StaticArray<f64> = [1, 2, 3, 0, 1, 0, 0, 0];
    for (let i = 0; i < 8; i++) expect<bool>(abs(b[i] - expected[i]) < 1e-12).toBe(true);
  });

  test("names the first column that depends on others", () => {
    const a: StaticArray<f64> = [4, 0, 0, 0, 2, 1, 0, 0, 8, 19, 42, 0];
    const scale: StaticArray<f64> = [4, 1, 42];
    expect<i32>(cholesky(pointer(a), pointer(scale), 1e-12, 3)).toBe(1);
  });

  test("names a column of zeros, and NaN", () => {
    const zeros = new StaticArray<f64>(4);
    const scale = new StaticArray<f64>(1);
    expect<i32>(cholesky(pointer(zeros), pointer(scale), 1e-12, 1)).toBe(0);
    zeros[0] = NaN;
    expect<i32>(cholesky(pointer(zeros), pointer(scale), 1e-12, 1)).toBe(0);
  });
});

test("linearScores multiplies and adds, at any width", () => {
  for (let columns = 1; columns < 10; columns++) {
    const stride = padded(columns);
    const x = whole(3, 2 * columns);
    const coef = new StaticArray<f64>(3 * stride);
    for (let c = 0; c < 3; c++) {
      for (let j = 0; j < columns; j++) coef[c * stride + j] = <f64>(c - j);
    }
    const intercept: StaticArray<f64> = [0.5, 1.5, -2];
    const out = new StaticArray<f64>(6);
    const row = new StaticArray<f64>(stride);
    linearScores(pointer(out), pointer(row), pointer(x), pointer(coef), pointer(intercept), 2, 3, columns);
    for (let r = 0; r < 2; r++) {
      for (let c = 0; c < 3; c++) {
        let sum = intercept[c];
        for (let j = 0; j < columns; j++) sum += <f64>x[r * columns + j] * <f64>(c - j);
        expect<f64>(out[r * 3 + c]).toBe(sum);
      }
    }
  }
});
