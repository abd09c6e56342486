/** The whole fit of the linear classifier: 20 000 windows of 800 columns, ten classes. */
import { shareValues } from '../child.mjs';
import { inProcess } from '../harness.mjs';
import { startPython } from '../programs.mjs';
import { generator, noise } from '../seeded.mjs';

const CLASSES = 10;
const ALPHA = 0.01;

/** Noise in which each class has a mean of its own. */
function windows(rows, columns) {
  const x = noise(rows * columns, 31);
  const means = noise(CLASSES * columns, 32);
  const next = generator(33);
  const labels = Int32Array.from({ length: rows }, () => Math.floor(next() * CLASSES));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) x[i * columns + j] += 0.1 * means[labels[i] * columns + j];
  }
  return { x, labels };
}

/** @type {import('../run.mjs').Row} */
export default {
  name: 'leastsquares',
  title: 'Least squares, whole fit',
  async cases({ tunespace, quick }) {
    const [rows, columns] = quick ? [200, 20] : [20_000, 800];
    const { x, labels } = windows(rows, columns);
    const X = new tunespace.Matrix(x, rows, columns);
    const y = Array.from(labels, String);
    const shared = { x: shareValues(x), labels: shareValues(labels), rows, columns, classes: CLASSES, alpha: ALPHA };
    return [
      {
        work: `least squares ${rows} x ${columns}, ${CLASSES} classes`,
        ours: inProcess(() => new tunespace.LinearClassifier({ alpha: ALPHA }).fit(X, y).coef_.data),
        tolerance: { absolute: 1e-5 },
        timing: quick ? {} : { least: 5, budget: 30 },
        peers: [
          { name: 'numpy.linalg.lstsq', target: 4, start: () => startPython('linear', 'lstsq', shared) },
          {
            name: 'scikit-learn Ridge (cholesky)',
            target: 0.5,
            start: () => startPython('linear', 'ridge', shared),
          },
        ],
      },
    ];
  },
};
