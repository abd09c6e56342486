/** The two products of matrices: of a batch (100 x 200 by 200 x 100), and of all pairs of 800 columns (the Gram matrix). */
import { shareValues } from '../child.mjs';
import { inPlace } from '../harness.mjs';
import { startPython } from '../programs.mjs';
import { noise } from '../seeded.mjs';

function giveBack(blocks) {
  for (const block of blocks) block.dispose();
}

/** @type {(context: import('../run.mjs').Context) => import('../run.mjs').Case} */
function batchProduct({ kernels }) {
  const [n, nIn, nOut] = [100, 200, 100];
  const [x, w] = [noise(n * nIn, 21), noise(nIn * nOut, 22)];
  const blocks = [n * nOut * 4, x, w, nOut * 4].map((content) => kernels.allocate(content));
  const [out, xs, ws, bias] = blocks.map((block) => block.pointer);
  return {
    work: 'GEMM 100 x 200 x 100, float32',
    ours: {
      ...inPlace(
        () => kernels.exports.affineMap(out, xs, ws, bias, n, nIn, nOut),
        () => kernels.readF32(out, n * nOut),
      ),
      close: () => giveBack(blocks),
    },
    tolerance: { absolute: 1e-3 },
    bound: 'arithmetic',
    peers: [
      {
        name: 'OpenBLAS sgemm (NumPy), 1 thread',
        target: 0.5,
        start: () => startPython('linear', 'gemm', { x: shareValues(x), w: shareValues(w), shape: [n, nIn, nOut] }),
      },
    ],
  };
}

/** @type {(context: import('../run.mjs').Context) => import('../run.mjs').Case} */
function gram({ kernels, quick }) {
  const [n, columns] = [quick ? 64 : 1024, quick ? 80 : 800];
  const x = noise(n * columns, 23);
  const blocks = [columns * columns * 8, 64 * columns * 8, x, columns * 8].map((content) => kernels.allocate(content));
  const [sums, panels, xs, shift] = blocks.map((block) => block.pointer);
  /** The sums grow from call to call; they are set to 0 before they are compared. */
  const output = () => {
    kernels.write(sums, new Float64Array(columns * columns));
    kernels.exports.addGram(sums, panels, xs, shift, n, columns);
    const full = kernels.readF64(sums, columns * columns);
    return Float32Array.from({ length: columns * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      return full[Math.max(i, j) * columns + Math.min(i, j)];
    });
  };
  return {
    work: `Gram matrix of ${n} rows, ${columns} columns`,
    ours: {
      ...inPlace(() => kernels.exports.addGram(sums, panels, xs, shift, n, columns)),
      output,
      close: () => giveBack(blocks),
    },
    tolerance: { absolute: 2e-3, relative: 1e-5 },
    bound: 'arithmetic',
    peers: [
      {
        name: 'OpenBLAS ssyrk (SciPy), float32, 1 thread',
        target: 0.5,
        start: () => startPython('linear', 'gram32', { x: shareValues(x), shape: [n, columns] }),
      },
      {
        name: 'OpenBLAS dsyrk (SciPy), float64, 1 thread',
        start: () => startPython('linear', 'gram64', { x: shareValues(x), shape: [n, columns] }),
      },
    ],
  };
}

/** The factor alone: the matrix is copied anew each time, which is a hundredth of the work. @type {(context: import('../run.mjs').Context) => import('../run.mjs').Case} */
function factor({ kernels, quick }) {
  const columns = quick ? 80 : 800;
  const matrix = new Float64Array(columns * columns).map((_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return i === j ? columns : 1 / (1 + Math.abs(i - j));
  });
  const blocks = [matrix, matrix.byteLength, new Float64Array(columns).fill(1)].map((content) =>
    kernels.allocate(content),
  );
  const [from, a, scale] = blocks.map((block) => block.pointer);
  return {
    work: `Cholesky factor, ${columns} columns, float64`,
    ours: {
      ...inPlace(() => {
        kernels.move(a, from, matrix.byteLength);
        kernels.exports.cholesky(a, scale, 1e-12, columns);
      }),
      close: () => giveBack(blocks),
    },
    bound: 'arithmetic',
    peers: [],
  };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'gemm',
  title: 'Products of matrices',
  cases: async (context) => [batchProduct(context), gram(context), factor(context)],
};
