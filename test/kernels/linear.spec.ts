import {
  addClassSums,
  addGram,
  centreGram,
  cholesky,
  choleskySolve,
  foldSums,
  linearScores,
} from "../../assembly/linear";
import { pointer, whole } from "./values";

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
  addClassSums(pointer(sums), 0, pointer(x), pointer(shift), pointer(labels), 3, 2);
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

test("addClassSums adds squares, too, where there is room for them", () => {
  const sums = new StaticArray<f64>(4);
  const squares = StaticArray.fromArray<f64>([5, 0]);
  const x = StaticArray.fromArray<f32>([1, 2, 3, 4]);
  const labels = new StaticArray<i32>(2);
  const shift = StaticArray.fromArray<f64>([1, 1]);
  addClassSums(pointer(sums), pointer(squares), pointer(x), pointer(shift), pointer(labels), 2, 2);
  expect<f64>(sums[0]).toBe(2);
  expect<f64>(sums[1]).toBe(4);
  expect<f64>(squares[0]).toBe(9);
  expect<f64>(squares[1]).toBe(10);
});

describe("centreGram", () => {
  test("takes the mean off and adds alpha to the diagonal", () => {
    const total = new StaticArray<f64>(16);
    const part = new StaticArray<f64>(16);
    total[0] = 10;
    total[4] = 7;
    total[5] = 20;
    part[5] = 1;
    const mean = StaticArray.fromArray<f64>([1, 2]);
    const out = new StaticArray<f64>(16);
    const scale = new StaticArray<f64>(4);
    centreGram(pointer(out), pointer(scale), pointer(total), pointer(part), pointer(mean), 3, 0.5, 0, 1e-12, 2);
    expect<f64>(out[0]).toBe(7.5);
    expect<f64>(out[4]).toBe(1);
    expect<f64>(out[5]).toBe(9.5);
    expect<f64>(scale[0]).toBe(10.5);
    expect<f64>(scale[1]).toBe(21.5);
    for (let i = 8; i < 16; i++) expect<f64>(out[i]).toBe(i == 10 || i == 15 ? 1 : 0);
    expect<f64>(scale[3]).toBe(1);
  });

  test("adds a share of the diagonal's own values, and gives constant columns weight of their own", () => {
    const total = new StaticArray<f64>(16);
    const part = new StaticArray<f64>(16);
    total[0] = 11;
    total[5] = 12;
    const mean = StaticArray.fromArray<f64>([1, 2, 0]);
    const out = new StaticArray<f64>(16);
    const scale = new StaticArray<f64>(4);
    centreGram(pointer(out), pointer(scale), pointer(total), pointer(part), pointer(mean), 3, 0, 0.5, 1e-12, 3);
    // 11 - 3, and half of it; 12 - 12, constant away from zero; 0, constant at zero.
    expect<f64>(out[0]).toBe(12);
    expect<f64>(out[5]).toBe(18);
    expect<f64>(out[10]).toBe(1.5);
    expect<f64>(scale[0]).toBe(15);
    expect<f64>(scale[1]).toBe(18);
  });
});

/** A lower triangle of small whole numbers in rows padded to fours, with `diagonal` on the diagonal, identity beyond. */
function triangle(columns: i32, diagonal: f64): StaticArray<f64> {
  const stride = padded(columns);
  const l = new StaticArray<f64>(stride * stride);
  for (let i = 0; i < stride; i++) {
    for (let j = 0; j < i && i < columns; j++) l[i * stride + j] = <f64>((i * 7 + j * 3) % 5) - 2;
    l[i * stride + i] = i < columns ? diagonal : 1;
  }
  return l;
}

/** L L', below and on the diagonal; exact for whole numbers. */
function product(l: StaticArray<f64>, columns: i32): StaticArray<f64> {
  const stride = padded(columns);
  const a = new StaticArray<f64>(stride * stride);
  for (let i = 0; i < stride; i++) {
    for (let j = 0; j <= i; j++) {
      let sum: f64 = 0;
      for (let k = 0; k <= j; k++) sum += l[i * stride + k] * l[j * stride + k];
      a[i * stride + j] = sum;
    }
  }
  return a;
}

function ones(n: i32): StaticArray<f64> {
  const values = new StaticArray<f64>(n);
  for (let i = 0; i < n; i++) values[i] = 1;
  return values;
}

describe("cholesky", () => {
  test("finds the factor exactly where it is of whole numbers, at any width", () => {
    for (let columns = 1; columns < 72; columns += columns < 22 ? 1 : 9) {
      const stride = padded(columns);
      const l = triangle(columns, 4);
      const a = product(l, columns);
      expect<i32>(cholesky(pointer(a), pointer(ones(stride)), 1e-12, columns)).toBe(-1);
      for (let i = 0; i < stride; i++) {
        for (let j = 0; j <= i; j++) expect<f64>(a[i * stride + j]).toBe(l[i * stride + j]);
      }
    }
  });

  test("and with it solutions of several right-hand sides", () => {
    for (let columns = 1; columns < 22; columns++) {
      const stride = padded(columns);
      const l = triangle(columns, 4);
      const a = product(l, columns);
      // b = A x for x = (1, 2, 3, ...) and x = (1, -1, 1, ...).
      const b = new StaticArray<f64>(2 * stride);
      for (let i = 0; i < columns; i++) {
        for (let j = 0; j < columns; j++) {
          const value = i >= j ? a[i * stride + j] : a[j * stride + i];
          b[i] += value * <f64>(j + 1);
          b[stride + i] += value * (j & 1 ? -1 : 1);
        }
      }
      choleskySolve(pointer(b), pointer(l), 2, columns);
      for (let j = 0; j < columns; j++) {
        expect<bool>(abs(b[j] - <f64>(j + 1)) < 1e-8).toBe(true);
        expect<bool>(abs(b[stride + j] - (j & 1 ? -1 : 1)) < 1e-8).toBe(true);
      }
    }
  });

  test("names the first column that depends on others, wherever it stands in its tile", () => {
    for (let column = 0; column < 39; column++) {
      const l = triangle(39, 4);
      l[column * 40 + column] = 0;
      const a = product(l, 39);
      expect<i32>(cholesky(pointer(a), pointer(ones(40)), 1e-12, 39)).toBe(column);
    }
  });

  test("names a column that is not a number", () => {
    const a = product(triangle(3, 4), 3);
    a[5] = NaN;
    expect<i32>(cholesky(pointer(a), pointer(ones(4)), 1e-12, 3)).toBe(1);
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
