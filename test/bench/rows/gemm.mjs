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

/**
 * The products of all pairs of columns, below the diagonal: in float32 as `fit` takes them (columns standardised on the way,
 * float64 across blocks of 128 rows), or in float64 throughout as `partialFit` does.
 *
 * @type {(context: import('../run.mjs').Context, bits: 32 | 64) => import('../run.mjs').Case}
 */
function gram({ kernels, quick }, bits) {
  const [n, columns] = [quick ? 64 : 1024, quick ? 80 : 800];
  const x = noise(n * columns, 23);
  const contents = [columns * columns * 8, 128 * columns * 8 + 128, x, columns * 8, new Float64Array(columns).fill(1)];
  const blocks = contents.map((content) => kernels.allocate(content));
  const [sums, panels, xs, mean, factor] = blocks.map((block) => block.pointer);
  const work = () => {
    if (bits === 32) kernels.exports.addGramSingle(sums, panels, xs, mean, factor, n, columns);
    else kernels.exports.addGram(sums, panels, xs, mean, n, columns);
  };
  /** The sums grow from call to call; they are set to 0 before they are compared. */
  const output = () => {
    kernels.write(sums, new Float64Array(columns * columns));
    work();
    const full = kernels.readF64(sums, columns * columns);
    return Float32Array.from({ length: columns * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      return full[Math.max(i, j) * columns + Math.min(i, j)];
    });
  };
  const blas = bits === 32 ? 'ssyrk' : 'dsyrk';
  return {
    work: `Gram matrix of ${n} rows, ${columns} columns, float${bits}`,
    ours: { ...inPlace(work), output, close: () => giveBack(blocks) },
    tolerance: { absolute: 2e-3, relative: 1e-5 },
    bound: 'arithmetic',
    peers: [
      {
        name: `OpenBLAS ${blas} (SciPy), 1 thread`,
        ...(bits === 32 ? { target: 0.5 } : {}),
        start: () => startPython('linear', `gram${bits}`, { x: shareValues(x), shape: [n, columns] }),
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
  cases: async (context) => [batchProduct(context), gram(context, 32), gram(context, 64), factor(context)],
};
