import { beforeAll, describe, expect, it } from 'vitest';
import { LinearClassifier } from '../../src/linear.ts';
import { Matrix } from '../../src/matrix.ts';
import { decodeSafetensors } from '../../src/model.ts';
import { loadKernels } from '../../src/runtime/node.ts';

beforeAll(() => loadKernels());

/** Walsh function j at row r, +1 or -1: over every 1024 rows they have mean 0 and are orthogonal, exactly. */
function walsh(j: number, r: number): number {
  let bits = j & r;
  bits ^= bits >>> 8;
  bits ^= bits >>> 4;
  bits ^= bits >>> 2;
  bits ^= bits >>> 1;
  return bits & 1 ? -1 : 1;
}

/** Classes by the signs of the first two Walsh functions. */
const CLASSES = ['--', '-+', '+-', '++'];
const labelAt = (r: number) => CLASSES[(walsh(1, r) > 0 ? 2 : 0) + (walsh(2, r) > 0 ? 1 : 0)];

/** A one-hot target is (1 + s w1)(1 + t w2) / 4, so these are its weights on w1, w2 and w3 = w1 w2. */
const weightsOf = (label: string) => {
  const [s, t] = [...label].map((sign) => (sign === '+' ? 1 : -1));
  return [s / 4, t / 4, (s * t) / 4];
};

/** Feeds `blocks` blocks of 1024 rows and returns the weights in float64, one row per class. */
function fitBlocks(columns: number, blocks: number, value: (j: number, r: number) => number): Float64Array[] {
  const data = Float32Array.from({ length: 1024 * columns }, (_, i) => value(i % columns, Math.floor(i / columns)));
  const X = new Matrix(data, 1024, columns);
  const y = Array.from({ length: 1024 }, (_, r) => labelAt(r));
  using model = new LinearClassifier({ alpha: 0 });
  for (let block = 0; block < blocks; block++) model.partialFit(X, y, block ? undefined : { classes: CLASSES });
  expect(model.predict(X)).toEqual(y);
  expect(model.classes_).toEqual([...CLASSES].sort());
  const { coef } = decodeSafetensors(model.toBytes()).tensors;
  return model.classes_.map((_, c) => (coef.data as Float64Array).slice(c * columns, (c + 1) * columns));
}

describe('least squares against solutions known by construction', () => {
  it('800 columns of condition 1000, far from zero, 200704 rows in blocks', () => {
    // Column j is w[j+1] + w[j+2] (the last w[800] alone) beside a large whole number: all exact in float32. Weights c on
    // the columns are weights c[j] + c[j-1] on the Walsh functions.
    const columns = 800;
    const found = fitBlocks(columns, 196, (j, r) => {
      const next = j + 1 < columns ? walsh(j + 2, r) : 0;
      return 4096 * ((j * 37) % 64) + walsh(j + 1, r) + next;
    });
    [...CLASSES].sort().forEach((label, c) => {
      const wanted = weightsOf(label);
      let before = 0;
      let worst = 0;
      for (let j = 0; j < columns; j++) {
        before = (wanted[j] ?? 0) - before;
        worst = Math.max(worst, Math.abs(found[c][j] - before));
      }
      expect(worst).toBeLessThan(1e-10);
    });
  });

  it('a million rows of values that are not exact in binary: long sums keep twelve digits', () => {
    // Two values a column, so the column is mean + half the difference * w, whatever the values.
    const columns = 16;
    const levels = (j: number) => [Math.fround(0.1 * (j + 1)), Math.fround(0.1 * (j + 1) + 1 / (3 + j))];
    const found = fitBlocks(columns, 977, (j, r) => levels(j)[walsh(j + 1, r) > 0 ? 1 : 0]);
    [...CLASSES].sort().forEach((label, c) => {
      for (let j = 0; j < columns; j++) {
        const [low, high] = levels(j);
        const expected = (weightsOf(label)[j] ?? 0) / ((high - low) / 2);
        expect(Math.abs(found[c][j] - expected)).toBeLessThan(1e-11);
      }
    });
  });
});
