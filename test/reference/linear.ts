/**
 * The plain float64 twin of assembly/linear.ts: centre, multiply out, solve by Gauss elimination with pivoting.
 */

type Rows = readonly (readonly number[])[];

/** Solves A X = B by Gauss elimination with partial pivoting. A (n, n), B (n, m). */
export function solve(A: Rows, B: Rows): number[][] {
  const n = A.length;
  const work = A.map((row, i) => [...row, ...B[i]]);
  for (let i = 0; i < n; i++) {
    const rest = work.slice(i).map((row) => Math.abs(row[i]));
    const pivot = i + rest.indexOf(Math.max(...rest));
    [work[i], work[pivot]] = [work[pivot], work[i]];
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const factor = work[r][i] / work[i][i];
      work[r] = work[r].map((value, j) => value - factor * work[i][j]);
    }
  }
  return work.map((row, i) => row.slice(n).map((value) => value / row[i]));
}

/** Means of the columns. */
export const meansOf = (X: Rows): number[] => X[0].map((_, j) => X.reduce((sum, row) => sum + row[j], 0) / X.length);

/**
 * Ridge with a free intercept: (Xc' Xc + alpha I) W = Xc' Yc, intercept = mean(Y) - mean(X) W.
 *
 * @returns coef (targets, columns) and intercept (targets)
 */
export function ridge(X: Rows, Y: Rows, alpha: number): { coef: number[][]; intercept: number[] } {
  const centred = (rows: Rows, means: number[]) => rows.map((row) => row.map((value, j) => value - means[j]));
  const product = (A: Rows, B: Rows) =>
    A[0].map((_, i) => B[0].map((_, j) => A.reduce((sum, row, r) => sum + row[i] * B[r][j], 0)));
  const [meanX, meanY] = [meansOf(X), meansOf(Y)];
  const [Xc, Yc] = [centred(X, meanX), centred(Y, meanY)];
  const gram = product(Xc, Xc).map((row, i) => row.map((value, j) => value + (i === j ? alpha : 0)));
  const W = solve(gram, product(Xc, Yc));
  return {
    coef: meanY.map((_, t) => W.map((row) => row[t])),
    intercept: meanY.map((mean, t) => mean - W.reduce((sum, row, j) => sum + row[t] * meanX[j], 0)),
  };
}
